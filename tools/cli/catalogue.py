"""`./hub catalogue`: sites, sensors and the outlines of areas."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from tools.cli.application import app
from tools.cli.environment import connected_settings
from tools.cli.who import on_record

group = typer.Typer(help="Sites, sensors and the outlines of areas.", no_args_is_help=True)
app.add_typer(group, name="catalogue")


@group.command(epilog="Example: ./hub catalogue load my-city/")
def load(
    directory: Annotated[
        Path | None, typer.Argument(metavar="[DIR]", help="Folder of catalogue files; default: Hanoi's.")
    ] = None,
    take_over: Annotated[
        bool, typer.Option("--take-over", help="Also change what people registered or mapped at /ops.")
    ] = False,
) -> None:
    """Load sites, sensors and tariffs; loading again changes only what changed, and nothing that people registered."""
    from cityhub.catalogue import read  # noqa: PLC0415
    from cityhub.store import catalogue as store_catalogue  # noqa: PLC0415
    from cityhub.store import connect, tariffs  # noqa: PLC0415

    catalogue = read(directory)
    with connect(connected_settings().require("database_url"), "cityhub-catalogue") as conn:
        saved = store_catalogue.save(conn, catalogue, take_over_by=on_record() if take_over else None)
        changed = saved.changed + tariffs.save_all(conn, directory)
    table = Table("", "in the catalogue")
    for noun, count in (
        ("places", saved.places),
        ("sensors", saved.sensors),
        ("datastreams", saved.datastreams),
    ):
        table.add_row(noun, str(count))
    table.add_row("new or changed rows", str(changed))
    Console().print(table)
    if saved.kept:
        some = ", ".join(saved.kept[:5]) + (" ..." if len(saved.kept) > 5 else "")
        print(f"left as people registered them: {some} (--take-over: the files win)")
