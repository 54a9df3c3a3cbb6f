"""Sessions and their money on a real database: booked once, or parked for a person, whatever comes how often."""

import secrets
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import psycopg
import pytest

from cityhub.errors import InvalidInput, NotFound, RuleBroken
from cityhub.parking.plates import normalise
from cityhub.parking.sessions import Session
from cityhub.payments import references
from cityhub.payments.model import MARGIN, Payment, Provider
from cityhub.rfc3339 import HANOI_TIME
from cityhub.store import connect, ledger, payments, places, receipts, refunds, sessions, settlement
from cityhub.store import parked as parked_money
from tests.waiting import eventually

# A Monday, at ten.
NOW = datetime(2026, 11, 23, 10, 0, tzinfo=HANOI_TIME)
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


@pytest.fixture
def conn(database_url: str) -> Iterator[psycopg.Connection]:
    with connect(database_url, "tests", autocommit=True) as conn:
        yield conn
        assert ledger.faults(conn) == []


def begun(
    conn: psycopg.Connection, minutes: int | None = 120, now: datetime = NOW, **changes: Any
) -> Session:
    asked = {
        "place_id": "ltk-01",
        "plate": normalise("30A-123.45"),
        "vehicle": "car",
        "minutes": minutes,
        **changes,
    }
    with conn.transaction():
        return sessions.begin(conn, sessions.Asked(**asked), now, secrets.token_urlsafe(16))


def asked_for(
    conn: psycopg.Connection, session: Session, provider: Provider = "vnpay", now: datetime = NOW
) -> Payment:
    waiting = session.waiting
    assert waiting is not None
    with conn.transaction():
        return payments.add(
            conn, id=str(uuid4()), reference=references.new(secrets.randbelow), provider=provider, amount=waiting.due,
            now=now, expires_at=now + 15 * MINUTE, client_address="127.0.0.1", session=(session.id, waiting.n),
        )  # fmt: skip


def told(
    conn: psycopg.Connection,
    payment: Payment,
    amount: int | None = None,
    transaction: str | None = None,
    at: datetime = NOW,
) -> str:
    """What settling says when the provider reports the payment."""
    with conn.transaction():
        held = payments.by_reference(conn, payment.reference)
        assert held is not None
        return settlement.settle(
            conn, held, amount=payment.amount if amount is None else amount,
            transaction=transaction or f"T{payment.reference}", at=at, source="callback",
        )  # fmt: skip


def parked(conn: psycopg.Connection, payment: Payment) -> list[tuple[int, str]]:
    return conn.execute(
        "SELECT amount, reason FROM parked_money WHERE payment_id = %s ORDER BY id", (payment.id,)
    ).fetchall()


def test_two_hours_are_paid_for_and_booked_once(conn: psycopg.Connection) -> None:
    session = begun(conn)
    assert (session.state, session.first.amount) == ("awaiting_payment", 50_000)
    payment = asked_for(conn, session)
    before = ledger.balances(conn).get("revenue:ltk-01", 0)
    assert [told(conn, payment) for _ in range(3)] == ["booked", "already", "already"]
    assert ledger.balances(conn)["revenue:ltk-01"] == before - 50_000
    after = sessions.by_token(conn, session.token)
    assert (after.status(NOW), after.held and after.held.to_time) == ("active", NOW + 2 * HOUR)
    assert after.status(NOW + 2 * HOUR) == "ended"
    number = receipts.of_payment(conn, payment.id)
    assert number is not None
    receipt = receipts.by_number(conn, number)
    assert (receipt.amount, receipt.document["paid"], receipt.token) == (50_000, 50_000, session.token)
    assert "30A" not in str(receipt.document)


def test_an_extension_goes_on_in_the_steps_and_is_its_own_payment(conn: psycopg.Connection) -> None:
    session = begun(conn)
    told(conn, asked_for(conn, session))
    with conn.transaction():
        longer = sessions.extend(conn, session.token, 60, NOW + HOUR)
    assert longer.waiting is not None
    assert longer.waiting.due == 35_000
    # Until it is paid the car is paid for as before.
    assert longer.held is not None
    assert longer.held.to_time == NOW + 2 * HOUR
    told(conn, asked_for(conn, longer))
    after = sessions.by_token(conn, session.token)
    assert after.held is not None
    assert (after.held.to_time, after.held.amount) == (NOW + 3 * HOUR, 85_000)


