"""How devices do, as the API and the command line tell it."""

import csv
import io
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any, NamedTuple

import pytest

from cityhub.rfc3339 import HANOI_TIME
from cityhub.store import batches, connect, health, notices, sensors, statuses
from cityhub.store.statuses import Report
from tests.waiting import eventually

AIR, GONE, SILENT, OLD = "air-trung-yen-3", "air-kim-lien", "air-my-dinh", "air-hoan-kiem"
MUTE = "rain-hoan-kiem"
INTERVAL_S = 300
# A day that is over, whose gaps are known.
DAY = (datetime.now(HANOI_TIME) - timedelta(days=3)).date()
MIDNIGHT = datetime(DAY.year, DAY.month, DAY.day, tzinfo=HANOI_TIME)


class Moments(NamedTuple):
    """When the devices were made; AIR's newest reading; the first of what it sent of late."""

    now: datetime
    seen: datetime
    recent: datetime


@pytest.fixture(scope="module", autouse=True)
def moments(database_url: str) -> Moments:
    """AIR lost two messages on DAY and one lately; GONE left after its last reading; OLD was heard on DAY only."""
    # Not those of the import: a quarter of an hour later AIR is late.
    now = datetime.now(UTC)
    # Whatever AIR sends by the hour comes before its newest reading, also in the first seconds of an hour.
    seen = now - timedelta(seconds=20)
    hour = seen.replace(minute=0, second=0, microsecond=0)
    recent = hour - timedelta(hours=4)
    with connect(database_url, "tests") as conn:
        conn.execute("UPDATE sensor SET interval_s = %s WHERE kind = 'air'", (INTERVAL_S,))
        ids = sensors.datastream_ids(conn)
        rows: list[Any] = []
        for start, count, lost in ((MIDNIGHT, 288, (5, 6)), (recent, 48, (40,))):
            for n in set(range(count)) - set(lost):
                time = start + timedelta(seconds=n * INTERVAL_S)
                rows += [(ids[AIR, "pm2_5"], time, 20.0, 0), (ids[AIR, "seq"], time, float(n), 0)]
        rows += [(ids[AIR, "battery"], hour, 87.0, 0), (ids[AIR, "rssi"], hour, -999.0, 2)]
        rows += [(ids[AIR, "pm2_5"], seen, 21.0, 0)]
        rows += [(ids[GONE, "pm2_5"], now - timedelta(seconds=90), 21.0, 0)]
        rows += [(ids[OLD, "pm2_5"], MIDNIGHT + timedelta(hours=23), 21.0, 0)]
        batches.add(conn, rows)
        statuses.record(conn, [Report(AIR, True, now - timedelta(hours=5), None)])
        statuses.record(conn, [Report(GONE, False, now - timedelta(seconds=60), now - timedelta(hours=9))])
        health.refresh(conn, now)
        notices.changed(conn, ["air"])
    return Moments(now, seen, recent)


def test_a_sensor_without_a_datastream_of_numbers_is_told_like_any_other(api: Any, database_url: str) -> None:
    with connect(database_url, "tests") as conn:
        conn.execute("DELETE FROM datastream WHERE sensor_id = %s AND property = 'seq'", [MUTE])
    found = api.client.get(f"/api/v1/sensors/{MUTE}").raise_for_status().json()["health"]
    assert found["sequence"] is None
    with connect(database_url, "tests") as conn:
        conn.execute("DELETE FROM datastream WHERE sensor_id = %s", [MUTE])
    found = api.client.get(f"/api/v1/sensors/{MUTE}").raise_for_status().json()["health"]
    assert (found["status"], found["completeness"]["day"]) == ("offline", None)


def test_a_sensor_tells_how_it_does(api: Any, moments: Moments) -> None:
    found = api.client.get(f"/api/v1/sensors/{AIR}").raise_for_status().json()["health"]
    assert found["status"] == "online"
    assert datetime.fromisoformat(found["last_seen"]) == moments.seen
    assert found["said"]["online"] is True
    assert datetime.fromisoformat(found["said"]["time"]) == moments.now - timedelta(hours=5)
    assert (found["battery"]["value"], found["rssi"]) == (87, None)
    assert (found["sequence"]["last"], found["sequence"]["missing_24h"]) == (47, 1)
    # The counter began anew after DAY: that lies in the last 24 hours, where the newer of its two messages does.
    assert found["sequence"]["restarts_24h"] == 1
    hours = found["completeness"]["hours"]
    assert [hour["expected"] for hour in hours] == [12] * 24
    reports = {datetime.fromisoformat(hour["time"]): hour["reports"] for hour in hours}
    assert [reports[moments.recent + timedelta(hours=n)] for n in range(4)] == [12, 12, 12, 11]
    # The hour may have turned since.
    assert found["completeness"]["hour"] == round(hours[-1]["reports"] / 12, 4)
    assert found["completeness"]["day"] == round(sum(reports.values()) / 288, 4)
    assert sum(reports.values()) in (47, 48)


