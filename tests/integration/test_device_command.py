"""`./hub device`: passwords of sensors in the broker's file, and on record. With a broker: test_broker_devices.py."""

import csv
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from cityhub.devices import passwords
from cityhub.store import audit, connect, device_credentials
from tests.waiting import eventually
from tools.cli import broker_file

A, B, RAIN = "air-kim-lien", "air-hang-dau", "rain-lang"
OTHERS = "# ours\nmonitor:$7$101$a$b\ngateway-1:$7$101$c$d\n"
Hub = Callable[..., tuple[object, str, str]]
Trail = Callable[[str], list[tuple[str, str, str]]]


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The broker's file, as the setting names it."""
    made = tmp_path / "broker" / "passwords"
    made.parent.mkdir()
    made.write_text(OTHERS)
    made.chmod(0o640)
    monkeypatch.setenv("CITYHUB_BROKER_USERS", str(made))
    monkeypatch.setenv("LOGNAME", "lan")
    monkeypatch.delenv("SUDO_USER", raising=False)
    return made


@pytest.fixture
def conn(database_url: str) -> Iterator[psycopg.Connection]:
    with connect(database_url, "tests", autocommit=True) as conn:
        conn.execute("TRUNCATE device_credential")
        yield conn


@pytest.fixture
def trail(conn: psycopg.Connection) -> Callable[[str], list[tuple[str, str, str]]]:
    """What this test added to the trail about a sensor, the newest first."""
    before = max((one.id for one in audit.newest(conn, 1)), default=0)

    def read(sensor: str) -> list[tuple[str, str, str]]:
        found = audit.newest(conn, 100, object=f"sensor:{sensor}")
        return [(one.who, one.action, one.why) for one in found if one.id > before]

    return read


def test_a_new_password_is_printed_once_and_only_its_hash_is_kept(
    hub: Hub, file: Path, conn: psycopg.Connection, trail: Trail
) -> None:
    code, out, err = hub("device", "add", A, B, "--why", "new stations")
    assert code == 0
    given = dict(line.split() for line in out.splitlines())
    assert list(given) == [A, B]
    assert all(len(password) == 48 for password in given.values())
    assert len(set(given.values())) == 2
    text = file.read_text()
    assert text.startswith(OTHERS)
    assert list(passwords.users(text)) == ["monitor", "gateway-1", A, B, passwords.WITNESS]
    kept = "".join(str(row) for row in conn.execute("SELECT * FROM device_credential, audit_entry"))
    for secret in (*given.values(), passwords.users(text)[A].split("$")[-1]):
        assert secret not in kept + err
    assert not any(password in text for password in given.values())
    assert trail(A) == [("command line: lan", "password at the broker given", "new stations")]
    known = device_credentials.of_sensor(conn, A)
    assert known is not None
    assert (known.given_by, known.rotated_at, known.revoked_at) == ("command line: lan", None, None)


def test_the_file_keeps_its_mode_and_owner(hub: Hub, file: Path, conn: psycopg.Connection) -> None:
    del conn
    owner = (1234, 2345) if os.geteuid() == 0 else (os.geteuid(), os.getegid())
    os.chown(file, *owner)
    assert hub("device", "add", A)[0] == 0
    there = file.stat()
    assert (there.st_mode & 0o777, there.st_uid, there.st_gid) == (0o640, *owner)
    assert [one.name for one in file.parent.iterdir()] == ["passwords"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["add", "air-nowhere"], "no sensor in the catalogue with id 'air-nowhere'"),
        (["add", B, A], f"password: already with a password: {A}; `./hub device rotate` gives another"),
        (["add", "monitor"], "monitor is a user of the hub's own"),
        (["add", "hanoi"], "hanoi is a user of the hub's own"),
        (["rotate", A, B], f"without a password: {B}; `./hub device add` gives one"),
        (["rotate", "gateway-1"], "no sensor in the catalogue with id 'gateway-1'"),
        (["revoke", A, "air-nowhere"], "no user of the broker or sensor with id 'air-nowhere'"),
        (["revoke", "monitor"], "monitor is a user of the hub's own"),
    ],
    ids=str,
)
def test_what_is_refused_changes_nothing_for_anybody(
    hub: Hub, file: Path, conn: psycopg.Connection, arguments: list[str], said: str
) -> None:
    assert hub("device", "add", A)[0] == 0
    text, entries = file.read_text(), len(audit.newest(conn, 100))
    code, out, err = hub("device", *arguments)
    assert (code, out, err.count("\n")) == (1, "", 1)
    assert said.removeprefix("password: ") in err
    assert file.read_text() == text
    assert len(audit.newest(conn, 100)) == entries


