"""A fresh broker, started as production does, lets no sensor in before it has somebody to keep messages for."""

import os
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from cityhub.config import Settings, read_settings
from ingest.session import prepare
from tests.waiting import eventually
from tools.services.ports import answers
from tools.services.production_broker import INGEST, Production, ProductionBroker

DEVICE = "air-test-1"
TOPIC = f"hanoi/air/{DEVICE}/telemetry"


@pytest.fixture
def fresh(prepared: Production, passwords: Mapping[str, str]) -> Iterator[ProductionBroker]:
    """A broker that never ran."""
    assert passwords
    made = ProductionBroker.make(prepared, f"test-start-{os.getpid()}")
    try:
        yield made
    finally:
        made.remove()


def ingest_settings(broker: ProductionBroker, passwords: Mapping[str, str]) -> Settings:
    """The settings of ingest in docker-compose.yml."""
    return read_settings(mqtt_url=f"mqtt://{INGEST}:{passwords[INGEST]}@127.0.0.1:{broker.port}")


def lets_sensors_in(broker: ProductionBroker) -> bool:
    return answers(broker.tls_port)


def test_sensors_are_let_in_when_ingest_has_subscribed_and_what_they_publish_waits_for_it(
    fresh: ProductionBroker, client: Any, passwords: Mapping[str, str]
) -> None:
    fresh.start_as_composed()
    monitor = client("monitor")
    assert monitor.connect(fresh) == 0
    assert monitor.subscribe("$SYS/broker/uptime") == 1
    # The monitor's subscription is on disk: the broker looks for another one.
    eventually((fresh.folder / "data/mosquitto.db").exists, told=fresh.log)
    assert not lets_sensors_in(fresh)
    prepare(ingest_settings(fresh, passwords))
    eventually(lambda: lets_sensors_in(fresh), told=fresh.log)

    sensor = client(DEVICE)
    assert sensor.connect(fresh) == 0
    assert sensor.publish(TOPIC, b"first") == 0
    ingest = client(INGEST, client_id="cityhub-ingest")
    ingest.connect(fresh, keeps_session=True)
    assert ingest.next() == (TOPIC, b"first")


def test_a_broker_that_knows_ingest_lets_sensors_in_at_once(
    fresh: ProductionBroker, passwords: Mapping[str, str]
) -> None:
    fresh.start()
    prepare(ingest_settings(fresh, passwords))
    fresh.stop()
    fresh.start_as_composed()
    eventually(lambda: lets_sensors_in(fresh), told=fresh.log)
    assert "sensors are let in when" not in fresh.log()


def test_it_stops_before_ingest_ever_came(fresh: ProductionBroker) -> None:
    fresh.start_as_composed()
    assert fresh.running is not None
    assert fresh.running.stop(), "it went by itself"
    assert not answers(fresh.port)


def test_it_ends_when_its_configuration_is_wrong(fresh: ProductionBroker) -> None:
    configuration = fresh.folder / "mosquitto.conf"
    configuration.write_text(f"no_such_option true\n{configuration.read_text()}")
    with pytest.raises(Exception, match="no_such_option"):
        fresh.start_as_composed()
