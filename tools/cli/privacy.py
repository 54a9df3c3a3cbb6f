"""`./hub privacy`: what people ask about their own data."""

import getpass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from cityhub.errors import SettingsError
from tools.cli.application import app
from tools.cli.environment import connected_settings
from tools.cli.tables import local
from tools.cli.tables import show as show_table

if TYPE_CHECKING:
    from cityhub.store.privacy import Keys

group = typer.Typer(help="Plates and phones of people who ask.", no_args_is_help=True)
app.add_typer(group, name="privacy")

Whose = Annotated[str, typer.Argument(help="A number plate or a phone number.")]
By = Annotated[
    str, typer.Option(default_factory=getpass.getuser, help="Who answers the request; kept in the register.")
]
Asked = Annotated[
    datetime | None,
    typer.Option(
        formats=["%Y-%m-%d"], help="The day on which it was asked (Vietnam time); today without it."
    ),
]


@group.command(epilog="Example: ./hub privacy export 30A-123.45 --by lan > answer.json")
def export(whose: Whose, by: By, asked: Asked = None) -> None:
    """Everything that is kept about a plate or phone, as JSON; entered into the register."""
    import msgspec  # noqa: PLC0415

    from cityhub.privacy import subject  # noqa: PLC0415
    from cityhub.store import connect, privacy  # noqa: PLC0415

    about, keys, now = subject(whose), _keys(), datetime.now(UTC)
    with connect(connected_settings().require("database_url"), "cityhub-privacy") as conn:
        found = privacy.export(conn, about, keys)
        counts = {name: len(rows) for name, rows in found.items()}
        privacy.enter(
            conn, "export", about, keys, counts, asked_at=_asked_at(asked, now), now=now, made_by=by
        )
    answer = {about.kind: about.text, "made_at": now, **found}
    print(msgspec.json.format(msgspec.json.encode(answer)).decode())


@group.command(epilog="Example: ./hub privacy erase 0912345678 --by lan")
def erase(whose: Whose, by: By, asked: Asked = None) -> None:
    """Erase a plate or phone; what the car still stands there by, or owes for, is kept until that is over."""
    from cityhub.privacy import subject  # noqa: PLC0415
    from cityhub.store import connect, privacy  # noqa: PLC0415

    about, keys, now = subject(whose), _keys(), datetime.now(UTC)
    with connect(connected_settings().require("database_url"), "cityhub-privacy") as conn:
        counts = privacy.erase(conn, about, keys, now)
        privacy.enter(conn, "erase", about, keys, counts, asked_at=_asked_at(asked, now), now=now, made_by=by)
    print(f"{about.masked}: erased in {counts['erased']:,} rows")
    if counts["kept"]:
        print(
            f"kept in {counts['kept']:,} sessions and rights that still run or are owed for;"
            " erase again once they are over"
        )


@group.command("list", epilog="Example: ./hub privacy list")
def list_(limit: Annotated[int, typer.Option(min=1, max=1000, help="Shown at most.")] = 50) -> None:
    """The register of requests with their deadlines, the newest first."""
    from cityhub.store import connect, privacy  # noqa: PLC0415

    with connect(connected_settings().require("database_url"), "cityhub-privacy") as conn:
        found = privacy.requests(conn, limit)
    if not found:
        print("nobody asked yet")
        return
    show_table(
        ("asked", "for", "about", "answer by", "do by", "done", "by"),
        (
            (local(one.asked_at), one.kind, f"a {one.subject}", str(one.answer_by), str(one.do_by),
             local(one.done_at), one.made_by)
            for one in found
        ),
    )  # fmt: skip


def _keys() -> "Keys":
    from cityhub.store.privacy import Keys  # noqa: PLC0415

    settings = connected_settings()
    if not settings.privacy_key:
        raise SettingsError(
            "CITYHUB_PRIVACY_KEY is not set: it makes what stands in place of erased plates."
            " Set a long random text once, and keep it for ever"
        )
    phones = settings.sms_webhook_secret.get_secret_value()
    return Keys(settings.privacy_key.get_secret_value().encode(), phones.encode() or None)


def _asked_at(day: datetime | None, now: datetime) -> datetime:
    from cityhub.rfc3339 import HANOI_TIME  # noqa: PLC0415

    return now if day is None else min(now, day.replace(tzinfo=HANOI_TIME))
