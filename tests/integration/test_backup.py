"""Backup and restore on a real database: a drill that destroys it under load, and everything that is refused."""

import json
import os
import stat
import tarfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import sql

from cityhub.config import Settings
from cityhub.errors import FileError, ServiceError
from cityhub.observing import topics
from cityhub.store import backup as store
from cityhub.store import connect, ledger
from tests.conftest import Services
from tests.integration.roles import PROGRAMS, database_with_roles
from tests.integration.test_ingest import AIR, Device
from tests.paying import Paying, hub_with_gateways
from tests.waiting import eventually
from tools import proof
from tools.cli import backup_files, postgres_programs

Hub = Callable[..., tuple[object, str, str]]

# What must be as it was. Observations up to a time: those after it came while the backup was made.
DIGESTS = {
    "observations": "SELECT count(*), md5(string_agg(o::text, ';' ORDER BY datastream_id, time))"
    " FROM observation AS o WHERE time < %(until)s",
    "books": "SELECT count(*), md5(string_agg(e::text, ';' ORDER BY e.transaction_id, e.n)) FROM ledger_entry AS e"
    " JOIN ledger_transaction AS t ON t.id = e.transaction_id WHERE t.booked_at < %(until)s",
    "receipts": "SELECT count(*), md5(string_agg(r::text, ';' ORDER BY r.number)) FROM receipt AS r"
    " WHERE issued_at < %(until)s",
}


def digests(url: str, until: datetime) -> dict[str, tuple[Any, ...] | None]:
    with connect(url, "tests") as conn:
        return {name: conn.execute(query, {"until": until}).fetchone() for name, query in DIGESTS.items()}


def number(url: str, query: str) -> int:
    with psycopg.connect(url) as conn:
        [(found,)] = conn.execute(query).fetchall()
    return int(found)


class Load:
    """A sensor that reports and drivers that pay, until they are told to stop."""

    def __init__(self, settings: Settings, paying: Paying, device: Device) -> None:
        self._topic = topics.telemetry(settings.topic_prefix, "air", AIR)
        self._paying, self._device = paying, device
        self._over = threading.Event()
        self._threads = [threading.Thread(target=work) for work in (self._report, self._pay)]
        self.reported = self.paid = 0

    def report(self) -> None:
        """One reading more."""
        self.reported += 1
        now = datetime.now(UTC).isoformat()
        self._device.publish(self._topic, {"time": now, "values": {"pm2_5": 20 + self.reported % 7}})

    def pay(self) -> None:
        """One hour more that somebody parks and pays for."""
        session = self._paying.begun()
        self._paying.at_provider(self._paying.payment(session["token"], "vnpay"))
        eventually(lambda: self._paying.status(session["token"]) == "active", 30)
        self.paid += 1

    def _report(self) -> None:
        while not self._over.wait(0.02):
            self.report()

    def _pay(self) -> None:
        while not self._over.is_set():
            self.pay()

    @contextmanager
    def flowing(self) -> Iterator[None]:
        """Both at once while the block runs."""
        for thread in self._threads:
            thread.start()
        try:
            yield
        finally:
            self._over.set()
            for thread in self._threads:
                thread.join()


