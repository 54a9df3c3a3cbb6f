"""What other devices send: each format as recorded, and what of it cannot be used."""

import gzip
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from cityhub.observing.decode import decode
from cityhub.observing.decoded import Decoded, RegisteredSensor
from cityhub.observing.payloads import mapping_fields
from cityhub.observing.quality import FAULT

RECORDED = Path(__file__).parents[1] / "data" / "payloads"
NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
MINUTE_AGO = NOW - timedelta(minutes=1)
SENSORS = {
    "air-1": RegisteredSensor("air", None),
    "flood-1": RegisteredSensor("flood", None),
    "water-1": RegisteredSensor("water", None),
    "bay-1": RegisteredSensor("parking", None),
}


def recorded(name: str) -> Any:
    return json.loads((RECORDED / f"{name}.json").read_text(encoding="utf-8"))


def read(message: Any, topic: str = "air/air-1", mapping: Any = None, property: str | None = None) -> Decoded:
    payload = message if isinstance(message, bytes) else json.dumps(message).encode()
    sensors = SENSORS
    if mapping is not None:
        sensor_id = topic.split("/")[1]
        fields = mapping_fields.parse(mapping)
        sensors = SENSORS | {sensor_id: SENSORS[sensor_id]._replace(mapping=fields)}
    topic = f"hanoi/{topic}/telemetry" + (f"/{property}" if property is not None else "")
    return decode("hanoi", topic, payload, NOW, sensors)


def values(decoded: Decoded) -> dict[str, float]:
    return {observation.property: observation.value for observation in decoded.observations}


def times(decoded: Decoded) -> list[datetime]:
    return [observation.time for observation in decoded.observations]


def rejections(decoded: Decoded) -> list[tuple[str, str]]:
    return [(rejected.reason, rejected.detail) for rejected in decoded.rejected]


def reasons(decoded: Decoded) -> list[str]:
    return [rejected.reason for rejected in decoded.rejected]


# SenML


def test_senml_resolves_names_times_and_units() -> None:
    decoded = read(recorded("senml_air_station"))
    assert not decoded.rejected
    assert [(o.property, round(o.value, 6), o.time) for o in decoded.observations] == [
        ("pm2_5", 35.2, MINUTE_AGO),
        ("pm10", 60.1, MINUTE_AGO),
        ("pm2_5", 34.8, MINUTE_AGO - timedelta(minutes=1)),
        ("co", 512, MINUTE_AGO),
        ("temperature", 25, MINUTE_AGO),
        ("humidity", 71, MINUTE_AGO),
        ("battery", 87, MINUTE_AGO),
    ]


def test_small_senml_times_count_from_the_receive_time() -> None:
    decoded = read(recorded("senml_relative_times"), "flood/flood-1")
    assert times(decoded) == [NOW - timedelta(minutes=2), MINUTE_AGO, NOW]
    assert [round(o.value, 6) for o in decoded.observations] == [35, 38, 41]


def test_a_senml_time_of_2_to_the_28_is_absolute() -> None:
    assert reasons(read([{"n": "pm2_5", "v": 1, "t": 2**28}])) == ["time"]
    assert reasons(read([{"n": "pm2_5", "v": 1, "t": 2**28 - 1}])) == ["future"]


def test_a_senml_boolean_tells_whether_a_bay_is_occupied() -> None:
    decoded = read(recorded("senml_parking_bay"), "parking/bay-1")
    assert values(decoded) == {"occupied": 1}
    assert reasons(decoded) == ["unknown_property"]


