"""JSON lines, where series go, the order and pace of messages, and the summary."""

import io
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cityhub.catalogue import REPLAY_CATALOGUE, read
from cityhub.config import read_settings
from cityhub.errors import FileError, InvalidInput
from simulators.replay import FORMATS, Record, Replayed, Row, prepare
from simulators.replay.paced import ByTime, Outgoing
from simulators.replay.player import play_paced
from simulators.replay.target import target

NO_BROKER = read_settings(mqtt_url="mqtt://127.0.0.1:1")


def jsonl(*lines: object) -> list[Row]:
    text = "\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines)
    return list(FORMATS["jsonl"](io.StringIO(text), "sample.jsonl"))


TIME = "2026-11-22T10:00:00+07:00"
GOOD = {"kind": "air", "sensor_id": "air-one", "time": TIME, "values": {"pm2_5": 1}}


@pytest.mark.parametrize("written", [1795316400, 1795316400000, "2026-11-22T03:00:00Z"])
def test_times_may_be_seconds_milliseconds_or_text(written: object) -> None:
    (row,) = jsonl(GOOD | {"time": written})
    (record,) = row.records
    assert isinstance(record, Record)
    assert record.time == datetime(2026, 11, 22, 3, tzinfo=UTC)


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("{", "row 2: is not JSON"),
        ("[1]", "row 2: is not a JSON object"),
        (GOOD | {"kind": "noise"}, "row 2, column 'kind'"),
        (GOOD | {"sensor_id": "AIR ONE"}, "row 2, column 'sensor_id'"),
        (GOOD | {"sensor_id": 7}, "row 2, column 'sensor_id'"),
        (GOOD | {"time": "2026-11-22T10:00:00"}, "row 2, column 'time'"),
        (GOOD | {"time": True}, "row 2, column 'time'"),
        (GOOD | {"time": 1e300}, "row 2, column 'time'"),
        ({k: v for k, v in GOOD.items() if k != "time"}, "row 2, column 'time'"),
        (GOOD | {"values": [1]}, "row 2, column 'values'"),
        ({"topic": 5, "payload": {}}, "row 2, column 'topic'"),
        ({"topic": "hanoi/air/air-one/telemetry"}, "row 2, column 'payload'"),
        ({"topic": "hanoi/air/air-one/telemetry", "payload_hex": "abc"}, "row 2, column 'payload_hex'"),
        ({"topic": "hanoi/air/air-one/telemetry", "payload": 1, "tst": "now"}, "row 2, column 'tst'"),
        (
            "Error: Message payload is not valid JSON on topic hanoi/x.",
            "row 2: this message was not recorded",
        ),
    ],
)
def test_bad_line_is_told_and_the_next_one_read(line: object, told: str) -> None:
    first, bad, last = jsonl(GOOD, line, GOOD)
    assert len(first.records) == len(last.records) == 1
    assert str(bad.problems[0]).startswith(told)
    assert bad.records == ()


def record(key: str = "KEY 1") -> Record:
    return Record(key, "default-one", "air", datetime(2026, 1, 1, tzinfo=UTC), {})


def test_series_go_to_their_default_sensor_to_one_or_by_a_map(tmp_path: Path) -> None:
    file = tmp_path / "map.json"
    file.write_text('{"KEY 1": "air-three"}')
    assert target(None).sensor(record()) == "default-one"
    assert target("air-two").sensor(record()) == "air-two"
    assert target("KEY 1=air-two, KEY 2=air-four").sensor(record()) == "air-two"
    assert target("KEY 2=air-four").sensor(record()) == "default-one"
    assert target(str(file)).sensor(record()) == "air-three"


@pytest.mark.parametrize("to", ["", "Not An Id", "a=", "=b", "KEY=Upper", "a=air-one,b", "x.csv"])
def test_unusable_targets_are_told(to: str) -> None:
    with pytest.raises(InvalidInput, match=r"^to: "):
        target(to)


@pytest.mark.parametrize("content", ["[]", "{", '{"a": 1}'])
def test_unusable_map_file_is_told(tmp_path: Path, content: str) -> None:
    file = tmp_path / "map.json"
    file.write_text(content)
    with pytest.raises(FileError, match="is no JSON object"):
        target(str(file))


def test_absent_map_file_is_told() -> None:
    with pytest.raises(FileError, match="does not exist"):
        target("nowhere.json")


@given(st.lists(st.integers(0, 20)), st.integers(1, 7))
def test_messages_come_in_order_of_time_and_of_the_file_for_the_same_time(times: list[int], run: int) -> None:
    messages = [Outgoing(float(t), "topic", b"payload %d" % n) for n, t in enumerate(times)]
    with ByTime(messages, run_length=run) as ordered:
        assert ordered.count == len(messages)
        assert list(ordered) == sorted(messages, key=lambda message: message.t)


class FakeLine:
    def __init__(self) -> None:
        self.now = 0.0
        self.sent: list[tuple[float, bytes]] = []

    def publish(self, topic: str, payload: bytes) -> None:
        assert topic
        self.sent.append((self.now, payload))

    def wait(self, seconds: float) -> None:
        self.now += seconds


def test_speed_keeps_the_spacing_of_the_file() -> None:
    line = FakeLine()
    messages = [Outgoing(1000.0 + t, "topic", b"%d" % t) for t in (120, 0, 60)]
    play_paced(messages, 60.0, line, lambda: False, lambda: line.now)
    assert line.sent == [(0.0, b"0"), (pytest.approx(1.0), b"60"), (pytest.approx(2.0), b"120")]


def test_stopping_ends_a_paced_replay() -> None:
    line = FakeLine()
    play_paced(
        [Outgoing(t, "topic", b"") for t in (0.0, 1e6)], 1.0, line, lambda: line.now > 5, lambda: line.now
    )
    assert len(line.sent) == 1


@pytest.fixture
def two_series(tmp_path: Path) -> Path:
    path = tmp_path / "two.csv"
    path.write_text("A1,10,3,2016-10-04 08:00:00\nB2,10,3,2016-10-04 08:00:00\n")
    return path


def test_one_sensor_for_a_file_with_two_series_is_refused_before_anything_is_sent(two_series: Path) -> None:
    with pytest.raises(InvalidInput, match="2 series"):
        prepare(NO_BROKER, file=two_series, format="birmingham", to="air-one")


def test_map_with_a_key_that_the_file_lacks_is_refused(two_series: Path) -> None:
    with pytest.raises(InvalidInput, match="no series 'C3'"):
        prepare(NO_BROKER, file=two_series, format="birmingham", to="A1=bay-one,C3=bay-two")


def test_unknown_format_and_speed_are_refused(two_series: Path) -> None:
    with pytest.raises(InvalidInput, match=r"^format: "):
        prepare(NO_BROKER, file=two_series, format="xlsx")
    with pytest.raises(InvalidInput, match=r"^speed: "):
        prepare(NO_BROKER, file=two_series, format="birmingham", speed=-1)


def test_summary_names_what_was_skipped() -> None:
    done = Replayed(10, 8, 8, 0, 1, {"column 'time' is no time": 2}, 1.0)
    assert "10 rows" in done.lines()[0]
    assert done.lines()[1:] == [
        "1 messages repeat the time of the one before; the hub keeps the first",
        "skipped 2: column 'time' is no time",
    ]


def test_default_sensors_of_all_formats_are_unlisted() -> None:
    sensors = read(REPLAY_CATALOGUE).sensors
    assert {s.id.split("-")[0] for s in sensors} == {"prsa", "ea", "bhm"}
    assert not any(s.listed for s in sensors)
