"""`./hub catalogue import-boundaries`: areas out of a file, and what came of it, told to the person who gave it."""

from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.columns import Columns
from rich.text import Text

from cityhub.catalogue.areas import Level, Span, words
from cityhub.rfc3339 import HANOI_TIME
from tools.cli.catalogue import group
from tools.cli.environment import connected_settings
from tools.cli.tables import console, printable, show

if TYPE_CHECKING:
    from cityhub.catalogue.boundaries import Boundaries
    from cityhub.store.areas import Membership, Saved

# Hanoi's districts, as those of all of Viet Nam, ended with this day.
LAST_DAY_OF_DISTRICTS = date(2025, 6, 30)
_MOST = 10


@group.command(
    "import-boundaries",
    epilog="Example: ./hub catalogue import-boundaries phuong_xa.zip --level ward --valid-from 2025-07-01",
)
def import_boundaries(
    file: Annotated[
        Path,
        typer.Argument(
            help="Any file geopandas reads (GeoJSON, Shapefile, GeoPackage, KML, ...), a ZIP, a folder."
        ),
    ],
    level: Annotated[
        Level | None, typer.Option(help="What the areas are; default: as their names say.")
    ] = None,
    layer: Annotated[
        list[str] | None, typer.Option(help="Layer to read, or all; may be given again.")
    ] = None,
    name_column: Annotated[
        str | None, typer.Option(help="Column with the names; default: found out.")
    ] = None,
    encoding: Annotated[
        str | None,
        typer.Option(help="Of the names: utf-8, tcvn3, vni, windows-1258, ...; default: found out."),
    ] = None,
    crs: Annotated[
        str | None, typer.Option(help="Coordinate system, such as EPSG:3405; default: the file's.")
    ] = None,
    swap_axes: Annotated[
        bool, typer.Option("--swap-axes", help="Coordinates come with latitude first.")
    ] = False,
    valid_from: Annotated[
        str | None, typer.Option(metavar="DAY", help="First day, such as 2025-07-01; ends the set before.")
    ] = None,
    valid_to: Annotated[str | None, typer.Option(metavar="DAY", help="Last day, such as 2025-06-30.")] = None,
    add: Annotated[
        bool, typer.Option("--add", help="Keep areas of the set that the file does not have.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Tell all of it, change nothing.")] = False,
) -> None:
    """Import the outlines of areas and give every sensor and parking place its area.

    Areas come in sets of one level and one validity. Without days the file corrects the set in force; --valid-from
    begins a new one. Importing the same file again changes nothing.
    """
    span = Span(_day(valid_from), _day(valid_to))
    from cityhub.catalogue.boundaries import Choices, read_boundaries  # noqa: PLC0415 - geopandas is slow to import
    from cityhub.store import areas, connect  # noqa: PLC0415

    choices = Choices(level, tuple(layer or ()), name_column, encoding, crs, swap_axes)
    with connect(connected_settings().require("database_url"), "cityhub-boundaries") as conn:
        points = [(lon, lat) for _, _, lon, lat in areas.points_of(conn)]
        found = read_boundaries(file, choices, points)
        if span == Span() and found.are_of_old_hanoi:
            span = Span(valid_to=LAST_DAY_OF_DISTRICTS)
        today = datetime.now(HANOI_TIME).date()
        with conn.transaction(force_rollback=dry_run):
            saved = areas.save(
                conn, found.level, found.areas, source=file.name, span=span, today=today, keep_others=add
            )
            inside = areas.membership(conn, saved.set_id)
    _tell(file.name, found, saved, inside, is_dry=dry_run)


def _day(text: str | None) -> date | None:
    try:
        return None if text is None else date.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(f"{text!r} is no day such as 2025-07-01") from None


def _tell(file: str, found: "Boundaries", saved: "Saved", inside: "Membership", *, is_dry: bool) -> None:
    out = console()
    count = len(found.areas)
    show(
        ("", printable(file)),
        [
            ("areas", f"{count} of level {found.level}, {_in_force(saved.span)}"),
            ("layer", _bounded(found.layers)),
            ("names", f"column {found.column}, {found.encoding}"),
            ("coordinates", found.system),
            ("set", _changes(saved)),
            ("inside", _inside(inside)),
        ],
    )
    names = [f"{area.full_name_vi} {inside.sensors.get(area.id, 0)}" for area in found.areas]
    out.print("Areas, and how many sensors lie in each:")
    out.print(
        Columns([Text(printable(name), no_wrap=True) for name in names], padding=(0, 3), column_first=True)
    )
    for noun, outside in (("sensors", inside.sensors_outside), ("parking places", inside.places_outside)):
        if outside:
            out.print(Text(f"{noun} in no area: {_bounded(outside)}"))
    for note in found.notes:
        out.print(Text(f"note: {printable(note)}"))
    for doubt in _doubts(found, inside):
        out.print(Text(f"look at this: {printable(doubt)}", style="bold"))
    if is_dry:
        out.print("Nothing was changed (--dry-run).")


def _in_force(span: Span) -> str:
    return "without dates" if span == Span() else f"in force {words(span)}"


def _changes(saved: "Saved") -> str:
    told = f"{len(saved.new)} new, {len(saved.changed)} changed, {saved.unchanged} as before, {len(saved.gone)} gone"
    return f"{told} ({_bounded(saved.gone)})" if saved.gone else told


def _inside(inside: "Membership") -> str:
    sensors, places = sum(inside.sensors.values()), sum(inside.places.values())
    return (
        f"{sensors} of {sensors + len(inside.sensors_outside)} sensors,"
        f" {places} of {places + len(inside.places_outside)} parking places"
    )


def _doubts(found: "Boundaries", inside: "Membership") -> Sequence[str]:
    if inside.sensors or not inside.sensors_outside:
        return found.doubts
    return (
        *found.doubts,
        "no sensor lies in any area: is it the right city, and the right coordinate system?",
    )


def _bounded(names: Sequence[str]) -> str:
    more = len(names) - _MOST
    return ", ".join(names[:_MOST]) + (f" and {more} more" if more > 0 else "")