def test_a_senml_base_value_is_added_before_the_unit_is_converted() -> None:
    decoded = read([{"bn": "a/", "bv": 1.5}, {"n": "level", "u": "m", "v": 0.25}], "flood/flood-1")
    assert values(decoded) == {"level": 1.75}
    decoded = read([{"bv": 1.5, "bu": "m", "n": "depth", "v": 0.25}], "flood/flood-1")
    assert values(decoded) == {"depth": 175}


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        ({"n": "pm2_5", "u": "Cel", "v": 1}, "schema"),
        ({"n": "pm2_5", "u": 7, "v": 1}, "schema"),
        ({"n": "pm2_5", "v": "1"}, "not_a_number"),
        ({"n": "pm2_5", "v": True}, "not_a_number"),
        ({"n": "pm2_5", "vs": "high"}, "not_a_number"),
        ({"n": "pm2_5", "s": 12}, "schema"),
        ({"n": "pm2_5", "t": "now", "v": 1}, "time"),
        ({"n": "pm2_5", "t": -1e300, "v": 1}, "time"),
        ({"n": ["pm2_5"], "v": 1}, "schema"),
        ({"n": "x" * 500, "v": 1}, "schema"),
        ({"n": "radon", "v": 1}, "unknown_property"),
        ({"n": "pm2_5", "v": 1, "calibration_": 2}, "schema"),
        (7, "schema"),
    ],
)
def test_a_bad_senml_record_leaves_the_good_one_beside_it(record: Any, reason: str) -> None:
    decoded = read([record, {"n": "pm10", "v": 60.1}])
    assert values(decoded) == {"pm10": 60.1}
    assert reasons(decoded) == [reason]


@pytest.mark.parametrize("base", [{"bt": "now"}, {"bn": 7}, {"bv": None}, {"bu": []}, {"bver": 11}])
def test_after_a_bad_senml_base_field_nothing_is_guessed(base: dict[str, Any]) -> None:
    decoded = read([{"n": "pm10", "v": 1}, base | {"n": "pm2_5", "v": 2}, {"n": "no2", "v": 3}])
    assert values(decoded) == {"pm10": 1}
    assert reasons(decoded) == ["schema"]


def test_a_list_with_a_message_of_the_hubs_own_is_no_senml() -> None:
    decoded = read([{"values": {"pm2_5": 1}}, {"n": "pm10", "v": 2}])
    assert values(decoded) == {"pm2_5": 1}
    assert reasons(decoded) == ["schema"]


# LoRaWAN network servers


def test_a_chirpstack_uplink() -> None:
    decoded = read(recorded("chirpstack_air"))
    assert values(decoded) == {
        "pm2_5": 35.2,
        "pm10": 60.1,
        "temperature": 25.4,
        "humidity": 71,
        "battery": 87,
        "rssi": -71,
        "seq": 4711,
    }
    assert set(times(decoded)) == {datetime(2026, 11, 22, 2, 59, 0, 318775, UTC)}
    assert not decoded.rejected


def test_a_chirpstack_uplink_without_a_codec_says_so() -> None:
    decoded = read(recorded("chirpstack_no_codec"))
    assert decoded.observations == []
    assert rejections(decoded) == [
        ("schema", "no decoded object in the uplink; give the device profile a codec")
    ]


def test_a_chirpstack_uplink_with_a_vendors_names() -> None:
    mapping = {
        "pm_2.5": "pm2_5",
        "pm_10": "pm10",
        "temp_raw": {"property": "temperature", "scale": 0.1},
        "gps": None,
    }
    decoded = read(recorded("chirpstack_vendor_names"), mapping=mapping)
    expected = {"pm2_5": 35.2, "pm10": 60.1, "temperature": 25.4, "rssi": -80, "seq": 9}
    assert values(decoded) == pytest.approx(expected)
    assert (decoded.rejected, decoded.ignored, decoded.ignored_parts) == ([], ["tvoc"], 1)


def test_a_things_stack_uplink() -> None:
    decoded = read(recorded("things_stack_air"))
    assert values(decoded) == {"pm10": 60.1, "temperature": 25.4, "battery": 87, "rssi": -83, "seq": 311}
    assert set(times(decoded)) == {datetime(2026, 11, 22, 2, 59, 0, 524611, UTC)}
    assert (decoded.rejected, decoded.ignored) == ([], ["particles_pm2_5"])
    mapped = read(recorded("things_stack_air"), mapping={"particles_pm2_5": "pm2_5"})
    assert values(mapped)["pm2_5"] == 35.2
    assert not mapped.rejected


ELSYS = {"temperature": 25.4, "humidity": 71, "light": 39, "motion": 6, "co2": 777, "vdd": 3642}