def test_money_for_what_was_replaced_is_parked_and_the_new_is_still_waited_for(
    conn: psycopg.Connection,
) -> None:
    session = begun(conn)
    told(conn, asked_for(conn, session))
    with conn.transaction():
        first = asked_for(conn, sessions.extend(conn, session.token, 60, NOW))
        second = asked_for(conn, sessions.extend(conn, session.token, 120, NOW))
    assert told(conn, first) == "parked"
    assert parked(conn, first) == [(35_000, "late")]
    assert told(conn, second) == "booked"
    assert told(conn, first) == "already"


@pytest.mark.parametrize(
    ("provider", "amount", "reason"),
    [("vnpay", 40_000, "wrong_amount"), ("momo", 60_000, "wrong_amount"), ("vietqr", 40_000, "partial"),
     ("vietqr", 60_000, "too_much")],
)  # fmt: skip
def test_another_amount_is_parked_and_the_right_one_is_still_taken(
    conn: psycopg.Connection, provider: Provider, amount: int, reason: str
) -> None:
    payment = asked_for(conn, begun(conn), provider)
    assert told(conn, payment, amount, f"A{payment.reference}") == "parked"
    assert parked(conn, payment) == [(amount, reason)]
    assert told(conn, payment, transaction=f"B{payment.reference}") == "booked"


@pytest.mark.parametrize("is_of_another", [False, True], ids=["another amount", "another order"])
def test_what_its_provider_corrects_is_booked_and_waits_for_nobody(
    conn: psycopg.Connection, is_of_another: bool
) -> None:
    payment = asked_for(conn, begun(conn))
    first = asked_for(conn, begun(conn)) if is_of_another else payment
    transaction = f"A{payment.reference}"
    assert told(conn, first, 40_000, transaction) == "parked"
    before = ledger.balances(conn)
    assert told(conn, first, 30_000, transaction) == "already"
    assert told(conn, payment, transaction=transaction) == "booked"
    assert told(conn, payment, transaction=transaction) == "already"
    after = ledger.balances(conn)
    assert after["unmatched"] - before["unmatched"] == 40_000
    assert after["clearing:vnpay"] - before["clearing:vnpay"] == 10_000
    [(by, how)] = conn.execute(
        "SELECT resolved_by, resolution FROM parked_money WHERE provider_reference = %s", (transaction,)
    ).fetchall()
    assert (by, payment.reference in how) == ("vnpay", True)


def test_what_a_person_gave_back_pays_for_nothing_any_more(conn: psycopg.Connection) -> None:
    payment = asked_for(conn, begun(conn))
    transaction = f"A{payment.reference}"
    told(conn, payment, 40_000, transaction)
    [(id,)] = conn.execute(
        "SELECT id FROM parked_money WHERE provider_reference = %s", (transaction,)
    ).fetchall()
    with conn.transaction():
        parked_money.returned(conn, id, "test", "back to the payer", NOW)
    assert told(conn, payment, transaction=transaction) == "already"
    assert payments.by_id(conn, payment.id).state == "pending"


def test_money_that_comes_a_second_time_by_another_transaction_is_parked(conn: psycopg.Connection) -> None:
    payment = asked_for(conn, begun(conn))
    assert told(conn, payment) == "booked"
    assert told(conn, payment, transaction=f"X{payment.reference}") == "parked"
    assert parked(conn, payment) == [(50_000, "doubled")]


def test_money_that_comes_after_its_payment_failed_or_expired_still_pays_while_it_is_waited_for(
    conn: psycopg.Connection,
) -> None:
    failed = asked_for(conn, begun(conn))
    with conn.transaction():
        payments.ended(conn, failed, "failed", "24")
    assert told(conn, failed) == "booked"
    session = begun(conn)
    late = asked_for(conn, session)
    with conn.transaction():
        payments.expire(conn, NOW + 15 * MINUTE + MARGIN, MARGIN)
        sessions.lapse(conn, NOW + HOUR)
    assert sessions.by_token(conn, session.token).state == "lapsed"
    assert told(conn, late) == "parked"
    assert parked(conn, late) == [(50_000, "late")]


def test_a_session_does_not_lapse_while_a_provider_may_still_pay(conn: psycopg.Connection) -> None:
    session = begun(conn)
    asked_for(conn, session)
    with conn.transaction():
        sessions.lapse(conn, NOW + HOUR)
    assert sessions.by_token(conn, session.token).state == "awaiting_payment"