def test_a_number_out_of_range_whose_flag_was_cleared_is_not_told(
    api: Any, database_url: str, moments: Moments
) -> None:
    with connect(database_url, "tests") as conn:
        id = sensors.datastream_ids(conn)[SILENT, "seq"]
        batches.add(conn, [(id, moments.now - timedelta(seconds=30), 1e308, 0)])
    answer = api.client.get(f"/api/v1/sensors/{SILENT}")
    with connect(database_url, "tests") as conn:
        for delete in (
            "DELETE FROM observation WHERE datastream_id = %s",
            "DELETE FROM observation_hourly WHERE datastream_id = %s",
            "DELETE FROM latest WHERE datastream_id = %s",
        ):
            conn.execute(delete, (id,))
    assert (answer.status_code, answer.json()["health"]["sequence"]) == (200, None)


def test_a_sensor_that_never_reported_has_no_figures(api: Any) -> None:
    found = api.client.get(f"/api/v1/sensors/{SILENT}").json()["health"]
    empty = ("last_seen", "said", "battery", "rssi", "sequence")
    assert (found["status"], [found[name] for name in empty]) == ("offline", [None] * 5)
    assert (found["completeness"]["hour"], found["completeness"]["day"]) == (None, None)


def test_a_device_that_said_goodbye_is_offline_wherever_its_state_is_told(api: Any) -> None:
    one = api.client.get(f"/api/v1/sensors/{GONE}").json()
    listed = {s["id"]: s["status"] for s in api.client.get("/api/v1/sensors?kind=air").json()["sensors"]}
    assert one["status"] == one["health"]["status"] == listed[GONE] == "offline"
    assert listed[AIR] == "online"

    def shown() -> dict[str, str]:
        features = api.client.get("/api/v1/latest/air").json()["features"]
        return {feature["id"]: feature["properties"]["status"] for feature in features}

    eventually(lambda: (shown()[GONE], shown()[AIR]) == ("offline", "online"))


def test_days_of_a_sensor_come_oldest_first_in_pages(api: Any) -> None:
    url = f"/api/v1/sensors/{AIR}/health?start={DAY}&end={DAY + timedelta(days=4)}&limit=3"
    first = api.client.get(url).raise_for_status().json()
    second = api.client.get(first["next"]).json()
    days = [row["day"] for row in (*first["rows"], *second["rows"])]
    assert days == [(DAY + timedelta(days=n)).isoformat() for n in range(4)]
    assert second["next"] is None
    told = first["rows"][0]
    assert (told["expected"], told["reports"], told["missing"], told["restarts"]) == (288, 286, 2, 0)
    assert (told["sensor_id"], told["kind"], told["completeness"]) == (AIR, "air", round(286 / 288, 4))
    assert datetime.fromisoformat(told["first_time"]) == MIDNIGHT
    after_a_silence = first["rows"][1]
    assert (after_a_silence["reports"], after_a_silence["completeness"], after_a_silence["missing"]) == (
        0,
        0,
        None,
    )


def table(api: Any, query: str) -> list[dict[str, Any]]:
    rows, url = [], f"/api/v1/health?day={DAY}&{query}"
    while url is not None:
        page = api.client.get(url).raise_for_status().json()
        rows += page["rows"]
        url = page["next"]
    return rows


def test_a_day_lists_every_listed_sensor_of_the_kind_once(api: Any) -> None:
    rows = table(api, "kind=air&limit=4")
    listed = [s["id"] for s in api.client.get("/api/v1/sensors?kind=air&limit=1000").json()["sensors"]]
    assert [row["sensor_id"] for row in rows] == listed
    by_id = {row["sensor_id"]: row for row in rows}
    assert (by_id[OLD]["expected"], by_id[OLD]["reports"], by_id[OLD]["completeness"]) == (
        12,
        1,
        round(1 / 12, 4),
    )
    assert (by_id[SILENT]["expected"], by_id[SILENT]["completeness"]) == (0, None)
    assert {row["kind"] for row in table(api, "limit=1000")} == {"air", "rain", "flood", "water", "parking"}


def test_a_day_as_csv_holds_the_same(api: Any) -> None:
    answer = api.client.get(f"/api/v1/health?day={DAY}&kind=air&format=csv")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["cache-control"] == "no-store"
    assert f'filename="health_air_{DAY}.csv"' in answer.headers["content-disposition"]
    told = list(csv.DictReader(io.StringIO(answer.text)))
    expected = table(api, "kind=air")
    assert [row["sensor_id"] for row in told] == [row["sensor_id"] for row in expected]
    texts = [{name: "" if value is None else str(value) for name, value in row.items()} for row in expected]
    assert told == texts
    assert api.client.head(f"/api/v1/health?day={DAY}&format=csv").content == b""