@pytest.mark.parametrize(
    "uplink",
    [
        {"deviceInfo": {"devEui": "1"}, "object": ELSYS},
        {"applicationID": "1", "devEUI": "1", "object": ELSYS},
        {"uplink_message": {"decoded_payload": ELSYS}},
        {"app_id": "a", "dev_id": "b", "payload_fields": ELSYS},
    ],
)
def test_what_a_device_measures_besides_is_counted_and_no_mistake(uplink: Any) -> None:
    decoded = read(uplink)
    assert values(decoded).items() >= {"temperature": 25.4, "humidity": 71}.items()
    assert decoded.rejected == []
    assert (sorted(decoded.ignored), decoded.ignored_parts) == (["co2", "light", "motion", "vdd"], 4)


@pytest.mark.parametrize("beside", [{}, {"battery": 87}])
def test_an_uplink_of_which_nothing_is_known_is_told(beside: dict[str, int]) -> None:
    uplink = {"deviceInfo": {"devEui": "1"}, "object": {"temp": 25.4, "co2": 777} | beside}
    decoded = read(uplink)
    assert rejections(decoded) == [("unknown_property", "temp; co2")]
    assert decoded.ignored == []


@pytest.mark.parametrize(
    "message",
    [
        {"values": {"T": 254, "humidity": 71, "co2": 777, "mode": "a"}},
        {"T": 254, "humidity": 71, "co2": 777},
        [{"n": "T", "v": 254}, {"n": "humidity", "v": 71}, {"n": "co2", "v": 777, "u": "ppm"}],
        {"deviceInfo": {"devEui": "1"}, "object": {"T": 254, "humidity": 71, "co2": 777}},
    ],
)
def test_a_mapping_can_leave_out_the_rest(message: Any) -> None:
    mapping = {"T": {"property": "temperature", "scale": 0.1}, "*": None}
    decoded = read(message, mapping=mapping)
    assert values(decoded) == pytest.approx({"temperature": 25.4, "humidity": 71})
    assert decoded.rejected == []
    assert "co2" in decoded.ignored
    without = read(message, mapping={"T": mapping["T"]})
    assert [*reasons(without), *without.ignored] != []


def test_a_chirpstack_3_uplink() -> None:
    decoded = read(recorded("chirpstack_3_air"))
    expected = {"pm2_5": 35.2, "pm10": 60.1, "battery": 87, "rssi": -48, "seq": 10}
    assert values(decoded) == expected
    assert set(times(decoded)) == {datetime(2026, 11, 22, 2, 59, 25, 48445, UTC)}
    assert not decoded.rejected
    text = recorded("chirpstack_3_air")
    text["objectJSON"] = json.dumps(text.pop("object"))
    assert values(read(text)) == expected


def test_a_things_network_2_uplink() -> None:
    decoded = read(recorded("things_network_2_air"))
    assert values(decoded) == {"pm2_5": 35.2, "temperature": 25.4, "rssi": -25, "seq": 2}
    assert set(times(decoded)) == {datetime(2026, 11, 22, 2, 59, 0, 524611, UTC)}
    assert not decoded.rejected


@pytest.mark.parametrize(
    ("uplink", "name"),
    [
        ({"applicationID": "1", "devEUI": "AgIC", "fPort": 5, "data": "AQ=="}, "ChirpStack v3"),
        ({"applicationID": "1", "devEUI": "AgIC", "objectJSON": ""}, "ChirpStack v3"),
        ({"applicationID": "1", "devEUI": "AgIC", "devAddr": "AFE5Qg=="}, "ChirpStack v3"),
        ({"app_id": "a", "dev_id": "b", "payload_raw": "AQ=="}, "The Things Network v2"),
    ],
)
def test_an_uplink_of_an_old_network_server_without_values_names_it(uplink: Any, name: str) -> None:
    [(reason, detail)] = rejections(read(uplink))
    assert reason == "schema"
    assert name in detail


def test_a_things_stack_join_or_undecoded_uplink_says_so() -> None:
    join = recorded("things_stack_join")
    assert rejections(read(join)) == [("schema", "no uplink_message; only uplinks carry observations")]
    assert reasons(read(join | {"uplink_message": {"frm_payload": "AQ=="}})) == ["schema"]


def test_a_codec_that_says_true_for_an_occupied_bay() -> None:
    uplink = {"deviceInfo": {"devEui": "1"}, "object": {"occupied": False, "moved": True}}
    decoded = read(uplink, "parking/bay-1")
    assert values(decoded) == {"occupied": 0}
    assert times(decoded) == [NOW]


