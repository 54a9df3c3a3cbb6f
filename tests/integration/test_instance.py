"""A named instance: its data, its processes, and what is left of it."""

import os
import signal
import subprocess
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import paho.mqtt.client as mqtt
import psycopg
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from cityhub.addresses import broker
from cityhub.errors import ServiceError
from tests.waiting import eventually
from tools.services import debian, embedded
from tools.services.instance import Endpoints, Instance, Kind
from tools.services.processes import Running


@pytest.fixture(params=["private", "embedded"])
def instance(request: pytest.FixtureRequest) -> Iterator[Instance]:
    kind: Kind = request.param
    if kind == "private" and (debian.why_not() or not debian.is_built()):
        pytest.skip("no private TimescaleDB and Mosquitto here")
    if kind == "embedded" and not embedded.is_installed():
        pytest.skip("no embedded services here")
    made = Instance(f"test-instance-{uuid.uuid4().hex[:8]}", kind, throwaway=True)
    try:
        yield made
    finally:
        made.remove()


def test_data_and_addresses_outlive_a_stop_that_leaves_no_process(instance: Instance) -> None:
    before = instance.start()
    with psycopg.connect(before.database_url) as conn:
        conn.execute("CREATE TABLE kept (n int)")
    processes = list(instance.processes().values())
    assert len(processes) == 2
    instance.stop()
    # A second one is fine.
    instance.stop()
    assert not any(process.alive() for process in processes)
    assert instance.endpoints() is None
    after = instance.start()
    assert after == before
    with psycopg.connect(after.database_url) as conn:
        assert conn.execute("SELECT count(*) FROM kept").fetchone() == (0,)


def test_the_database_wants_a_password_that_only_its_owner_can_read(instance: Instance) -> None:
    url = instance.start().database_url
    wrong = url.replace(str(urlsplit(url).password), "guess")
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(wrong)
    assert instance.record_file().stat().st_mode & 0o077 == 0


def test_removing_leaves_no_file(instance: Instance) -> None:
    instance.start()
    folders = [*instance.data_folders(), instance.record_file().parent]
    assert all(folder.exists() for folder in folders)
    instance.remove()
    assert not any(folder.exists() for folder in folders)


def test_data_whose_password_was_lost_is_refused_and_not_touched(instance: Instance) -> None:
    instance.start()
    instance.stop()
    instance.record_file().unlink()
    with pytest.raises(ServiceError, match="remove that data folder"):
        instance.start()
    assert all((folder / "postgres/PG_VERSION").exists() for folder in instance.data_folders())


def test_it_starts_again_after_both_servers_were_killed(instance: Instance) -> None:
    instance.start()
    for process in instance.processes().values():
        os.kill(process.pid, signal.SIGKILL)
    eventually(lambda: not instance.processes())
    with psycopg.connect(instance.start().database_url) as conn:
        assert conn.execute("SELECT 1").fetchone() == (1,)


def test_an_interrupted_making_of_the_data_folder_is_not_taken_for_complete(instance: Instance) -> None:
    started = instance.start()
    instance.stop()
    (data,) = instance.data_folders()
    # What a killed initdb leaves: a folder of another name. Then the real one is gone, too.
    (data / "postgres").rename(data / "postgres.new")
    assert instance.start() == started
    with psycopg.connect(started.database_url) as conn:
        assert conn.execute("SELECT 1").fetchone() == (1,)


def test_messages_wait_for_a_subscriber_that_is_away(instance: Instance) -> None:
    endpoints = instance.start()
    _client(endpoints, "reader", keep=True, subscribe="waiting/#")
    _client(endpoints, "writer", publish=("waiting/1", b"still here"))
    assert _client(endpoints, "reader", keep=True, receive=True) == [b"still here"]


def test_servers_die_with_the_process_that_started_them(instance: Instance) -> None:
    code = (
        "import sys, time; from tools.services.instance import Instance;"
        f"Instance({instance.name!r}, {instance.kind!r}, throwaway=True).start(); print('up', flush=True);"
        "time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) as starter:
        assert starter.stdout is not None
        assert starter.stdout.readline() == b"up\n"
        processes = list(instance.processes().values())
        assert len(processes) == 2
        starter.kill()
    eventually(lambda: not any(process.alive() for process in processes))


def test_background_servers_outlive_the_process_that_started_them(instance: Instance) -> None:
    code = (
        "from tools.services.instance import Instance;"
        f"Instance({instance.name!r}, {instance.kind!r}, background=True, throwaway=True).start()"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
    assert set(instance.processes()) == {"postgres", "broker"}
    instance.stop()
    assert instance.processes() == {}


def test_a_process_with_a_recycled_number_is_never_signalled(tmp_path: Path) -> None:
    with subprocess.Popen(["sleep", "30"], cwd=tmp_path) as other:
        recycled = Running(other.pid, birth=1)
        assert not recycled.alive()
        recycled.stop()
        assert other.poll() is None
        other.kill()


def _client(
    endpoints: Endpoints,
    name: str,
    *,
    keep: bool = False,
    subscribe: str | None = None,
    publish: tuple[str, bytes] | None = None,
    receive: bool = False,
) -> list[bytes]:
    """One visit of an MQTT client; returns what it received. `keep`: the broker keeps its session."""
    five = endpoints.mqtt_version == "5"
    client = mqtt.Client(
        CallbackAPIVersion.VERSION2,
        client_id=name,
        protocol=mqtt.MQTTv5 if five else mqtt.MQTTv311,
        clean_session=None if five else not keep,
    )
    got: list[bytes] = []
    ready: list[object] = []
    client.on_connect = lambda *_: ready.append("connected")
    client.on_subscribe = lambda *_: ready.append("subscribed")
    client.on_message = lambda _client, _data, message: got.append(bytes(message.payload))
    client.on_publish = lambda *_: ready.append("published")
    options: dict[str, object] = {}
    if five:
        properties = mqtt.Properties(mqtt.PacketTypes.CONNECT)
        properties.SessionExpiryInterval = 60 if keep else 0
        options = {"clean_start": not keep, "properties": properties}
    client.connect("127.0.0.1", broker(endpoints.mqtt_url).port, **options)  # type: ignore[arg-type]
    eventually(lambda: bool(client.loop(0.05) or ready))
    if subscribe:
        client.subscribe(subscribe, qos=1)
        eventually(lambda: client.loop(0.05) == 0 and "subscribed" in ready)
    if publish:
        client.publish(*publish, qos=1)
        eventually(lambda: client.loop(0.05) == 0 and "published" in ready)
    if receive:
        eventually(lambda: client.loop(0.05) == 0 and bool(got))
    client.disconnect()
    client.loop(0.1)
    return got
