"""The rain of the last six hours as a program gets it, and the page that shows it."""

from datetime import UTC, datetime, timedelta
from typing import Any

from tests.waiting import eventually

MINUTE = timedelta(minutes=1)


def test_frames_hold_the_rain_of_each_quarter_of_an_hour(api: Any, seed: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr("api.recent_rain.FRESH_S", 0)
    now = datetime.now(UTC)
    last = now.replace(minute=now.minute - now.minute % 15, second=0, microsecond=0)
    seed(
        {
            ("rain-ba-dinh", "rain"): [
                # The end of a frame belongs to it, its beginning to the one before.
                (last, 1.0, 0),
                (last - 10 * MINUTE, 0.5, 0),
                (last - 15 * MINUTE, 4.0, 0),
                (last - 20 * MINUTE, 99.0, 2),
                (last - 360 * MINUTE, 7.0, 0),
            ]
        }
    )
    answer = api.client.get("/api/v1/rain/frames").raise_for_status()
    assert answer.headers["access-control-allow-origin"] == "*"
    found = answer.json()
    assert (found["step_s"], len(found["times"])) == (900, 24)
    assert datetime.fromisoformat(found["times"][-1]) == last
    by_id = {gauge["id"]: gauge for gauge in found["gauges"]}
    assert by_id["rain-ba-dinh"]["mm"] == [None] * 22 + [4.0, 1.5]
    assert by_id["rain-ba-vi"]["mm"] == [None] * 24
    assert (
        api.client.get("/api/v1/rain/frames", headers={"If-None-Match": answer.headers["etag"]}).status_code
        == 304
    )
    eventually(lambda: '<td data-band="1">1.5</td></tr>' in api.client.get("/rain?lang=en").text)


def test_the_page_of_floods_answers_for_whom_it_is_asked(api: Any, seed: Any) -> None:
    seed({("flood-cau-giay", "depth"): [(datetime.now(UTC), 20.0, 0)]})
    eventually(lambda: "Car: take care" in api.client.get("/flood?lang=en&vehicle=car").text)
    assert 'vehicle=motorbike" aria-current' in api.client.get("/flood?vehicle=tram").text
