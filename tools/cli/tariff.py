"""`./hub tariff`: prices of parking as files."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from tools.cli.application import app
from tools.cli.environment import connected_settings

group = typer.Typer(
    help="Prices of parking as files; docs/data.md tells how they are written.", no_args_is_help=True
)
app.add_typer(group, name="tariff")

_File = Annotated[Path, typer.Argument(metavar="FILE", help="A zone's tariff, such as tariff-my-zone.yaml.")]


@group.command(epilog="Example: ./hub tariff check tariff-my-zone.yaml")
def check(file: _File) -> None:
    """Read a file without loading it; a gap, an overlap or a price that falls is told with its line."""
    from cityhub.parking.tariffs import read  # noqa: PLC0415

    found = read(file)
    table = Table("version", "in force from", "vehicles", "crossing", "maximum stay")
    for one in found.rate_tables:
        vehicles = " ".join(sorted(one.vehicles))
        table.add_row(one.version, f"{one.valid_from}", vehicles, one.crossing, f"{one.maximum_stay} min")
    Console().print(table)
    typer.echo(f"{file.name}: zone {found.zone}, {len(found.permits)} permits; good")


@group.command(epilog="Example: ./hub tariff load tariff-my-zone.yaml")
def load(file: _File) -> None:
    """Load a zone's tariff; versions are added and never rewritten, so loading again changes nothing."""
    from cityhub.parking.tariffs import read  # noqa: PLC0415
    from cityhub.store import connect, tariffs  # noqa: PLC0415

    found = read(file)
    with connect(connected_settings().require("database_url"), "cityhub-tariff") as conn:
        changed = tariffs.save(conn, found)
    typer.echo(f"zone {found.zone}: {len(found.rate_tables)} versions, {changed} new or changed rows")
