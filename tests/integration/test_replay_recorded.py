"""What a subscriber recorded gives, published again, what it gave live; and the command says what was stored."""

import json
import os
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from subprocess import Popen
from typing import Any

import psycopg
import pytest
from paho.mqtt import publish

from cityhub.config import Settings
from cityhub.store import connect, quarantine
from tests.waiting import eventually
from tools import outcome
from tools.services import debian

AIR, RAIN, WATER = "air-hoan-kiem", "rain-hoan-kiem", "water-west-lake-north"
MINUTE_AGO = datetime.now(UTC).replace(microsecond=0) - timedelta(minutes=1)
OWN = MINUTE_AGO.isoformat()
SINCE_1970 = MINUTE_AGO.timestamp()

# (topic below the prefix, payload): all that devices send, without what only a binary recording can hold.
LIVE: tuple[tuple[str, str], ...] = (
    (f"air/{AIR}/telemetry", f'{{"time":"{OWN}","values":{{"pm2_5":35.20,"pm10":60}},"battery":87,"seq":1}}'),
    (f"air/{AIR}/telemetry", '{"values":{"no2":1.5}}'),
    (f"air/{AIR}/telemetry/o3", "21.5"),
    (f"air/{AIR}/telemetry/so2", f'{{"value":3,"time":"{OWN}"}}'),
    (
        "air/air-my-dinh/telemetry",
        f'{{"time":"{OWN}","deviceInfo":{{"devEui":"04"}},"fCnt":3,"object":{{"pm2_5":35,"pm10":50}},'
        '"rxInfo":[{"rssi":-70}]}',
    ),
    (
        "air/air-tay-mo/telemetry",
        '{"end_device_ids":{},"uplink_message":{"f_cnt":1,"decoded_payload":{"pm2_5":12},'
        f'"received_at":"{OWN}"}}}}',
    ),
    (
        f"water/{WATER}/telemetry",
        f'[{{"bt":{SINCE_1970:.0f},"n":"ph","v":7.1}},{{"n":"ph","t":-30,"v":7.2}}]',
    ),
    (f"rain/{RAIN}/telemetry", '[{"values":{"rain":0.2}},{"values":{"rain":0.4}},{"values":{"rain":0.6}}]'),
    ("rain/rain-tay-ho/telemetry", "no json"),
    ("rain/rain-tay-ho/telemetry", '{"values":{"rain":NaN}}'),
    ("rain/rain-nobody/telemetry", '{"values":{"rain":1}}'),
    ("rain/rain-tay-ho/elsewhere", '{"values":{"rain":1}}'),
)


@pytest.fixture
def running(
    hub_settings: Settings,
    start_ingest: Callable[[Settings], "Popen[bytes]"],
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Settings]:
    """A running ingestor, and the command's environment; what was stored is removed afterwards."""
    # A person can wait longer for what does not come.
    monkeypatch.setattr(outcome, "ABSENT_S", 2.0)
    speak_to(hub_settings, monkeypatch)
    ingest = start_ingest(hub_settings)
    yield hub_settings
    ingest.terminate()
    ingest.wait(20)
    clear(hub_settings)


