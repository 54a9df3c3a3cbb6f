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
from ruamel.yaml import YAML

from cityhub.config import read_settings
from cityhub.parking.web_push import Keys
from cityhub.store.migrations import migrate
from tests.integration.roles import url_of
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
    kept = [
        prepared / ".env",
        *(
            prepared / "deploy/secrets" / name
            for name in ("ca.key", "mosquitto/server.key", "mqtt_ingest_password")
        ),
        *(prepared / "deploy/secrets/postgres").iterdir(),
        *(prepared / "deploy/secrets/hub").iterdir(),
    ]
    before = [file.read_bytes() for file in kept]
    assert _script(prepared, "deploy/prepare", "localhost").returncode == 0
    assert [file.read_bytes() for file in kept] == before


def test_secrets_are_random_complete_and_readable_by_their_owner_only(prepared: Path) -> None:
    secrets = prepared / "deploy/secrets"
    made = [secrets / "mqtt_ingest_password", *(secrets / "postgres").glob("*_password")]
    values = [file.read_text().strip() for file in made]
    assert len(values) == len(set(values)) == 6
    passphrase = (secrets / "postgres/pgbackrest_passphrase").read_text()
    assert re.fullmatch(r"\[global\]\nrepo1-cipher-pass=[0-9a-f]{64}\n", passphrase)
    assert all(re.fullmatch(r"[0-9a-f]{48}", value) for value in values)
    files = [prepared / ".env", *(path for path in secrets.rglob("*") if path.is_file())]
    assert [path.name for path in files if path.stat().st_mode & 0o077] == ["ca.crt"]
    settings = (prepared / ".env").read_text()
    assert not any(value in settings for value in values)
    assert "PASSWORD" not in settings


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files to others")
def test_each_secret_belongs_to_the_user_that_reads_it_in_its_container(prepared: Path) -> None:
    compose = YAML(typ="safe").load((DEPLOY.parent / "docker-compose.yml").read_text())
    for name, secret in compose["secrets"].items():
        users = {
            int(service.get("user", "10001:10001").split(":")[0])
            for service in compose["services"].values()
            for one in service.get("secrets", [])
            if name == (one if isinstance(one, str) else one["source"])
        }
        assert users == {(prepared / secret["file"]).stat().st_uid}, name


@pytest.mark.parametrize("program", ["migrate", "ingest", "api", "jobs"])
def test_each_program_finds_its_role_and_password(
    prepared: Path, monkeypatch: pytest.MonkeyPatch, program: str
) -> None:
    secrets = prepared / "deploy/secrets"
    monkeypatch.setenv("CITYHUB_DATABASE_URL_FILE", str(secrets / f"hub/{program}_database_url"))
    monkeypatch.setenv("CITYHUB_API_KEYS_FILE", str(secrets / "hub/api_keys"))
    monkeypatch.setenv("CITYHUB_MQTT_URL_FILE", str(secrets / "hub/mqtt_url"))
    monkeypatch.setenv("CITYHUB_VAPID_PRIVATE_KEY_FILE", str(secrets / "hub/vapid_private_key"))
    settings = read_settings()
    assert Keys.of(settings) is not None
    role = "cityhub" if program == "migrate" else f"cityhub_{program}"
    password = (secrets / f"postgres/{role}_password").read_text().strip()
    assert settings.require("database_url") == f"postgresql://{role}:{password}@timescaledb:5432/cityhub"
    assert settings.broker().password == (secrets / "mqtt_ingest_password").read_text().strip()


@pytest.fixture
def before(tmp_path: Path) -> Path:
    """A folder with the .env of the version before, which held the secrets."""
    if shutil.which("openssl") is None:
        pytest.skip("no openssl on this machine")
    shutil.copytree(DEPLOY, tmp_path / "deploy", ignore=shutil.ignore_patterns("secrets"))
    (tmp_path / ".env").write_text(
        "# The name.\nHUB_DOMAIN=hub.example.org\n\n# The superuser.\n# Backup.\nPOSTGRES_PASSWORD=super0ld\n"
        'HUB_DATABASE_PASSWORD="0wner"\n# The broker.\nMQTT_INGEST_PASSWORD=br0ker\n\n# Days.\n'
        "CITYHUB_RAW_RETENTION_DAYS=90\n# Partners.\nCITYHUB_API_KEYS='partner:0123456789abcdef'\nMY_OWN=1\n# End.\n"
    )
    return tmp_path


