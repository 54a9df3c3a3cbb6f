"""`./hub health`: how each device does."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from cityhub.devices.health import FLOOD
from cityhub.rfc3339 import HANOI_TIME
from tools.cli.application import app
from tools.cli.environment import connected_settings
from tools.cli.tables import show

if TYPE_CHECKING:
    from cityhub.store.health import DayRow

_COLUMNS = (
    "sensor", "reports", "expected", "complete", "missing", "restarts", "rejected", "battery", "rssi", "last report",
)  # fmt: skip


@app.command(epilog="Example: ./hub health --kind air --worst 10")
def health(
    day: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="A day of Hanoi; default: today so far.")
    ] = None,
    kind: Annotated[str | None, typer.Option(help="Only this kind of sensor.")] = None,
    worst: Annotated[int | None, typer.Option(min=1, help="Only so many, the least complete first.")] = None,
) -> None:
    """Count how each listed sensor did on a day, and show it: reports, gaps in their numbers, battery, signal."""
    from cityhub.kinds import KINDS  # noqa: PLC0415
    from cityhub.store import connect  # noqa: PLC0415
    from cityhub.store import health as store  # noqa: PLC0415

    if kind is not None and kind not in KINDS:
        raise typer.BadParameter(f"no kind {kind!r}; there are {', '.join(KINDS)}")
    now = datetime.now(UTC)
    asked = store.today(now) if day is None else day.date()
    if asked > store.today(now):
        raise typer.BadParameter(f"{asked} has not begun")
    with connect(connected_settings().require("database_url"), "cityhub-health") as conn:
        store.refresh_day(conn, asked, now)
        rows = store.of_day(conn, asked, kind=kind)
    if not rows:
        print(f"nothing is known of {asked}")
        return
    if worst is not None:
        rows = sorted(rows, key=_badness)[:worst]
    show(_COLUMNS, map(_cells, rows))
    never = sum(row.last_time is None for row in rows)
    print(f"{asked}: {len(rows)} {'sensor' if len(rows) == 1 else 'sensors'}, {never} without a report")
    for row in filter(_floods, rows):
        print(f"{row.sensor_id} floods: {row.reports} reports where {row.expected} were expected")


def _floods(row: "DayRow") -> bool:
    return row.reports > FLOOD * max(row.expected, 1)


def _badness(row: "DayRow") -> tuple[float, int, str]:
    """The least complete first; those of whom nothing could be expected last."""
    return 2.0 if row.completeness is None else row.completeness, -(row.missing or 0), row.sensor_id


def _cells(row: "DayRow") -> tuple[str, ...]:
    return (
        row.sensor_id,
        str(row.reports),
        str(row.expected),
        _shown(None if row.completeness is None else 100 * row.completeness, " %"),
        _shown(row.missing),
        _shown(row.restarts),
        str(row.n_rejected),
        _shown(row.battery, " %"),
        _shown(row.rssi, " dBm"),
        "-" if row.last_time is None else f"{row.last_time.astimezone(HANOI_TIME):%H:%M:%S}",
    )


def _shown(figure: float | None, unit: str = "") -> str:
    return "-" if figure is None else f"{figure:.0f}{unit}"
