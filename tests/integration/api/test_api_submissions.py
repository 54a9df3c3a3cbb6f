"""Partners post observations to the real server, and the database holds what the answers say."""

import gzip
import json
import re
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from api.bodies import MAX_BYTES, MAX_ITEMS
from cityhub.catalogue import Catalogue, read
from cityhub.config import read_settings
from cityhub.errors import SettingsError
from cityhub.listening import listen
from cityhub.store import catalogue as store_catalogue
from cityhub.store import connect
from tests.waiting import eventually

PATH = "/api/v1/observations"
PROBLEM = "application/problem+json"
KEY = "0123456789abcdef"
OTHER_KEY = "fedcba9876543210"
AUTHORIZATION = {"Authorization": f"Bearer {KEY}"}
START = datetime.now(UTC).replace(microsecond=0) - timedelta(days=2)


@pytest.fixture(scope="module")
def partners(run_api: Callable[..., AbstractContextManager[Any]], database_url: str) -> Iterator[Any]:
    """A server that takes posts with KEY."""
    with run_api(
        read_settings(
            database_url=database_url, api_keys=f"ward-7:{KEY},ward-8:{OTHER_KEY}", key_rate_per_minute=0
        )
    ) as api:
        yield api


@pytest.fixture
def count(database_url: str) -> Callable[[], int]:
    """How many observations the database holds."""

    def rows() -> int:
        with connect(database_url, "tests") as conn:
            [(found,)] = conn.execute("SELECT count(*) FROM observation").fetchall()
        return int(found)

    return rows


_minute = iter(range(1, 1_000_000))


def fresh() -> str:
    """A time that no other test uses."""
    return (START - timedelta(minutes=next(_minute))).isoformat()


def air(**fields: Any) -> dict[str, Any]:
    return {"sensor_id": "air-trung-yen-3", "time": fresh(), "values": {"pm2_5": 35.2, "pm10": 60}, **fields}


def post(api: Any, items: Any, query: str = "", **headers: str) -> httpx.Response:
    content = items if isinstance(items, bytes) else json.dumps(items).encode()
    told = {**AUTHORIZATION, "Content-Type": "application/json", **headers}
    answer: httpx.Response = api.client.post(PATH + query, content=content, headers=told)
    return answer


def totals(answer: httpx.Response) -> tuple[int, int, int]:
    assert (answer.status_code, answer.headers["content-type"]) == (207, "application/json")
    assert answer.headers["cache-control"] == "private, no-store"
    told = answer.json()
    return told["stored"], told["duplicates"], told["rejected"]


def status_of(answer: httpx.Response) -> int:
    assert answer.headers["content-type"] == PROBLEM
    assert answer.json()["status"] == answer.status_code
    return answer.status_code


def test_good_items_are_stored_before_the_answer(partners: Any, count: Callable[[], int]) -> None:
    before = count()
    answer = post(partners, [air(battery=0, rssi=-70, seq=0), air(kind="air"), air(fault=True)])
    assert totals(answer) == (9, 0, 0)
    assert answer.json()["items"] == []
    assert count() == before + 9


def test_a_posted_value_is_read_back_as_it_was_measured(partners: Any) -> None:
    item = air(values={"pm2_5": 0}, time=datetime.now(UTC).isoformat())
    post(partners, [item])
    time = datetime.fromisoformat(item["time"])
    span = {"property": "pm2_5", "start": item["time"], "end": (time + timedelta(seconds=1)).isoformat()}
    [row] = partners.client.get("/api/v1/sensors/air-trung-yen-3/observations", params=span).json()["rows"]
    assert (datetime.fromisoformat(row["time"]), row["value"], row["quality"]) == (time, 0, [])


def test_posted_values_are_judged_beside_the_ones_before_them(partners: Any) -> None:
    begin = datetime.now(UTC).replace(microsecond=0)
    times = [(begin - timedelta(minutes=minutes)).isoformat() for minutes in (3, 2, 1)]
    items = [
        {"sensor_id": "air-tay-mo", "time": time, "values": {"pm2_5": value}}
        for time, value in zip(times, (20, 400, 21), strict=True)
    ]
    assert totals(post(partners, items)) == (3, 0, 0)
    span = {"property": "pm2_5", "start": times[0], "end": begin.isoformat()}
    rows = partners.client.get("/api/v1/sensors/air-tay-mo/observations", params=span).json()["rows"]
    assert [row["quality"] for row in rows] == [[], ["rate"], []]