def speak_to(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("mqtt_url", "mqtt_version", "topic_prefix"):
        monkeypatch.setenv(f"CITYHUB_{name.upper()}", settings.require(name))


def clear(settings: Settings) -> None:
    with psycopg.connect(settings.require("database_url"), autocommit=True) as conn:
        conn.execute("TRUNCATE observation, observation_hourly, latest, quarantine")


Stored = list[tuple[str, str, datetime, float]]


def stored(settings: Settings) -> Stored:
    with psycopg.connect(settings.require("database_url")) as conn:
        return conn.execute(
            "SELECT d.sensor_id, d.property, o.time, o.value FROM observation o"
            " JOIN datastream d ON d.id = o.datastream_id ORDER BY 1, 2, 3"
        ).fetchall()


def rejected(settings: Settings) -> list[tuple[str, str]]:
    with connect(settings.require("database_url"), "tests") as conn:
        rows = quarantine.list(conn, limit=100)
    return sorted((row.topic.partition("/")[2], row.reason) for row in rows)


Record = Callable[[str], tuple[Path, "Popen[bytes]"]]


@pytest.fixture
def record(running: Settings, tmp_path: Path) -> Iterator[Record]:
    """Records everything below the prefix with the real mosquitto_sub, in the format given."""
    if os.geteuid() != 0 or not (debian.root() / "usr/bin/mosquitto_sub").exists():
        pytest.skip("mosquitto_sub is in the private root, which is not here")
    started: list[Popen[bytes]] = []
    broker = running.broker()
    # It comes to every new subscriber, so that it shows when one is there.
    publish.single(
        f"{running.topic_prefix}/air/{AIR}/status",
        '{"online":true}',
        1,
        retain=True,
        hostname=broker.host,
        port=broker.port,
    )

    def start(format: str) -> tuple[Path, "Popen[bytes]"]:
        file = tmp_path / "recorded.jsonl"
        command = ["chroot", str(debian.root()), "mosquitto_sub", "-p", str(broker.port), "-q", "1"]
        with file.open("wb") as out:
            started.append(Popen([*command, "-t", f"{running.topic_prefix}/#", "-F", format], stdout=out))
        eventually(lambda: lines(file))
        return file, started[-1]

    yield start
    stop(*started)


def stop(*processes: "Popen[bytes]") -> None:
    for process in processes:
        process.terminate()
        process.wait(10)


def send(settings: Settings, messages: tuple[tuple[str, str], ...]) -> None:
    broker = settings.broker()
    publish.multiple(
        [
            {"topic": f"{settings.topic_prefix}/{topic}", "payload": body, "qos": 1}
            for topic, body in messages
        ],
        hostname=broker.host,
        port=broker.port,
    )


def lines(file: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in file.read_text().splitlines() if line.startswith("{")]


Hub = Callable[..., tuple[object, str, str]]


def test_a_recording_gives_what_the_same_messages_gave_live(
    running: Settings, record: Record, hub: Hub
) -> None:
    file, recorder = record("%j")
    send(running, LIVE)
    eventually(lambda: len(lines(file)) > len(LIVE), told=file.read_text)
    eventually(lambda: len(rejected(running)) == 4, told=lambda: rejected(running))
    eventually(lambda: len(stored(running)) == 18, told=lambda: stored(running))
    live, live_rejected = stored(running), rejected(running)
    stop(recorder)
    clear(running)
    code, out, err = hub("replay", str(file), "--as", "jsonl")
    assert code == 0, err
    again = stored(running)
    assert [row[:2] + row[3:] for row in again] == [row[:2] + row[3:] for row in live]
    # What has a time keeps it; what had none has that of its recording, which is that of its receipt.
    for (_, _, now, _), (_, _, then, _) in zip(again, live, strict=True):
        assert abs(now - then) < timedelta(seconds=1)
    assert rejected(running) == live_rejected
    assert (
        "18 stored, 0 duplicates, 4 in quarantine (json 1, not_a_number 1, topic 1, unknown_sensor 1)" in out
    )


def test_a_recording_as_json_leaves_out_what_is_none(running: Settings, record: Record, hub: Hub) -> None:
    file, recorder = record("%J")
    send(running, LIVE)
    eventually(lambda: len(lines(file)) > len(LIVE) - 2, told=file.read_text)
    eventually(lambda: len(stored(running)) == 18)
    live = stored(running)
    stop(recorder)
    clear(running)
    code, out, err = hub("replay", str(file), "--as", "jsonl")
    assert code == 0, err
    assert [row[:2] + row[3:] for row in stored(running)] == [row[:2] + row[3:] for row in live]
    assert "18 stored, 0 duplicates, 2 in quarantine (topic 1, unknown_sensor 1)" in out


def write(tmp_path: Path, *messages: tuple[str, object]) -> str:
    file = tmp_path / "messages.jsonl"
    written = [{"topic": f"hanoi/{topic}", "payload": payload} for topic, payload in messages]
    file.write_text("".join(json.dumps(one) + "\n" for one in written))
    return str(file)


def test_what_is_stored_is_said_and_what_was_there_already_too(
    running: Settings, hub: Hub, tmp_path: Path
) -> None:
    file = write(tmp_path, *((f"air/{AIR}/telemetry", {"time": OWN, "values": {"pm2_5": n}}) for n in (1, 2)))
    code, out, err = hub("replay", file, "--as", "jsonl")
    assert (code, out.splitlines()[-1]) == (0, "1 stored, 1 duplicates, 0 in quarantine"), err
    code, out, err = hub("replay", file, "--as", "jsonl")
    assert (code, out.splitlines()[-1]) == (1, "0 stored, 2 duplicates, 0 in quarantine")
    assert err.splitlines()[-1] == f"hub: {file}: nothing was stored: all of it is there already"
    assert len(stored(running)) == 1


@pytest.mark.parametrize(
    ("topic", "payload", "reason"),
    [
        ("air/air-nobody/telemetry", {"time": OWN, "values": {"pm2_5": 1}}, "unknown_sensor"),
        (f"air/{AIR}/telemetry", {"time": "2001-01-01", "values": {"pm2_5": 1}}, "time"),
        (f"air/{AIR}/telemetry", {"time": OWN, "values": {"ph": 1}}, "unknown_property"),
        (f"air/{AIR}/telemetry", "no json", "json"),
        (f"air/{AIR}/telemetry", {"deviceInfo": {"devEui": "04"}}, "schema"),
    ],
)
@pytest.mark.usefixtures("running")
def test_a_replay_of_which_nothing_is_stored_says_why_and_fails(
    hub: Hub, tmp_path: Path, topic: str, payload: object, reason: str
) -> None:
    file = write(tmp_path, (topic, payload))
    code, out, err = hub("replay", file, "--as", "jsonl")
    assert (code, out.splitlines()[-1]) == (1, f"0 stored, 0 duplicates, 1 in quarantine ({reason} 1)")
    assert err.splitlines()[-1] == f"hub: {file}: nothing was stored: see `./hub quarantine list`"


@pytest.mark.parametrize(
    ("topic", "payload", "told"),
    [
        (f"air/{AIR}/telemetry", {"time": OWN, "values": {}}, "its messages hold no values"),
        ("zigbee2mqtt", {"values": {"pm2_5": 1}}, "nothing in it can be published, so nothing was stored"),
    ],
)
@pytest.mark.usefixtures("running")
def test_a_file_with_nothing_to_store_fails_too(
    hub: Hub, tmp_path: Path, topic: str, payload: object, told: str
) -> None:
    code, _, err = hub("replay", write(tmp_path, (topic, payload)), "--as", "jsonl")
    assert code == 1
    assert err.splitlines()[-1].endswith(told)


def test_without_an_ingestor_nothing_is_stored(
    hub_settings: Settings, hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outcome, "ABSENT_S", 1.0)
    speak_to(hub_settings, monkeypatch)
    file = write(tmp_path, (f"air/{AIR}/telemetry", {"time": OWN, "values": {"pm2_5": 1}}))
    code, out, err = hub("replay", file, "--as", "jsonl")
    assert (code, out.splitlines()[-1]) == (1, "0 stored, 0 duplicates, 0 in quarantine, 1 not arrived")
    assert "does ingest run, with this broker, topic prefix and database?" in err.splitlines()[-1]


def test_without_a_database_nobody_looks(
    running: Settings, hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CITYHUB_DATABASE_URL")
    file = write(tmp_path, (f"air/{AIR}/telemetry", {"time": OWN, "values": {"pm2_5": 1}}))
    code, out, err = hub("replay", file, "--as", "jsonl")
    assert code == 0, err
    assert "stored" not in out
    assert "nobody looks at what is stored" in err
    eventually(lambda: len(stored(running)) == 1)


def test_a_status_is_something_too(running: Settings, hub: Hub, tmp_path: Path) -> None:
    file = write(tmp_path, (f"air/{AIR}/status", {"online": False, "time": OWN}))
    assert hub("replay", file, "--as", "jsonl")[0] == 0

    def online() -> list[tuple[bool]]:
        with psycopg.connect(running.require("database_url")) as conn:
            return conn.execute("SELECT online FROM sensor_status WHERE sensor_id = %s", (AIR,)).fetchall()

    eventually(lambda: online() == [(False,)])


@pytest.mark.parametrize(("name", "values"), [("capture-chirpstack-only", 4), ("capture-percent-J", 2)])
def test_recordings_that_failed_before(
    running: Settings, hub: Hub, shared_data: Path, name: str, values: int
) -> None:
    """They are of a sensor that the catalogue does not know; --to gives them one."""
    file = shared_data / "cases" / f"{name}.jsonl"
    code, out, err = hub("replay", str(file), "--as", "jsonl", "--to", AIR, "--shift-to-now")
    assert code == 0, err
    assert f"{values} stored, 0 duplicates, 0 in quarantine" in out
    assert len(stored(running)) == values
