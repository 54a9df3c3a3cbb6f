"""What an unknown device looks like, what a person says of it, and what its messages would store."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cityhub.kinds import DEVICE_PROPERTIES, KINDS
from cityhub.observing.decoded import RegisteredSensor
from cityhub.observing.payloads import mapping_fields
from cityhub.observing.payloads.mapping_fields import Field
from cityhub.onboarding import guesses, own_names, seen
from cityhub.onboarding.candidate import Candidate, Site, candidate_of
from cityhub.onboarding.own_names import Fault, Line
from cityhub.onboarding.trial import MOST_SHOWN, tried

NOW = datetime(2026, 11, 26, 5, 0, tzinfo=UTC)
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=12,
)


@dataclass(frozen=True)
class Kept:
    """A message as the quarantine has it."""

    payload: bytes
    topic: str = "hanoi/air/air-stray/telemetry"
    first_received_at: datetime = NOW
    retained: bool = False
    cut: int = 0

    @property
    def payload_bytes(self) -> int:
        return len(self.payload) + self.cut


def message(document: object, **more: object) -> Kept:
    return Kept(json.dumps(document).encode(), **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("name", "kind", "property", "needs_factor"),
    [
        ("PM25", "air", "pm2_5", False),
        ("PM2.5 (µg/m³)", "air", "pm2_5", False),
        ("Nhiệt độ", "air", "temperature", False),
        ("Độ ẩm", "air", "humidity", False),
        ("no2_ppb", "air", "no2", True),
        ("CO mg/m3", "air", "co", True),
        ("rain_mm", "rain", "rain", False),
        ("water_level_cm", "flood", "level", True),
        ("Độ sâu", "flood", "depth", False),
        ("DO", "water", "dissolved_oxygen", False),
        ("occupancy", "parking", "occupied", False),
        ("batt", "rain", "battery", False),
    ],
)
def test_names_that_makers_give_are_guessed(name: str, kind: str, property: str, needs_factor: bool) -> None:
    assert guesses.guess(kind, name) == (property, needs_factor)


@pytest.mark.parametrize("name", ["", "x", "firmware", "pm", "lux", "🌧", "temp_f"])
def test_what_nobody_can_tell_is_not_guessed(name: str) -> None:
    assert guesses.guess("air", name) is None


@pytest.mark.parametrize(
    ("names", "kind"),
    [
        (["PM25", "temp"], "air"),
        (["temp"], None),
        (["temp", "rh"], "air"),
        (["depth"], "flood"),
        (["rain_mm", "batt"], "rain"),
        (["pH", "EC", "temp"], "water"),
        (["cars"], "parking"),
        (["firmware"], None),
        ([], None),
    ],
)
def test_a_kind_is_told_by_the_names(names: list[str], kind: str | None) -> None:
    assert guesses.looks_like(names) == kind


@given(
    st.sampled_from(sorted(KINDS)),
    st.lists(
        st.text(max_size=20) | st.sampled_from(["PM25", "pm2_5", "PM2.5", "Temp", "temperature", "level"])
    ),
)
def test_guesses_are_of_the_kind_and_none_twice(kind: str, names: list[str]) -> None:
    found = guesses.suggestions(kind, names)
    properties = [one.property for one in found.values()]
    assert len(set(properties)) == len(properties)
    assert set(properties) <= {*KINDS[kind].properties, *DEVICE_PROPERTIES}
    assert set(found) <= set(names)
    # What is named as the hub names it is never taken for anything else.
    assert all(found[name].property == name for name in names if name in KINDS[kind].properties)
    lines = [Line(name, one.property) for name, one in found.items() if name and name.isprintable()]
    assert not isinstance(own_names.mapping_of(kind, lines, is_bare=False), list)


def test_fields_are_seen_as_the_device_names_them() -> None:
    sent = seen.sent_in(
        "hanoi",
        [
            message({"values": {"PM25": 12, "note": "ok"}, "battery": 80}),
            message({"values": {"PM25": 30}}),
            message({"values": {"PM25": 99}}, cut=1),
            Kept(b"{"),
            message({"online": True}, topic="hanoi/air/air-stray/status"),
            message(7, topic="hanoi/air/air-stray/telemetry/no2"),
            message({"values": {"x": 1}}, topic="Hanoi/air/air-stray/telemetry"),
        ],
        1000,
    )
    assert list(sent.fields) == ["PM25", "note", "battery", "no2"]
    assert (sent.fields["PM25"].n, sent.fields["PM25"].low, sent.fields["PM25"].high) == (2, 12, 30)
    assert (sent.fields["note"].low, sent.fields["note"].example) == (None, "'ok'")
    assert not sent.is_bare
    assert seen.sent_in("hanoi", [message({"PM25": 5})], 1000).is_bare


@given(ANYTHING, st.sampled_from(["air", "rain", "parking"]), st.sampled_from(["", "/pm2_5"]))
def test_whatever_a_device_sends_is_looked_at_and_tried(document: object, kind: str, end: str) -> None:
    kept = [message(document, topic=f"hanoi/{kind}/air-stray/telemetry{end}")]
    names = seen.sent_in("hanoi", kept, 10_000).fields
    assert len(names) <= seen.MOST_FIELDS
    lines = [Line(name, one.property) for name, one in guesses.suggestions(kind, names).items()]
    fields = own_names.mapping_of(kind, lines, is_bare=True)
    assert not isinstance(fields, list)
    found = tried("hanoi", kept, {"air-stray": RegisteredSensor(kind, None, fields)}, 10_000)
    assert found.messages == 1
    assert len(found.rows) <= min(found.n_rows, MOST_SHOWN)


def test_a_mapping_is_what_the_lines_say() -> None:
    lines = [
        Line("PM25", "pm2_5"),
        Line("NO2_ppb", "no2", "1,88"),
        Line("temp_f", "temperature", "0.5556", "-17.78"),
        Line("fw", "-"),
        Line("x"),
    ]
    assert own_names.mapping_of("air", lines, is_bare=False) == {
        "PM25": Field("pm2_5"),
        "NO2_ppb": Field("no2", 1.88),
        "temp_f": Field("temperature", 0.5556, -17.78),
        "fw": None,
    }
    own = [Line("pm2_5", "pm2_5")]
    assert own_names.mapping_of("air", own, is_bare=False) is None
    assert own_names.mapping_of("air", own, is_bare=True) == {"pm2_5": Field("pm2_5")}


@pytest.mark.parametrize(
    ("lines", "fault"),
    [
        ([Line("a", "depth")], Fault("a", "property", "depth")),
        ([Line("a", "pm2_5"), Line("b", "pm2_5")], Fault("b", "twice", "a")),
        ([Line("a", "pm2_5", "0")], Fault("a", "factor")),
        ([Line("a", "pm2_5", "nan")], Fault("a", "factor")),
        ([Line("a", "pm2_5", "1e999")], Fault("a", "factor")),
        ([Line("a", "pm2_5", "1", "x")], Fault("a", "factor")),
    ],
)
def test_lines_that_cannot_be_used_are_told(lines: list[Line], fault: Fault) -> None:
    assert own_names.mapping_of("air", lines, is_bare=False) == [fault]


def test_a_time_is_not_scaled_and_a_mean_has_no_total() -> None:
    for line in (Line("t", "time", "2"), Line("a", "pm2_5", is_counter=True)):
        [fault] = own_names.mapping_of("air", [line], is_bare=False)  # type: ignore[misc]
        assert fault.code == "mapping"


def test_where_a_counter_rolls_over_outlives_the_form() -> None:
    standing = mapping_fields.parse(
        {"tips": {"property": "rain", "scale": 0.2, "counter": True, "rolls_over_at": 65536}, "fw": None}
    )
    lines = own_names.lines_for(standing, ["tips", "new"])
    assert lines == [Line("tips", "rain", "0.2", "0", True), Line("fw", "-"), Line("new")]
    assert own_names.mapping_of("rain", lines, is_bare=False, standing=standing) == standing


GOOD = {
    "name_vi": "Ngã tư",
    "name_en": "Crossing",
    "lat": "21,03",
    "lon": "105.85",
    "basis": "approximate",
    "measures_pm2_5": "on",
}


def described(form: dict[str, str], kind: str = "air", site: Site | None = None) -> Candidate | list[Fault]:
    return candidate_of(kind, "air-stray", form, site=site, places={"ltk-01": 20}, is_bare=False)


def test_a_candidate_is_a_row_of_the_catalogue() -> None:
    found = described(GOOD | {"name_0": "NO2", "property_0": "no2", "name_1": "PM25", "property_1": ""})
    assert isinstance(found, Candidate)
    assert (found.sensor.lat, found.sensor.lon, found.sensor.interval_s) == (
        21.03,
        105.85,
        KINDS["air"].interval_s,
    )
    assert found.sensor.properties == ("pm2_5", "no2")
    assert found.fields == {"NO2": Field("no2")}


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"name_vi": " "}, ("name_vi", "missing")),
        ({"name_en": "x\ny"}, ("name_en", "text")),
        ({"lat": "north"}, ("lat", "degrees")),
        ({"lat": "105.85", "lon": "21.03"}, ("lat", "swapped")),
        ({"lat": "10.77", "lon": "106.70"}, ("lat", "outside")),
        ({"basis": ""}, ("basis", "missing")),
        ({"basis": "x"}, ("basis", "basis")),
        ({"interval_s": "0"}, ("interval_s", "interval")),
        ({"interval_s": "999999"}, ("interval_s", "interval")),
        ({"same_as": "nobody"}, ("same_as", "same_as")),
        ({"measures_pm2_5": ""}, ("properties", "properties")),
    ],
)
def test_what_is_wrong_with_a_candidate_is_told_by_field(
    change: dict[str, str], fault: tuple[str, str]
) -> None:
    found = described(GOOD | change)
    assert isinstance(found, list)
    assert fault in [(one.field, one.code) for one in found]


def test_a_candidate_may_stand_where_another_does() -> None:
    site = Site("Cột đo", "Post", 21.0, 105.8, "official", "biển số 4")
    found = described({"same_as": "rain-1", "measures_pm2_5": "on"}, site=site)
    assert isinstance(found, Candidate)
    sensor = found.sensor
    assert (sensor.name_vi, sensor.lat, sensor.basis, sensor.basis_note) == (
        "Cột đo",
        21.0,
        "official",
        "biển số 4",
    )


def test_a_parking_sensor_belongs_to_a_place_that_there_is() -> None:
    form = GOOD | {"measures_occupied": "on", "place_id": "ltk-01", "capacity": "20"}
    found = described(form, "parking")
    assert isinstance(found, Candidate)
    assert (found.sensor.place_id, found.sensor.capacity) == ("ltk-01", 20)
    assert Fault("place_id", "place") in described(form | {"place_id": "x"}, "parking")  # type: ignore[operator]


def test_a_trial_tells_what_is_stored_and_what_is_still_refused() -> None:
    fields = mapping_fields.parse({"PM25": "pm2_5", "fw": None})
    known = {"air-stray": RegisteredSensor("air", None, fields)}
    kept = [
        message({"PM25": 12.5, "fw": 3}),
        message({"values": {"PM25": 5000, "lux": 3}, "time": NOW.isoformat()}),
        message({"values": {"PM25": 1}}, cut=3),
        message({"values": {"PM25": 1}, "time": (NOW + timedelta(hours=7)).isoformat()}),
    ]
    found = tried("hanoi", kept, known, 1000)
    assert (found.messages, found.good, found.cut, found.n_rows) == (4, 1, 1, 2)
    assert [(row.property, row.value, row.quality) for row in found.rows] == [
        ("pm2_5", 12.5, 0),
        ("pm2_5", 5000, 1),
    ]
    assert [refusal.reason for refusal in found.refused] == ["unknown_property", "future"]


@given(
    st.dictionaries(
        st.from_regex(r"[a-z]{1,6}", fullmatch=True),
        st.none() | st.floats(1e-9, 1e9).map(lambda scale: Field("pm2_5", scale=scale)),
        min_size=1,
        max_size=mapping_fields.MOST_FIELDS,
    )
)
def test_a_form_that_nobody_changed_is_the_mapping_that_stands(standing: dict[str, Field | None]) -> None:
    measured = [name for name, field in standing.items() if field is not None]
    # A property has one name.
    standing = {name: field for name, field in standing.items() if name not in measured[1:]}
    lines = own_names.lines_for(standing, ["something_new"])
    form = {
        f"{part}_{at}": value
        for at, line in enumerate(lines)
        for part, value in (
            ("name", line.name), ("property", line.property), ("factor", line.factor), ("offset", line.offset)
        )
    }  # fmt: skip
    again = own_names.mapping_of("air", own_names.lines_of(form), is_bare=True, standing=standing)
    assert again == standing
