"""Each real file through Mosquitto and the real ingestor into the database, compared with the file value by value.

What the database should hold is worked out here from the file with csv and plain counting, not with the reader.
"""

import csv
import gzip
import math
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from subprocess import Popen

import psycopg
import pytest

from cityhub.catalogue import REPLAY_CATALOGUE, read
from cityhub.config import Settings
from cityhub.store import catalogue as store_catalogue
from cityhub.store import connect
from simulators import replay
from tests.waiting import eventually

GOOD, RANGE, FAULT = 0, 1, 2
REJECTED, LATE = RANGE | FAULT, 16

# A datastream (sensor, property) at a time; what is stored for it: value and the bits that keep it out of sums.
Key = tuple[str, str, datetime]
Stored = tuple[float, int]


@dataclass(frozen=True)
class File:
    """A file, how many rows it has, and what of it ends in the database."""

    name: str
    form: str
    rows: int
    stored: int
    good: int
    out_of_range: int
    fault: int
    repeated: int


# Counted once from the files by hand (csv, sort, uniq), so that the expectations below can be wrong too.
FILES = (
    File("hanoi_usembassy_pm25_2016.csv.gz", "airnow", 8040, 8039, 7591, 18, 430, 1),
    File("hanoi_usembassy_pm25_2017_06.csv.gz", "airnow", 96, 96, 90, 0, 6, 0),
    File("prsa_beijing_12st_2016JJA.csv.gz", "prsa", 26_496, 208_052, 208_052, 0, 0, 0),
    File("prsa_beijing_12st_2016DJF.csv.gz", "prsa", 25_920, 204_788, 204_788, 0, 0, 0),
    File("ea_calder_15min_2025.csv.gz", "ea", 2753, 24_712, 24_712, 0, 0, 0),
    File("birmingham_parking_2016.csv.gz", "birmingham", 35_717, 35_501, 35_116, 385, 0, 216),
)


def plain_rows(path: Path) -> Iterator[list[str]]:
    with gzip.open(path, "rt", newline="") as text:
        yield from csv.reader(text)


def expect_airnow(path: Path) -> Iterator[tuple[Key, Stored]]:
    rows = plain_rows(path)
    names = next(rows)
    for cells in rows:
        row = dict(zip(names, cells, strict=True))
        hour = int(row["Hour"])
        local = datetime(int(row["Year"]), int(row["Month"]), int(row["Day"]), hour, tzinfo=UTC)
        value = float(row["Raw Conc."])
        quality = GOOD if row["QC Name"] == "Valid" else FAULT
        if quality == GOOD and value < 0:
            quality = RANGE
        yield ("air-us-embassy", "pm2_5", local - timedelta(hours=7)), (value, quality)


def expect_prsa(path: Path) -> Iterator[tuple[Key, Stored]]:
    columns = {"PM2.5": "pm2_5", "PM10": "pm10", "SO2": "so2", "NO2": "no2", "CO": "co", "O3": "o3"}
    columns |= {"TEMP": "temperature", "RAIN": "rain"}
    rows = plain_rows(path)
    names = next(rows)
    for cells in rows:
        row = dict(zip(names, cells, strict=True))
        clock = datetime(*(int(row[n]) for n in ("year", "month", "day", "hour")), tzinfo=UTC)  # type: ignore[arg-type,misc]
        for column, name in columns.items():
            if row[column] != "NA":
                sensor = "prsa-" + row["station"].lower() + ("-rain" if name == "rain" else "")
                yield (sensor, name, clock - timedelta(hours=8)), (float(row[column]), GOOD)


def expect_ea(path: Path) -> Iterator[tuple[Key, Stored]]:
    rows = plain_rows(path)
    names = next(rows)
    for cells in rows:
        time_read = datetime.fromisoformat(cells[0] + "+00:00")
        for column, cell in zip(names[1:], cells[1:], strict=True):
            if cell:
                name = "rain" if column.endswith("rainfall") else "level"
                yield ("ea-" + column.lower(), name, time_read), (float(cell), GOOD)


def expect_birmingham(path: Path) -> Iterator[tuple[Key, Stored]]:
    # British summer time ended on 30 October 2016 at 01:00 UTC.
    winter = datetime(2016, 10, 30, 1, tzinfo=UTC)
    for code, capacity, count, written in plain_rows(path):
        clock = datetime.fromisoformat(written.strip() + "+00:00")
        when = clock if clock >= winter else clock - timedelta(hours=1)
        quality = GOOD if 0 <= int(count) <= int(capacity) else RANGE
        sensor = "bhm-" + code.lower().replace(" ", "-")
        yield (sensor, "occupied_count", when), (float(count), quality)


EXPECT: dict[str, Callable[[Path], Iterator[tuple[Key, Stored]]]] = {
    "airnow": expect_airnow,
    "prsa": expect_prsa,
    "ea": expect_ea,
    "birmingham": expect_birmingham,
}


@pytest.fixture(scope="module")
def replay_database(database_url: str) -> str:
    """The module's database with the sensors that files are replayed as beside Hanoi's."""
    with connect(database_url, "tests") as conn:
        store_catalogue.save(conn, read(REPLAY_CATALOGUE))
    return database_url


@pytest.fixture
def hub(
    settings_for: Callable[..., Settings],
    start_ingest: Callable[[Settings], "Popen[bytes]"],
    replay_database: str,
) -> Iterator[Settings]:
    """A running ingestor; what it stored is removed afterwards."""
    settings = settings_for(database_url=replay_database)
    ingest = start_ingest(settings)
    yield settings
    ingest.terminate()
    ingest.wait(20)
    with psycopg.connect(replay_database, autocommit=True) as conn:
        conn.execute("TRUNCATE observation, observation_hourly, latest, quarantine")