def test_the_secrets_of_an_env_of_before_move_into_files(before: Path) -> None:
    done = _script(before, "deploy/prepare", "localhost")
    assert done.returncode == 0, done.stderr
    secrets = before / "deploy/secrets"
    moved = [
        "postgres/postgres_password",
        "postgres/cityhub_password",
        "mqtt_ingest_password",
        "hub/api_keys",
    ]
    assert [(secrets / name).read_text().strip() for name in moved] == [
        "super0ld",
        "0wner",
        "br0ker",
        "partner:0123456789abcdef",
    ]
    left = [line for line in (before / ".env").read_text().splitlines() if line]
    assert left == [
        *("# The name.", "HUB_DOMAIN=hub.example.org"),
        *("# Days.", "CITYHUB_RAW_RETENTION_DAYS=90", "MY_OWN=1", "# End."),
    ]
    assert (before / ".env").stat().st_mode & 0o777 == 0o600


def test_of_two_secrets_that_contradict_each_other_none_is_lost(before: Path) -> None:
    assert _script(before, "deploy/prepare", "localhost").returncode == 0
    with (before / ".env").open("a") as file:
        file.write("CITYHUB_API_KEYS=other:0123456789abcdeX\n")
    settings = (before / ".env").read_text()
    done = _script(before, "deploy/prepare", "localhost")
    assert (done.returncode, len(done.stderr.splitlines())) == (1, 1)
    assert "CITYHUB_API_KEYS" in done.stderr
    assert "0123456789abcde" not in done.stderr
    assert (before / ".env").read_text() == settings
    assert (before / "deploy/secrets/hub/api_keys").read_text() == "partner:0123456789abcdef\n"


def _spied(folder: Path, *programs: str) -> dict[str, str]:
    """An environment in which these programs note what they are called with, in `folder`/calls."""
    for program in programs:
        real = shutil.which(program)
        if real is None:
            pytest.skip(f"no {program} on this machine")
        spy = folder / program
        spy.write_text(f'#!/bin/sh\nprintf "%s\\n" "$0 $*" >>{folder}/calls\nexec {real} "$@"\n')
        spy.chmod(0o755)
    return {"PATH": f"{folder}:{os.environ['PATH']}"}


def test_no_password_is_an_argument_of_a_program(before: Path) -> None:
    spies = before / "spies"
    spies.mkdir()
    path = _spied(spies, "openssl", "python3", "sed", "grep", "awk", "cat", "mv", "chmod", "chown")
    assert _script(before, "deploy/prepare", "localhost", **path).returncode == 0
    printed = _script(before, "deploy/broker-user", "air-kim-lien", **path).stdout.split()
    secrets = before / "deploy/secrets"
    passwords = [file.read_text().strip().rpartition("=")[2] for file in (secrets / "postgres").iterdir()]
    passwords += [printed[1], "br0ker", (secrets / "mosquitto/mosquitto_sub").read_text().split()[-1]]
    calls = (spies / "calls").read_text()
    assert "pbkdf2_hmac" in calls
    assert [password for password in passwords if password in calls] == []