def test_the_same_request_again_stores_nothing(partners: Any, count: Callable[[], int]) -> None:
    items = [air(), air(values={"pm2_5": 1.0, "nonsense": 2})]
    assert totals(post(partners, items)) == (3, 0, 1)
    before = count()
    assert totals(post(partners, items)) == (0, 3, 1)
    assert totals(post(partners, [items[0], items[0], air()])) == (2, 4, 0)
    assert count() == before + 2


def test_bad_neighbours_do_not_hurt_and_are_told_by_index(partners: Any, database_url: str) -> None:
    late = air()
    del late["time"]
    items = [air(), 7, late, air(values={"pm2_5": 12, "pm10": "x", "o4": 1}), air(sensor_id="air-9"), air()]
    answer = post(partners, items)
    assert totals(answer) == (5, 0, 5)
    told = answer.json()["items"]
    assert [(one["index"], one["status"], one["accepted"]) for one in told] == [
        (1, 422, 0),
        (2, 422, 0),
        (3, 207, 1),
        (4, 422, 0),
    ]
    assert [[error["reason"] for error in one["errors"]] for one in told] == [
        ["schema"],
        ["time"],
        ["not_a_number", "unknown_property"],
        ["unknown_sensor"],
    ]
    assert told[3]["errors"] == [{"reason": "unknown_sensor", "detail": "air-9", "parts": 1}]
    with connect(database_url, "tests") as conn:
        assert conn.execute("SELECT count(*) FROM quarantine").fetchall() == [(0,)]


def test_nan_beside_good_values_costs_only_itself(partners: Any) -> None:
    answer = post(partners, [air(values={"pm2_5": float("nan"), "pm10": 5}), air()])
    assert totals(answer) == (3, 0, 1)
    assert answer.json()["items"][0]["errors"][0]["reason"] == "not_a_number"


def test_every_item_is_listed_when_asked(partners: Any) -> None:
    item = air()
    first = post(partners, [item, 7], "?detail=all").json()
    assert [(one["index"], one["status"], one["accepted"]) for one in first["items"]] == [
        (0, 201, 2),
        (1, 422, 0),
    ]
    again = post(partners, [item, 7], "?detail=all").json()
    assert again["items"] == first["items"]
    assert (again["stored"], again["duplicates"]) == (0, 2)


def test_all_details_of_too_many_items_are_refused_and_nothing_is_stored(
    partners: Any, count: Callable[[], int]
) -> None:
    before = count()
    answer = post(partners, [air() for _ in range(1001)], "?detail=all")
    assert status_of(answer) == 400
    assert answer.json()["errors"][0]["field"] == "detail"
    assert count() == before


def test_ten_thousand_items_come_in_one_request(partners: Any) -> None:
    items = [air(values={"pm2_5": 10.0}, battery=90) for _ in range(MAX_ITEMS)]
    assert totals(post(partners, items)) == (2 * MAX_ITEMS, 0, 0)
    assert totals(post(partners, items)) == (0, 2 * MAX_ITEMS, 0)
    assert status_of(post(partners, [*items, 7])) == 413


def test_lines_are_items_and_a_broken_one_is_told(partners: Any) -> None:
    body = f'{json.dumps(air())}\n\n{{"sensor_id": \n{json.dumps(air())}\n'.encode()
    answer = post(partners, body, **{"Content-Type": "application/x-ndjson"})
    assert totals(answer) == (4, 0, 1)
    [told] = answer.json()["items"]
    assert (told["index"], told["status"], told["errors"][0]["reason"]) == (1, 422, "json")


def test_gzip_is_taken_up_to_the_same_limit(partners: Any) -> None:
    zipped = {"Content-Encoding": "gzip"}
    assert totals(post(partners, gzip.compress(json.dumps([air()]).encode()), **zipped)) == (2, 0, 0)
    assert status_of(post(partners, gzip.compress(b"[" + b" " * MAX_BYTES + b"]"), **zipped)) == 413
    assert status_of(post(partners, b"[]", **zipped)) == 400


def test_too_large_a_body_is_refused_whether_it_tells_its_length_or_not(partners: Any) -> None:
    body = b"[" + b" " * MAX_BYTES + b"]"
    assert status_of(post(partners, body)) == 413
    chunks = (body[at : at + 65_536] for at in range(0, len(body), 65_536))
    headers = {**AUTHORIZATION, "Content-Type": "application/json"}
    assert status_of(partners.client.post(PATH, content=chunks, headers=headers)) == 413
    assert totals(post(partners, [air()])) == (2, 0, 0)


