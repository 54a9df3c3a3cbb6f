"""What a driver is told before parking: the price and why, or the rule that forbids it."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import psycopg
import pytest

from cityhub.config import Settings
from cityhub.rfc3339 import HANOI_TIME
from tests.waiting import eventually

PATH = "/api/v1/parking/quote"
# Tomorrow at eight, whatever day that is: Hanoi's prices are the same every day.
TOMORROW = (datetime.now(HANOI_TIME) + timedelta(days=1)).replace(hour=8, minute=0, second=0, microsecond=0)
GOOD = {"place_id": "ltk-01", "vehicle": "car", "start": TOMORROW.isoformat(), "minutes": 180}


def test_a_quote_explains_every_line(api: Any) -> None:
    answer = api.client.post(PATH, json=GOOD)
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    assert answer.json() == {
        "amount": 85_000,
        "currency": "VND",
        "lines": [
            {
                "from": TOMORROW.isoformat(),
                "to": (TOMORROW + timedelta(hours=2)).isoformat(),
                "amount": 50_000,
                "rule": "Ban ngày, giờ thứ 1 và 2: 25.000 đ mỗi giờ",
                "rule_en": "By day, hours 1 and 2: 25,000 VND an hour",
            },
            {
                "from": (TOMORROW + timedelta(hours=2)).isoformat(),
                "to": (TOMORROW + timedelta(hours=3)).isoformat(),
                "amount": 35_000,
                "rule": "Ban ngày, giờ thứ 3 và 4: 35.000 đ mỗi giờ",
                "rule_en": "By day, hours 3 and 4: 35,000 VND an hour",
            },
        ],
        "tariff_version": "hanoi-inner-2018-01-01",
    }


def test_without_a_start_it_is_from_now_on(api: Any) -> None:
    before = datetime.now(HANOI_TIME) - timedelta(seconds=1)
    lines = api.client.post(PATH, json={"place_id": "ltk-01", "vehicle": "car", "minutes": 5}).json()["lines"]
    assert before <= datetime.fromisoformat(lines[0]["from"]) <= datetime.now(HANOI_TIME)


@pytest.mark.parametrize(
    ("changed", "status", "field", "rule"),
    [
        ({"minutes": 0}, 400, "minutes", None),
        ({"minutes": -60}, 400, "minutes", None),
        ({"minutes": 60.5}, 400, "minutes", None),
        ({"minutes": 10**30}, 400, "minutes", None),
        ({"minutes": 4321}, 422, None, "maximum_stay"),
        ({"vehicle": "car_large"}, 422, None, "vehicle"),
        ({"vehicle": "tram"}, 400, "vehicle", None),
        ({"place_id": "no-such-place"}, 404, "id", None),
        ({"place_id": "x"}, 400, "place_id", None),
        (
            {"start": (datetime.now(HANOI_TIME) - timedelta(minutes=6)).isoformat()},
            422,
            None,
            "start_in_past",
        ),
        ({"start": "0001-01-01T00:00:00+07:00"}, 422, None, "start_in_past"),
        ({"start": "9999-12-31T23:59:59-07:00"}, 422, None, "start_too_far"),
        ({"start": "2026-11-26T08:00:00"}, 400, "start", None),
        ({"start": "tomorrow"}, 400, "start", None),
        ({"plate": "30A-123.45"}, 400, "body", None),
    ],
)
def test_what_cannot_be_sold_says_why(
    api: Any, changed: dict[str, object], status: int, field: str | None, rule: str | None
) -> None:
    answer = api.client.post(PATH, json={**GOOD, **changed})
    told = answer.json()
    assert (answer.status_code, told.get("rule")) == (status, rule), told
    assert [fault["field"] for fault in told.get("errors", [])] == ([] if field is None else [field])
    assert "30A" not in answer.text


def test_a_start_a_little_in_the_past_is_taken(api: Any) -> None:
    start = datetime.now(HANOI_TIME) - timedelta(minutes=4)
    assert api.client.post(PATH, json={**GOOD, "start": start.isoformat()}).status_code == 200


def test_a_closed_place_sells_nothing_in_that_time(api: Any, conn: psycopg.Connection) -> None:
    begins, ends = TOMORROW + timedelta(hours=4), TOMORROW + timedelta(hours=5)
    conn.execute(
        "INSERT INTO place_closure (place_id, from_time, to_time, reason) VALUES ('ltk-02', %s, %s, 'works')",
        (begins, ends),
    )
    there = {**GOOD, "place_id": "ltk-02"}
    assert api.client.post(PATH, json={**there, "minutes": 240}).status_code == 200
    refused = api.client.post(PATH, json={**there, "minutes": 241})
    assert (refused.status_code, refused.json()["rule"]) == (422, "closed")


def test_a_closure_shows_in_quotes_within_seconds(api: Any, conn: psycopg.Connection) -> None:
    there = {**GOOD, "place_id": "ltk-04"}
    assert api.client.post(PATH, json=there).status_code == 200
    conn.execute(
        "INSERT INTO place_closure (place_id, from_time, to_time, reason) VALUES ('ltk-04', %s, %s, 'works')",
        (TOMORROW, TOMORROW + timedelta(days=1)),
    )
    eventually(lambda: api.client.post(PATH, json=there).status_code == 422)


def test_a_place_that_nobody_runs_sells_nothing(api: Any, conn: psycopg.Connection) -> None:
    conn.execute("DELETE FROM parking_place WHERE place_id = 'ltk-03'")
    refused = api.client.post(PATH, json={**GOOD, "place_id": "ltk-03"})
    assert (refused.status_code, refused.json()["rule"]) == (422, "not_sold")


@pytest.mark.parametrize(
    ("body", "media_type", "status"),
    [
        (b"{", "application/json", 400),
        (b"[]", "application/json", 400),
        (b"\xff", "application/json", 400),
        (b"{}", "text/plain", 415),
        (b"{" + b" " * 20_000 + b"}", "application/json", 413),
    ],
)
def test_a_body_that_cannot_be_read_is_said(api: Any, body: bytes, media_type: str, status: int) -> None:
    answer = api.client.post(PATH, content=body, headers={"Content-Type": media_type})
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"


def test_whoever_asks_without_end_is_told_when_to_go_on(
    run_api: Any, settings_for: Callable[..., Settings]
) -> None:
    with run_api(settings_for(rate_per_minute=20)) as limited:
        answers = [limited.client.post(PATH, json=GOOD) for _ in range(60)]
    assert {one.status_code for one in answers[:20]} == {200}
    assert {one.status_code for one in answers[20:]} == {429}
    assert int(answers[-1].headers["retry-after"]) >= 1
