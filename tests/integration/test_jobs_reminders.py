"""Reminders on a real database and a real disk: each once, none lost, no phone kept longer than that."""

import json
import secrets
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Lock
from uuid import uuid4

import psycopg
import pytest

from api.sms_orders import Incoming, take
from cityhub import phones
from cityhub.config import read_settings
from cityhub.parking.message_files import MessageFiles
from cityhub.parking.messages import Message, NotSent
from cityhub.parking.plates import normalise
from cityhub.parking.sessions import Session
from cityhub.store import connect, sessions, sms_outbox
from jobs.reminders import run, send, tidy
from tests.prices import save_flat

NOW = datetime.now(UTC).replace(microsecond=0)
MINUTE = timedelta(minutes=1)
PHONE = "+84912345678"
KEY = b"the-key-of-the-gateway"
HUB = "https://h.vn"


@pytest.fixture
def conn(database_url: str) -> Iterator[psycopg.Connection]:
    with connect(database_url, "tests", autocommit=True) as conn:
        save_flat(conn)
        yield conn
        conn.execute("DELETE FROM sms_outbox")
        conn.execute("UPDATE parking_session SET phone = NULL, phone_purpose = NULL")


class Sender:
    """Takes messages, or does what it is told."""

    def __init__(self, *outcomes: Exception | None) -> None:
        self.sent: list[Message] = []
        self._outcomes, self._lock = list(outcomes), Lock()

    def send(self, message: Message) -> None:
        with self._lock:
            outcome = self._outcomes.pop(0) if self._outcomes else None
            if outcome is not None:
                raise outcome
            self.sent.append(message)


def paid(conn: psycopg.Connection, minutes: int, begun_at: datetime, phone: str | None = PHONE) -> Session:
    with conn.transaction():
        asked = sessions.Asked("ltk-01", normalise("30A-123.45"), "car", minutes, phone=phone)
        session = sessions.begin(conn, asked, begun_at, secrets.token_urlsafe(16))
        sessions.paid(conn, session.id, 1, begun_at)
    return session


def phone_of(conn: psycopg.Connection, session: Session) -> str | None:
    [(phone,)] = conn.execute("SELECT phone FROM parking_session WHERE id = %s", (session.id,)).fetchall()
    return phone  # type: ignore[no-any-return]


def reminded(conn: psycopg.Connection, now: datetime, sender: Sender | None = None) -> list[Message]:
    sender = sender or Sender()
    sms_outbox.queue_reminders(conn, now)
    send(conn, sender, HUB, KEY, now)
    return sender.sent


def test_a_driver_is_reminded_once_ten_minutes_before_the_end(conn: psycopg.Connection) -> None:
    session = paid(conn, 60, NOW)
    assert reminded(conn, NOW + 49 * MINUTE) == []
    [message] = reminded(conn, NOW + 50 * MINUTE)
    assert (message.kind, message.to) == ("reminder", PHONE)
    assert message.text.startswith("Con 10 phut, het gio luc ")
    assert message.text.endswith(f"{HUB}/p/{session.token}")
    assert phone_of(conn, session) is None
    assert reminded(conn, NOW + 51 * MINUTE) == []
    [row] = conn.execute("SELECT phone, text, state, phone_token FROM sms_outbox").fetchall()
    assert row == (None, None, "sent", phones.token(PHONE, KEY))


@pytest.mark.parametrize(("minutes", "count"), [(14, 0), (15, 1)])
def test_nobody_is_reminded_of_a_short_stay(conn: psycopg.Connection, minutes: int, count: int) -> None:
    paid(conn, minutes, NOW)
    assert len(reminded(conn, NOW + (minutes - 5) * MINUTE)) == count


def test_only_who_paid_agreed_and_is_still_there_is_reminded(conn: psycopg.Connection) -> None:
    paid(conn, 60, NOW, phone=None)
    stopped = paid(conn, 60, NOW)
    with conn.transaction():
        sessions.stop(conn, stopped.token, NOW + 30 * MINUTE)
    with conn.transaction():
        asked = sessions.Asked("ltk-01", normalise("30A-123.45"), "car", 60, phone=PHONE)
        sessions.begin(conn, asked, NOW, secrets.token_urlsafe(16))
    paid(conn, 60, NOW - 70 * MINUTE)
    assert reminded(conn, NOW + 55 * MINUTE) == []


def test_an_extension_moves_the_reminder(conn: psycopg.Connection) -> None:
    session = paid(conn, 60, NOW)
    assert sms_outbox.queue_reminders(conn, NOW + 51 * MINUTE) == 1
    with conn.transaction():
        longer = sessions.extend(conn, session.token, 60, NOW + 52 * MINUTE)
        sessions.paid(conn, session.id, longer.segments[-1].n, NOW + 52 * MINUTE)
    # What waited to be sent is about an end that is none any more.
    assert reminded(conn, NOW + 53 * MINUTE) == []
    assert phone_of(conn, session) == PHONE
    assert len(reminded(conn, NOW + 111 * MINUTE)) == 1


