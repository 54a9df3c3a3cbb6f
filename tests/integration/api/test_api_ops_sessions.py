"""Corrections by the staff on a real hub: found, corrected, on record; nothing overwritten, no plate shown whole."""

import re
import secrets
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import httpx
import psycopg
import pytest

from cityhub.config import read_settings
from cityhub.parking import enforcement as rules
from cityhub.parking.plates import normalise
from cityhub.parking.sessions import Session
from cityhub.payments import references
from cityhub.store import audit, connect, enforcement, payments, sessions, settlement
from tests import role_keys
from tests.integration.api.conftest import RunningApi, running
from tests.prices import save_flat

MINUTE = timedelta(minutes=1)
SCOPES = {
    "operator": "ops:read+ops:write+enforcement:read",
    "viewer": "ops:read",
    "inspector": "enforcement:read",
    "finance": "ops:read+money:write+revenue:read",
}
NOW = datetime.now(UTC).replace(microsecond=0)


@pytest.fixture(scope="module", autouse=True)
def _clock() -> None:
    """The time when these tests run, which may be long after they were collected."""
    global NOW  # noqa: PLW0603
    NOW = datetime.now(UTC).replace(microsecond=0)


@pytest.fixture(scope="module")
def api(database_url: str) -> Iterator[RunningApi]:
    with connect(database_url, "tests") as conn:
        save_flat(conn)
    settings = read_settings(
        database_url=database_url,
        rate_per_minute=0,
        key_rate_per_minute=0,
        api_keys=role_keys.in_settings(SCOPES),
    )
    with running(settings) as api:
        yield api


@pytest.fixture
def see(api: RunningApi) -> Callable[..., httpx.Response]:
    def ask(path: str, who: str = "operator", **asked: object) -> httpx.Response:
        headers = role_keys.headers(who)
        return api.client.get(path, params={"lang": "en", **asked}, headers=headers)

    return ask


@pytest.fixture
def send(api: RunningApi) -> Callable[..., httpx.Response]:
    def post(path: str, who: str = "operator", **form: object) -> httpx.Response:
        headers = role_keys.headers(who)
        return api.client.post(path, data={"lang": "en", **form}, headers=headers)

    return post


def paid(conn: psycopg.Connection, plate: str, *, bay: str | None = None, back: int = 0) -> Session:
    """An hour of a car at ltk-02, paid for and begun so many minutes ago."""
    at = NOW - back * MINUTE
    with conn.transaction():
        asked = sessions.Asked("ltk-02", normalise(plate), "car", 60, bay)
        session = sessions.begin(conn, asked, at, secrets.token_urlsafe(16))
        payment = payments.add(
            conn, id=str(uuid4()), reference=references.new(secrets.randbelow), provider="vnpay",
            amount=session.first.due, now=at, expires_at=at + 15 * MINUTE, client_address="127.0.0.1",
            session=(session.id, 1),
        )  # fmt: skip
        settlement.settle(
            conn, payment, amount=payment.amount, transaction=payment.reference, at=at, source="callback"
        )
    return by_id(conn, session.id)


def by_id(conn: psycopg.Connection, id: str) -> Session:
    with conn.transaction():
        return sessions.by_id(conn, id)


def verdict(conn: psycopg.Connection, plate: str) -> rules.Verdict:
    now = datetime.now(UTC)
    return rules.verdict(enforcement.of_plate(conn, plate, now), now, None)


