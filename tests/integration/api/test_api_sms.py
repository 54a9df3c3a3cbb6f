"""A phone without data: time is asked for, paid, made longer, stopped; and whatever else a gateway brings."""

import hmac
import json
import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any
from uuid import uuid4

import psycopg
import pytest

from api.sms_orders import MOST_AN_HOUR, Incoming
from cityhub.config import read_settings
from cityhub.store import connect, sessions
from tests.integration.api.conftest import RunningApi
from tests.prices import save_flat

KEY = "the-key-of-the-gateway"
PUBLIC = "https://do-xe.example.vn"
PHONES = count(912_000_000)
NOW = datetime.now(UTC)


@pytest.fixture(scope="module", autouse=True)
def _clock() -> None:
    """The time when these tests run, which may be long after they were collected."""
    global NOW  # noqa: PLW0603
    NOW = datetime.now(UTC)


@pytest.fixture(scope="module")
def hub(
    database_url: str, run_api: Callable[..., AbstractContextManager[RunningApi]]
) -> Iterator[RunningApi]:
    settings = read_settings(
        database_url=database_url, rate_per_minute=0, sms_webhook_secret=KEY, public_url=f"{PUBLIC}/"
    )
    with connect(database_url, "tests") as conn:
        save_flat(conn)
    with run_api(settings) as api:
        yield api


@pytest.fixture
def phone() -> str:
    return f"0{next(PHONES)}"


def post(api: RunningApi, body: dict[str, Any] | bytes, key: str = KEY) -> Any:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return api.client.post(
        "/api/v1/sms", content=raw, headers={"X-Signature": hmac.new(key.encode(), raw, "sha256").hexdigest()}
    )


def send(api: RunningApi, phone: str, text: str, id: str = "") -> str:
    answer = post(
        api, {"id": id or str(uuid4()), "from": phone, "text": text, "received_at": NOW.isoformat()}
    )
    assert answer.status_code == 200, answer.text
    reply = answer.json()["reply"]
    assert reply is None or re.fullmatch(r"[ -~]{1,160}", reply), reply
    return reply or ""


def token(reply: str) -> str:
    found = re.search(rf"{PUBLIC}/p/([A-Za-z0-9_-]{{22}})$", reply)
    assert found is not None, reply
    return found[1]


def pay(conn: psycopg.Connection, token: str) -> None:
    session = sessions.by_token(conn, token)
    assert session.waiting is not None
    with conn.transaction():
        sessions.paid(conn, session.id, session.waiting.n, datetime.now(UTC))


def test_a_stay_by_messages_alone(hub: RunningApi, conn: psycopg.Connection, phone: str) -> None:
    reply = send(hub, phone, "bx ltk01 29-M1  123.45 60")
    # This place is for cars only.
    assert reply.startswith("Diem do khong nhan loai xe nay")
    reply = send(hub, phone, "bx ltk01 30a-123.45 120")
    assert re.match(
        r"Ly Thuong Kiet, diem do 1: 50\.000d den \d\d:\d\d( \d\d/\d\d)?\. Tra truoc \d\d:\d\d", reply
    )
    begun = hub.client.get(f"/api/v1/parking/sessions/{token(reply)}").json()
    assert (begun["plate"], begun["vehicle"], begun["due"]) == ("30A12345", "car", 50_000)
    assert "Chua tra 50.000d" in send(hub, phone, "BX KT")
    assert "chua tra tien" in send(hub, phone, "BX GIAHAN 60")
    pay(conn, token(reply))
    assert send(hub, phone, "BX KT").startswith("Da tra den")
    longer = send(hub, phone, "BX GIAHAN 60")
    assert "25.000d" in longer
    assert token(longer) == token(reply)
    pay(conn, token(reply))
    assert send(hub, phone, "BX DUNG").startswith("Da dung")
    assert "khong co luot do nao dang chay" in send(hub, phone, "BX KT")


def test_a_motorbike_is_known_by_its_plate(hub: RunningApi, phone: str) -> None:
    begun = send(hub, phone, "BX LTK04 29-M1 123.45 60")
    assert ": 4.000d den" in begun
    found = hub.client.get(f"/api/v1/parking/sessions/{token(begun)}").json()
    assert (found["vehicle"], found["plate"]) == ("motorbike", "29M112345")


def test_the_same_message_again_has_the_same_answer_and_does_nothing(
    hub: RunningApi, conn: psycopg.Connection, phone: str
) -> None:
    [(before,)] = conn.execute("SELECT count(*) FROM parking_session").fetchall()
    id = str(uuid4())
    first = send(hub, phone, "BX LTK01 30A12345 60", id)
    for text in ("BX LTK01 30A12345 60", "BX LTK01 30A99999 600", "BX DUNG"):
        assert send(hub, phone, text, id) == first
    [(after,)] = conn.execute("SELECT count(*) FROM parking_session").fetchall()
    assert after == before + 1
    assert conn.execute("SELECT FROM sms_outbox WHERE in_reply_to = %s", (id,)).rowcount == 1


