"""Payments that nobody calls about, on a real database and over real HTTP."""

import json
import secrets
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import Any
from uuid import uuid4

import psycopg
import pytest

from cityhub.config import read_settings
from cityhub.parking.plates import normalise
from cityhub.payments import references, vnpay
from cityhub.payments.model import Payment
from cityhub.payments.ways import Ways
from cityhub.store import connect, ledger, payments, refunds, sessions, settlement
from jobs.payments import ask, give_back, run, tidy
from jobs.providers import Providers

NOW = datetime.now(UTC).replace(microsecond=0)
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
MERCHANT = vnpay.Merchant("HANOI001", "s" * 32, "http://127.0.0.1:1/pay")
Answer = Callable[[dict[str, str]], dict[str, str]]


class Gateway:
    """A VNPAY that answers as `answer` says; `asked` is what came."""

    def __init__(self) -> None:
        self.asked: list[dict[str, str]] = []
        self.answer: Answer = lambda _: {}
        self.is_away = False
        gateway = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                gateway.asked.append(body)
                if gateway.is_away:
                    # The connection breaks off.
                    self.close_connection = True
                    return
                found = json.dumps(gateway.answer(body)).encode()
                self.send_response(200)
                self.send_header("Content-Length", str(len(found)))
                self.end_headers()
                self.wfile.write(found)

            def log_message(self, *_: object) -> None: ...

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/api"


@pytest.fixture
def gateway() -> Iterator[Gateway]:
    gateway = Gateway()
    thread = Thread(target=gateway.server.serve_forever, args=[0.05])
    thread.start()
    yield gateway
    gateway.server.shutdown()
    thread.join()
    gateway.server.server_close()


@pytest.fixture
def providers(gateway: Gateway) -> Providers:
    return Providers(Ways(MERCHANT, None, None, {}, "http://127.0.0.1:1", gateway.url))


@pytest.fixture
def conn(database_url: str) -> Iterator[psycopg.Connection]:
    with connect(database_url, "tests", autocommit=True) as conn:
        yield conn
        assert ledger.faults(conn) == []
        conn.execute("UPDATE payment SET state = 'failed' WHERE state = 'pending'")
        conn.execute("UPDATE refund SET state = 'by_hand' WHERE state = 'requested'")


def pending(conn: psycopg.Connection, begun_at: datetime = NOW - 5 * MINUTE) -> tuple[str, Payment]:
    token = secrets.token_urlsafe(16)
    with conn.transaction():
        asked = sessions.Asked("ltk-01", normalise("30A-123.45"), "car", 180)
        session = sessions.begin(conn, asked, begun_at, token)
        payment = payments.add(
            conn, id=str(uuid4()), reference=references.new(secrets.randbelow), provider="vnpay",
            amount=session.first.due, now=begun_at, expires_at=begun_at + 15 * MINUTE, client_address="127.0.0.1",
            session=(session.id, 1),
        )  # fmt: skip
    return token, payment


QUERY = (
    *(
        "ResponseId",
        "Command",
        "ResponseCode",
        "Message",
        "TmnCode",
        "TxnRef",
        "Amount",
        "BankCode",
        "PayDate",
    ),
    *(
        "TransactionNo",
        "TransactionType",
        "TransactionStatus",
        "OrderInfo",
        "PromotionCode",
        "PromotionAmount",
    ),
)


def says(status: str, amount: int, code: str = "00", *, secret: str = MERCHANT.secret) -> Answer:
    def answer(body: dict[str, str]) -> dict[str, str]:
        names = QUERY if body["vnp_Command"] == "querydr" else QUERY[:13]
        found = {"vnp_Command": body["vnp_Command"], "vnp_ResponseCode": code, "vnp_TmnCode": MERCHANT.code,
                 "vnp_TxnRef": body["vnp_TxnRef"], "vnp_Amount": str(100 * amount),
                 "vnp_TransactionNo": f"N{body['vnp_TxnRef']}", "vnp_TransactionStatus": status}  # fmt: skip
        text = "|".join(found.get(f"vnp_{name}", "") for name in names)
        return found | {"vnp_SecureHash": vnpay.signature(secret, text)}

    return answer


def state(conn: psycopg.Connection, payment: Payment) -> str:
    return payments.by_id(conn, payment.id).state


