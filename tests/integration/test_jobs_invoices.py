"""Invoices on a real database and a real disk: each sent once, none lost, whatever is killed or in the way."""

import json
import os
import secrets
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Lock
from typing import Any
from uuid import uuid4

import psycopg
import pytest

from cityhub.config import read_settings
from cityhub.errors import NotFound, RuleBroken
from cityhub.parking.plates import normalise
from cityhub.payments import references
from cityhub.payments.invoice_files import InvoiceFiles
from cityhub.payments.invoices import Answer, Invoice, NotTaken
from cityhub.payments.model import Payment, Provider
from cityhub.store import connect, invoices, ledger, payments, receipts, refunds, sessions, settlement
from jobs.invoices import run, send
from tests.waiting import eventually

NOW = datetime.now(UTC).replace(microsecond=0)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def conn(database_url: str) -> Iterator[psycopg.Connection]:
    with connect(database_url, "tests", autocommit=True) as conn:
        yield conn
        assert ledger.faults(conn) == []
        # Nothing is left for the next test.
        conn.execute("UPDATE invoice SET state = 'sent' WHERE state = 'queued'")
        conn.execute("UPDATE refund SET state = 'by_hand' WHERE state = 'requested'")


class Answering:
    """A provider that answers as it is told; `sent` is what it was asked for."""

    def __init__(self, *answers: Answer | Exception) -> None:
        self.sent: list[Invoice] = []
        self._answers, self._lock = list(answers), Lock()

    def send(self, invoice: Invoice) -> Answer:
        with self._lock:
            self.sent.append(invoice)
            answer = self._answers.pop(0) if self._answers else Answer("sent")
        if isinstance(answer, Exception):
            raise answer
        return answer


def bought(conn: psycopg.Connection, provider: Provider = "vnpay") -> tuple[str, Payment]:
    """A session's id and its payment, which was settled."""
    begun_at = NOW - 5 * MINUTE
    with conn.transaction():
        asked = sessions.Asked("ltk-01", normalise("30A-123.45"), "car", 180)
        session = sessions.begin(conn, asked, begun_at, secrets.token_urlsafe(16))
        payment = payments.add(
            conn, id=str(uuid4()), reference=references.new(secrets.randbelow), provider=provider,
            amount=session.first.due, now=begun_at, expires_at=begun_at + 15 * MINUTE, client_address="127.0.0.1",
            session=(session.id, 1),
        )  # fmt: skip
        held = payments.by_reference(conn, payment.reference)
        assert held is not None
        settled = settlement.settle(
            conn, held, amount=held.amount, transaction=f"N{held.reference}", at=NOW, source="callback"
        )
        assert settled == "booked"
    return session.id, payments.by_id(conn, payment.id)


def given_back(conn: psycopg.Connection, session_id: str, amount: int) -> None:
    """A refund that its provider did."""
    with conn.transaction():
        assert refunds.request_for(conn, session_id, amount, NOW) == amount
    [demand] = refunds.to_send(conn, ["vnpay"])
    with conn.transaction():
        refunds.done(conn, demand, NOW)


def rows(conn: psycopg.Connection, payment: Payment) -> list[tuple[int, str]]:
    return conn.execute(
        "SELECT amount, state FROM invoice WHERE payment_id = %s ORDER BY created_at", (payment.id,)
    ).fetchall()


def read(folder: Path) -> list[dict[str, object]]:
    return sorted(
        (json.loads(file.read_bytes()) for file in folder.glob("*.json")), key=lambda one: one["created_at"]
    )


def test_a_payment_is_invoiced_once_and_its_refund_adjusts_that(
    conn: psycopg.Connection, tmp_path: Path
) -> None:
    session_id, payment = bought(conn)
    assert rows(conn, payment) == [(payment.amount, "queued")]
    files = InvoiceFiles(tmp_path)
    assert [send(conn, files) for _ in range(3)] == [1, 0, 0]
    assert rows(conn, payment) == [(payment.amount, "sent")]
    [told] = read(tmp_path)
    assert (told["amount"], told["receipt"]) == (payment.amount, receipts.of_payment(conn, payment.id))
    assert told["seller"]["id"] == "hn-parking"  # type: ignore[index]
    assert "30A" not in json.dumps(told)
    given_back(conn, session_id, 5_000)
    assert rows(conn, payment) == [(payment.amount, "sent"), (-5_000, "queued")]
    assert [send(conn, files) for _ in range(2)] == [1, 0]
    adjustment = read(tmp_path)[1]
    assert (adjustment["kind"], adjustment["amount"]) == ("adjustment", -5_000)
    assert adjustment["adjusts"]["id"] == told["id"]  # type: ignore[index]


