"""What the catalogue says of air stations: may they publish an index, their class, their correction."""

import json
from pathlib import Path
from typing import Any

import pytest

from cityhub.catalogue import read
from cityhub.catalogue.air_stations import AirStation, station_of
from cityhub.errors import FileError

POLLUTANTS = ("pm2_5", "pm10", "no2", "so2", "o3", "co")
CORRECTION = {
    "name": "hn-2026",
    "pm2_5": 0.7,
    "humidity": -0.1,
    "constant": 3.0,
    "below": 500,
    "fitted_from": "2026-01-01",
    "fitted_to": "2026-06-30",
    "reference_station": "air-trung-yen-3",
    "source": "EPA of Hanoi",
}


def folder(tmp_path: Path, columns: str, cells: str, corrections: Any = None) -> Path:
    (tmp_path / "air.csv").write_text(
        f"id,name_vi,name_en,lat,lon,basis,{columns}\nair-x,X,X,21.0,105.8,official,{cells}\n", "utf-8"
    )
    if corrections is not None:
        (tmp_path / "corrections.json").write_text(json.dumps(corrections), "utf-8")
    return tmp_path


def test_a_station_carries_its_correction_whole(tmp_path: Path) -> None:
    where = folder(tmp_path, "attr_correction,attr_station_class", "hn-2026,indicative", [CORRECTION])
    [sensor] = read(where).sensors
    station = station_of(sensor.attributes, sensor.properties)
    assert station.station_class == "indicative"
    assert station.correction is not None
    assert station.correction.formula == "0.7 × PM2.5 -0.1 × RH +3 (PM2.5 < 500)"
    assert station.correction.corrected(100.0, 60.0) == pytest.approx(67.0)
    assert station.correction.corrected(1.0, 99.0) == 0.0
    assert station.correction.corrected(100.0, None) is None
    assert station.correction.corrected(500.0, 60.0) is None


def test_who_may_publish_is_told_or_else_who_is_fully_equipped() -> None:
    assert station_of({}, POLLUTANTS) == AirStation(publishes_aqi=True)
    assert station_of({}, POLLUTANTS[:5]) == AirStation(publishes_aqi=False)
    assert station_of({"publishes_aqi": "true"}, ("pm2_5",)).publishes_aqi
    assert not station_of({"publishes_aqi": "false"}, POLLUTANTS).publishes_aqi
    # Whatever stood in a database before such attributes were read.
    old = {"correction": "{", "station_class": "best", "hour_stamp": "?"}
    assert station_of(old, ()) == AirStation(publishes_aqi=False)


@pytest.mark.parametrize(
    ("columns", "cells", "corrections", "problem"),
    [
        ("attr_publishes_aqi", "yes", None, "must be one of true, false"),
        ("attr_station_class", "best", None, "must be one of reference, indicative"),
        ("attr_hour_stamp", "middle", None, "must be one of start, end"),
        ("attr_correction", "none-such", None, "no correction 'none-such' in corrections.json"),
        ("attr_type", "fixed", {"hn": 1}, "must be a list of corrections"),
        ("attr_type", "fixed", [{**CORRECTION, "gain": 2}], "must be a list of corrections"),
        ("attr_type", "fixed", [{**CORRECTION, "fitted_to": "2025-01-01"}], "ends before it begins"),
    ],
)
def test_what_makes_no_sense_stops_the_load(
    tmp_path: Path, columns: str, cells: str, corrections: Any, problem: str
) -> None:
    with pytest.raises(FileError, match=problem):
        read(folder(tmp_path, columns, cells, corrections))
