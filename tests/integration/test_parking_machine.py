"""Sessions and their money at random on a real database: whatever comes in what order, every đồng is accounted for.

A call that breaks off anywhere (a killed process) is a transaction that is rolled back; its sender repeats it, or not.
"""

import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import uuid4

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cityhub.errors import RuleBroken
from cityhub.parking.plates import normalise
from cityhub.payments import references
from cityhub.payments.model import MARGIN, Provider
from cityhub.rfc3339 import HANOI_TIME
from cityhub.store import connect, ledger, payments, refunds, sessions, settlement

NOW = datetime(2026, 11, 23, 8, 0, tzinfo=HANOI_TIME)
PROVIDERS: list[Provider] = ["vnpay", "momo", "vietqr"]
PLATES = [normalise(plate).text for plate in ("30A-123.45", "29A-999.99", "51F-888.88")]


@dataclass
class Stay:
    """What the model knows of a session. `paid_until`: nobody takes that away but its driver, by stopping."""

    token: str
    plate: str
    paid_until: datetime | None = None
    corrected: bool = False
    stopped: bool = False


@dataclass
class Bill:
    """A payment, and the transactions by which its provider says that it was paid."""

    stay: Stay
    reference: str
    provider: Provider
    amount: int
    until: datetime | None
    transactions: list[tuple[str, int]] = field(default_factory=list)


class Event(NamedTuple):
    """What happens: `which` of the stays or bills it is about, `size` of it, and whether it breaks off first."""

    name: str
    which: int
    size: int
    breaks_off: bool


EVENTS = st.builds(
    Event,
    st.sampled_from(
        [
            *("time", "begin", "bill", "call", "repeat", "extend", "correct", "stop", "refunds", "tidy"),
            *("pay", "pay", "extend", "extend", "call"),
        ]
    ),
    st.integers(0, 3),
    st.integers(0, 5),
    st.sampled_from([False, False, False, True]),
)