def test_the_same_message_many_times_at_once_is_done_once(
    hub: RunningApi, conn: psycopg.Connection, phone: str
) -> None:
    id = str(uuid4())
    with ThreadPoolExecutor(8) as pool:
        replies = set(pool.map(lambda _: send(hub, phone, "BX LTK01 30A12345 60", id), range(16)))
    assert len(replies) == 1
    assert conn.execute("SELECT FROM sms_outbox WHERE in_reply_to = %s", (id,)).rowcount == 1


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("hello", "Khong hieu"),
        ("", "Khong hieu"),
        ("BX XYZ99 30A12345 60", "Khong co diem do nay"),
        ("BX LTK01 ?? 60", "Bien so chua dung"),
        ("BX LTK01 30A12345", "Thieu so phut"),
        ("BX LTK01 30A12345 9000", "So phut qua dai"),
        ("BX GIUP", "Soan BX <diem do>"),
        ("BX HELP", "Send BX <place>"),
        ("BX LTK01 30A12345 60 \x00🚗" + "x" * 5000, "Soan"),
    ],
)
def test_whatever_is_wrong_gets_an_answer_that_says_what_to_send(
    hub: RunningApi, phone: str, text: str, told: str
) -> None:
    assert told in send(hub, phone, text).replace("soan", "Soan")


def test_a_place_that_is_closed_begins_nothing(hub: RunningApi, conn: psycopg.Connection, phone: str) -> None:
    conn.execute(
        "INSERT INTO place_closure VALUES ('thd-02', now() - interval '1 hour', now() + interval '1 day', 'works')"
    )
    assert send(hub, phone, "BX THD02 30A12345 60").startswith("Diem do khong nhan xe")


def test_nobody_sees_or_stops_what_another_phone_began(hub: RunningApi, phone: str) -> None:
    send(hub, phone, "BX LTK01 30A12345 60")
    for text in ("BX KT", "BX DUNG", "BX GIAHAN 60"):
        assert "khong co luot do" in send(hub, f"0{next(PHONES)}", text)


def test_a_phone_is_kept_only_where_a_reminder_was_asked_for(
    hub: RunningApi, conn: psycopg.Connection, phone: str
) -> None:
    def kept(token: str) -> tuple[Any, ...]:
        [row] = conn.execute(
            "SELECT phone, phone_purpose FROM parking_session WHERE token = %s", (token,)
        ).fetchall()
        return row

    def agreed(token: str) -> list[tuple[Any, ...]]:
        return conn.execute(
            "SELECT purpose, wording FROM consent c JOIN parking_session s ON s.id = c.session_id WHERE token = %s",
            (token,),
        ).fetchall()

    without = token(send(hub, phone, "BX LTK01 30A12345 60"))
    assert (kept(without), agreed(without)) == ((None, None), [])
    reminded = token(send(hub, phone, "BX LTK01 30A12345 60 NHAC"))
    assert kept(reminded) == (f"+84{phone[1:]}", "remind_by_phone")
    assert agreed(reminded) == [("remind_by_phone", "sms-1")]


def test_a_phone_sends_so_many_an_hour_and_then_gets_no_answer(
    hub: RunningApi, conn: psycopg.Connection, phone: str
) -> None:
    replies = [send(hub, phone, "BX KT") for _ in range(MOST_AN_HOUR + 2)]
    assert [bool(reply) for reply in replies] == [True] * MOST_AN_HOUR + [False] * 2
    assert send(hub, f"0{next(PHONES)}", "BX KT")
    conn.execute("UPDATE sms_inbox SET received_at = received_at - interval '61 minutes'")
    assert send(hub, phone, "BX KT")


@pytest.mark.parametrize("sender", ["BANKVN", "8049", "", "+0"])
def test_who_is_no_phone_gets_no_answer_and_leaves_nothing(
    hub: RunningApi, conn: psycopg.Connection, sender: str
) -> None:
    [(before,)] = conn.execute("SELECT count(*) FROM sms_inbox").fetchall()
    assert send(hub, sender, "BX LTK01 30A12345 60") == ""
    assert conn.execute("SELECT count(*) FROM sms_inbox").fetchall() == [(before,)]