def test_an_operator_finds_and_corrects_a_plate_and_the_trail_says_so(
    see: Callable[..., httpx.Response], send: Callable[..., httpx.Response], conn: psycopg.Connection
) -> None:
    session = paid(conn, "30A-111.11")
    page = send("/ops/sessions", plate="30a 111.11")
    assert (page.status_code, "30A-***11" in page.text, "11111" in page.text) == (200, True, False)
    [id] = re.findall(r'href="/ops/sessions/([0-9a-f-]{36})', page.text)
    assert id == session.id
    [(receipt,)] = conn.execute(
        "SELECT number FROM receipt r JOIN payment p ON p.id = r.payment_id WHERE p.session_id = %s", (id,)
    ).fetchall()
    assert id in send("/ops/sessions", receipt=receipt.lower()).text
    path = f"/ops/sessions/{id}/correct"
    done = send(path, plate="30A-222.22", reason="complaint", case="KN-17/2026", seen="1")
    assert done.headers["location"] == f"/ops/sessions/{id}?said=corrected"
    after = by_id(conn, id)
    first, second = after.segments
    assert first == session.first
    assert (second.kind, second.plate, second.made_by, second.reason) == (
        "plate", "30A22222", "key:operator", "complaint KN-17/2026",
    )  # fmt: skip
    assert (second.to_time, second.amount, second.due, after.state) == (
        first.to_time,
        first.amount,
        0,
        "active",
    )
    assert (verdict(conn, "30A22222"), verdict(conn, "30A11111")) == ("paid", "unpaid")
    [entry] = audit.newest(conn, 5, object=f"session:{id}")
    assert (entry.who, entry.action, entry.why) == (
        "key:operator",
        "session corrected",
        "complaint KN-17/2026",
    )
    assert entry.before == {"plate": "30A-***11", "bay": None}
    assert entry.after == {"plate": "30A-***22", "bay": None, "segment": 2}
    assert [one.object for one in audit.newest(conn, 5) if one.action == "plate looked up"] == [
        "plate:30A-***11"
    ]
    shown = see(f"/ops/sessions/{id}", said="corrected").text
    for words in ("a complaint KN-17/2026", "key:operator", "30A-***22", "Nothing is overwritten"):
        assert words in shown, words
    assert "22222" not in shown
    assert session.token not in shown
    # The driver still has the free one, and the staff may correct as often as it takes.
    with conn.transaction():
        sessions.correct(conn, session.token, NOW, plate=normalise("30A-333.33"))
    assert send(path, bay_id="ltk-02-b01", reason="sign", seen="3").status_code == 303
    assert [one.kind for one in by_id(conn, id).segments] == ["start", "plate", "plate", "bay"]


def test_what_is_over_can_be_corrected_for_a_week_and_stays_over(
    send: Callable[..., httpx.Response], conn: psycopg.Connection
) -> None:
    stopped = paid(conn, "30A-444.41", back=30)
    with conn.transaction():
        sessions.stop(conn, stopped.token, NOW)
    ended = paid(conn, "30A-444.42", back=90)
    old = paid(conn, "30A-444.43", back=60 * 24 * 7 + 61)
    for session, segments, status in ((stopped, 2, 303), (ended, 1, 303), (old, 1, 422)):
        before = by_id(conn, session.id)
        answer = send(
            f"/ops/sessions/{session.id}/correct", plate="30A-555.55", reason="driver", seen=segments
        )
        assert answer.status_code == status
        after = by_id(conn, session.id)
        assert (after.state, after.status(NOW)) == (before.state, before.status(NOW))
        assert len(after.segments) == segments + (status == 303)
        if status == 303:
            assert after.segments[-1].to_time == before.segments[-1].to_time


def test_what_waits_for_its_payment_waits_on_and_is_corrected_too_when_it_comes(
    send: Callable[..., httpx.Response], conn: psycopg.Connection
) -> None:
    session = paid(conn, "30A-666.66")
    with conn.transaction():
        sessions.extend(conn, session.token, 60, NOW)
    before = by_id(conn, session.id)
    path = f"/ops/sessions/{session.id}/correct"
    assert send(path, plate="30A-666.67", reason="driver", seen=2).status_code == 303
    after = by_id(conn, session.id)
    assert (after.pay_by, after.waiting) == (before.pay_by, before.waiting)
    with conn.transaction():
        sessions.paid(conn, session.id, 2, NOW)
    held = by_id(conn, session.id).held
    assert held is not None
    assert before.waiting is not None
    assert (held.plate, held.to_time) == ("30A66667", before.waiting.to_time)