def test_money_that_a_person_gave_back_adjusts_too_and_once(conn: psycopg.Connection) -> None:
    session_id, payment = bought(conn, "vietqr")
    with conn.transaction():
        refunds.request_for(conn, session_id, 7_000, NOW)
    assert len(rows(conn, payment)) == 1
    for _ in range(2):
        conn.execute("UPDATE refund SET state = 'done' WHERE payment_id = %s", (payment.id,))
    assert rows(conn, payment) == [(payment.amount, "queued"), (-7_000, "queued")]
    conn.execute("UPDATE refund SET state = 'by_hand' WHERE payment_id = %s", (payment.id,))


def test_an_adjustment_is_never_sent_before_what_it_adjusts(conn: psycopg.Connection) -> None:
    session_id, _ = bought(conn)
    given_back(conn, session_id, 5_000)
    away = Answering(NotTaken("away"))
    assert send(conn, away) == 0
    broken = Answering(ValueError("nobody thought of that"))
    assert send(conn, broken) == 0
    assert [invoice.refund_id for invoice in broken.sent] == [None]
    back = Answering()
    assert send(conn, back) == 2
    assert [invoice.refund_id is None for invoice in back.sent] == [True, False]
    assert back.sent[1].original_id == back.sent[0].id


def test_one_that_cannot_be_sent_keeps_no_other_waiting(conn: psycopg.Connection) -> None:
    found = [bought(conn)[1] for _ in range(3)]
    provider = Answering(Answer("sent"), ValueError("a slip"), Answer("sent"))
    assert send(conn, provider) == 2
    assert [rows(conn, payment)[0][1] for payment in found] == ["sent", "queued", "sent"]
    assert send(conn, Answering()) == 1


def test_a_provider_that_takes_nothing_is_asked_once_a_round_and_gets_all_later(
    conn: psycopg.Connection,
) -> None:
    found = [bought(conn)[1] for _ in range(3)]
    away = Answering(NotTaken("no answer"))
    assert send(conn, away) == 0
    assert len(away.sent) == 1
    assert [rows(conn, payment)[0][1] for payment in found] == ["queued"] * 3
    back = Answering()
    assert send(conn, back) == 3
    assert [invoice.payment_id for invoice in back.sent] == [payment.id for payment in found]


KILLED = """
import os, signal, sys
from pathlib import Path
from cityhub.payments.invoice_files import InvoiceFiles
from cityhub.store import connect
from jobs.invoices import send

class Killed(InvoiceFiles):
    def send(self, invoice):
        super().send(invoice)
        os.kill(os.getpid(), signal.SIGKILL)

with connect(sys.argv[1], "tests", autocommit=True) as conn:
    send(conn, Killed(Path(sys.argv[2])))
"""


OTHERS_AT_WORK = """
    SELECT count(*) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid() AND xact_start IS NOT NULL
"""


def test_a_kill_between_the_file_and_its_row_sends_the_same_again(
    conn: psycopg.Connection, database_url: str, tmp_path: Path
) -> None:
    found = [bought(conn)[1] for _ in range(2)]
    for _ in range(2):
        done = subprocess.run([sys.executable, "-c", KILLED, database_url, str(tmp_path)], check=False)
        assert done.returncode == -signal.SIGKILL
    [file] = tmp_path.iterdir()
    first = file.read_bytes()
    assert [rows(conn, payment)[0][1] for payment in found] == ["queued", "queued"]
    # The server keeps what a killed program held until it sees that nobody is there any more.
    eventually(lambda: conn.execute(OTHERS_AT_WORK).fetchall() == [(0,)])
    assert send(conn, InvoiceFiles(tmp_path)) == 2
    assert file.read_bytes() == first
    assert len(list(tmp_path.iterdir())) == 2
    assert [rows(conn, payment)[0][1] for payment in found] == ["sent", "sent"]


def test_several_at_once_send_each_once(conn: psycopg.Connection, database_url: str) -> None:
    found = {bought(conn)[1].id for _ in range(20)}
    provider = Answering()

    def one(_: int) -> int:
        with connect(database_url, "tests", autocommit=True) as own:
            return send(own, provider)

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(one, range(4))) == 20
    assert sorted(invoice.payment_id for invoice in provider.sent) == sorted(found)


