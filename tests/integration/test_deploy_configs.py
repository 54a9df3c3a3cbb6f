"""The production scripts, the database role and the proxy's configuration, in the real programs."""

import os
import re
import shutil
import subprocess
import uuid
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tools.services import debian
from tools.services.processes import run

DEPLOY = Path(__file__).resolve().parents[2] / "deploy"


def _script(folder: Path, *argv: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Runs a script of deploy/ in a copy of the checkout's deploy folder."""
    env = {key: value for key, value in os.environ.items() if key != "SUDO_UID"} | environment
    argv = (str(folder / argv[0]), *argv[1:])
    return subprocess.run(argv, capture_output=True, text=True, check=False, env=env)


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which `deploy/prepare localhost` has run."""
    if shutil.which("openssl") is None:
        pytest.skip("no openssl on this machine")
    folder = tmp_path_factory.mktemp("production")
    shutil.copytree(DEPLOY, folder / "deploy", ignore=shutil.ignore_patterns("secrets"))
    done = _script(folder, "deploy/prepare", "localhost")
    assert done.returncode == 0, done.stderr
    return folder


def test_preparing_again_keeps_what_is_there(prepared: Path) -> None:
    kept = [".env", "deploy/secrets/ca.key", "deploy/secrets/mosquitto/server.key"]
    before = [(prepared / name).read_bytes() for name in kept]
    assert _script(prepared, "deploy/prepare", "localhost").returncode == 0
    assert [(prepared / name).read_bytes() for name in kept] == before


def test_secrets_are_random_complete_and_readable_by_their_owner_only(prepared: Path) -> None:
    lines = [
        line for line in (prepared / ".env").read_text().splitlines() if re.match(r"\w+_PASSWORD=", line)
    ]
    values = [line.partition("=")[2] for line in lines]
    assert len(lines) == len(set(values)) == 3
    assert all(re.fullmatch(r"[0-9a-f]{48}", value) for value in values)
    secret = [
        prepared / ".env",
        *(path for path in (prepared / "deploy/secrets").rglob("*") if path.is_file()),
    ]
    assert [path.name for path in secret if path.stat().st_mode & 0o077] == ["ca.crt"]


def test_sensors_can_read_the_authority_that_they_are_to_trust(prepared: Path) -> None:
    assert (prepared / "deploy/secrets/ca.crt").stat().st_mode & 0o777 == 0o644
    assert (prepared / "deploy/secrets").stat().st_mode & 0o011 == 0o011


@pytest.mark.parametrize("name", ["ingest", "monitor", "cityhub-ingest"])
def test_no_sensor_gets_a_name_of_the_hubs_own(prepared: Path, name: str) -> None:
    done = _script(prepared, "deploy/broker-user", name)
    assert (done.returncode, done.stdout) == (2, "")
    assert "name of the hub's own" in done.stderr


def test_lines_of_gateways_are_kept_beside_those_of_sensors(prepared: Path) -> None:
    secrets = prepared / "deploy/secrets"
    line = "user gateway-ly-thuong-kiet\ntopic write hanoi/parking/#\n"
    (secrets / "gateway-acl").write_text(line)
    assert _script(prepared, "deploy/prepare", "localhost").returncode == 0
    shipped = [(DEPLOY / "mosquitto" / name).read_text() for name in ("hub-acl", "device-acl")]
    assert (secrets / "mosquitto/acl").read_text() == "".join(shipped) + line
    (secrets / "gateway-acl").unlink()


@pytest.mark.parametrize(
    ("script", "arguments"), [("prepare", []), ("prepare", ["a b"]), ("broker-user", ["A/#"])]
)
def test_wrong_usage_is_refused_and_changes_nothing(
    prepared: Path, script: str, arguments: list[str]
) -> None:
    users = (prepared / "deploy/secrets/mosquitto/passwords").read_bytes()
    done = _script(prepared, f"deploy/{script}", *arguments)
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1
    assert (prepared / "deploy/secrets/mosquitto/passwords").read_bytes() == users


def test_the_schema_migrates_as_the_plain_role_that_production_uses(services: Any) -> None:
    from cityhub.store.migrations import migrate

    if services.edition == "plain":
        pytest.skip("needs psql and TimescaleDB of the private root")
    name, password = f"deploy_{uuid.uuid4().hex[:8]}", 'it\'s "quoted"'
    surroundings = debian.surroundings("postgres")
    # As the database image does: the extension first, then the scripts that are mounted.
    script = debian.data_folder(name) / "role.sql"
    text = (DEPLOY / "timescaledb/010_role.sql").read_text().replace("cityhub", name)
    script.write_text("CREATE EXTENSION timescaledb;\n" + text)
    try:
        with psycopg.connect(services.admin_url, autocommit=True) as conn:
            conn.execute(f"CREATE DATABASE {name}")
        psql = ["/usr/bin/psql", "-v", "ON_ERROR_STOP=1", "--no-psqlrc"]
        env = {"PATH": "/usr/bin:/bin", "HUB_DATABASE_PASSWORD": password}
        done = run(
            [*psql, "-f", surroundings.inside(script), services.database(name)],
            surroundings=surroundings,
            env=env,
        )
        assert "ALTER DATABASE" in str(done)
        url = psycopg.conninfo.make_conninfo(services.database(name), user=name, password=password)
        assert migrate(url).edition.name == services.edition
        with psycopg.connect(url) as conn:
            role = conn.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user").fetchone()
        assert role == (False,)
    finally:
        with psycopg.connect(services.admin_url, autocommit=True) as conn:
            conn.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
            conn.execute(f"DROP ROLE IF EXISTS {name}")
        shutil.rmtree(script.parent, ignore_errors=True)


def test_the_proxy_takes_its_configuration(tmp_path: Path) -> None:
    if (caddy := shutil.which("caddy")) is None:
        pytest.skip("no caddy on this machine: deploy/Caddyfile was not validated")
    done = subprocess.run(
        [caddy, "validate", "--adapter", "caddyfile", "--config", str(DEPLOY / "Caddyfile")],
        env={"HUB_DOMAIN": "hub.example.org", "HOME": str(tmp_path), "PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