def test_who_extends_by_a_message_after_the_reminder_is_reminded_again(conn: psycopg.Connection) -> None:
    session = paid(conn, 60, NOW)
    assert len(reminded(conn, NOW + 51 * MINUTE)) == 1
    assert phone_of(conn, session) is None
    incoming = Incoming(str(uuid4()), PHONE, phones.token(PHONE, KEY), "BX GIAHAN 60")
    with conn.transaction():
        answer = take(conn, incoming, HUB, NOW + 55 * MINUTE)
    assert "25.000d" in answer
    assert session.token in answer
    with conn.transaction():
        sessions.paid(conn, session.id, 2, NOW + 56 * MINUTE)
    [reply] = reminded(conn, NOW + 56 * MINUTE)
    assert (reply.kind, reply.text, reply.in_reply_to) == ("reply", answer, incoming.reference)
    [again] = reminded(conn, NOW + 111 * MINUTE)
    assert again.kind == "reminder"


def test_an_answer_that_nobody_sends_is_forgotten(conn: psycopg.Connection) -> None:
    sms_outbox.queue_reply(conn, "r", PHONE, "text", None, NOW)
    tidy(conn, NOW + 9 * MINUTE)
    assert conn.execute("SELECT FROM sms_outbox WHERE state = 'queued'").rowcount == 1
    tidy(conn, NOW + 11 * MINUTE)
    assert conn.execute("SELECT phone, text, state FROM sms_outbox").fetchall() == [(None, None, "expired")]
    tidy(conn, NOW + timedelta(days=9))
    assert conn.execute("SELECT FROM sms_outbox").rowcount == 0


def test_a_sender_that_takes_nothing_gets_all_later_and_a_slip_keeps_no_other_waiting(
    conn: psycopg.Connection,
) -> None:
    for n in range(3):
        sms_outbox.queue_reply(conn, f"r{n}", PHONE, f"text {n}", None, NOW + n * timedelta(seconds=1))
    assert send(conn, Sender(NotSent("away")), HUB, KEY, NOW) == 0
    assert send(conn, Sender(None, ValueError(PHONE)), HUB, KEY, NOW) == 2
    last = Sender()
    assert send(conn, last, HUB, KEY, NOW) == 1
    assert [message.text for message in last.sent] == ["text 1"]


KILLED = """
import os, signal, sys
from datetime import datetime, UTC
from pathlib import Path
from cityhub.parking.message_files import MessageFiles
from cityhub.store import connect
from jobs.reminders import send

class Killed(MessageFiles):
    def send(self, message):
        super().send(message)
        os.kill(os.getpid(), signal.SIGKILL)

with connect(sys.argv[1], "tests", autocommit=True) as conn:
    send(conn, Killed(Path(sys.argv[2])), "https://h.vn", b"key", datetime.fromisoformat(sys.argv[3]))
"""


def test_a_kill_between_the_file_and_its_row_sends_the_same_again(
    conn: psycopg.Connection, database_url: str, tmp_path: Path
) -> None:
    session = paid(conn, 60, NOW)
    at = NOW + 51 * MINUTE
    sms_outbox.queue_reminders(conn, at)
    for _ in range(2):
        done = subprocess.run(
            [sys.executable, "-c", KILLED, database_url, str(tmp_path), at.isoformat()], check=False
        )
        assert done.returncode == -signal.SIGKILL
    assert phone_of(conn, session) == PHONE
    assert send(conn, MessageFiles(tmp_path), HUB, KEY, at) == 1
    [file] = tmp_path.iterdir()
    assert json.loads(file.read_bytes())["to"] == PHONE
    assert phone_of(conn, session) is None


def test_several_at_once_send_each_once(conn: psycopg.Connection, database_url: str) -> None:
    for n in range(20):
        sms_outbox.queue_reply(conn, f"r{n}", PHONE, f"text {n}", None, NOW)
    sender = Sender()

    def one(_: int) -> int:
        with connect(database_url, "tests", autocommit=True) as own:
            sms_outbox.queue_reminders(own, NOW)
            return send(own, sender, HUB, KEY, NOW)

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(one, range(4))) == 20
    assert len({message.id for message in sender.sent}) == 20


def test_the_task_writes_a_file_a_message_and_without_a_folder_sends_nothing(
    conn: psycopg.Connection, database_url: str, tmp_path: Path
) -> None:
    # By the clock: what is collected may be run much later.
    session = paid(conn, 60, datetime.now(UTC) - 55 * MINUTE)
    run(read_settings(database_url=database_url))
    run(read_settings(database_url=database_url, sms_dir=str(tmp_path / "gone")))
    assert phone_of(conn, session) == PHONE
    run(read_settings(database_url=database_url, sms_dir=str(tmp_path), sms_webhook_secret=KEY.decode()))
    [file] = tmp_path.iterdir()
    assert file.stat().st_mode & 0o007 == 0
    told = json.loads(file.read_bytes())
    assert told["kind"] == "reminder"
    assert told["text"].endswith(f"http://127.0.0.1:8000/p/{session.token}")
    assert phone_of(conn, session) is None
