"""`./hub invoices`: e-invoices and what their provider made of them."""

from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

import typer

from tools.cli.application import app
from tools.cli.environment import connected_settings
from tools.cli.tables import local
from tools.cli.tables import show as show_table

group = typer.Typer(help="E-invoices of payments and refunds: their states.", no_args_is_help=True)
app.add_typer(group, name="invoices")


class Told(StrEnum):
    """What can be said of an invoice that was sent; `queued`: it is to be sent again."""

    coded = "coded"
    rejected = "rejected"
    queued = "queued"
    replaced = "replaced"


@group.command("list", epilog="Example: ./hub invoices list")
def list_(
    limit: Annotated[int, typer.Option(min=1, max=1000, help="Rejected ones shown at most.")] = 20,
) -> None:
    """How many invoices are in each state, and those that were rejected, the newest first."""
    from cityhub.store import connect, invoices  # noqa: PLC0415

    with connect(connected_settings().require("database_url"), "cityhub-invoices") as conn:
        counts, rejected = invoices.counts(conn), invoices.rejected(conn, limit)
    if not counts:
        print("no invoices yet")
        return
    show_table(("state", "invoices"), ((state, f"{count:,}") for state, count in sorted(counts.items())))
    if rejected:
        show_table(
            ("rejected", "amount, VND", "since", "why"),
            ((id, f"{amount:,}", local(since), why) for id, amount, since, why in rejected),
        )


@group.command(epilog="Example: ./hub invoices told 6f6f3a52-... coded --symbol 1C26MXX --number 00000017")
def told(
    id: Annotated[UUID, typer.Argument(help="The invoice, as in the file that was sent.")],
    state: Annotated[Told, typer.Argument(help="What its provider says; queued: send it again.")],
    symbol: Annotated[str | None, typer.Option(help="The symbol that it was given.")] = None,
    number: Annotated[str | None, typer.Option(help="Its number.")] = None,
    tax_code: Annotated[str | None, typer.Option(help="The code of the tax authority.")] = None,
    why: Annotated[str, typer.Option(help="Why it was rejected or replaced.")] = "",
) -> None:
    """Note what the provider made of an invoice that was handed over as a file."""
    from cityhub.payments.invoices import Answer  # noqa: PLC0415
    from cityhub.store import connect, invoices  # noqa: PLC0415

    answer = Answer("sent", symbol, number, tax_code, why)
    with connect(connected_settings().require("database_url"), "cityhub-invoices") as conn:
        invoices.told_later(conn, str(id), state.value, datetime.now(UTC), answer)
    print(f"invoice {id} is {state.value}")
