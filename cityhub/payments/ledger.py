"""The books: double entry. What each event of a payment enters. Pure.

Debits are positive, credits negative; the entries of a transaction sum to zero. Whole VND.

| account | grows by | holds |
| --- | --- | --- |
| `clearing:<provider>` | debit | what a provider has taken from drivers and owes the hub |
| `wallet:<id>` | credit | what the hub owes a driver |
| `revenue:<place>`, `revenue:permits:<zone>` | credit | what was earned |
| `refunds:<place>`, `refunds:permits:<zone>` | debit | what of it was given back |
| `unmatched` | credit | money that came and that a person has to place |
"""

from dataclasses import dataclass

UNMATCHED = "unmatched"


@dataclass(frozen=True, slots=True)
class Entry:
    """`amount`: a debit above zero, a credit below."""

    account: str
    amount: int


Entries = tuple[Entry, ...]


def kind_of(account: str) -> str:
    """Which kind of account it is: what stands before the colon."""
    return account.partition(":")[0]


def clearing(provider: str) -> str:
    """What a provider owes."""
    return f"clearing:{provider}"


def wallet(id: str) -> str:
    """What a driver has."""
    return f"wallet:{id}"


def permits(zone: str) -> str:
    """Whose revenue permits are: those of a zone are good at all its places, so none of them earned it alone."""
    return f"permits:{zone}"


def revenue(of: str) -> str:
    """What was earned at a place, or by `permits(zone)`."""
    return f"revenue:{of}"


def refunds(of: str) -> str:
    """What of that was given back."""
    return f"refunds:{of}"


def moved(amount: int, source: str, target: str) -> Entries:
    """`amount` (above zero) goes from `source` to `target`: a credit there, a debit here."""
    if amount <= 0:
        raise ValueError("only an amount above zero can be entered")
    return (Entry(target, amount), Entry(source, -amount))


def earned(amount: int, paid_from: str, of: str) -> Entries:
    """A payment for time or a permit; `paid_from` is a provider's clearing account or a wallet."""
    return moved(amount, revenue(of), paid_from)


def topped_up(amount: int, provider: str, wallet_id: str) -> Entries:
    """A driver's own money, put into a wallet."""
    return moved(amount, wallet(wallet_id), clearing(provider))


def given_back(amount: int, of: str, to: str) -> Entries:
    """A refund, to a provider's clearing account or a wallet."""
    return moved(amount, to, refunds(of))


def parked(amount: int, provider: str) -> Entries:
    """Money that no rule could place."""
    return moved(amount, UNMATCHED, clearing(provider))