def test_a_payment_whose_callback_was_lost_is_settled_by_asking(
    conn: psycopg.Connection, providers: Providers, gateway: Gateway
) -> None:
    token, payment = pending(conn)
    gateway.answer = says("00", payment.amount)
    assert ask(conn, providers, NOW) == 1
    assert state(conn, payment) == "paid"
    assert sessions.by_token(conn, token).status(NOW) == "active"
    assert ask(conn, providers, NOW + 60 * MINUTE) == 0
    assert len(gateway.asked) == 1


@pytest.mark.parametrize("answer", [{}, {"vnp_ResponseCode": "00"}, "forged", "unknown"])
def test_what_is_no_signed_word_settles_nothing(
    conn: psycopg.Connection, providers: Providers, gateway: Gateway, answer: Any
) -> None:
    _, payment = pending(conn)
    signed = {"forged": says("00", payment.amount, secret="x"), "unknown": says("", payment.amount, "91")}
    gateway.answer = signed[answer] if isinstance(answer, str) else lambda _: dict(answer)
    assert ask(conn, providers, NOW) == 0
    assert state(conn, payment) == "pending"


def test_a_young_payment_is_not_asked_about_and_an_old_one_ever_less_often(
    conn: psycopg.Connection, providers: Providers, gateway: Gateway
) -> None:
    pending(conn, NOW - MINUTE)
    ask(conn, providers, NOW)
    assert gateway.asked == []
    ask(conn, providers, NOW + MINUTE)
    assert len(gateway.asked) == 1
    ask(conn, providers, NOW + MINUTE + timedelta(seconds=30))
    assert len(gateway.asked) == 1
    ask(conn, providers, NOW + 3 * MINUTE)
    assert len(gateway.asked) == 2


def test_a_refused_payment_fails_only_when_its_time_is_over(
    conn: psycopg.Connection, providers: Providers, gateway: Gateway
) -> None:
    _, payment = pending(conn)
    gateway.answer = says("02", payment.amount)
    ask(conn, providers, NOW)
    assert state(conn, payment) == "pending"
    ask(conn, providers, NOW + 15 * MINUTE)
    assert state(conn, payment) == "failed"


def test_what_nobody_paid_is_given_up(conn: psycopg.Connection) -> None:
    token, payment = pending(conn, NOW - 60 * MINUTE)
    tidy(conn, NOW)
    assert state(conn, payment) == "expired"
    assert sessions.by_token(conn, token).state == "lapsed"


def test_a_phone_is_forgotten_with_its_stay(conn: psycopg.Connection) -> None:
    def phones() -> list[str]:
        return [
            phone
            for (phone,) in conn.execute(
                "SELECT phone FROM parking_session WHERE phone IS NOT NULL ORDER BY phone"
            )
        ]

    asked = sessions.Asked("ltk-01", normalise("30A-123.45"), "car", 60, phone="0912345678")
    with conn.transaction():
        sessions.begin(conn, asked, NOW - 60 * MINUTE, secrets.token_urlsafe(16))
        sessions.begin(conn, replace(asked, phone="0987654321"), NOW, secrets.token_urlsafe(16))
        stay = sessions.begin(conn, replace(asked, phone="0901234567"), NOW, secrets.token_urlsafe(16))
        conn.execute("UPDATE segment SET state = 'held' WHERE session_id = %s", (stay.id,))
        conn.execute("UPDATE parking_session SET state = 'active', pay_by = NULL WHERE id = %s", (stay.id,))
        conn.execute("UPDATE parking_session SET pay_by = %s WHERE pay_by > %s", (NOW + DAY, NOW))
    # The first was not paid for in time.
    tidy(conn, NOW)
    assert phones() == ["0901234567", "0987654321"]
    # The last runs out without anybody's doing; as long as it can be made longer its driver may be reminded.
    tidy(conn, NOW + 69 * MINUTE)
    assert phones() == ["0901234567", "0987654321"]
    tidy(conn, NOW + 70 * MINUTE)
    assert phones() == ["0987654321"]
    tidy(conn, NOW + 9 * DAY)
    assert phones() == []


