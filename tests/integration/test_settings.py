"""Every program says in one line which setting cannot be used, and repeats no secret."""

import os
import subprocess
import sys
from contextlib import closing

import pytest

from cityhub.listening import listen

PROGRAMS = {
    "ingest": ["ingest"],
    "workers": ["tools", "ingest", "--workers", "2"],
    "api": ["api"],
    "simulate": ["tools", "simulate", "--for", "1"],
    "maps": ["maps", "--out", "nowhere"],
    "doctor": ["tools", "doctor"],
}
GOOD = {
    "CITYHUB_DATABASE_URL": "postgresql://hub:s3cret@127.0.0.1:1/hub",
    "CITYHUB_MQTT_URL": "mqtt://hub:s3cret@127.0.0.1:1",
    # Another hub on this machine may have the default one.
    "CITYHUB_INGEST_METRICS_PORT": "0",
}


def says(program: str, **settings: str) -> str:
    """The program's only line on stderr, besides those of its log."""
    done = subprocess.run(
        [sys.executable, "-m", *PROGRAMS[program]],
        env=os.environ | GOOD | settings,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 1, done.stderr
    assert "s3cret" not in done.stdout + done.stderr
    [line] = [line for line in done.stderr.splitlines() if not line.startswith("{")]
    return line


@pytest.mark.parametrize("program", PROGRAMS)
def test_a_setting_that_cannot_be_read_ends_every_program(program: str) -> None:
    said = says(program, CITYHUB_MQTT_URL="mqtt://hub:s3cret@broker:abc")
    assert "CITYHUB_MQTT_URL: the port must be a number from 1 to 65535" in said


@pytest.mark.parametrize(
    ("program", "name", "option"),
    [
        ("ingest", "CITYHUB_DATABASE_URL", "sslmode=bogus"),
        ("ingest", "CITYHUB_DATABASE_URL", "no_such_option=1"),
        ("ingest", "CITYHUB_DATABASE_URL", "port=99999"),
        ("workers", "CITYHUB_DATABASE_URL", "sslmode=bogus"),
        ("api", "CITYHUB_DATABASE_URL", "no_such_option=1"),
        ("api", "CITYHUB_READ_DATABASE_URL", "port=99999"),
    ],
)
def test_a_database_address_that_only_libpq_can_judge(program: str, name: str, option: str) -> None:
    assert f"{name} " in says(program, **{name: f"postgresql://hub:s3cret@127.0.0.1/hub?{option}"})


def test_workers_need_a_port_each() -> None:
    said = says("workers", CITYHUB_INGEST_METRICS_PORT="65534")
    assert "CITYHUB_INGEST_METRICS_PORT: 2 workers need the 2 ports after it" in said


@pytest.mark.parametrize(("program", "name"), [("ingest", "CITYHUB_INGEST_METRICS"), ("api", "CITYHUB_API")])
def test_a_port_that_is_taken(program: str, name: str, database_url: str) -> None:
    with closing(listen("127.0.0.1", 0, "")) as other:
        port = str(other.getsockname()[1])
        said = says(program, **{f"{name}_PORT": port, "CITYHUB_DATABASE_URL": database_url})
    assert f"cannot listen on 127.0.0.1 port {port}: Address already in use" in said
    assert f"{name}_PORT" in said


@pytest.mark.parametrize(("program", "name"), [("ingest", "CITYHUB_INGEST_METRICS"), ("api", "CITYHUB_API")])
def test_an_address_of_another_machine(program: str, name: str, database_url: str) -> None:
    address = {f"{name}_HOST": "192.0.2.1", f"{name}_PORT": "9101"}
    said = says(program, **address, CITYHUB_DATABASE_URL=database_url)
    assert "cannot listen on 192.0.2.1" in said
    assert f"{name}_HOST" in said