def test_an_extension_that_nobody_paid_lapses_and_its_money_is_parked(conn: psycopg.Connection) -> None:
    session = begun(conn)
    told(conn, asked_for(conn, session))
    with conn.transaction():
        longer = sessions.extend(conn, session.token, 60, NOW)
    payment = asked_for(conn, longer)
    assert longer.due(NOW + 14 * MINUTE) is not None
    assert longer.due(NOW + 15 * MINUTE) is None
    assert longer.status(NOW + 15 * MINUTE) == "active"
    with conn.transaction():
        payments.expire(conn, NOW + 15 * MINUTE + MARGIN, MARGIN)
        sessions.lapse(conn, NOW + HOUR)
    after = sessions.by_token(conn, session.token)
    assert (after.state, [one.state for one in after.segments]) == ("active", ["held", "lapsed"])
    # Days later, ticketed, somebody pays it all the same: the car was not paid for then.
    assert told(conn, payment, at=NOW + 72 * HOUR) == "parked"
    assert parked(conn, payment) == [(35_000, "late")]
    held = sessions.by_token(conn, session.token).held
    assert held is not None
    assert held.to_time == NOW + 2 * HOUR


def test_a_session_that_nobody_paid_has_no_segment_that_waits(conn: psycopg.Connection) -> None:
    session = begun(conn)
    with conn.transaction():
        sessions.lapse(conn, NOW + 15 * MINUTE)
    after = sessions.by_token(conn, session.token)
    assert (after.state, after.pay_by, [one.state for one in after.segments]) == ("lapsed", None, ["lapsed"])


def test_a_corrected_segment_keeps_what_the_time_costs_line_by_line(conn: psycopg.Connection) -> None:
    session = begun(conn)
    told(conn, asked_for(conn, session))
    with conn.transaction():
        corrected = sessions.correct(conn, session.token, NOW, plate=normalise("29A-999.99"))
    assert corrected.held is not None
    assert list(corrected.held.quote) == list(session.first.quote) != []


def test_what_is_so_already_is_no_correction(conn: psycopg.Connection) -> None:
    session = begun(conn)
    told(conn, asked_for(conn, session))
    with conn.transaction():
        [bay] = conn.execute(
            "SELECT id FROM sensor WHERE place_id = 'ltk-01' AND kind = 'parking' AND id <> place_id LIMIT 1"
        ).fetchone() or ("",)
        same = sessions.correct(conn, session.token, NOW, plate=normalise("30a 12345"))
        assert len(same.segments) == 1
        assert sessions.correct(conn, session.token, NOW, bay_id=bay).held.bay_id == bay  # type: ignore[union-attr]


def test_a_plate_corrected_while_an_extension_waits_keeps_both(conn: psycopg.Connection) -> None:
    session = begun(conn)
    told(conn, asked_for(conn, session))
    with conn.transaction():
        longer = sessions.extend(conn, session.token, 60, NOW)
        payment = asked_for(conn, longer)
        sessions.correct(conn, session.token, NOW, plate=normalise("29A-999.99"))
    told(conn, payment)
    after = sessions.by_token(conn, session.token).held
    assert after is not None
    assert (after.plate, after.to_time, after.amount) == ("29A99999", NOW + 3 * HOUR, 85_000)
    with pytest.raises(RuleBroken, match="corrected before"), conn.transaction():
        sessions.correct(conn, session.token, NOW, plate=normalise("29A-999.98"))


def test_an_early_stop_gives_the_unused_part_back(conn: psycopg.Connection) -> None:
    session = begun(conn, 180)
    told(conn, asked_for(conn, session))
    with conn.transaction():
        stopped, back = sessions.stop(conn, session.token, NOW + 61 * MINUTE)
    assert (stopped.state, back) == ("ended", 35_000)
    assert stopped.held is not None
    assert (stopped.held.to_time, stopped.held.amount) == (NOW + 61 * MINUTE, 50_000)
    with pytest.raises(RuleBroken), conn.transaction():
        sessions.stop(conn, session.token, NOW + 62 * MINUTE)


def test_a_start_stop_session_is_paid_for_at_its_end(conn: psycopg.Connection) -> None:
    session = begun(conn, None)
    assert session.status(NOW + 5 * HOUR) == "active"
    with conn.transaction():
        stopped, _ = sessions.stop(conn, session.token, NOW + 2 * HOUR + MINUTE)
    assert stopped.state == "unpaid"
    assert stopped.waiting is not None
    assert stopped.waiting.due == 85_000
    told(conn, asked_for(conn, stopped))
    assert sessions.by_token(conn, session.token).state == "ended"