def wait_for(settings: Settings, expected: int) -> None:
    with psycopg.connect(settings.require("database_url"), autocommit=True) as conn:

        def found() -> int:
            [(total,)] = conn.execute(
                "SELECT coalesce(sum(n + n_rejected), 0) FROM observation_hourly"
            ).fetchall()
            return int(total)

        eventually(lambda: found() >= expected, 100, told=lambda: f"{found()} of {expected}")


def stored(settings: Settings) -> list[tuple[Key, Stored]]:
    with psycopg.connect(settings.require("database_url")) as conn:
        rows = conn.execute(
            "SELECT d.sensor_id, d.property, o.time, o.value, o.quality"
            " FROM observation o JOIN datastream d ON d.id = o.datastream_id"
        ).fetchall()
    return [
        ((sensor, name, when.astimezone(UTC)), (value, quality & REJECTED))
        for sensor, name, when, value, quality in rows
    ]


def unless_late(settings: Settings) -> int:
    """How many stored observations are not flagged late."""
    with psycopg.connect(settings.require("database_url")) as conn:
        query = "SELECT count(*) FROM observation WHERE quality & %s = 0"
        [(found,)] = conn.execute(query, (LATE,)).fetchall()
    return int(found)


def hourly(settings: Settings) -> dict[Key, tuple[int, float, int]]:
    with psycopg.connect(settings.require("database_url")) as conn:
        rows = conn.execute(
            "SELECT d.sensor_id, d.property, h.hour, h.n, h.sum, h.n_rejected"
            " FROM observation_hourly h JOIN datastream d ON d.id = h.datastream_id"
        ).fetchall()
    return {
        (sensor, name, hour.astimezone(UTC)): (n, total, bad) for sensor, name, hour, n, total, bad in rows
    }


def expected_hours(observations: dict[Key, Stored]) -> dict[Key, tuple[int, float, int]]:
    hours: dict[Key, tuple[int, float, int]] = {}
    for (sensor, name, when), (value, quality) in observations.items():
        key = (sensor, name, when.replace(minute=0, second=0, microsecond=0))
        n, total, bad = hours.get(key, (0, 0.0, 0))
        hours[key] = (n + 1, total + value, bad) if quality == GOOD else (n, total, bad + 1)
    return hours


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name.removesuffix(".csv.gz"))
def test_file_is_stored_once_and_exactly(file: File, hub: Settings, shared_data: Path) -> None:
    path = shared_data / file.name
    done = replay.prepare(hub, file=path, format=file.form).publish()
    assert done.rows == file.rows
    assert done.published == done.acknowledged
    assert (done.refused, done.problems, done.repeated) == (0, {}, file.repeated)

    expected: dict[Key, Stored] = {}
    for key, value in EXPECT[file.form](path):
        expected.setdefault(key, value)  # the first of repeated rows stays
    wait_for(hub, len(expected))
    found = stored(hub)
    assert unless_late(hub) == 0, "what a file of years ago says comes late"
    assert len(found) == len(dict(found)), "an observation is stored twice"
    assert dict(found) == expected
    by_quality = Counter(quality for _, (_, quality) in found)
    assert (len(found), by_quality[GOOD], by_quality[RANGE], by_quality[FAULT]) == (
        file.stored,
        file.good,
        file.out_of_range,
        file.fault,
    )

    sums, expected_sums = hourly(hub), expected_hours(expected)
    assert {key: (n, bad) for key, (n, _, bad) in sums.items()} == {
        key: (n, bad) for key, (n, _, bad) in expected_sums.items()
    }
    for key, (_, total, _) in sums.items():
        assert math.isclose(total, expected_sums[key][1], rel_tol=1e-9, abs_tol=1e-9), key
    with psycopg.connect(hub.require("database_url")) as conn:
        assert conn.execute("SELECT reason, detail FROM quarantine").fetchall() == []


def test_shifted_file_ends_now_and_goes_to_the_sensor_named(hub: Settings, shared_data: Path) -> None:
    path = shared_data / "hanoi_usembassy_pm25_2017_06.csv.gz"
    before = datetime.now(UTC)
    replay.prepare(hub, file=path, format="airnow", to="air-kim-lien", shift_to_now=True, speed=1e6).publish()
    wait_for(hub, 96)
    found = dict(stored(hub))
    times = sorted(when for _, _, when in found)
    assert {sensor for sensor, _, _ in found} == {"air-kim-lien"}
    assert before - timedelta(seconds=1) <= times[-1] <= datetime.now(UTC)
    assert len(times) == 96
    assert {b - a for a, b in pairwise(times)} == {timedelta(hours=1)}


def test_malformed_rows_do_not_stop_a_replay(
    hub: Settings, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "lines.jsonl"
    good = '{"kind":"air","sensor_id":"air-kim-lien","time":"2026-01-01T0%d:00:00+07:00","values":{"pm2_5":%d}}\n'
    path.write_text(good % (1, 10) + "broken\n" + good % (2, 20))
    done = replay.prepare(hub, file=path, format="jsonl").publish()
    assert (done.rows, done.published, sum(done.problems.values())) == (3, 2, 1)
    wait_for(hub, 2)
    assert sorted(value for value, _ in dict(stored(hub)).values()) == [10.0, 20.0]
    assert "row 2" in capfd.readouterr().err