def test_rotating_puts_another_line_in_the_place_of_the_old_one(
    hub: Hub, file: Path, conn: psycopg.Connection, trail: Trail
) -> None:
    hub("device", "add", A)
    before = passwords.users(file.read_text())[A]
    code, out, _ = hub("device", "rotate", A, "--why", "cabinet stood open")
    assert (code, out.split()[0]) == (0, A)
    assert passwords.users(file.read_text())[A] != before
    assert file.read_text().count(f"{A}:") == 1
    known = device_credentials.of_sensor(conn, A)
    assert known is not None
    assert known.rotated_by == "command line: lan"
    assert trail(A)[0][1:] == ("password at the broker changed", "cabinet stood open")


def test_revoked_is_gone_from_the_file_and_stays_on_record(
    hub: Hub, file: Path, conn: psycopg.Connection, trail: Trail
) -> None:
    hub("device", "add", A)
    code, out, _ = hub("device", "revoke", A, B, "gateway-1", "--why", "stolen")
    assert (code, out.splitlines()) == (
        0,
        [f"{A} is let in no more", f"{B} had no password", "gateway-1 is let in no more"],
    )
    assert list(passwords.users(file.read_text())) == ["monitor", passwords.WITNESS]
    known = device_credentials.of_sensor(conn, A)
    assert known is not None
    assert known.revoked_by == "command line: lan"
    assert [trail(name) for name in (A, B, "gateway-1")] == [
        [
            ("command line: lan", "password at the broker revoked", "stolen"),
            ("command line: lan", "password at the broker given", ""),
        ],
        [],
        [("command line: lan", "password at the broker revoked", "stolen")],
    ]
    # It may come back.
    assert hub("device", "add", A)[0] == 0
    back = device_credentials.of_sensor(conn, A)
    assert back is not None
    assert back.revoked_at is None


def test_the_list_tells_file_and_record_apart(hub: Hub, file: Path, conn: psycopg.Connection) -> None:
    del conn
    assert hub("device", "add", A, B, "air-my-dinh", "air-tan-mai")[0] == 0
    hub("device", "revoke", "air-tan-mai")
    foreign = passwords.line(B, "another", b"salt")
    file.write_text(passwords.changed(file.read_text(), {B: foreign}, {"air-my-dinh"}))
    code, out, _ = hub("device", "list")
    assert code == 0
    rows = {row[0]: row for line in out.splitlines() if len(row := line.strip("│").split("│")) == 7}
    said = {name.strip(): (cells[2].strip(), cells[4].strip()) for name, cells in rows.items()}
    assert said[A] == ("good", "command line: lan")
    assert said[B][0] == "outside"
    assert said["air-my-dinh"][0] == "lost"
    assert said["air-tan-mai"][0] == "revoked"
    assert said["gateway-1"][0] == "stranger"
    assert "monitor" not in said
    assert passwords.WITNESS not in said
    assert hub("device", "list", "--state", "outside")[1].count(B) == 1
    assert hub("device", "revoke", B, "--why", "nobody knows whose")[0] == 0
    assert B in hub("device", "list", "--state", "revoked")[1]
    assert B not in hub("device", "list", "--state", "none")[1]
    # It may have another, of whoever, and one of the hub after all.
    file.write_text(passwords.changed(file.read_text(), {B: foreign}))
    code, out, _ = hub("device", "list", "--state", "outside")
    assert (A in out, B in out) == (False, True)
    assert "1 given by the hub (good); 1 given or changed without the hub (outside); " in out
    assert hub("device", "rotate", B)[0] == 0
    assert B in hub("device", "list", "--state", "good")[1]


