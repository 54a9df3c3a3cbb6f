"""`./hub catalogue`: sites, sensors and the outlines of areas."""

from collections import Counter
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from tools.cli.application import app
from tools.cli.environment import connected_settings
from tools.cli.tables import printable
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


@group.command("import", epilog='Example: ./hub catalogue import sensors.xlsx --why "tender 4"')
def import_(
    file: Annotated[Path, typer.Argument(help="CSV or XLSX, headings in Vietnamese or English.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what each row would do.")] = False,
    why: Annotated[str, typer.Option(help="Kept in the audit trail; not needed with --dry-run.")] = "",
) -> None:
    """Register or change the sensors of a list; a bad row harms no good one. Exit 1 when rows were refused."""
    from cityhub.errors import FileError  # noqa: PLC0415
    from cityhub.onboarding import listing, sheets  # noqa: PLC0415
    from cityhub.store import connect, sensor_lists  # noqa: PLC0415
    from portal.staff.sensor_list import sheet_words, told_of  # noqa: PLC0415

    if not dry_run and not why.strip():
        raise typer.BadParameter(
            "is needed for what is written: who reads the trail asks", param_hint="--why"
        )
    try:
        with file.open("rb") as opened:
            lines = listing.lines_of(sheets.rows_of(opened.read(sheets.MOST_BYTES + 1)))
    except OSError as exc:
        raise FileError(file.name, f"cannot be read: {exc.strerror}") from exc
    except sheets.BadSheet as exc:
        raise FileError(file.name, sheet_words("en")[str(exc)]) from None
    with connect(connected_settings().require("database_url"), "cityhub-catalogue") as conn:
        steps = sensor_lists.planned(conn, lines, holds=not dry_run)
        done = None if dry_run else sensor_lists.apply(conn, steps, on_record(), why)
    refused = sum(step.action == "refused" for step in steps)
    for step in steps:
        if step.action != "same":
            print(
                printable(
                    f"row {step.line.number}  {step.line.id}  {step.action}  {'; '.join(told_of(step, 'en'))}"
                )
            )
    if done is None:
        counts = Counter(step.action for step in steps)
        print(f"would add {counts['new']}, change {counts['change']}, refuse {refused}; nothing was written")
    else:
        print(f"added {done['new']}, changed {done['change']}, refused {refused + done['late']}")
    if refused:
        raise typer.Exit(1)