def test_what_is_not_signed_leaves_nothing(hub: RunningApi, conn: psycopg.Connection, phone: str) -> None:
    body = {"id": "forged", "from": phone, "text": "BX LTK01 30A12345 60"}
    assert post(hub, body, "another key").status_code == 401
    assert hub.client.post("/api/v1/sms", json=body).status_code == 401
    assert conn.execute("SELECT FROM sms_inbox WHERE gateway_reference = 'forged'").rowcount == 0
    # The true one comes a second later.
    assert post(hub, body).status_code == 200


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b'{"id": "1", "from": "0912345678"}', b'{"id": 1.5, "from": "0912345678", "text": ""}',
     b'{"id": "a b", "from": "0912345678", "text": ""}', b'{"id": "", "from": "0912345678", "text": ""}',
     b'{"id": "1", "from": "0912345678", "text": "\xff"}', b'{"id": "\\u0000", "from": "0912345678", "text": ""}'],
)  # fmt: skip
def test_what_is_genuine_and_cannot_be_read_is_refused_in_words(hub: RunningApi, body: bytes) -> None:
    answer = post(hub, body)
    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/problem+json"


def test_a_hub_without_the_key_has_no_such_route(api: RunningApi, phone: str) -> None:
    assert post(api, {"id": "1", "from": phone, "text": "BX KT"}).status_code == 404


def test_nothing_of_a_message_is_shown_where_it_is_printed() -> None:
    assert repr(Incoming("id-1", "+84912345678", b"t", "BX LTK01 30A12345 60")) == "Incoming('id-1')"


def test_the_form_takes_a_phone_with_what_it_is_for(hub: RunningApi, conn: psycopg.Connection) -> None:
    page = hub.client.get("/parking/ltk-01?lang=vi").text
    assert 'name="phone"' in page
    assert "rồi xoá" in page
    form = {"lang": "en", "vehicle": "car", "plate": "30A-123.45", "minutes": "60"}
    wrong = hub.client.post("/parking/ltk-01", data={**form, "phone": "12"})
    assert (wrong.status_code, "The phone number is not right" in wrong.text) == (422, True)
    begun = hub.client.post("/parking/ltk-01", data={**form, "phone": "0912 345 678"})
    token = begun.headers["Location"].removeprefix("/p/").partition("?")[0]
    assert conn.execute(
        "SELECT phone, purpose, wording FROM parking_session s JOIN consent c ON c.session_id = s.id WHERE token = %s",
        (token,),
    ).fetchall() == [("+84912345678", "remind_by_phone", "form-1")]
    empty = hub.client.post("/parking/ltk-01", data={**form, "phone": " "})
    assert empty.status_code == 303
    # Of a stay without an end nobody can be reminded: the phone is not kept.
    leaving = hub.client.post("/parking/ltk-01", data={**form, "minutes": "leaving", "phone": "0912 345 678"})
    token = leaving.headers["Location"].removeprefix("/p/").partition("?")[0]
    assert conn.execute("SELECT phone FROM parking_session WHERE token = %s", (token,)).fetchall() == [
        (None,)
    ]


def test_a_reminder_can_be_asked_for_later_and_is_agreed_to_once(
    hub: RunningApi, conn: psycopg.Connection, phone: str
) -> None:
    key = token(send(hub, phone, "BX LTK01 30A12345 60"))
    pay(conn, key)
    for text in ("BX GIAHAN 30", "BX GIAHAN 60 NHAC", "BX GIAHAN 60", "BX GIAHAN 60 NHAC"):
        send(hub, phone, text)
    assert conn.execute(
        "SELECT phone, wording FROM parking_session s JOIN consent c ON c.session_id = s.id WHERE token = %s",
        (key,),
    ).fetchall() == [(f"+84{phone[1:]}", "sms-1")]


def test_a_session_over_the_api_takes_a_phone_as_people_write_it(
    hub: RunningApi, conn: psycopg.Connection
) -> None:
    body = {
        "place_id": "ltk-01",
        "plate": "30A-123.45",
        "vehicle": "car",
        "minutes": 60,
        "phone": "0912.345.678",
    }
    begun = hub.client.post("/api/v1/parking/sessions", json=body)
    assert begun.status_code == 201
    assert "phone" not in begun.json()
    token = begun.json()["token"]
    assert conn.execute("SELECT phone FROM parking_session WHERE token = %s", (token,)).fetchall() == [
        ("+84912345678",)
    ]
    refused = hub.client.post("/api/v1/parking/sessions", json=body | {"phone": "11111111"})
    assert (refused.status_code, "phone" in refused.text) == (400, True)


@pytest.mark.parametrize(("minutes", "shown"), [(9, "left soon"), (30, "left")])
def test_the_page_says_when_it_ends_soon_without_scripts(
    hub: RunningApi, conn: psycopg.Connection, phone: str, minutes: int, shown: str
) -> None:
    key = token(send(hub, phone, "BX LTK01 30A12345 60"))
    pay(conn, key)
    conn.execute(
        "UPDATE segment SET to_time = %s FROM parking_session s WHERE s.id = session_id AND s.token = %s",
        (datetime.now(UTC) + timedelta(minutes=minutes, seconds=10), key),
    )
    page = hub.client.get(f"/p/{key}?lang=en").text
    assert re.search(rf'<p class="{shown}" role="status"[^>]*>{minutes} min left</p>', page)