@pytest.mark.parametrize(
    ("changes", "error"),
    [({"minutes": 0}, InvalidInput), ({"minutes": -5}, InvalidInput), ({"minutes": 10**9}, InvalidInput),
     ({"vehicle": "bus"}, InvalidInput), ({"vehicle": "car_large"}, RuleBroken), ({"place_id": "ltk-99"}, NotFound),
     ({"bay_id": "ltk-02-b01"}, InvalidInput), ({"bay_id": "ltk-01"}, InvalidInput),
     ({"place_id": "ltk-06", "minutes": 13 * 60}, RuleBroken)],
)  # fmt: skip
def test_what_cannot_be_sold_is_refused_and_leaves_nothing(
    conn: psycopg.Connection, changes: dict[str, Any], error: type[Exception]
) -> None:
    [before] = conn.execute("SELECT count(*) FROM parking_session").fetchall()
    with pytest.raises(error):
        begun(conn, **changes)
    assert conn.execute("SELECT count(*) FROM parking_session").fetchall() == [before]


def together(count: int, database_url: str, work: Callable[[psycopg.Connection], Any]) -> list[Any]:
    """What `work` makes on so many connections at once."""

    def run(_number: int) -> Any:
        with connect(database_url, "tests", autocommit=True) as conn:
            try:
                return work(conn)
            except (RuleBroken, psycopg.Error) as exc:
                return type(exc).__name__

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(run, range(count)))


def test_a_callback_that_comes_forty_times_at_once_is_booked_once(
    conn: psycopg.Connection, database_url: str
) -> None:
    payment = asked_for(conn, begun(conn))
    found = together(40, database_url, lambda one: told(one, payment))
    assert sorted(found) == ["already"] * 39 + ["booked"]


def test_receipts_of_many_payments_at_once_have_no_gap_though_some_break_off(
    conn: psycopg.Connection, database_url: str
) -> None:
    waiting = [asked_for(conn, begun(conn)) for _ in range(30)]

    def settle(one: psycopg.Connection) -> str:
        payment = waiting.pop()
        if len(waiting) % 5:
            return told(one, payment)
        # The process dies after it took a number.
        with one.transaction(force_rollback=True):
            told(one, payment)
        return "broken off"

    found = together(30, database_url, settle)
    assert (found.count("booked"), found.count("broken off")) == (24, 6)
    numbers = [n for (n,) in conn.execute("SELECT n FROM receipt WHERE issuer = 'hn-parking' ORDER BY n")]
    assert numbers == list(range(1, len(numbers) + 1))


def test_two_extensions_at_once_leave_one_that_waits(conn: psycopg.Connection, database_url: str) -> None:
    session = begun(conn)
    told(conn, asked_for(conn, session))

    def extend(one: psycopg.Connection) -> int:
        with one.transaction():
            return len(sessions.extend(one, session.token, 60, NOW).segments)

    assert sorted(together(2, database_url, extend)) == [2, 3]
    after = sessions.by_token(conn, session.token)
    assert [one.state for one in after.segments] == ["held", "lapsed", "awaiting_payment"]


def test_a_callback_waits_for_a_stop_of_its_session_without_its_payment_in_hand(
    conn: psycopg.Connection, database_url: str
) -> None:
    session = begun(conn)
    payment = asked_for(conn, session)
    told(conn, payment)
    with ThreadPoolExecutor(1) as pool, connect(database_url, "tests", autocommit=True) as other:
        with conn.transaction():
            stopped, back = sessions.stop(conn, session.token, NOW + MINUTE)
            again = pool.submit(told, other, payment)
            eventually(lambda: is_blocked(conn, other))
            # Each would wait for the other for ever, had the callback held the payment first.
            assert refunds.request_for(conn, stopped.id, back, NOW + MINUTE) == 25_000
        assert again.result() == "already"


def is_blocked(conn: psycopg.Connection, other: psycopg.Connection) -> bool:
    [(found,)] = conn.execute("SELECT cardinality(pg_blocking_pids(%s)) > 0", (other.info.backend_pid,))
    return bool(found)


def test_the_zone_of_every_place_that_sells_has_a_tariff(conn: psycopg.Connection) -> None:
    for place in places.all(conn):
        for vehicle in place.vehicles:
            assert begun(conn, 60, place_id=place.id, vehicle=vehicle).first.amount > 0
