"""`./hub privacy breach`: breaches of personal data, and by when the authority has to know."""

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from tools.cli.environment import connected_settings
from tools.cli.privacy import group as privacy
from tools.cli.tables import local
from tools.cli.tables import show as show_table
from tools.cli.who import on_record

if TYPE_CHECKING:
    from cityhub.breaches import Breach

group = typer.Typer(help="Breaches of personal data, each with its 72 hours.", no_args_is_help=True)
privacy.add_typer(group, name="breach")

Number = Annotated[int, typer.Argument(min=1, help="Its number, as `breach list` shows it.")]
At = Annotated[
    datetime | None,
    typer.Option(
        formats=["%Y-%m-%d %H:%M"], help="When (Vietnam time), as '2026-11-22 09:30'; now without it."
    ),
]


@group.command(
    epilog="Example: ./hub privacy breach add 'a laptop with an export was stolen' --touched plate"
)
def add(
    what: Annotated[str, typer.Argument(help="What happened; no plates, phones or names.")],
    touched: Annotated[
        list[str],
        typer.Option(
            help="plate, phone, position, payment, account, picture or other; several times for several."
        ),
    ],
    persons: Annotated[
        int | None, typer.Option(min=0, help="How many persons, as far as it is known.")
    ] = None,
    known_at: At = None,
) -> None:
    """Enter one as soon as it is noticed: the authority has to know within 72 hours, by Form 08."""
    from cityhub.breaches import TOUCHED  # noqa: PLC0415
    from cityhub.errors import InvalidInput  # noqa: PLC0415
    from cityhub.store import breaches, connect  # noqa: PLC0415

    kinds = [one for one in TOUCHED if one in touched]
    if len(kinds) != len(set(touched)):
        raise InvalidInput("touched", f"must be of {', '.join(TOUCHED)}")
    now = datetime.now(UTC)
    with connect(connected_settings().require("database_url"), "cityhub-privacy") as conn:
        breach = breaches.add(
            conn, what, kinds, persons, known_at=_aware(known_at, now), now=now, who=on_record()
        )
    whom = " and the ".join(breach.to_tell)
    print(f"breach {breach.id}: tell the {whom} by {local(breach.report_by)}, {_left(breach, now)}")


@group.command(epilog="Example: ./hub privacy breach told 3 authority --reference 'A05, 123/2026'")
def told(
    number: Number,
    whom: Annotated[str, typer.Argument(help="authority or persons.")],
    at: At = None,
    reference: Annotated[str, typer.Option(help="How it can be found again: a number of theirs.")] = "",
) -> None:
    """The authority, or the persons themselves, were told."""
    from cityhub.breaches import ADDRESSEES  # noqa: PLC0415
    from cityhub.errors import InvalidInput  # noqa: PLC0415
    from cityhub.store import breaches, connect  # noqa: PLC0415

    addressee = next((one for one in ADDRESSEES if one == whom), None)
    if addressee is None:
        raise InvalidInput("whom", f"must be {' or '.join(ADDRESSEES)}")
    now = datetime.now(UTC)
    with connect(connected_settings().require("database_url"), "cityhub-privacy") as conn:
        breach = breaches.told(
            conn, number, addressee, at=_aware(at, now), now=now, reference=reference, who=on_record()
        )
    still = (
        f"; the {' and the '.join(breach.to_tell)} not yet, {_left(breach, now)}" if breach.to_tell else ""
    )
    print(f"breach {number}: told to the {addressee}{still}")


@group.command(
    epilog="Example: ./hub privacy breach close 3 --outcome 'keys changed; nobody used the export'"
)
def close(
    number: Number,
    outcome: Annotated[str, typer.Option(help="What came of it, and what was changed.")],
    unreported: Annotated[
        bool, typer.Option("--unreported", help="Nobody needs to be told; the outcome says why.")
    ] = False,
) -> None:
    """It is over. The entry stays: it is kept for five years, and the hub removes none."""
    from cityhub.store import breaches, connect  # noqa: PLC0415

    with connect(connected_settings().require("database_url"), "cityhub-privacy") as conn:
        breaches.close(
            conn, number, outcome=outcome, unreported=unreported, now=datetime.now(UTC), who=on_record()
        )
    print(f"breach {number} is closed")


@group.command("list", epilog="Example: ./hub privacy breach list")
def list_(limit: Annotated[int, typer.Option(min=1, max=1000, help="Shown at most.")] = 50) -> None:
    """What is open first, by its deadline."""
    from cityhub.store import breaches, connect  # noqa: PLC0415

    now = datetime.now(UTC)
    with connect(connected_settings().require("database_url"), "cityhub-privacy") as conn:
        found = breaches.newest(conn, limit)
    if not found:
        print("no breach was entered")
        return
    show_table(
        ("", "known", "touched", "persons", "report by", "authority", "persons told", "state"),
        (
            (str(one.id), local(one.known_at), ", ".join(one.touched),
             "?" if one.persons is None else f"{one.persons:,}", local(one.report_by),
             _when(one.authority_told_at), _when(one.persons_told_at), _state(one, now))
            for one in found
        ),
    )  # fmt: skip


@group.command(epilog="Example: ./hub privacy breach show 3")
def show(number: Number) -> None:
    """All that was entered of one, for the form and the file."""
    from cityhub.store import breaches, connect  # noqa: PLC0415

    now = datetime.now(UTC)
    with connect(connected_settings().require("database_url"), "cityhub-privacy") as conn:
        one = breaches.get(conn, number)
    rows = {
        "what happened": one.what,
        "known since": local(one.known_at),
        "touched": ", ".join(one.touched),
        "persons": "not known" if one.persons is None else f"{one.persons:,}",
        "report by": f"{local(one.report_by)} ({_state(one, now)})",
        "authority told": f"{_when(one.authority_told_at)} {one.authority_reference or ''}".strip(),
        "persons told": _when(one.persons_told_at),
        "entered": f"{local(one.entered_at)} by {one.entered_by}",
        "closed": f"{local(one.closed_at)} by {one.closed_by}: {one.outcome}" if one.closed_at else "",
    }
    for name, text in rows.items():
        print(f"{name + ':':<16}{text}")


def _aware(at: datetime | None, now: datetime) -> datetime:
    from cityhub.rfc3339 import HANOI_TIME  # noqa: PLC0415

    return now if at is None else at.replace(tzinfo=HANOI_TIME)


def _when(at: datetime | None) -> str:
    return "" if at is None else local(at)


def _left(breach: "Breach", now: datetime) -> str:
    hours = (breach.report_by - now) / timedelta(hours=1)
    return f"{hours:.0f} hours left" if hours >= 0 else f"{-hours:.0f} hours late"


def _state(breach: "Breach", now: datetime) -> str:
    if breach.closed_at is not None:
        return "closed"
    return f"open, {_left(breach, now)}" if breach.to_tell else "open, told"
