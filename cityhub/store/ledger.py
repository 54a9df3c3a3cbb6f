"""The books, as the database keeps them: added to in the caller's transaction, looked through as a whole."""

from collections.abc import Sequence
from datetime import datetime

import psycopg

from cityhub.payments.ledger import UNMATCHED, Entry, kind_of
from cityhub.store.queries import load

_SQL = load(__file__)


def book(
    conn: psycopg.Connection, key: str, description: str, occurred_at: datetime, entries: Sequence[Entry]
) -> bool:
    """Enter a transaction; False when one with this key is there already, whose entries then stand.

    `occurred_at` is aware. The database refuses entries that do not sum to zero (`ledger_balanced`, at commit), and at
    once those by which a wallet would fall below nothing (`wallet_has_enough`).
    """
    accounts = sorted({entry.account for entry in entries})
    row = {
        "ids": accounts,
        "kinds": [kind_of(account) for account in accounts],
        "key": key,
        "description": description,
        "occurred_at": occurred_at,
        "accounts": [entry.account for entry in entries],
        "amounts": [entry.amount for entry in entries],
    }
    return conn.execute(_SQL["book"], row).rowcount > 0


def balances(conn: psycopg.Connection) -> dict[str, int]:
    """VND by account: debits less credits."""
    return dict(conn.execute(_SQL["balances"]).fetchall())


def count(conn: psycopg.Connection) -> int:
    """Take what was booked since the last time into the sums by day; how many sums changed.

    Nobody waits for it. Of two at once one takes what both see, or waits for the other and takes nothing.
    """
    return conn.execute(_SQL["count"]).rowcount


def faults(conn: psycopg.Connection) -> list[str]:
    """What is wrong with the books, a line each; none when they are right. Names payments and accounts, not people."""
    found = []
    total = sum(balances(conn).values())
    if total:
        found.append(f"all entries sum to {total} VND, not to zero")
    for query, words in (
        (_SQL["unbalanced"], "the transaction {} does not sum to zero"),
        (_SQL["wrong_wallets"], "the balance of wallet {} is not that of its entries"),
        (_SQL["unbooked"], "{} is paid and not in the books, or in the books and not paid"),
        (_SQL["without_receipt"], "payment {} has no receipt"),
        (_SQL["gaps"], "the receipts {} have a gap"),
        (_SQL["wrong_sums"], "the sums by day of account {} are not those of its entries"),
    ):
        found += [words.format(name) for (name,) in conn.execute(query)]
    [(parked,)] = conn.execute(_SQL["parked"]).fetchall()
    entered = -balances(conn).get(UNMATCHED, 0)
    if parked != entered:
        found.append(f"{parked} VND wait for a person, the account {UNMATCHED} holds {entered}")
    return found