@pytest.mark.parametrize("gateways", [None, 7, [], [7, {}, {"rssi": "x"}]])
def test_an_uplink_without_a_usable_signal_has_none(gateways: Any) -> None:
    uplink = {"deviceInfo": {"devEui": "1"}, "object": {"pm2_5": 1}, "rxInfo": gateways}
    assert values(read(uplink)) == {"pm2_5": 1}


def test_fields_of_an_uplink_that_are_no_numbers_describe_the_device_unless_a_property_is_named() -> None:
    uplink = {"deviceInfo": {"devEui": "1"}, "object": {"pm2_5": "12", "pm10": None, "no2": 3, "mode": "a"}}
    decoded = read(uplink)
    assert values(decoded) == {"no2": 3}
    assert reasons(decoded) == ["not_a_number"]


def test_two_fields_of_the_same_flattened_name_are_told() -> None:
    decoded = read({"deviceInfo": {"devEui": "1"}, "object": {"pm2": {"5": 1}, "pm2_5": 2}})
    assert values(decoded) == {"pm2_5": 1}
    assert rejections(decoded) == [("schema", "two values for pm2_5")]


# Units and signs for "missing"


@pytest.mark.parametrize(
    "unit",
    [
        "ug/m3",
        "μg/m3",
        "µg/m3",
        "μg/m³",
        "µg/m³",
        "ug/m^3",
        "ug/m**3",
        "㎍/㎥",
        "µg m⁻³",
        "μg·m-3",
        "UG/M3",
        "µɡ/м³",
    ],
)
def test_a_micro_is_a_micro_and_a_cube_a_cube_in_any_letters(unit: str) -> None:
    decoded = read([{"n": "pm2_5", "u": unit, "v": 35.2}])
    assert (values(decoded), decoded.rejected) == ({"pm2_5": 35.2}, [])


@pytest.mark.parametrize("unit", ["Cel", "°C", "ºC", "˚C", "℃", "degC", "° C", "°С"])
def test_a_degree_is_a_degree_in_any_letters(unit: str) -> None:
    decoded = read([{"n": "temperature", "u": unit, "v": 25.4}])
    assert (values(decoded), decoded.rejected) == ({"temperature": 25.4}, [])


@pytest.mark.parametrize(
    ("name", "unit", "value"),
    [
        ("conductivity", "μS/cm", 250),
        ("conductivity", "uS/cm", 250),
        ("conductivity", "mS/cm", 0.25),
        ("chlorophyll_a", "μg/ℓ", 250),
        ("tss", "mg/l", 250),
        ("coliform", "MPN/100ml", 250),
        ("turbidity", "ntu", 250),
    ],
)
def test_units_of_water_in_other_letters(name: str, unit: str, value: float) -> None:
    decoded = read([{"n": name, "u": unit, "v": value}], "water/water-1")
    assert (values(decoded), decoded.rejected) == ({name: 250}, [])


@pytest.mark.parametrize("unit", ["mol", "μ", "g", "μmol/m3", "µg", "m3", "u" * 100])
def test_letters_that_look_alike_make_no_other_unit_fit(unit: str) -> None:
    assert reasons(read([{"n": "pm2_5", "u": unit, "v": 35.2}])) == ["schema"]


@pytest.mark.parametrize(
    ("unit", "sign"),
    [("mm", -9999), ("cm", -999), ("cm", -999.9), ("mm", -99999), ("m", -999), ("cm", -99.99), (None, -9999)],
)
def test_a_sign_for_missing_is_judged_before_its_unit_is_converted(unit: str | None, sign: float) -> None:
    decoded = read([{"n": "level", "u": unit, "v": sign}], "flood/flood-1")
    assert [(o.value, o.quality) for o in decoded.observations] == [(sign, FAULT)]


def test_a_sign_for_missing_stays_one_beside_a_base_value() -> None:
    for v in (-999, -1009):
        decoded = read([{"bn": "a/", "bu": "cm", "bv": 10}, {"n": "level", "v": v}], "flood/flood-1")
        assert [(o.value, o.quality) for o in decoded.observations] == [(-999, FAULT)]


# One value a topic


