"""The live stream over a real connection."""

import json
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from tests.waiting import eventually

STATION = ("air-trung-yen-3", "pm2_5")
LAKE = ("water-west-lake-north", "ph")


@contextmanager
def events(api: Any, query: str = "", **headers: str) -> Any:
    """The stream's events as dictionaries, one after the other; opens with the first comment read."""
    with httpx.stream("GET", f"{api.url}/api/v1/live{query}", headers=headers, timeout=20) as stream:
        assert stream.status_code == 200
        assert stream.headers["content-type"].startswith("text/event-stream")
        lines = stream.iter_lines()
        assert next(lines).startswith(":")

        def read() -> Any:
            event: dict[str, str] = {}
            for line in lines:
                if not line and event:
                    yield event
                    event = {}
                elif line and not line.startswith(":"):
                    name, _, value = line.partition(": ")
                    event[name] = value

        yield read()


def told(event: Any) -> Any:
    data = json.loads(event["data"])
    return data["kind"], {feature["id"]: feature["properties"]["values"] for feature in data["features"]}


def test_only_what_changed_is_told(api: Any, seed: Any) -> None:
    with events(api, "?kinds=air,water") as stream:
        seed({STATION: [(datetime.now(UTC), 21.0, 0)]})
        event = next(stream)
    assert event["event"] == "latest"
    assert told(event) == ("air", {STATION[0]: {"pm2_5": 21.0}})


def test_kinds_that_were_not_asked_for_are_not_told(api: Any, seed: Any) -> None:
    with events(api, "?kinds=water") as stream:
        seed({STATION: [(datetime.now(UTC), 22.0, 0)], LAKE: [(datetime.now(UTC), 7.5, 0)]})
        assert told(next(stream))[0] == "water"


def test_ids_increase_and_a_client_resumes_after_its_last(api: Any, seed: Any) -> None:
    with events(api, "?kinds=air,water") as stream:
        seed({STATION: [(datetime.now(UTC), 23.0, 0)]})
        first = next(stream)
        seed({LAKE: [(datetime.now(UTC), 7.6, 0)]})
        second = next(stream)
    assert int(second["id"]) > int(first["id"])
    with events(api, "?kinds=air,water", **{"Last-Event-ID": first["id"]}) as stream:
        assert next(stream) == second


def test_an_id_of_an_earlier_process_is_answered_by_the_whole_state(api: Any) -> None:
    with events(api, "?kinds=air,parking", **{"Last-Event-ID": "1"}) as stream:
        kinds = [told(next(stream)) for _ in range(2)]
    assert [(kind, len(features)) for kind, features in kinds] == [("air", 11), ("parking", 17)]


@pytest.mark.parametrize("query", ["?kinds=noise", "?kinds=", "?kinds=air,"])
def test_unknown_kinds_are_named(api: Any, query: str) -> None:
    answer = api.client.get(f"/api/v1/live{query}")
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, "kinds")


def test_there_is_room_for_so_many_clients_and_no_more(api: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr("api.feed.MAX_CLIENTS", 1)
    with events(api):
        refused = api.client.get("/api/v1/live")
        assert (refused.status_code, refused.headers["content-type"]) == (503, "application/problem+json")
        assert "cityhub_live_clients 1.0" in api.client.get("/metrics").text
    eventually(lambda: "cityhub_live_clients 0.0" in api.client.get("/metrics").text)


def test_a_comment_keeps_a_quiet_stream_open(api: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr("api.routes.live.COMMENT_EVERY_S", 0.2)
    with httpx.stream("GET", f"{api.url}/api/v1/live", timeout=10) as stream:
        lines = (line for line in stream.iter_lines() if line)
        assert [next(lines).startswith(":") for _ in range(3)] == [True, True, True]