def test_a_body_that_ends_early_stores_nothing(partners: Any, count: Callable[[], int]) -> None:
    before = count()
    head = (
        f"POST {PATH} HTTP/1.1\r\nHost: hub\r\nAuthorization: Bearer {KEY}\r\n"
        "Content-Type: application/json\r\nContent-Length: 500\r\n\r\n"
    )
    port = int(partners.url.rpartition(":")[2])
    with socket.create_connection(("127.0.0.1", port)) as client:
        client.sendall(head.encode() + json.dumps([air()]).encode())
    assert totals(post(partners, [])) == (0, 0, 0)
    assert count() == before


@pytest.mark.parametrize("body", [b"", b"{}", b"[1", b"\xff"])
def test_what_is_no_array_of_json_is_refused(partners: Any, body: bytes) -> None:
    assert status_of(post(partners, body)) == 400


@pytest.mark.parametrize(
    "headers",
    [{"Content-Type": "text/csv"}, {"Content-Type": ""}, {"Content-Encoding": "br"}],
)
def test_other_media_types_and_codings_are_refused(partners: Any, headers: dict[str, str]) -> None:
    assert status_of(post(partners, [air()], **headers)) == 415


@pytest.mark.parametrize(
    "headers",
    [{"Authorization": ""}, {"Authorization": f"Bearer {KEY}x"}, {"Authorization": "", "X-API-Key": "no"}],
)
def test_without_a_good_key_nothing_is_stored(
    partners: Any, count: Callable[[], int], headers: dict[str, str]
) -> None:
    before = count()
    answer = post(partners, [air()], **headers)
    assert status_of(answer) == 401
    assert answer.headers["www-authenticate"].startswith('Bearer realm="cityhub"')
    assert count() == before


def test_a_key_may_stand_in_its_own_header(partners: Any) -> None:
    assert totals(post(partners, [air()], **{"Authorization": "", "X-API-Key": KEY})) == (2, 0, 0)


def test_a_hub_without_keys_takes_nothing(api: Any) -> None:
    answer = post(api, [air()])
    assert status_of(answer) == 401
    assert answer.headers["www-authenticate"].startswith("Bearer")


def test_other_sites_may_read_but_not_post(partners: Any) -> None:
    asked = {"Origin": "https://elsewhere.example", "Access-Control-Request-Method": "POST"}
    answer = partners.client.options(PATH, headers=asked)
    assert "POST" not in answer.headers["access-control-allow-methods"]


def test_a_post_reaches_the_latest_values(partners: Any) -> None:
    now = datetime.now(UTC).isoformat()
    sensors = partners.client.get("/api/v1/sensors", params={"kind": "flood", "limit": 1}).json()["sensors"]
    post(partners, [{"sensor_id": sensors[0]["id"], "time": now, "values": {"depth": 17.5}}])

    def shown() -> bool:
        features = partners.client.get("/api/v1/latest/flood").json()["features"]
        return any(one["properties"]["values"].get("depth") == 17.5 for one in features)

    eventually(shown)


