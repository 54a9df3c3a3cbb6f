"""`./hub ledger`: the books of payments."""

import typer

from tools.cli.application import app
from tools.cli.environment import connected_settings
from tools.cli.tables import show

group = typer.Typer(
    help="The books of payments: whether they are right, what the accounts hold.", no_args_is_help=True
)
app.add_typer(group, name="ledger")


@group.command(epilog="Example: ./hub ledger check")
def check() -> None:
    """Look through the books; exit 1 when something is wrong, with a line for each fault.

    Every transaction sums to zero, every payment is entered once and has its receipt, receipts have no gap, wallets and
    money that waits for a person are as entered.
    """
    from cityhub.store import connect, ledger  # noqa: PLC0415

    with connect(connected_settings().require("database_url"), "cityhub-ledger") as conn:
        # One look at everything: payments go on meanwhile.
        conn.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        balances, faults = ledger.balances(conn), ledger.faults(conn)
    if balances:
        show(("account", "balance, VND"), ((name, f"{amount:,}") for name, amount in balances.items()))
    for fault in faults:
        print(fault)
    print("the books are wrong" if faults else f"the books are right: {len(balances)} accounts, sum 0")
    raise typer.Exit(1 if faults else 0)
