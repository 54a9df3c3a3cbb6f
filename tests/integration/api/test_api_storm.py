"""A real storm as a flood: river levels and rain of September 2025 through the broker and ingest, and what the page of
floods says hour by hour.

The river stands in for a street (its level in cm + 3), the scenario is made for its rain: both for this test only.
"""

import csv
import gzip
import json
import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import groupby
from pathlib import Path
from subprocess import Popen
from typing import Any

import pytest

from api import hub as api_hub
from api import updater
from cityhub.catalogue import Catalogue, read
from cityhub.config import Settings
from cityhub.rfc3339 import at_local_time
from cityhub.store import catalogue as store_catalogue
from cityhub.store import connect
from simulators import replay
from tests.waiting import eventually

LEVEL, RAIN = "Hebden-Bridge-level", "Gorple-rainfall"
POINT, GAUGE = "flood-storm", "rain-storm"
HOUR = timedelta(hours=1)
BEGIN = datetime(2025, 9, 11, 21, tzinfo=UTC)
LOOKS = (0, 1, 3, 5, 8, 10, 11, 12, 14, 15, 17, 19, 21, 24, 28, 32, 39)

# By hand from the file: level in cm + 3.
STATES = [
    # (hours after the begin, class level, risk, motorbike, car)
    (0, 0, "none", "yes", "yes"),
    (1, 0, "watch", "yes", "yes"),
    (3, 0, "likely", "yes", "yes"),
    (5, 1, "flooded", "caution", "yes"),
    (8, 1, "flooded", "caution", "yes"),
    (10, 2, "flooded", "caution", "caution"),
    (11, 2, "flooded", "no", "caution"),
    (12, 3, "flooded", "no", "no"),
    (14, 3, "flooded", "no", "no"),
    (15, 2, "flooded", "no", "caution"),
    (17, 2, "flooded", "caution", "caution"),
    (19, 2, "flooded", "caution", "caution"),
    (21, 1, "flooded", "caution", "caution"),
    (24, 1, "flooded", "caution", "yes"),
    (28, 1, "flooded", "caution", "yes"),
    (32, 1, "flooded", "caution", "caution"),
    (39, 0, "none", "yes", "yes"),
]
SAYS = {"yes": "qua được", "caution": "cẩn thận", "no": "không qua được"}


class Clock(datetime):
    """The time of the storm, for the hub that shows it."""

    moment = BEGIN

    @classmethod
    def now(cls, tz: Any = None) -> Any:
        return cls.moment.astimezone(tz)


@pytest.fixture
def hub(
    settings_for: Callable[..., Settings],
    start_ingest: Callable[[Settings], "Popen[bytes]"],
    database_url: str,
) -> Settings:
    """A running ingestor, and a point and a gauge that say what the river's stations said."""
    sensors = read().sensors
    point = next(one for one in sensors if one.kind == "flood")
    gauge = next(one for one in sensors if one.kind == "rain")
    street = json.dumps({"level": {"property": "depth", "scale": 100, "offset": 3}})
    common = {
        "lon": 106.2,
        "lat": 20.2,
        "interval_s": 900,
        "observed_since": datetime(2010, 1, 1, tzinfo=UTC),
    }
    placed = (
        replace(point, id=POINT, attributes={"mapping": street, "scenario": "1.2-2"}, **common),  # type: ignore[arg-type]
        replace(gauge, id=GAUGE, **common),  # type: ignore[arg-type]
    )
    with connect(database_url, "tests") as conn:
        store_catalogue.save(conn, Catalogue((), placed))
    settings = settings_for()
    start_ingest(settings)
    return settings


class Storm:
    """The file, an hour or more at a time."""

    def __init__(self, file: Path, folder: Path) -> None:
        with gzip.open(file, "rt", newline="") as text:
            self.rows = [
                (datetime.fromisoformat(row["dateTime"]).replace(tzinfo=UTC), row)
                for row in csv.DictReader(text)
            ]
        self.folder, self.told = folder, BEGIN - 3 * HOUR

    def until(self, end: datetime) -> tuple[Path, datetime]:
        """What was measured since the last call, and when the newest of it was."""
        part = [(time, row) for time, row in self.rows if self.told < time <= end]
        file = self.folder / f"{end:%Y%m%d%H}.csv"
        with file.open("w", newline="") as text:
            out = csv.DictWriter(text, ("dateTime", LEVEL, RAIN), extrasaction="ignore")
            out.writeheader()
            out.writerows(row for _, row in part)
        self.told = end
        return file, max(time for time, row in part if row[LEVEL])


def test_the_page_follows_a_real_storm_from_the_first_rain_to_the_dry_street(
    hub: Settings,
    run_api: Callable[..., AbstractContextManager[Any]],
    shared_data: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    storm = Storm(shared_data / "ea_calder_15min_2025.csv.gz", tmp_path)
    Clock.moment = BEGIN
    monkeypatch.setattr(api_hub, "datetime", Clock)
    monkeypatch.setattr(updater, "datetime", Clock)
    seen, begins = [], set()
    with run_api(hub) as api:

        def shown() -> dict[str, Any]:
            features = api.client.get("/api/v1/latest/flood").json()["features"]
            found: dict[str, Any] = next(one for one in features if one["id"] == POINT)["properties"]
            return found

        for hours in LOOKS:
            Clock.moment = BEGIN + hours * HOUR
            file, newest = storm.until(Clock.moment)
            done = replay.prepare(hub, file=file, format="ea", to=f"{LEVEL}={POINT},{RAIN}={GAUGE}").publish()
            assert done.published == done.acknowledged
            told = at_local_time(newest).isoformat()
            eventually(lambda: shown()["time"] == told, told=shown)  # noqa: B023
            # The rain of the hour may be read a moment later.
            expected = next(state for state in STATES if state[0] == hours)
            eventually(lambda: (shown()["risk"] or {}).get("level") == expected[2], told=shown)  # noqa: B023
            found = shown()
            passable = found["passable"]
            seen.append(
                (hours, found["class_level"], found["risk"]["level"], passable["motorbike"], passable["car"])
            )
            if found["since"] and hours <= 32:
                begins.add(found["since"])
            for vehicle, name in (("motorbike", "Xe máy"), ("car", "Ô tô")):
                words = f"{name}: {SAYS[passable[vehicle]]}"
                eventually(lambda: words in site(api, vehicle), told=lambda: site(api, vehicle))  # noqa: B023
    assert seen == STATES
    assert [level for level, _ in groupby(state[1] for state in seen)] == [0, 1, 2, 3, 2, 1, 0]
    # One flood, which began once.
    assert len(begins) == 1


def site(api: Any, vehicle: str) -> str:
    """What the page says of the point to who goes by `vehicle`."""
    page = api.client.get(f"/flood?lang=vi&vehicle={vehicle}").text
    start = page.index(f'id="site-{POINT}"')
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", page[start : page.index("</li>", start)]))