def test_a_bare_number_under_a_propertys_topic_is_measured_now() -> None:
    decoded = read(b"35.2", property="pm2_5")
    assert (values(decoded), times(decoded)) == ({"pm2_5": 35.2}, [NOW])
    assert values(read(b"0", property="pm2_5")) == {"pm2_5": 0}
    assert values(read(b"87", property="battery")) == {"battery": 87}
    assert values(read(b"1234", property="seq")) == {"seq": 1234}


def test_a_value_with_its_time_under_a_propertys_topic() -> None:
    decoded = read({"value": 35.2, "time": "2026-11-22T09:59:00+07:00"}, property="pm2_5")
    assert (values(decoded), times(decoded)) == ({"pm2_5": 35.2}, [MINUTE_AGO])
    numbered = {"value": 35.2, "time": "2026-11-22T09:59:00+07:00", "seq": 0}
    assert values(read(numbered, property="pm2_5")) == {"pm2_5": 35.2, "seq": 0}
    decoded = read([{"value": 1, "time": 1_795_316_340}, 2], property="pm2_5")
    assert times(decoded) == [MINUTE_AGO, NOW]


@pytest.mark.parametrize(
    ("payload", "property", "reason"),
    [
        (b"35.2", "radon", "unknown_property"),
        (b'"7"', "seq", "not_a_number"),
        (b'"35.2"', "pm2_5", "not_a_number"),
        (b"NaN", "pm2_5", "not_a_number"),
        (b"true", "pm2_5", "not_a_number"),
        (b"", "pm2_5", "json"),
        (b"35,2", "pm2_5", "json"),
        (b'{"values": {"pm2_5": 35.2}}', "pm2_5", "schema"),
        (b'{"value": 1, "time": "now"}', "pm2_5", "time"),
    ],
)
def test_what_cannot_be_used_under_a_propertys_topic(payload: bytes, property: str, reason: str) -> None:
    decoded = read(payload, property=property)
    assert reasons(decoded) == [reason]
    assert decoded.observations == []


# A vendor's own names


def test_a_vendors_message_by_its_mapping() -> None:
    decoded = read(recorded("vendor_air_box"), mapping=recorded("vendor_air_box_mapping"))
    expected = {"pm2_5": 35.2, "pm10": 60.1, "temperature": 25.4, "battery": 87, "seq": 12}
    assert values(decoded) == pytest.approx(expected)
    assert set(times(decoded)) == {MINUTE_AGO}
    assert not decoded.rejected


def test_a_list_of_a_vendors_messages_is_read_one_by_one() -> None:
    message = recorded("vendor_air_box")
    decoded = read([message, message | {"ts": 1_795_316_280}], mapping=recorded("vendor_air_box_mapping"))
    assert len(decoded.observations) == 10
    assert set(times(decoded)) == {MINUTE_AGO, MINUTE_AGO - timedelta(minutes=1)}


def test_the_same_message_without_a_mapping_is_no_message() -> None:
    assert reasons(read(recorded("vendor_air_box"))) == ["schema"]


def test_a_mapping_holds_for_every_format() -> None:
    mapping = {"t": {"property": "temperature", "scale": 0.1, "offset": -5}, "junk": None}
    own = {"values": {"t": 300, "junk": 1, "pm2_5": 2}, "fault": ["t"]}
    decoded = read(own, mapping=mapping)
    assert [(o.property, o.value, o.quality) for o in decoded.observations] == [
        ("temperature", 25, FAULT),
        ("pm2_5", 2, 0),
    ]
    assert values(read([own, own], mapping=mapping)) == {"temperature": 25, "pm2_5": 2}
    assert values(read([{"n": "a/t", "u": "counts", "v": 300}], mapping=mapping)) == {"temperature": 25}
    assert values(read(b"300", mapping=mapping, property="t")) == {"temperature": 25}


@pytest.mark.parametrize("sent", ["PM2.5 (µg/m³)", "PM2.5 (μg/m³)", "PM2.5 (μg/m3)", "ＰＭ2.5 (µg/m³)"])
@pytest.mark.parametrize("written", ["PM2.5 (µg/m³)", "PM2.5 (μg/m³)"])
def test_a_mapped_name_is_found_in_letters_that_look_alike(sent: str, written: str) -> None:
    mapping = {written: "pm2_5"}
    assert values(read({"values": {sent: 35.2}}, mapping=mapping)) == {"pm2_5": 35.2}
    assert values(read({sent: 35.2}, mapping=mapping)) == {"pm2_5": 35.2}
    assert values(
        read([{"n": sent.replace("/", "|"), "v": 35.2}], mapping={written.replace("/", "|"): "pm2_5"})
    )