def test_a_hub_whose_database_is_destroyed_under_load_goes_on_from_its_backup(
    services: Services,
    database_url: str,
    hub: Hub,
    settings_for: Callable[..., Settings],
    start_ingest: Callable[[Settings], Any],
    tmp_path: Path,
) -> None:
    settings, file = settings_for(), tmp_path / "hub.tar"
    name = database_url.rpartition("/")[2]
    start_ingest(settings)
    device = Device(settings.require("mqtt_url"))
    with hub_with_gateways(database_url) as paying:
        load = Load(settings, paying, device)
        with load.flowing():
            eventually(lambda: load.paid >= 2 and load.reported >= 100, 60)
            until = datetime.now(UTC)
            # What is older is stored, when what began later is.
            reported, paid = load.reported, load.paid
            eventually(lambda: load.paid >= paid + 2, 30)
            eventually(lambda: number(database_url, "SELECT count(*) FROM observation") >= reported)
            code, told, problem = hub("backup", str(file))
            assert code == 0, problem
            kept = load.paid
            eventually(lambda: load.paid > kept, 30)
        eventually(lambda: number(database_url, "SELECT count(*) FROM observation") >= load.reported)
        before = digests(database_url, until)
        assert min(row[0] for row in before.values() if row is not None) >= 2
        with psycopg.connect(services.admin_url, autocommit=True) as conn:
            conn.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))
        # The broker keeps what comes meanwhile.
        for _ in range(20):
            load.report()
        code, said, problem = hub("restore", str(file))
        assert code == 0, problem
        assert "as many as were backed up" in said
        assert digests(database_url, until) == before
        assert hub("ledger", "check")[0] == 0
        found = backup_files.read(file)
        assert told.splitlines()[0].endswith(found.origin.words())

        # It goes on: what came meanwhile is stored, a driver pays, and the books and sums are right.
        at_backup = found.origin.rows["observation"]
        eventually(lambda: number(database_url, "SELECT count(*) FROM observation") >= at_backup + 20, 60)
        receipts = number(database_url, "SELECT count(*) FROM receipt")
        eventually(lambda: paying.api.client.get("/readyz").status_code == 200, 30)
        load.pay()
        assert number(database_url, "SELECT count(*) FROM receipt") == receipts + 1
        with connect(database_url, "tests") as conn:
            assert ledger.faults(conn) == []
            assert (proof.hours_apart(conn), proof.latest_apart(conn)) == (0, 0)
    device.close()