def test_a_day_that_nobody_counted_is_empty(api: Any) -> None:
    assert api.client.get("/api/v1/health?day=2001-01-01").json() == {"rows": [], "next": None}


@pytest.mark.parametrize(
    "path",
    [f"/api/v1/health?day={DAY}", f"/api/v1/sensors/{AIR}/health?start={DAY}&end=2199-01-01"],
    # Without the day: two processes of one run may be imported on two days.
    ids=["a day", "a sensor"],
)
def test_a_known_answer_is_304(api: Any, path: str) -> None:
    if "2199" in path:
        path = path.replace("2199-01-01", (DAY + timedelta(days=9)).isoformat())
    answer = api.client.get(path).raise_for_status()
    assert answer.headers["cache-control"] == "public, max-age=30"
    again = api.client.get(path, headers={"If-None-Match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize(
    ("path", "field"),
    [
        ("/api/v1/health", "day"),
        ("/api/v1/health?day=today", "day"),
        ("/api/v1/health?day=2026-02-30", "day"),
        ("/api/v1/health?day=20261122", "day"),
        ("/api/v1/health?day=1969-12-31", "day"),
        ("/api/v1/health?day=2026-11-22&kind=noise", "kind"),
        ("/api/v1/health?day=2026-11-22&format=xml", "format"),
        ("/api/v1/health?day=2026-11-22&limit=0", "limit"),
        ("/api/v1/health?day=2026-11-22&cursor=x", "cursor"),
        (f"/api/v1/sensors/{AIR}/health?start=2026-11-22", "end"),
        (f"/api/v1/sensors/{AIR}/health?start=2026-11-22&end=2026-11-22", "end"),
        (f"/api/v1/sensors/{AIR}/health?start=2001-11-22&end=2026-11-22", "end"),
        (f"/api/v1/sensors/{AIR}/health?start=x&end=2026-11-22", "start"),
    ],
)
def test_a_bad_parameter_is_named(api: Any, path: str, field: str) -> None:
    answer = api.client.get(path)
    assert answer.status_code == 400
    assert [fault["field"] for fault in answer.json()["errors"]] == [field]


def test_a_cursor_of_another_day_cannot_be_used(api: Any) -> None:
    cursor = api.client.get(f"/api/v1/health?day={DAY}&limit=1").json()["next"].partition("cursor=")[2]
    answer = api.client.get(f"/api/v1/health?day=2026-01-01&limit=1&cursor={cursor}")
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, "cursor")


def test_days_of_an_unknown_sensor_are_not_found(api: Any) -> None:
    assert (
        api.client.get(f"/api/v1/sensors/air-nobody/health?start={DAY}&end={DAY + timedelta(1)}").status_code
        == 404
    )


def test_the_command_counts_the_day_and_prints_it_the_worst_first(
    hub: Callable[..., tuple[object, str, str]], database_url: str
) -> None:
    with connect(database_url, "tests") as conn:
        conn.execute("DELETE FROM sensor_day WHERE day = %s", (DAY,))
    code, out, err = hub("health", "--day", DAY.isoformat(), "--kind", "air", "--worst", "2")
    assert (code, err) == (0, "")
    rows = [[cell.strip() for cell in line.split("│")[1:-1]] for line in out.splitlines() if "air-" in line]
    assert rows == [
        [OLD, "1", "12", "8 %", "-", "-", "0", "-", "-", "23:00:00"],
        [AIR, "286", "288", "99 %", "2", "0", "0", "-", "-", "23:55:00"],
    ]
    assert out.splitlines()[-1] == f"{DAY}: 2 sensors, 0 without a report"


def test_one_sensor_is_not_called_sensors(hub: Callable[..., tuple[object, str, str]]) -> None:
    _, out, _ = hub("health", "--day", DAY.isoformat(), "--kind", "air", "--worst", "1")
    assert out.splitlines()[-1] == f"{DAY}: 1 sensor, 0 without a report"


def test_without_a_day_the_command_shows_today(hub: Callable[..., tuple[object, str, str]]) -> None:
    before = datetime.now(HANOI_TIME).date()
    code, out, _ = hub("health", "--kind", "air")
    assert code == 0
    assert AIR in out
    assert SILENT in out
    # The day may have turned since.
    assert out.splitlines()[-1].partition(": ")[0] in {str(before), str(datetime.now(HANOI_TIME).date())}


def test_a_day_of_which_nothing_is_known_is_said(hub: Callable[..., tuple[object, str, str]]) -> None:
    assert hub("health", "--day", str(date(2001, 1, 1))) == (0, "nothing is known of 2001-01-01\n", "")