def test_who_corrects_at_once_corrects_once(
    send: Callable[..., httpx.Response], conn: psycopg.Connection
) -> None:
    session = paid(conn, "30A-777.70")
    with ThreadPoolExecutor(4) as pool:
        answers = list(
            pool.map(
                lambda n: send(
                    f"/ops/sessions/{session.id}/correct", plate=f"30A-777.7{n}", reason="driver", seen=1
                ),
                range(1, 5),
            )
        )
    assert sorted(answer.status_code for answer in answers) == [303, 422, 422, 422]
    assert any("Look at it again" in answer.text for answer in answers)
    assert len(by_id(conn, session.id).segments) == 2


@pytest.mark.parametrize(
    "form",
    [
        {"plate": "30A-888.80", "reason": "driver"},
        {"plate": "??", "reason": "driver"},
        {"plate": "", "reason": "driver"},
        {"plate": "30A-888.81", "reason": "because"},
        {"plate": "30A-888.81", "reason": "complaint", "case": "30A-123.45"},
        {"plate": "30A-888.81", "reason": "complaint", "case": "KN/30A-123.45"},
        {"plate": "30A-888.81", "reason": "complaint", "case": "0912345678"},
        {"plate": "30A-888.81", "reason": "complaint", "case": "<b>"},
        {"bay_id": "thd-01-b01", "reason": "driver"},
        {"plate": "30A-888.81", "reason": "driver", "seen": "9"},
    ],
    ids=[
        "same",
        "no plate",
        "nothing",
        "reason",
        "plate as case",
        "plate in case",
        "phone",
        "case",
        "bay elsewhere",
        "changed",
    ],
)
def test_a_correction_that_is_none_is_refused_and_leaves_nothing(
    send: Callable[..., httpx.Response], conn: psycopg.Connection, form: dict[str, str]
) -> None:
    session = paid(conn, "30A-888.80")
    answer = send(f"/ops/sessions/{session.id}/correct", **{"seen": "1", **form})
    assert (answer.status_code, 'role="alert"' in answer.text) == (422, True)
    assert by_id(conn, session.id) == session
    assert audit.newest(conn, 1, object=f"session:{session.id}") == []


def test_what_is_not_paid_for_is_not_corrected(
    send: Callable[..., httpx.Response], see: Callable[..., httpx.Response], conn: psycopg.Connection
) -> None:
    with conn.transaction():
        waiting = sessions.begin(
            conn, sessions.Asked("ltk-02", normalise("30A-999.91"), "car", 60), NOW, secrets.token_urlsafe(16)
        )
        owed = sessions.begin(
            conn,
            sessions.Asked("ltk-02", normalise("30A-999.92"), "car", None),
            NOW - 30 * MINUTE,
            secrets.token_urlsafe(16),
        )
        sessions.stop(conn, owed.token, NOW)
    for session in (waiting, owed):
        assert "cannot be corrected" in see(f"/ops/sessions/{session.id}").text
        before = by_id(conn, session.id)
        path = f"/ops/sessions/{session.id}/correct"
        answer = send(path, plate="30A-999.99", reason="driver", seen=len(before.segments))
        assert (answer.status_code, by_id(conn, session.id)) == (422, before)


def test_nobody_else_may(
    api: RunningApi, see: Callable[..., httpx.Response], send: Callable[..., httpx.Response]
) -> None:
    for who in ("viewer", "inspector", "finance"):
        assert see("/ops/sessions", who=who).status_code == 403
        assert send("/ops/sessions", who=who, plate="30A-111.11").status_code == 403
        assert send(f"/ops/sessions/{uuid4()}/correct", who=who, plate="30A-111.11").status_code == 403
    assert see(f"/ops/sessions/{uuid4()}").status_code == 404
    assert see("/ops/sessions/1").status_code in (400, 404, 422)
    assert send("/ops/sessions", plate="").status_code == 422
    assert send("/ops/sessions", receipt="x" * 81).status_code == 422
    assert "There is none" in send("/ops/sessions", receipt="NO-2026-1").text
    assert api.client.get("/ops/sessions", headers={"Accept": "application/json"}).status_code == 401