def stopped(conn: psycopg.Connection) -> Payment:
    """A paid session that ended early, so that VNPAY has to give 35,000 back."""
    token, payment = pending(conn, NOW.replace(hour=3, minute=0) - timedelta(days=1))
    with conn.transaction():
        held = payments.by_reference(conn, payment.reference)
        assert held is not None
        settlement.settle(
            conn, held, amount=payment.amount, transaction=f"N{payment.reference}", at=NOW, source="callback"
        )
    with conn.transaction():
        session, back = sessions.stop(conn, token, payment.created_at + 61 * MINUTE)
        assert refunds.request_for(conn, session.id, back, NOW) == 35_000
    return payment


def test_a_refund_is_demanded_once_and_booked(
    conn: psycopg.Connection, providers: Providers, gateway: Gateway
) -> None:
    payment = stopped(conn)
    gateway.answer = says("05", 35_000)
    assert [give_back(conn, providers, NOW) for _ in range(2)] == [1, 0]
    [demand] = gateway.asked
    assert (demand["vnp_Command"], demand["vnp_TransactionType"], demand["vnp_Amount"]) == (
        "refund",
        "03",
        "3500000",
    )
    after = payments.by_id(conn, payment.id)
    assert (after.state, after.refunded) == ("paid", 35_000)
    assert ledger.balances(conn)["refunds:ltk-01"] == 35_000


def test_a_refund_that_may_have_been_done_is_not_demanded_again_and_one_refused_is_for_a_person(
    conn: psycopg.Connection, providers: Providers, gateway: Gateway
) -> None:
    stopped(conn)
    assert [give_back(conn, providers, NOW) for _ in range(2)] == [0, 0]
    assert len(gateway.asked) == 1
    stopped(conn)
    gateway.answer = says("", 35_000, "95")
    give_back(conn, providers, NOW)
    states = conn.execute("SELECT state FROM refund ORDER BY created_at DESC LIMIT 2").fetchall()
    assert states == [("by_hand",), ("sent",)]


@pytest.mark.parametrize(("code", "status", "state"), [("94", "", "sent"), ("00", "09", "by_hand")])
def test_a_refund_that_vnpay_refuses_later_or_knows_already_is_not_booked_as_done(
    conn: psycopg.Connection, providers: Providers, gateway: Gateway, code: str, status: str, state: str
) -> None:
    payment = stopped(conn)
    gateway.answer = says(status, 35_000, code)
    assert give_back(conn, providers, NOW) == 0
    assert conn.execute("SELECT state FROM refund WHERE payment_id = %s", (payment.id,)).fetchall() == [
        (state,)
    ]
    assert payments.by_id(conn, payment.id).refunded == 0


def test_a_provider_that_is_not_there_is_asked_once_a_round(
    conn: psycopg.Connection, providers: Providers, gateway: Gateway
) -> None:
    waiting = [pending(conn)[1] for _ in range(3)]
    gateway.is_away = True
    assert ask(conn, providers, NOW) == 0
    assert len(gateway.asked) == 1
    # Those that were not asked about are the first of the next round.
    gateway.is_away = False
    gateway.answer = says("00", waiting[0].amount)
    ask(conn, providers, NOW + MINUTE)
    assert [state(conn, one) for one in waiting].count("paid") >= 2


def test_an_answer_that_cannot_be_believed_keeps_no_other_payment_waiting(
    conn: psycopg.Connection, providers: Providers, gateway: Gateway
) -> None:
    # One that its payer never opened is answered without a signature; the callback of the other was lost.
    unopened, lost = pending(conn, NOW - 6 * MINUTE)[1], pending(conn)[1]
    paid = says("00", lost.amount)
    gateway.answer = lambda asked: paid(asked) if asked["vnp_TxnRef"] == lost.reference else {}
    ask(conn, providers, NOW)
    assert [state(conn, one) for one in (unopened, lost)] == ["pending", "paid"]


def test_a_payment_of_which_everything_is_to_be_given_back_says_so(conn: psycopg.Connection) -> None:
    _, payment = pending(conn)
    assert payment.session_id is not None
    with conn.transaction():
        held = payments.by_reference(conn, payment.reference)
        assert held is not None
        settlement.settle(
            conn, held, amount=payment.amount, transaction=f"N{payment.reference}", at=NOW, source="callback"
        )
        assert refunds.request_for(conn, payment.session_id, payment.amount, NOW) == payment.amount
    assert state(conn, payment) == "refunding"


def test_the_task_runs_with_and_without_providers(database_url: str) -> None:
    run(read_settings(database_url=database_url))