def test_all_sensors_get_theirs_in_a_file_that_only_its_owner_may_read(
    hub: Hub, file: Path, conn: psycopg.Connection, tmp_path: Path
) -> None:
    hub("device", "add", A)
    out_file = tmp_path / "first.csv"
    code, out, err = hub("device", "add", "--all", "--csv", str(out_file))
    assert (code, out_file.stat().st_mode & 0o777) == (0, 0o600)
    rows = list(csv.DictReader(out_file.read_text().splitlines()))
    known = {one.sensor_id: one for one in device_credentials.all(conn)}
    assert {row["sensor_id"] for row in rows} == known.keys() - {A}
    assert out.startswith(f"{len(rows)} passwords are in ")
    assert not any(row["password"] in out + err for row in rows)
    [rain] = [row for row in rows if row["kind"] == "rain"][:1]
    assert rain["telemetry_topic"] == f"hanoi/rain/{rain['sensor_id']}/telemetry"
    assert rain["status_topic"] == f"hanoi/rain/{rain['username']}/status"
    assert known.keys() < passwords.users(file.read_text()).keys()
    # What is there is not written over, and nobody's password is changed for it.
    text = file.read_text()
    code, _, err = hub("device", "rotate", "--all", "--csv", str(out_file))
    assert (code, file.read_text()) == (1, text)
    assert "File exists" in err
    assert hub("device", "add", "--all") == (0, "", "hub: nobody to give one to\n")


def test_no_file_with_passwords_is_left_when_nothing_was_given(
    hub: Hub, file: Path, conn: psycopg.Connection, tmp_path: Path
) -> None:
    del file, conn
    out_file = tmp_path / "none.csv"
    assert hub("device", "add", "air-nowhere", "--csv", str(out_file))[0] == 1
    assert not out_file.exists()


def test_what_the_database_does_not_take_is_taken_back_from_the_file(
    hub: Hub, file: Path, conn: psycopg.Connection, trail: Trail, tmp_path: Path
) -> None:
    # It is refused at the end, when the file is written already.
    conn.execute(
        "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'no'; END $$;"
        " CREATE CONSTRAINT TRIGGER refuse AFTER INSERT ON device_credential"
        " DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION refuse()"
    )
    try:
        code, out, _ = hub("device", "add", A, "--csv", str(tmp_path / "out.csv"))
    finally:
        conn.execute("DROP TRIGGER refuse ON device_credential; DROP FUNCTION refuse()")
    assert (code, out) == (1, "")
    assert file.read_text() == OTHERS
    assert not (tmp_path / "out.csv").exists()
    assert trail(A) == []


def test_a_database_that_is_away_leaves_the_file_alone(
    hub: Hub, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CITYHUB_DATABASE_URL", "postgresql://hub:s3cret-of-it@127.0.0.1:1/none")
    code, out, err = hub("device", "add", A)
    assert (code, out, err.count("\n")) == (1, "", 1)
    assert "s3cret" not in err
    assert file.read_text() == OTHERS


def test_a_file_that_is_not_there_is_not_made(hub: Hub, file: Path) -> None:
    file.unlink()
    code, _, err = hub("device", "add", A)
    assert (code, err) == (
        1,
        f"hub: the broker's password file {file} cannot be read: No such file or directory\n",
    )
    assert list(file.parent.iterdir()) == []


def test_two_writers_wait_for_each_other(file: Path, database_url: str, conn: psycopg.Connection) -> None:
    del conn
    environment = os.environ | {"CITYHUB_DATABASE_URL": database_url, "CITYHUB_BROKER_USERS": str(file)}
    with broker_file.held(file) as held:
        running = [
            subprocess.Popen(
                [sys.executable, "-m", "tools", "device", "add", name],
                env=environment,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
            )
            for name in (A, B)
        ]
        eventually(lambda: sum(is_waiting(one.pid) for one in running) == 2)
        held.replace(held.text + "late:$7$101$e$f\n")
    assert [one.wait(30) for one in running] == [0, 0]
    for one in running:
        one.communicate()
    assert {"late", A, B, "gateway-1"} < passwords.users(file.read_text()).keys()


def is_waiting(pid: int) -> bool:
    """Does the process wait for a lock?"""
    return any(
        fields[1] == "->" and fields[5] == str(pid)
        for line in Path("/proc/locks").read_text().splitlines()
        if len(fields := line.split()) > 5
    )


def test_the_script_of_before_takes_the_same_lock(file: Path) -> None:
    with broker_file.held(file):
        taken = subprocess.run(["flock", "--nonblock", str(file.parent), "true"], check=False)
    assert taken.returncode == 1
    assert "flock 9" in (Path(__file__).resolve().parents[2] / "deploy/broker-user").read_text()
