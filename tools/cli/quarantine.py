"""`./hub quarantine`: messages that could not be used."""

from datetime import UTC, datetime, timedelta
from typing import Annotated

import typer

from tools.cli.application import app
from tools.cli.environment import connected_settings
from tools.cli.tables import local, printable
from tools.cli.tables import show as show_table

_SHOWN_BYTES = 2000

group = typer.Typer(help="Messages that could not be used, with the reason.", no_args_is_help=True)
app.add_typer(group, name="quarantine")


@group.command("list", epilog="Example: ./hub quarantine list --reason future --limit 20")
def list_(
    reason: Annotated[str | None, typer.Option(help="Only this reason.")] = None,
    sensor: Annotated[str | None, typer.Option(help="Only this sensor.")] = None,
    before: Annotated[int | None, typer.Option(help="Only ids below this one: the next page.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="Rows at most.")] = 50,
) -> None:
    """List rejected messages, newest first."""
    from cityhub.store import connect, quarantine  # noqa: PLC0415

    with connect(connected_settings().require("database_url"), "cityhub-quarantine") as conn:
        rows = quarantine.list(conn, reason=reason, sensor_id=sensor, before_id=before, limit=limit)
    if not rows:
        print("nothing in quarantine")
        return
    show_table(
        ("id", "last received", "times", "reason", "topic", "detail"),
        (
            (str(row.id), local(row.last_received_at), str(row.n), row.reason, row.topic, row.detail)
            for row in rows
        ),
    )
    if len(rows) == limit:
        print(f"more: --before {rows[-1].id}")


@group.command(epilog="Example: ./hub quarantine show 17")
def show(id: Annotated[int, typer.Argument(help="Number from `list`.")]) -> None:
    """Show one rejected message with its payload."""
    from cityhub.store import connect, quarantine  # noqa: PLC0415

    with connect(connected_settings().require("database_url"), "cityhub-quarantine") as conn:
        row = quarantine.get(conn, id)
    first, last = local(row.first_received_at), local(row.last_received_at)
    print(f"id        {row.id}\ntopic     {printable(row.topic)}\nreason    {row.reason}")
    print(f"detail    {printable(row.detail)}")
    retained = ", retained by the broker" if row.retained else ""
    print(f"sensor    {row.sensor_id or '-'}\nreceived  {row.n} times, {first} to {last}{retained}")
    print(f"payload   {row.payload_bytes} bytes")
    print(printable(row.payload[:_SHOWN_BYTES].decode(errors="backslashreplace")))


@group.command(epilog="Example: ./hub quarantine replay --reason unknown_sensor")
def replay(
    reason: Annotated[str | None, typer.Option(help="Only this reason.")] = None,
    sensor: Annotated[str | None, typer.Option(help="Only this sensor.")] = None,
    background: Annotated[bool, typer.Option("--background", help="Leave it to `./hub jobs`.")] = False,
) -> None:
    """Read rejected messages again with today's catalogue; what is good now is stored and leaves the quarantine."""
    from cityhub.store import connect, jobs  # noqa: PLC0415
    from jobs import quarantine  # noqa: PLC0415

    _check(reason)
    settings = connected_settings()
    if background:
        with connect(settings.require("database_url"), "cityhub-quarantine") as conn:
            id = jobs.add(
                conn, "quarantine_replay", {"reason": reason, "sensor_id": sensor}, lock="quarantine_replay"
            )
        print(f"job {id} waits for ./hub jobs")
        return
    with connect(settings.require("database_url"), "cityhub-quarantine", autocommit=True) as conn:
        done = quarantine.replay(
            conn,
            settings.topic_prefix,
            settings.max_payload_bytes,
            reason=reason,
            sensor_id=sensor,
            replays=settings.accept_replays,
            keep_days=settings.raw_retention_days,
        )
    print(f"replayed {done.messages} messages: stored {done.stored} observations, {done.still_bad} still bad")
    if done.cut:
        print(f"{done.cut} messages cannot be replayed: they were too large, only their beginning was kept")


@group.command(epilog="Example: ./hub quarantine purge --older-than 30 --reason json")
def purge(
    older_than: Annotated[
        int, typer.Option(min=0, max=36500, help="Days since it was last received at least; 0: all.")
    ] = 30,
    reason: Annotated[str | None, typer.Option(help="Only this reason.")] = None,
) -> None:
    """Remove rejected messages for good."""
    from cityhub.store import connect, quarantine  # noqa: PLC0415

    _check(reason)
    before = datetime.now(UTC) - timedelta(days=older_than)
    with connect(connected_settings().require("database_url"), "cityhub-quarantine") as conn:
        removed = quarantine.purge(conn, before, reason)
    print(f"removed {removed} rows last received before {local(before)}")


def _check(reason: str | None) -> None:
    from cityhub.observing.decoded import REASONS  # noqa: PLC0415

    if reason is not None and reason not in REASONS:
        raise typer.BadParameter(f"no reason {printable(reason)!r}; there are {', '.join(REASONS)}")
