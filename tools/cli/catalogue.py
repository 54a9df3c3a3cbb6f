"""`./hub catalogue`: sites, sensors and the outlines of areas."""

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from cityhub.catalogue.areas import Level, Span
from cityhub.rfc3339 import HANOI_TIME
from tools.cli.application import app
from tools.cli.environment import connected_settings

group = typer.Typer(help="Sites, sensors and the outlines of areas.", no_args_is_help=True)
app.add_typer(group, name="catalogue")


@group.command(epilog="Example: ./hub catalogue load my-city/")
def load(
    directory: Annotated[
        Path | None, typer.Argument(metavar="[DIR]", help="Folder of CSV files; default: Hanoi's.")
    ] = None,
) -> None:
    """Load sites and sensors; loading again changes only what changed."""
    from cityhub.catalogue import read  # noqa: PLC0415
    from cityhub.store import catalogue as store_catalogue  # noqa: PLC0415
    from cityhub.store import connect  # noqa: PLC0415

    catalogue = read(directory)
    with connect(connected_settings().require("database_url"), "cityhub-catalogue") as conn:
        saved = store_catalogue.save(conn, catalogue)
    table = Table("", "in the catalogue")
    for noun, count in (
        ("places", saved.places),
        ("sensors", saved.sensors),
        ("datastreams", saved.datastreams),
    ):
        table.add_row(noun, str(count))
    table.add_row("new or changed rows", str(saved.changed))
    Console().print(table)


@group.command("import-boundaries", epilog="Example: ./hub catalogue import-boundaries wards.gpkg")
def import_boundaries(
    file: Annotated[Path, typer.Argument(help="Any file geopandas reads: GeoJSON, GeoPackage, Shapefile.")],
    name_column: Annotated[str | None, typer.Option(help="Column with the name; default: found out.")] = None,
    level: Annotated[
        Level | None, typer.Option(help="What the areas are; default: as their names say.")
    ] = None,
) -> None:
    """Import the outlines of areas and give every sensor and place its area."""
    from cityhub.catalogue import boundaries  # noqa: PLC0415
    from cityhub.store import areas, connect  # noqa: PLC0415

    found = boundaries.read_boundaries(file, name_column, level)
    today = datetime.now(HANOI_TIME).date()
    with connect(connected_settings().require("database_url"), "cityhub-boundaries") as conn:
        areas.save(conn, found.level, found.areas, source=file.name, span=Span(), today=today)
    print(f"{len(found.areas)} areas of level {found.level}")