def test_a_sentinel_stays_one_whatever_the_scale() -> None:
    mapping = {"t": {"property": "temperature", "scale": 0.1}}
    [observation] = read({"values": {"t": -999}}, mapping=mapping).observations
    assert (observation.value, observation.quality) == (-999, FAULT)


def test_a_mapped_name_beside_the_propertys_own_is_told() -> None:
    decoded = read({"values": {"PM2.5": 1, "pm2_5": 2}}, mapping={"PM2.5": "pm2_5"})
    assert values(decoded) == {"pm2_5": 1}
    assert reasons(decoded) == ["schema"]


def test_a_scaled_value_beyond_all_numbers_is_none() -> None:
    decoded = read({"values": {"t": 1e300}}, mapping={"t": {"property": "temperature", "scale": 1e300}})
    assert reasons(decoded) == ["not_a_number"]


@pytest.mark.parametrize(
    ("mapping", "problem"),
    [
        ([], "must be an object"),
        ({"*": "pm2_5"}, "only be left out"),
        ({"µ": "pm2_5", "μ": "pm10"}, "look the same"),
        ({"t": "radon"}, "no property 'radon'"),
        ({"t": 7}, "not a number"),
        ({"t": {"scale": 2}}, "no property None"),
        ({"t": {"property": "temperature", "factor": 2}}, "unknown 'factor'"),
        ({"t": {"property": "temperature", "scale": 0}}, "scale not 0"),
        ({"t": {"property": "temperature", "scale": "0.1"}}, "must be numbers"),
        ({"t": {"property": "time", "scale": 2}}, "cannot be scaled"),
        ({"a": "pm2_5", "b": "pm2_5"}, "both stand for pm2_5"),
        ({"": "pm2_5"}, "a name has"),
        ({f"f{n}": None for n in range(201)}, "at most 200"),
    ],
)
def test_a_mapping_that_cannot_be_used_says_why(mapping: Any, problem: str) -> None:
    with pytest.raises(mapping_fields.BadMapping, match=problem):
        mapping_fields.parse(mapping)


def test_a_mapping_is_read_back_as_it_was_written() -> None:
    fields = mapping_fields.parse(recorded("vendor_air_box_mapping"))
    assert mapping_fields.loads(mapping_fields.dumps(fields)) == fields


# gzip


@pytest.mark.parametrize("name", ["senml_air_station", "chirpstack_air", "things_stack_air"])
def test_a_gzip_body_is_what_is_in_it(name: str) -> None:
    plain = json.dumps(recorded(name)).encode()
    packed, unpacked = read(gzip.compress(plain, mtime=0)), read(plain)
    assert packed.observations == unpacked.observations != []
    assert packed.rejected == unpacked.rejected


def test_a_gzip_body_may_fill_the_bound_and_not_a_byte_more() -> None:
    message = b'{"values": {"pm2_5": 1}}'
    for spaces, expected in ((0, []), (1, ["too_large"])):
        body = gzip.compress(message.ljust(1000 + spaces))
        decoded = decode("hanoi", "hanoi/air/air-1/telemetry", body, NOW, SENSORS, max_bytes=1000)
        assert reasons(decoded) == expected


def test_a_gzip_bomb_is_too_large() -> None:
    assert reasons(read(gzip.compress(bytes(10_000_000)))) == ["too_large"]


@pytest.mark.parametrize(
    "body",
    [
        b"\x1f\x8b",
        b"\x1f\x8b\x08garbage",
        gzip.compress(b"{}", mtime=0)[:-1],
        gzip.compress(b"{}", mtime=0)[:-8] + b"\x00" * 8,
        gzip.compress(b"{}", mtime=0) + b"more",
        gzip.compress(b"not json", mtime=0),
        gzip.compress(gzip.compress(b"{}", mtime=0), mtime=0),
    ],
)
def test_a_broken_gzip_body_is_no_json(body: bytes) -> None:
    assert reasons(read(body)) == ["json"]