class Parking:
    """The street, its model beside it. What others left in the database is balanced too."""

    def __init__(self, conn: psycopg.Connection) -> None:
        self.conn, self.now = conn, NOW
        self.stays: list[Stay] = []
        self.bills: list[Bill] = []
        self.before = {name: self.clearing(name) for name in PROVIDERS}
        # What each provider took, by its transactions, and gave back.
        self.taken: dict[tuple[str, str], int] = {}
        self.returned: dict[str, int] = dict.fromkeys(PROVIDERS, 0)

    def clearing(self, provider: str) -> int:
        return ledger.balances(self.conn).get(f"clearing:{provider}", 0)

    def happen(self, event: Event) -> None:
        """One event, as far as it can be; those about a stay or bill need one."""
        getattr(self, f"on_{event.name}")(event)
        self.check()

    def stay(self, event: Event) -> Stay:
        if not self.stays:
            self.on_begin(event)
        return self.stays[-1 - event.which % len(self.stays)]

    @contextmanager
    def attempt(self, event: Event) -> Iterator[None]:
        """In a transaction that is rolled back when the event breaks off."""
        with suppress(RuleBroken), self.conn.transaction(force_rollback=event.breaks_off):
            yield

    def on_time(self, event: Event) -> None:
        self.now += timedelta(minutes=8 * event.size)

    def on_begin(self, event: Event) -> None:
        minutes = (30, 60, 120, 200)[event.which]
        asked = sessions.Asked("ltk-01", normalise(PLATES[event.size % 3]), "car", minutes)
        with self.conn.transaction():
            session = sessions.begin(self.conn, asked, self.now, secrets.token_urlsafe(16))
        self.stays.append(Stay(session.token, session.first.plate or ""))

    def on_bill(self, event: Event) -> None:
        stay, provider = self.stay(event), PROVIDERS[event.size % 3]
        reference = references.new(secrets.randbelow)
        with self.conn.transaction():
            session = sessions.by_token(self.conn, stay.token, lock=True)
            waiting = session.due(self.now)
            if waiting is None:
                # A bill that nobody issued, whose calls are of an order that nobody knows.
                self.bills.append(Bill(stay, reference, provider, 25_000, None))
                return
            payment = payments.add(
                self.conn, id=str(uuid4()), reference=reference, provider=provider, amount=waiting.due, now=self.now,
                expires_at=self.now + timedelta(minutes=15), client_address="127.0.0.1",
                session=(session.id, waiting.n),
            )  # fmt: skip
            sessions.wait_until(self.conn, session.id, payment.expires_at)
        self.bills.append(Bill(stay, reference, provider, payment.amount, waiting.to_time))

    def on_pay(self, event: Event) -> None:
        """A driver who pays at once what is due, if anything is."""
        self.on_bill(event)
        bill = self.bills[-1]
        if bill.until is not None:
            self.told(bill, self.transaction(bill, 0))
            assert bill.stay.paid_until == bill.until

    def on_call(self, event: Event) -> None:
        if self.bills:
            bill = self.bills[-1 - event.which % len(self.bills)]
            which = self.transaction(bill, (0, 0, 0, 0, -5_000, 5_000)[event.size])
            if event.breaks_off:
                self.told(bill, which, breaks_off=True)
            self.told(bill, which)

    def on_repeat(self, event: Event) -> None:
        if self.bills and (bill := self.bills[-1 - event.which % len(self.bills)]).transactions:
            self.told(bill, event.size % len(bill.transactions))

    def transaction(self, bill: Bill, off_by: int) -> int:
        bill.transactions.append((f"T{secrets.token_hex(6)}", bill.amount + off_by))
        return len(bill.transactions) - 1

    def told(self, bill: Bill, which: int, *, breaks_off: bool = False) -> None:
        """The provider says that this transaction was made."""
        transaction, amount = bill.transactions[which]
        with self.conn.transaction(force_rollback=breaks_off):
            payment = payments.by_reference(self.conn, bill.reference)
            if payment is None:
                settlement.park(self.conn, bill.provider, transaction, amount, "unknown_order", self.now)
                said = "parked"
            else:
                said = settlement.settle(
                    self.conn, payment, amount=amount, transaction=transaction, at=self.now, source="callback"
                )
        if breaks_off:
            return
        assert said != "booked" or (bill.provider, transaction) not in self.taken
        self.taken[bill.provider, transaction] = amount
        if said == "booked":
            assert amount == bill.amount
            assert bill.until is not None
            bill.stay.paid_until = max(bill.stay.paid_until or bill.until, bill.until)

    def on_extend(self, event: Event) -> None:
        stay = self.stay(event)
        with self.attempt(event):
            after = sessions.extend(self.conn, stay.token, (15, 60, 90)[event.size % 3], self.now)
            if after.waiting is None and not event.breaks_off:
                # Within a step of the tariff that is paid already.
                assert after.held is not None
                stay.paid_until = after.held.to_time

    def on_correct(self, event: Event) -> None:
        stay, plate = self.stay(event), PLATES[event.size % 3]
        with self.attempt(event):
            sessions.correct(self.conn, stay.token, self.now, plate=normalise(plate))
            # What is so already is no correction.
            if not event.breaks_off and plate != stay.plate:
                assert not stay.corrected
                stay.corrected, stay.plate = True, plate

    def on_stop(self, event: Event) -> None:
        stay = self.stay(event)
        with self.attempt(event):
            session, back = sessions.stop(self.conn, stay.token, self.now)
            assert refunds.request_for(self.conn, session.id, back, self.now) == back
            stay.stopped = stay.stopped or not event.breaks_off

    def on_refunds(self, event: Event) -> None:
        for demand in refunds.to_send(self.conn, PROVIDERS)[:3]:
            assert refunds.sent(self.conn, demand)
            with self.conn.transaction():
                if event.size < 4:
                    refunds.done(self.conn, demand, self.now)
                    self.returned[demand.provider] += demand.amount
                elif event.size == 4:
                    refunds.refused(self.conn, demand, "95", self.now)

    def on_tidy(self, _event: Event) -> None:
        with self.conn.transaction():
            payments.expire(self.conn, self.now, MARGIN)
        with self.conn.transaction():
            sessions.lapse(self.conn, self.now)

    def check(self) -> None:
        """What is paid stays paid, whoever broke off."""
        for stay in self.stays:
            session = sessions.by_token(self.conn, stay.token)
            assert sum(one.state == "awaiting_payment" for one in session.segments) <= 1
            held = session.held
            if stay.paid_until is None:
                assert held is None
                continue
            assert held is not None
            assert held.plate == stay.plate
            assert stay.stopped or held.to_time == stay.paid_until

    def close(self) -> None:
        """What providers took is in the books, once."""
        assert ledger.faults(self.conn) == []
        for name in PROVIDERS:
            taken = sum(amount for (provider, _), amount in self.taken.items() if provider == name)
            assert self.clearing(name) - self.before[name] == taken - self.returned[name]
        twice: list[Any] = self.conn.execute(
            "SELECT payment_id FROM receipt GROUP BY payment_id HAVING count(*) > 1"
        ).fetchall()
        assert twice == []
        # Demands that are left are not for the next run to send.
        self.conn.execute("UPDATE refund SET state = 'by_hand' WHERE state = 'requested'")


@pytest.fixture(scope="module")
def conn(database_url: str) -> Iterator[psycopg.Connection]:
    with connect(database_url, "tests", autocommit=True) as conn:
        yield conn


@given(events=st.lists(EVENTS, min_size=12, max_size=40))
@settings(max_examples=60, suppress_health_check=list(HealthCheck))
def test_every_order_of_events_keeps_the_books_and_what_is_paid_for(
    conn: psycopg.Connection, events: Sequence[Event]
) -> None:
    parking = Parking(conn)
    for event in events:
        parking.happen(event)
    parking.close()