def test_the_task_leaves_them_queued_without_a_folder_and_with_one_that_is_gone(
    conn: psycopg.Connection, database_url: str, tmp_path: Path
) -> None:
    _, payment = bought(conn)
    run(read_settings(database_url=database_url))
    run(read_settings(database_url=database_url, invoice_dir=str(tmp_path / "gone")))
    assert rows(conn, payment) == [(payment.amount, "queued")]
    run(read_settings(database_url=database_url, invoice_dir=str(tmp_path)))
    assert rows(conn, payment) == [(payment.amount, "sent")]
    assert len(os.listdir(tmp_path)) == 1


def test_a_provider_that_answers_gives_numbers_and_an_adjusted_original(conn: psycopg.Connection) -> None:
    session_id, payment = bought(conn)
    coded = Answer("coded", symbol="1C26MXX", number="00000017", tax_code="M1-26-ABCDE")
    assert send(conn, Answering(coded)) == 1
    assert conn.execute(
        "SELECT state, symbol, number, tax_code FROM invoice WHERE payment_id = %s", (payment.id,)
    ).fetchall() == [("coded", "1C26MXX", "00000017", "M1-26-ABCDE")]
    given_back(conn, session_id, 5_000)
    assert send(conn, Answering(coded)) == 1
    assert [state for _, state in rows(conn, payment)] == ["adjusted", "coded"]
    given_back(conn, session_id, 1_000)
    assert send(conn, Answering(coded)) == 1
    assert [state for _, state in rows(conn, payment)] == ["adjusted", "coded", "coded"]


def test_what_is_told_later_counts_where_it_can_follow(conn: psycopg.Connection) -> None:
    session_id, payment = bought(conn)
    send(conn, Answering(Answer("rejected", detail="the seller is not known")))
    [(id, detail)] = conn.execute(
        "SELECT id::text, detail FROM invoice WHERE payment_id = %s", (payment.id,)
    ).fetchall()
    assert detail == "the seller is not known"
    given_back(conn, session_id, 5_000)
    # Nobody adjusts what was rejected.
    assert send(conn, Answering()) == 0
    with pytest.raises(RuleBroken):
        invoices.told_later(conn, id, "coded", NOW)
    invoices.told_later(conn, id, "queued", NOW)
    assert send(conn, Answering()) == 2
    [(adjustment,)] = conn.execute(
        "SELECT id::text FROM invoice WHERE payment_id = %s AND refund_id IS NOT NULL", (payment.id,)
    ).fetchall()
    invoices.told_later(conn, adjustment, "coded", NOW)
    assert [state for _, state in rows(conn, payment)] == ["sent", "coded"]
    invoices.told_later(conn, id, "coded", NOW, Answer("coded", number="00000018"))
    assert [state for _, state in rows(conn, payment)] == ["adjusted", "coded"]
    with pytest.raises(NotFound):
        invoices.told_later(conn, str(uuid4()), "coded", NOW)
    assert invoices.counts(conn)["adjusted"] >= 1


def test_a_person_notes_what_became_of_a_file(conn: psycopg.Connection, hub: Any, tmp_path: Path) -> None:
    _, payment = bought(conn)
    send(conn, InvoiceFiles(tmp_path))
    [file] = tmp_path.iterdir()
    code, out, _ = hub("invoices", "told", file.stem, "rejected", "--why", "the seller is not known")
    assert (code, out.strip()) == (0, f"invoice {file.stem} is rejected")
    code, out, _ = hub("invoices", "list")
    assert (code, file.stem in out, "the seller is not known" in out) == (0, True, True)
    code, _, err = hub("invoices", "told", file.stem, "coded")
    assert (code, "does not become coded" in err) == (1, True)
    for wrong in ("x", str(uuid4())):
        assert hub("invoices", "told", wrong, "coded")[0] != 0
    assert hub("invoices", "told", file.stem, "queued")[0] == 0
    assert send(conn, InvoiceFiles(tmp_path)) == 1
    given = ("--symbol", "1C26MXX", "--number", "00000017", "--tax-code", "M1-26-ABCDE")
    assert hub("invoices", "told", file.stem, "coded", *given)[0] == 0
    assert conn.execute(
        "SELECT state, symbol, number, tax_code, detail FROM invoice WHERE payment_id = %s", (payment.id,)
    ).fetchall() == [("coded", "1C26MXX", "00000017", "M1-26-ABCDE", "")]