def test_images_are_written_down_by_digest(prepared: Path, tmp_path: Path) -> None:
    digest = "sha256:" + "ab" * 32
    docker = tmp_path / "docker"
    docker.write_text(
        f'#!/bin/sh\necho "$@" >>{tmp_path}/calls\n[ "$1" = pull ] || echo "${{5%%:*}}@{digest}"\n'
    )
    docker.chmod(0o755)
    shutil.copy(DEPLOY.parent / "docker-compose.yml", prepared)
    env_before = (prepared / ".env").read_bytes()
    try:
        for _ in range(2):
            done = _script(prepared, "deploy/pin-images", PATH=f"{tmp_path}:{os.environ['PATH']}")
            assert done.returncode == 0, done.stderr
            lines = re.findall(r"^(\w+_IMAGE)=(.*)$", (prepared / ".env").read_text(), re.MULTILINE)
            assert len(lines) == len(dict(lines)) == 7
            for name, image in lines:
                assert re.fullmatch(r"[a-z/-]+:[\w.-]+@" + digest, image), (name, image)
            assert (prepared / ".env").stat().st_mode & 0o777 == 0o600
    finally:
        (prepared / ".env").write_bytes(env_before)


def test_sensors_can_read_the_authority_that_they_are_to_trust(prepared: Path) -> None:
    assert (prepared / "deploy/secrets/ca.crt").stat().st_mode & 0o777 == 0o644
    assert (prepared / "deploy/secrets").stat().st_mode & 0o011 == 0o011


@pytest.mark.parametrize("name", ["hanoi", "ingest", "monitor", "cityhub-ingest"])
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


def test_the_roles_that_production_makes_are_the_ones_that_migrating_grants_their_work(services: Any) -> None:
    if services.edition == "plain":
        pytest.skip("needs psql and TimescaleDB of the private root")
    owner = f"deploy_{uuid.uuid4().hex[:8]}"
    roles = [owner, *(f"{owner}_{program}" for program in ("ingest", "api", "jobs"))]
    surroundings = debian.surroundings("postgres")
    folder = debian.data_folder(owner)
    inside = surroundings.inside(folder)
    # As the database image does: the extension first, then the scripts that are mounted.
    script = folder / "role.sql"
    text = (DEPLOY / "timescaledb/010_role.sql").read_text()
    assert "/run/secrets/" in text
    script.write_text(
        "CREATE EXTENSION IF NOT EXISTS timescaledb;\n"
        + text.replace("cityhub", owner).replace("/run/secrets/", f"{inside}/")
    )

    def make(passwords: dict[str, str]) -> None:
        for role, password in passwords.items():
            (folder / f"{role}_password").write_text(password + "\n")
        psql = ["/usr/bin/psql", "-v", "ON_ERROR_STOP=1", "--no-psqlrc"]
        done = run(
            [*psql, "-f", surroundings.inside(script), services.database(owner)],
            surroundings=surroundings,
            env={"PATH": "/usr/bin:/bin"},
        )
        assert "GRANT" in str(done), str(done)

    def as_role(role: str, password: str) -> str:
        return url_of(services.database(owner), role, password)

    try:
        with psycopg.connect(services.admin_url, autocommit=True) as conn:
            conn.execute(f"CREATE DATABASE {owner}")
        make({role: f'{role} it\'s "first"' for role in roles})
        # The second time with other passwords.
        passwords = {role: f'{role} it\'s "quoted"' for role in roles}
        make(passwords)
        assert migrate(as_role(owner, passwords[owner])).edition.name == services.edition
        for role in roles:
            with psycopg.connect(as_role(role, passwords[role])) as conn:
                found = conn.execute(
                    "SELECT rolsuper, rolcreaterole, rolcreatedb, rolbypassrls,"
                    " has_table_privilege('observation', 'INSERT'), has_table_privilege('observation', 'DELETE'),"
                    " has_database_privilege(current_database(), 'TEMPORARY')"
                    " FROM pg_roles WHERE rolname = current_user"
                ).fetchone()
            assert found == (False, False, False, False, True, role == owner, role == owner)
        with psycopg.connect(services.admin_url) as conn:
            [(others,)] = conn.execute(
                "SELECT has_database_privilege('pg_monitor', %s, 'CONNECT')", [owner]
            ).fetchall()
        assert others is False
    finally:
        with psycopg.connect(services.admin_url, autocommit=True) as conn:
            conn.execute(f"DROP DATABASE IF EXISTS {owner} WITH (FORCE)")
            for role in reversed(roles):
                conn.execute(f"DROP ROLE IF EXISTS {role}")
        shutil.rmtree(folder, ignore_errors=True)