@pytest.fixture(scope="module")
def made(database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A backup of the module's database."""
    from tools.cli import main

    file = tmp_path_factory.mktemp("backup") / "made.tar"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CITYHUB_DATABASE_URL", database_url)
        with pytest.raises(SystemExit) as ended:
            main(["backup", str(file)])
    assert ended.value.code == 0
    return file


def test_a_backup_is_for_its_owner_and_says_what_it_was_made_from(
    made: Path, database_url: str, services: Services
) -> None:
    assert stat.S_IMODE(made.stat().st_mode) == 0o600
    assert [path.name for path in made.parent.iterdir()] == [made.name]
    with tarfile.open(made) as tar:
        content = tar.extractfile("manifest.json")
        assert content is not None
        manifest = json.load(content)
    with connect(database_url, "tests") as conn:
        here = store.origin(conn)
    assert (manifest["schema"], manifest["edition"]) == (here.schema, services.edition)
    assert (manifest["postgresql"], manifest["timescaledb"]) == (here.postgresql, here.timescaledb)
    assert manifest["rows"]["sensor"] == number(database_url, "SELECT count(*) FROM sensor") > 0


def test_a_backup_overwrites_no_file(made: Path, hub: Hub) -> None:
    before = made.read_bytes()
    code, _, problem = hub("backup", str(made))
    assert (code, "is there already" in problem) == (1, True)
    assert made.read_bytes() == before


def test_a_database_that_holds_something_is_kept_unless_it_is_said(
    made: Path, hub: Hub, database_url: str
) -> None:
    with psycopg.connect(database_url) as conn:
        conn.execute("INSERT INTO receipt_series VALUES ('other', 2026, 0)")
    code, _, problem = hub("restore", str(made))
    assert (code, "--replace" in problem) == (1, True)
    assert number(database_url, "SELECT count(*) FROM receipt_series WHERE issuer = 'other'") == 1
    assert hub("restore", str(made), "--replace")[0] == 0
    assert number(database_url, "SELECT count(*) FROM receipt_series WHERE issuer = 'other'") == 0


@pytest.mark.parametrize("harm", ["cut off", "changed", "something else", "missing"])
def test_a_file_that_is_not_whole_changes_nothing(
    made: Path, hub: Hub, database_url: str, tmp_path: Path, harm: str
) -> None:
    file, body = tmp_path / "harmed.tar", bytearray(made.read_bytes())
    if harm == "cut off":
        body = body[: len(body) // 2]
    elif harm == "changed":
        body[len(body) // 2] ^= 1
    elif harm == "something else":
        body = bytearray(b"not a tar at all" * 100)
    if harm != "missing":
        file.write_bytes(body)
    code, _, problem = hub("restore", str(file), "--replace")
    assert (code, len(problem.splitlines())) == (1, 1)
    assert str(file) in problem
    assert number(database_url, "SELECT count(*) FROM sensor") > 0


def test_a_dump_that_cannot_be_restored_leaves_the_old_database(
    made: Path, hub: Hub, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def cut(self: backup_files.Backup, target: Any) -> None:
        with self.file.open("rb") as source:
            source.seek(self.offset)
            target.write(source.read(self.size // 2))

    monkeypatch.setattr(backup_files.Backup, "feed", cut)
    code, _, problem = hub("restore", str(made), "--replace")
    assert (code, problem.startswith("hub: pg_restore failed")) == (1, True)
    assert number(database_url, "SELECT count(*) FROM sensor") > 0
    left = "SELECT count(*) FROM pg_database WHERE datname LIKE '%\\_restoring'"
    assert number(database_url, left) == 0


def test_roles_that_the_server_has_not_are_named(
    made: Path, hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "missing_roles", lambda *_: ["cityhub_jobs"])
    code, _, problem = hub("restore", str(made), "--replace")
    assert (code, "no role cityhub_jobs" in problem) == (1, True)


def test_roles_keep_what_is_theirs(
    services: Services, tmp_path: Path, hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    with database_with_roles(services) as urls:
        owner = urls["owner"].rpartition("/")[2].partition("?")[0]
        with psycopg.connect(services.admin_url, autocommit=True) as conn:
            conn.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(sql.Identifier(owner)))
            for program in PROGRAMS:
                names = sql.Identifier(owner), sql.Identifier(f"{owner}_{program}")
                conn.execute(sql.SQL("GRANT CONNECT ON DATABASE {} TO {}").format(*names))
        monkeypatch.setenv("CITYHUB_DATABASE_URL", services.database(owner))
        assert hub("backup", str(tmp_path / "x.tar"))[0] == 0
        assert hub("restore", str(tmp_path / "x.tar"), "--replace")[0] == 0
        for program, may in {"owner": (True, True), "ingest": (True, False), "api": (False, False)}.items():
            with psycopg.connect(urls[program]) as conn:
                rights = conn.execute(
                    "SELECT has_table_privilege('quarantine', 'INSERT'), has_table_privilege('quarantine', 'DELETE')"
                ).fetchone()
            assert rights == may, program
        with psycopg.connect(services.database(owner)) as conn:
            public = "SELECT has_database_privilege('pg_monitor', current_database(), 'CONNECT')"
            assert conn.execute(public).fetchone() == (False,)


def test_a_backup_without_roles_belongs_to_who_restores(made: Path, hub: Hub, database_url: str) -> None:
    code, _, problem = hub("restore", str(made), "--replace", "--without-roles")
    assert code == 0, problem
    assert number(database_url, "SELECT count(*) FROM sensor") > 0


def test_no_password_is_an_argument_of_a_program() -> None:
    secret = "a-secret-of-the-database"
    told = postgres_programs.target(f"postgresql://somebody:{secret}@127.0.0.1:5432/x?sslmode=prefer")
    assert secret not in told.argument
    assert told.environment["PGPASSWORD"] == secret
    assert "sslmode=prefer" in told.argument
    assert not [name for name in told.environment if name.startswith("CITYHUB_")]


def test_a_backup_that_fails_leaves_no_file(
    hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres_programs, "find", lambda _name, _major: ["/bin/false", "pg_dump"])
    code, _, problem = hub("backup", str(tmp_path / "x.tar"))
    assert (code, problem.startswith("hub: pg_dump failed")) == (1, True)
    assert list(tmp_path.iterdir()) == []


def test_a_program_of_another_version_is_not_taken() -> None:
    with pytest.raises(ServiceError, match="postgresql-client-9"):
        postgres_programs.find("pg_dump", 9)


def test_a_folder_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(FileError, match="No such file"), backup_files.unfinished(tmp_path / "no/x.tar"):
        pass
    assert os.listdir(tmp_path) == []
