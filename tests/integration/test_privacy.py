"""What is kept about a plate or a phone is shown, and erased when it is asked for or its time is over."""

import json
import secrets
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import psycopg
import pytest

from cityhub import phones
from cityhub.config import read_settings
from cityhub.parking import plates
from cityhub.parking.plates import normalise
from cityhub.parking.sessions import Session
from cityhub.payments import references
from cityhub.store import connect, ledger, payments, privacy, sessions, settlement
from cityhub.store import idempotency as answers
from jobs import retention
from tests.prices import save_flat

Hub = Callable[..., tuple[object, str, str]]

NOW = datetime.now(UTC).replace(microsecond=0)
DAY = timedelta(days=1)
KEY, SMS = b"a key for ever", b"a key of the gateway of messages"
OURS, THEIRS, PHONE = "30A12345", "30A54321", "+84912345678"


@pytest.fixture
def conn(database_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[psycopg.Connection]:
    monkeypatch.setenv("CITYHUB_PRIVACY_KEY", KEY.decode())
    monkeypatch.setenv("CITYHUB_SMS_WEBHOOK_SECRET", SMS.decode())
    with connect(database_url, "tests", autocommit=True) as conn:
        save_flat(conn)
        yield conn
        assert ledger.faults(conn) == []
        conn.execute("UPDATE segment SET plate = NULL, plate_token = 'another'")
        conn.execute("TRUNCATE privacy_request, idempotency")


def parked(
    conn: psycopg.Connection, plate: str, at: datetime, minutes: int | None = 60, *, is_paid: bool = True
) -> Session:
    """A stay that began `at`, with its payment."""
    phone = None if minutes is None else PHONE
    with conn.transaction():
        asked = sessions.Asked("ltk-01", normalise(plate), "car", minutes, phone=phone)
        session = sessions.begin(conn, asked, at, secrets.token_urlsafe(16))
    if minutes is not None and is_paid:
        with conn.transaction():
            payment = payments.add(
                conn, id=str(uuid4()), reference=references.new(secrets.randbelow), provider="vnpay",
                amount=session.first.due, now=at, expires_at=at + DAY, client_address="127.0.0.1",
                session=(session.id, 1),
            )  # fmt: skip
            settlement.settle(
                conn, payment, amount=payment.amount, transaction=payment.reference, at=at, source="callback"
            )
    return session


def kept(conn: psycopg.Connection, session: Session) -> list[tuple[str | None, bytes | None]]:
    return conn.execute(
        "SELECT plate, plate_token FROM segment WHERE session_id = %s ORDER BY n", (session.id,)
    ).fetchall()


def retained(conn: psycopg.Connection, database_url: str) -> int:
    settings = read_settings(database_url=database_url, privacy_key=KEY.decode(), plate_retention_days=365)
    return retention.apply(conn, settings, NOW).plates


def test_a_plate_is_kept_for_its_time_and_then_its_token_stands(
    conn: psycopg.Connection, database_url: str
) -> None:
    old, younger = parked(conn, OURS, NOW - 366 * DAY), parked(conn, OURS, NOW - 364 * DAY)
    assert retained(conn, database_url) == 1
    assert kept(conn, old) == [(None, plates.token(OURS, KEY))]
    assert kept(conn, younger) == [(OURS, None)]
    assert retained(conn, database_url) == 0


def test_who_still_owes_is_known_however_long_ago_it_was(conn: psycopg.Connection, database_url: str) -> None:
    running = parked(conn, OURS, NOW - 400 * DAY, None)
    owing = parked(conn, THEIRS, NOW - 400 * DAY, None)
    with conn.transaction():
        sessions.stop(conn, owing.token, NOW - 399 * DAY)
    assert retained(conn, database_url) == 0
    assert kept(conn, running) == [(OURS, None)]
    assert {plate for plate, _ in kept(conn, owing)} == {THEIRS}


def test_nothing_is_erased_without_a_key(conn: psycopg.Connection, database_url: str) -> None:
    old = parked(conn, OURS, NOW - 366 * DAY)
    assert retention.apply(conn, read_settings(database_url=database_url, privacy_key=""), NOW).plates == 0
    assert kept(conn, old) == [(OURS, None)]


def test_everything_about_a_plate_is_exported_also_after_its_erasure(
    conn: psycopg.Connection, hub: Hub
) -> None:
    session = parked(conn, OURS, NOW - 3 * DAY)
    parked(conn, THEIRS, NOW - 3 * DAY)
    code, out, err = hub("privacy", "export", "30a-123.45", "--by", "lan")
    assert code == 0, err
    found = json.loads(out)
    assert (found["plate"], [one["id"] for one in found["sessions"]]) == (OURS, [session.id])
    assert [one["amount"] for one in found["payments"]] == [session.first.amount]
    assert found["payments"][0]["number"].startswith("HN-PARKING")
    assert [one["purpose"] for one in found["consents"]] == ["remind_by_phone"]
    # The link of a session is a key.
    assert session.token not in out
    assert THEIRS not in out
    assert hub("privacy", "erase", "30A-123.45")[0] == 0
    again = json.loads(hub("privacy", "export", "30A12345")[1])
    assert again["sessions"] == found["sessions"]


def test_what_runs_keeps_its_plate_until_it_is_over(conn: psycopg.Connection, hub: Hub) -> None:
    over, running = parked(conn, OURS, NOW - 2 * DAY), parked(conn, OURS, NOW)
    code, out, err = hub("privacy", "erase", "30A-123.45")
    assert code == 0, err
    assert "30A-***45: erased in 1 rows" in out
    assert "kept in 1 sessions" in out
    assert kept(conn, over) == [(None, plates.token(OURS, KEY))]
    assert kept(conn, running) == [(OURS, None)]
    # Its driver goes on as before.
    with conn.transaction():
        assert sessions.by_token(conn, running.token).status(NOW) == "active"
        assert sessions.by_token(conn, over.token).first.plate is None


def test_an_answer_that_is_kept_for_repetitions_loses_the_plate(conn: psycopg.Connection, hub: Hub) -> None:
    body = b'{"id":"1","plate":"30A12345","note":"' + "Phố".encode() + b'"}'
    with conn.transaction():
        answers.once(conn, "test", "k", b"d", lambda: (201, body))
    assert hub("privacy", "erase", "30A-123.45")[0] == 0
    with conn.transaction():
        _, left = answers.once(conn, "test", "k", b"d", lambda: (500, b""))
    assert json.loads(left) == {"id": "1", "plate": None, "note": "Phố"}


def test_a_phone_is_erased_everywhere(conn: psycopg.Connection, hub: Hub) -> None:
    session = parked(conn, OURS, NOW)
    sender = phones.token(PHONE, SMS)
    conn.execute(
        "INSERT INTO sms_inbox (gateway_reference, answer, sender_token) VALUES ('m1', 'text', %s)", (sender,)
    )
    for id, state, phone, text, token in (
        (uuid4(), "queued", PHONE, "a link", None),
        (uuid4(), "sent", None, None, sender),
    ):
        conn.execute(
            "INSERT INTO sms_outbox (id, kind, phone, text, phone_token, state, created_at, send_by, changed_at)"
            " VALUES (%s, 'reply', %s, %s, %s, %s, now(), now() + INTERVAL '1 hour', now())",
            (id, phone, text, token, state),
        )
    found = json.loads(hub("privacy", "export", "0912345678")[1])
    assert session.id in [one["id"] for one in found["sessions"]]
    code, out, err = hub("privacy", "erase", "0912 345 678")
    assert code == 0, err
    assert "***78: erased in " in out
    assert conn.execute("SELECT FROM parking_session WHERE phone IS NOT NULL").rowcount == 0
    assert conn.execute("SELECT FROM sms_inbox WHERE sender_token IS NOT NULL").rowcount == 0
    left = conn.execute("SELECT phone, text, phone_token, state FROM sms_outbox ORDER BY state").fetchall()
    assert left == [(None, None, None, "expired"), (None, None, None, "sent")]
    assert kept(conn, session) == [(OURS, None)]


def test_the_register_says_when_and_by_whom_and_not_whose(conn: psycopg.Connection, hub: Hub) -> None:
    parked(conn, OURS, NOW - 3 * DAY)
    hub("privacy", "erase", "30A-123.45", "--by", "lan", "--asked", "2026-11-09")
    code, out, _ = hub("privacy", "list")
    assert code == 0
    assert "lan" in out
    assert "2026-11-11" in out
    assert "2026-11-29" in out
    row = str(conn.execute("SELECT * FROM privacy_request").fetchall())
    assert OURS not in row
    assert "123" not in row.replace(str(plates.token(OURS, KEY)), "")


def test_without_a_key_the_command_says_what_to_set(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CITYHUB_PRIVACY_KEY", raising=False)
    code, _, err = hub("privacy", "erase", "30A-123.45")
    assert code == 1
    assert "CITYHUB_PRIVACY_KEY is not set" in err
    code, _, err = hub("privacy", "export", "nobody")
    assert code == 1
    assert "nobody" not in err


def test_only_what_is_meant_is_erased_among_many(conn: psycopg.Connection) -> None:
    mine, other = parked(conn, OURS, NOW - 2 * DAY), parked(conn, THEIRS, NOW - 2 * DAY)
    with conn.transaction():
        about = privacy.Subject("plate", OURS)
        assert privacy.erase(conn, about, privacy.Keys(KEY), NOW)["erased"] >= 1
    assert kept(conn, mine)[0][0] is None
    assert kept(conn, other) == [(THEIRS, None)]


def test_a_plate_is_needed_until_the_grace_of_its_car_is_over(conn: psycopg.Connection) -> None:
    just_over = parked(conn, OURS, NOW - timedelta(minutes=65))
    with conn.transaction():
        privacy.erase(conn, privacy.Subject("plate", OURS), privacy.Keys(KEY), NOW)
    assert kept(conn, just_over) == [(OURS, None)]


def test_who_only_mistyped_it_is_not_in_the_answer(conn: psycopg.Connection) -> None:
    mine = parked(conn, OURS, NOW)
    other = parked(conn, OURS, NOW)
    with conn.transaction():
        sessions.correct(conn, other.token, NOW, plate=normalise(THEIRS))
        found = privacy.export(conn, privacy.Subject("plate", OURS), privacy.Keys(KEY))
        theirs = privacy.export(conn, privacy.Subject("plate", THEIRS), privacy.Keys(KEY))
    assert mine.id in [one["id"] for one in found["sessions"]]
    assert other.id not in [one["id"] for one in found["sessions"]]
    assert other.id in [one["id"] for one in theirs["sessions"]]
