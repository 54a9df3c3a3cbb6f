"""Vendors' field names in a catalogue folder: good ones reach the sensor, bad ones name their place."""

import json
from pathlib import Path
from typing import Any

import pytest

from cityhub.catalogue import read
from cityhub.errors import FileError
from cityhub.observing.payloads import mapping_fields
from cityhub.observing.payloads.mapping_fields import Field

AIR = "id,name_vi,name_en,lat,lon,basis,attr_mapping\nair-test,Trạm thử,Test,21.02,105.85,official,{}\n"


def folder(path: Path, document: Any, cell: str = "box") -> Path:
    (path / "air.csv").write_text(AIR.format(cell), encoding="utf-8")
    text = document if isinstance(document, str) else json.dumps(document)
    (path / "mappings.json").write_text(text, encoding="utf-8")
    return path


def fault(path: Path) -> FileError:
    with pytest.raises(FileError) as caught:
        read(path)
    assert "\n" not in str(caught.value)
    return caught.value


def test_a_sensor_carries_the_mapping_that_it_names(tmp_path: Path) -> None:
    document = {"box": {"PM2.5 (ug/m3)": "pm2_5", "t": {"property": "temperature", "scale": 0.1}, "v": None}}
    (sensor,) = read(folder(tmp_path, document)).sensors
    assert mapping_fields.loads(sensor.attributes["mapping"]) == {
        "PM2.5 (ug/m3)": Field("pm2_5"),
        "t": Field("temperature", 0.1),
        "v": None,
    }


def test_a_sensor_without_a_mapping_has_no_such_attribute(tmp_path: Path) -> None:
    (sensor,) = read(folder(tmp_path, {}, "")).sensors
    assert "mapping" not in sensor.attributes


@pytest.mark.parametrize(
    ("document", "problem"),
    [
        ("{", "is no JSON"),
        ([], "must be an object"),
        ({"box": {"a": "radon"}}, "mapping 'box': field 'a': there is no property 'radon'"),
    ],
)
def test_a_broken_file_of_mappings_is_named(tmp_path: Path, document: Any, problem: str) -> None:
    found = fault(folder(tmp_path, document))
    assert found.file == "mappings.json"
    assert problem in found.problem


def test_a_mapping_that_no_file_holds_is_named_with_its_row(tmp_path: Path) -> None:
    found = fault(folder(tmp_path, {}))
    assert (found.file, found.row, found.column) == ("air.csv", 2, "attr_mapping")


def test_a_mapping_to_a_property_of_another_kind_is_named_with_its_row(tmp_path: Path) -> None:
    found = fault(folder(tmp_path, {"box": {"d": "depth", "b": "battery"}}))
    assert (found.file, found.row, found.column) == ("air.csv", 2, "attr_mapping")
    assert "'d' stands for depth" in found.problem