def test_a_sensor_added_to_the_catalogue_is_known_without_a_restart(
    partners: Any, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    post(partners, [air()])
    with connect(database_url, "tests") as conn:
        conn.execute(
            'INSERT INTO sensor SELECT (jsonb_populate_record(s, \'{"id": "air-new"}\')).* FROM sensor s'
            " WHERE id = 'air-trung-yen-3'"
        )
    monkeypatch.setattr("api.intake.LOOK_AGAIN_S", 0)
    assert totals(post(partners, [air(sensor_id="air-new")])) == (2, 0, 0)


def test_bodies_that_drip_hold_up_their_own_partner_only(partners: Any) -> None:
    address = (partners.client.base_url.host, partners.client.base_url.port)
    head = f"POST {PATH} HTTP/1.1\r\nHost: x\r\nX-API-Key: {KEY}\r\nContent-Type: application/json\r\n"
    with ExitStack() as stack:

        def drip() -> bool:
            """One more body that drips; whether it was refused at once."""
            line = stack.enter_context(socket.create_connection(address, timeout=1))
            line.sendall(f"{head}Content-Length: 4000\r\n\r\n[".encode())
            with suppress(TimeoutError):
                return b" 503 " in line.recv(4096)
            return False

        assert [drip() for _ in range(4)] == [False, False, True, True]
        answer = post(partners, [air()])
        assert status_of(answer) == 503
        assert int(answer.headers["retry-after"]) > 0
        assert totals(post(partners, [air()], **{"Authorization": f"Bearer {OTHER_KEY}"})) == (2, 0, 0)
    eventually(lambda: post(partners, [air()]).status_code == 207)


def test_posts_at_the_same_time_are_all_stored(partners: Any, count: Callable[[], int]) -> None:
    before = count()
    shared = [air(values={"no2": 1.0, "co": 2.0}) for _ in range(200)]
    answers: list[httpx.Response] = []

    def send() -> None:
        while (answer := post(partners, shared)).status_code == 503:
            pass
        answers.append(answer)

    threads = [threading.Thread(target=send) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(totals(answer)[0] for answer in answers) == 400
    assert sum(totals(answer)[1] for answer in answers) == 5 * 400
    assert count() == before + 400


def test_metrics_count_what_was_posted(partners: Any) -> None:
    def figure(name: str) -> float:
        found = re.search(rf"^{re.escape(name)} (\S+)$", partners.client.get("/metrics").text, re.MULTILINE)
        return float(found[1]) if found else 0.0

    names = ["cityhub_http_observations_total", 'cityhub_http_rejected_total{reason="unknown_property"}']
    before = [figure(name) for name in names]
    item = air(values={"pm2_5": 1, "o4": 1, "o5": 1})
    post(partners, [item])
    post(partners, [item])
    assert [figure(name) - was for name, was in zip(names, before, strict=True)] == [1, 4]


def test_without_a_database_the_partner_is_told_to_send_again(
    run_api: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cityhub.store.connection.CONNECT_TIMEOUT_S", 1)
    monkeypatch.setattr("api.app.FIRST_SNAPSHOTS_S", 0.2)
    with listen("127.0.0.1", 0, "") as unused:
        port = unused.getsockname()[1]
    url = f"postgresql://nobody@127.0.0.1:{port}/none"
    with run_api(
        read_settings(database_url=url, api_keys=f"ward-7:{KEY},ward-8:{OTHER_KEY}", key_rate_per_minute=0)
    ) as api:
        answer = post(api, [air()])
    assert status_of(answer) == 503
    assert int(answer.headers["retry-after"]) > 0


def test_a_database_that_fails_within_the_request_keeps_nothing(
    partners: Any, database_url: str, count: Callable[[], int], monkeypatch: pytest.MonkeyPatch
) -> None:
    before = count()

    def cut(conn: Any, _kinds: Any) -> None:
        # After the rows were written and before they are committed.
        with connect(database_url, "tests") as other:
            other.execute("SELECT pg_terminate_backend(%s)", [conn.info.backend_pid])
        conn.execute("SELECT 1")

    items = [air(), air()]
    with monkeypatch.context() as patched:
        patched.setattr("api.intake.notices.changed", cut)
        answer = post(partners, items)
    assert status_of(answer) == 503
    assert count() == before
    assert totals(post(partners, items)) == (4, 0, 0)


def test_keys_without_a_database_to_write_to_are_named(run_api: Any, database_url: str) -> None:
    settings = read_settings(
        read_database_url=database_url, api_keys=f"ward-7:{KEY},ward-8:{OTHER_KEY}", key_rate_per_minute=0
    )
    with pytest.raises(SettingsError, match="CITYHUB_DATABASE_URL"), run_api(settings):
        pass


def stored_value(api: Any, item: dict[str, Any], property: str = "pm2_5") -> tuple[float, list[str]]:
    time = datetime.fromisoformat(item["time"])
    span = {"property": property, "start": item["time"], "end": (time + timedelta(seconds=1)).isoformat()}
    url = f"/api/v1/sensors/{item['sensor_id']}/observations"
    [row] = api.client.get(url, params=span).json()["rows"]
    return row["value"], row["quality"]


def test_another_value_for_the_same_time_is_refused_and_told(partners: Any) -> None:
    first = air(values={"pm2_5": 10.0})
    assert totals(post(partners, [first])) == (1, 0, 0)
    other = first | {"values": {"pm2_5": 12.5}}
    answer = post(partners, [other])
    assert totals(answer) == (0, 0, 1)
    [told] = answer.json()["items"]
    assert (told["status"], told["accepted"]) == (409, 0)
    [error] = told["errors"]
    assert (error["reason"], error["parts"]) == ("refused", 1)
    assert error["detail"].startswith("pm2_5: 10.0 stands at ")
    assert error["detail"].endswith(", 12.5 was not taken")
    assert stored_value(partners, first)[0] == 10.0
    # The same value again is a repetition as before.
    again = post(partners, [first], "?detail=all").json()
    assert (again["stored"], again["duplicates"], again["rejected"]) == (0, 1, 0)
    assert (again["items"][0]["status"], again["items"][0]["accepted"]) == (201, 1)


def test_the_counts_of_a_request_hold_with_contradictions_in_it(partners: Any) -> None:
    stored = air(values={"pm2_5": 10.0, "pm10": 20.0}, battery=80)
    post(partners, [stored])
    new = air(values={"pm2_5": 1.0})
    answer = post(
        partners,
        [
            stored | {"values": {"pm2_5": 10.0, "pm10": 21.0, "no2": 5.0}, "battery": 80},
            new,
            new | {"values": {"pm2_5": 2.0}},
            new,
            new | {"values": {"pm2_5": 3.0, "smell": 1}},
            air(values={"pm2_5": "x"}),
        ],
        "?detail=all",
    )
    # New: no2 and one pm2_5. Again: pm2_5, battery and the fourth item's.
    assert totals(answer) == (2, 3, 5)
    told = answer.json()["items"]
    assert [(one["status"], one["accepted"]) for one in told] == [
        (207, 3),
        (201, 1),
        (409, 0),
        (201, 1),
        (422, 0),
        (422, 0),
    ]
    assert sum(one["accepted"] for one in told) == 5
    assert "pm2_5: 1.0 stands" in told[2]["errors"][0]["detail"]
    assert stored_value(partners, new)[0] == 1.0
    assert stored_value(partners, stored, "no2")[0] == 5.0


def test_a_fault_that_is_told_later_does_not_change_what_stands_and_is_told(partners: Any) -> None:
    good, bad = air(values={"pm2_5": 10.0}), air(values={"pm2_5": 11.0}, fault=True)
    post(partners, [good, bad])
    answer = post(partners, [good | {"fault": True}, bad, {**bad, "fault": False}])
    assert totals(answer) == (0, 2, 1)
    [told] = answer.json()["items"]
    assert (told["index"], told["status"]) == (0, 409)
    assert "stands at" in told["errors"][0]["detail"]
    assert "fault" not in stored_value(partners, good)[1]
    assert "fault" in stored_value(partners, bad)[1]


@pytest.mark.parametrize("again", [0, -0.0, 0.0])
def test_zero_with_a_sign_is_the_same_zero(partners: Any, again: float) -> None:
    item = air(sensor_id="flood-cau-giay", values={"depth": -0.0})
    assert totals(post(partners, [item, item | {"values": {"depth": again}}])) == (1, 1, 0)
    value, _ = stored_value(partners, item, "depth")
    assert str(value) in ("0.0", "0")


def test_a_counter_over_http_is_its_differences(
    partners: Any, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.intake.LOOK_AGAIN_S", 0)
    gauge = next(sensor for sensor in read().sensors if sensor.kind == "rain")
    mapping = '{"tips": {"property": "rain", "scale": 0.2, "counter": true}}'
    counter = replace(gauge, id="rain-counter", attributes={"mapping": mapping})
    with connect(database_url, "tests", autocommit=True) as conn:
        store_catalogue.save(conn, Catalogue((), (counter,)))
    begin = datetime.now(UTC).replace(microsecond=0) - timedelta(minutes=10)

    def item(minute: int, count: int) -> dict[str, Any]:
        time = (begin + timedelta(minutes=minute)).isoformat()
        return {"sensor_id": "rain-counter", "time": time, "values": {"tips": count}}

    answers: list[httpx.Response] = []

    def is_known() -> bool:
        """A catalogue that was read a moment ago is not read again at once."""
        answers.append(post(partners, [item(0, 100), item(1, 104)], "?detail=all"))
        return totals(answers[-1])[2] == 0

    eventually(is_known)
    first = answers[-1]
    assert totals(first) == (1, 1, 0)
    assert [(one["status"], one["accepted"]) for one in first.json()["items"]] == [(201, 1), (201, 1)]
    assert totals(post(partners, [item(1, 104), item(2, 105)])) == (1, 1, 0)
    assert stored_value(partners, item(1, 0), "rain")[0] == 0.8
    assert stored_value(partners, item(2, 0), "rain")[0] == 0.2
