"""`./hub money`: sums that wait for a person, and refunds that somebody has to send."""

from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID, uuid4

import typer

from tools.cli.application import app
from tools.cli.environment import connected_settings
from tools.cli.tables import local
from tools.cli.tables import show as show_table

group = typer.Typer(help="Money that waits for a person.", no_args_is_help=True)
app.add_typer(group, name="money")

By = Annotated[str, typer.Option(help="Who decides; kept with it.")]
Note = Annotated[str, typer.Option(help="Why, or the number of the transfer.")]


@group.command("list", epilog="Example: ./hub money list")
def list_(limit: Annotated[int, typer.Option(min=1, max=1000, help="Shown at most.")] = 50) -> None:
    """Sums that no rule could place, and refunds to be sent by hand, the oldest first."""
    from cityhub.store import connect, parked, refunds  # noqa: PLC0415

    with connect(connected_settings().require("database_url"), "cityhub-money") as conn:
        sums, by_hand = parked.waiting(conn, limit), refunds.by_hand(conn, limit)
    if not sums and not by_hand:
        print("nothing waits for a person")
    if sums:
        show_table(
            ("parked", "VND", "why", "provider", "its transaction", "our payment", "since"),
            (
                (str(one.id), f"{one.amount:,}", one.reason, one.provider, one.provider_reference,
                 one.reference or "", local(one.received_at))
                for one in sums
            ),
        )  # fmt: skip
    if by_hand:
        show_table(
            ("refund", "VND", "state", "provider", "our payment", "since"),
            (
                (one.id, f"{one.amount:,}", one.state, one.provider, one.reference, local(one.created_at))
                for one in by_hand
            ),
        )


@group.command(epilog='Example: ./hub money returned 17 --by lan --note "transfer FT26330012"')
def returned(
    parked_id: Annotated[int, typer.Argument(help="The number of the parked sum.")], by: By, note: Note = ""
) -> None:
    """A parked sum was sent back to whom it came from."""
    from cityhub.store import connect, parked  # noqa: PLC0415

    with connect(connected_settings().require("database_url"), "cityhub-money") as conn:
        found = parked.returned(conn, parked_id, by, note, datetime.now(UTC))
    print(f"{found.amount:,} VND are noted as returned")


@group.command(epilog="Example: ./hub money wallet 17 --by lan")
def wallet(
    parked_id: Annotated[int, typer.Argument(help="The number of the parked sum.")],
    by: By,
    note: Note = "",
    code: Annotated[
        str | None, typer.Option(help="The driver's wallet; without it a new one is made.")
    ] = None,
) -> None:
    """A parked sum goes into its driver's wallet, whose code is printed: it pays without a provider."""
    import secrets  # noqa: PLC0415

    from cityhub.store import connect, parked, payments  # noqa: PLC0415

    with connect(connected_settings().require("database_url"), "cityhub-money") as conn:
        held = (
            payments.add_wallet(conn, str(uuid4()), secrets.token_urlsafe(16))
            if code is None
            else payments.wallet(conn, code)
        )
        found = parked.to_wallet(conn, parked_id, by, note, held.id, datetime.now(UTC))
    print(f"{found.amount:,} VND are in the wallet {held.token}")


@group.command(epilog='Example: ./hub money refunded 6f6f3a52-... --by lan --note "transfer FT26330013"')
def refunded(refund_id: Annotated[UUID, typer.Argument(help="The refund.")], by: By, note: Note = "") -> None:
    """A refund was sent by hand, or its provider says that it was done."""
    from cityhub.store import connect, refunds  # noqa: PLC0415

    with connect(connected_settings().require("database_url"), "cityhub-money") as conn:
        amount = refunds.done_by_hand(conn, str(refund_id), by, note, datetime.now(UTC))
    print(f"{amount:,} VND are noted as given back")
