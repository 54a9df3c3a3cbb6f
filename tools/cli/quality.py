"""`./hub quality`: flags of stored readings, by the review or by hand, and the record of it."""

import getpass
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from tools.cli.application import app
from tools.cli.environment import connected_settings
from tools.cli.tables import local, printable, show

if TYPE_CHECKING:
    from cityhub.store.corrections import CorrectionRow

_NAME_LENGTH = 80
_REASON_LENGTH = 500

group = typer.Typer(
    help="Flags of stored readings: a second look, corrections, who made them.", no_args_is_help=True
)
app.add_typer(group, name="quality")


@group.command(epilog="Example: ./hub quality review --hours 24")
def review(
    hours: Annotated[int, typer.Option(min=1, max=9600, help="Whole hours to look back.")] = 6,
) -> None:
    """Compare particle sensors and rain gauges with their neighbours and mark those that stand apart, now.

    `./hub jobs` does the same every few minutes.
    """
    from datetime import UTC  # noqa: PLC0415

    from cityhub.store import connect  # noqa: PLC0415
    from jobs import review as second_look  # noqa: PLC0415

    with connect(connected_settings().require("database_url"), "cityhub-review", autocommit=True) as conn:
        done = second_look.review(conn, datetime.now(UTC), hours)
    if done is None:
        print("another review is under way: nothing done")
        return
    print(f"compared {done.compared} hours of sensors: marked {done.marked} readings, cleared {done.cleared}")


@group.command(
    epilog="Example: ./hub quality mark rain-hoan-kiem rain --from 2026-11-22T10:00:00+07:00"
    " --to 2026-11-22T14:00:00+07:00 --set fault --reason 'the funnel was full of leaves'"
)
def mark(
    sensor: Annotated[str, typer.Argument(help="Sensor id.")],
    name: Annotated[str, typer.Argument(metavar="PROPERTY", help="Observed property, such as pm2_5.")],
    start: Annotated[str, typer.Option("--from", metavar="TIME", help="RFC 3339 with offset; included.")],
    end: Annotated[str, typer.Option("--to", metavar="TIME", help="RFC 3339 with offset; not included.")],
    reason: Annotated[str, typer.Option(help="Why; it is public.")],
    set_: Annotated[
        list[str] | None, typer.Option("--set", metavar="FLAG", help="Flag to set; may repeat.")
    ] = None,
    clear: Annotated[
        list[str] | None, typer.Option(metavar="FLAG", help="Flag to clear; may repeat.")
    ] = None,
    by: Annotated[str | None, typer.Option(help="Who says so; default: your login name. Not public.")] = None,
) -> None:
    """Set or clear flags on a sensor's stored readings of a span of time. Values stay as they are."""
    from cityhub.errors import InvalidInput  # noqa: PLC0415
    from cityhub.store import connect, corrections  # noqa: PLC0415

    _check_property(name)
    made_by = _person(by)
    _check_text("--reason", reason, _REASON_LENGTH)
    times = (_time("--from", start), _time("--to", end))
    bits = (_bits("--set", set_ or []), _bits("--clear", clear or []))
    try:
        # Whatever is wrong with it is said before the database is asked.
        corrections.Correction(0, *times, made_by, reason, *bits)
    except InvalidInput as exc:
        raise typer.BadParameter(exc.problem) from exc
    with connect(connected_settings().require("database_url"), "cityhub-quality") as conn:
        id = corrections.datastream_id(conn, sensor, name)
        changed = corrections.apply(conn, corrections.Correction(id, *times, made_by, reason, *bits))
    print(
        f"changed the flags of {changed} readings"
        if changed
        else "no reading has other flags: nothing recorded"
    )


def _check_property(name: str) -> None:
    from cityhub.kinds import DEVICE_PROPERTIES, KINDS  # noqa: PLC0415

    known = {*DEVICE_PROPERTIES, *(known for kind in KINDS.values() for known in kind.properties)}
    if name not in known:
        raise typer.BadParameter(f"no property {printable(name)!r}; there are {', '.join(sorted(known))}")


def _person(by: str | None) -> str:
    from cityhub.store import running_totals  # noqa: PLC0415
    from jobs import review  # noqa: PLC0415

    try:
        name = getpass.getuser() if by is None else by.strip()
    except (KeyError, OSError):
        raise typer.BadParameter("this user has no login name: say who you are with --by") from None
    _check_text("--by", name, _NAME_LENGTH)
    if name in (review.MADE_BY, running_totals.MADE_BY):
        raise typer.BadParameter(f"{name!r} is the hub's own name in the record: take yours")
    return name


def _check_text(option: str, text: str, longest: int) -> None:
    if not text.strip() or len(text) > longest or not text.isprintable():
        raise typer.BadParameter(f"{option} takes one line of 1 to {longest} characters")


def _time(option: str, text: str) -> datetime:
    from cityhub import rfc3339  # noqa: PLC0415

    try:
        return rfc3339.parse(text)
    except ValueError as exc:
        raise typer.BadParameter(f"{option} {printable(text)!r}: {exc}") from exc


def _bits(option: str, names: list[str]) -> int:
    from cityhub.observing.quality import BITS  # noqa: PLC0415

    bits = 0
    for name in names:
        if name not in BITS:
            raise typer.BadParameter(f"{option}: no flag {printable(name)!r}; there are {', '.join(BITS)}")
        bits |= BITS[name]
    return bits


@group.command(epilog="Example: ./hub quality audit --sensor rain-hoan-kiem --limit 20")
def audit(
    sensor: Annotated[str | None, typer.Option(help="Only this sensor.")] = None,
    before: Annotated[
        int | None, typer.Option(min=1, max=2**63 - 1, help="Only ids below this one: the next page.")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="Rows at most.")] = 50,
) -> None:
    """List corrections, newest first: who changed which flags, when and why."""
    from cityhub.store import connect, corrections, sensors  # noqa: PLC0415

    with connect(connected_settings().require("database_url"), "cityhub-quality") as conn:
        if sensor is not None:
            sensors.get(conn, sensor)
        rows = corrections.history(conn, sensor, limit=limit, before_id=before)
    if not rows:
        print("nothing was corrected")
        return
    columns = ("id", "made", "by", "sensor", "property", "from", "to", "flags", "readings", "reason")
    show(columns, map(_cells, rows))
    if len(rows) == limit:
        print(f"more: --before {rows[-1].id}")


def _cells(row: "CorrectionRow") -> tuple[str, ...]:
    from cityhub.observing.quality import names  # noqa: PLC0415

    flags = [f"+{name}" for name in names(row.set_bits)] + [f"-{name}" for name in names(row.cleared_bits)]
    span = (local(row.start), local(row.end))
    who = (str(row.id), local(row.made_at), row.made_by, row.sensor_id, row.property)
    return (*who, *span, " ".join(flags), str(row.observations), row.reason)
