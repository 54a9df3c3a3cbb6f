"""What jobs tell of the whole hub: what waits, whether the books are right, and when certificates end."""

import socket
import ssl
import subprocess
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest
from prometheus_client import REGISTRY

from cityhub.config import read_settings
from cityhub.errors import SettingsError
from cityhub.store import Pool, backlog, connect, open_pool, session
from jobs.watch import ask_certificate, measure
from tests.conftest import Services
from tests.integration.roles import database_with_roles


@pytest.fixture
def pool(database_url: str) -> Iterator[Pool]:
    pool = open_pool(database_url, "tests", session.JOBS, max_size=1)
    yield pool
    pool.close()


def value(name: str, **labels: str) -> float | None:
    return REGISTRY.get_sample_value(f"cityhub_{name}", labels)


def test_a_hub_in_order_has_nothing_waiting_and_right_books(pool: Pool) -> None:
    measure(pool, books=True)
    for what in backlog.WHATS:
        assert (value("waiting", what=what), value("waiting_seconds", what=what)) == (0, 0)
    assert (value("ledger_faults"), value("parked_money_vnd"), value("jobs_given_up")) == (0, 0, 0)
    assert (value("database_bytes") or 0) > 1_000_000


def test_money_that_nobody_places_and_wrong_books_are_told(pool: Pool, database_url: str) -> None:
    with connect(database_url, "tests", autocommit=True) as conn:
        conn.execute(
            "INSERT INTO parked_money (provider, provider_reference, amount, reason, received_at)"
            " VALUES ('casso', '1', 7000, 'unmatched', now() - INTERVAL '2 hours')"
        )
    try:
        measure(pool, books=True)
        assert (value("waiting", what="parked_money"), value("parked_money_vnd")) == (1, 7000)
        assert (value("waiting_seconds", what="parked_money") or 0) == pytest.approx(7200, abs=120)
        # It is not in the books either.
        assert value("ledger_faults") == 1
    finally:
        with psycopg.connect(database_url, autocommit=True) as conn:
            conn.execute("DELETE FROM parked_money")


def test_the_role_of_jobs_may_measure(services: Services) -> None:
    with database_with_roles(services) as urls:
        pool = open_pool(urls["jobs"], "tests", session.JOBS, max_size=1)
        try:
            measure(pool, books=True)
        finally:
            pool.close()


def test_the_end_of_a_certificate_is_told(tmp_path: Path) -> None:
    key, certificate = tmp_path / "key", tmp_path / "certificate"
    make = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
    make += ["-days", "20", "-subj", "/CN=localhost", "-keyout", str(key), "-out", str(certificate)]
    subprocess.run(make, check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            plain, _ = listening.accept()
            with context.wrap_socket(plain, server_side=True) as secured:
                secured.recv(1)

        thread = threading.Thread(target=serve)
        thread.start()
        address = f"127.0.0.1:{listening.getsockname()[1]}"
        ask_certificate(address)
        thread.join()
    days = (
        (value("certificate_expires_timestamp_seconds", address=address) or 0) - datetime.now(UTC).timestamp()
    ) / 86_400
    assert 19.9 < days < 20.1
    # Nobody is there any more: what was known stays.
    ask_certificate(address)
    assert value("certificate_expires_timestamp_seconds", address=address) is not None


def test_an_address_without_a_port_is_no_setting() -> None:
    assert read_settings(watched_certificates="mosquitto:8883,hub.example.org:443").watched_certificates
    with pytest.raises(SettingsError, match="HOST:PORT"):
        read_settings(watched_certificates="hub.example.org")
