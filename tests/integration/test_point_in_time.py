"""pgBackRest, with production's files and commands, brings a destroyed database back to the second before a mistake."""

import json
import re
import shlex
import shutil
import subprocess
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from prometheus_client import REGISTRY
from psycopg import sql
from psycopg.types.json import Jsonb
from ruamel.yaml import YAML

from cityhub.ops import trouble as rules
from cityhub.rfc3339 import HANOI_TIME
from cityhub.store import database_backups, open_pool, session, trouble
from cityhub.store.migrations import migrate
from jobs.watch import measure
from tests.waiting import eventually
from tools.services import debian, pgbackrest
from tools.services.ports import free_port
from tools.services.processes import Finished, run

ROOT = Path(__file__).resolve().parents[2]
SERVICES: dict[str, dict[str, Any]] = YAML(typ="safe").load((ROOT / "docker-compose.yml").read_text())[
    "services"
]
ENVIRONMENT = {"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"}


@dataclass
class Cluster:
    """A server of the test's own in the private root, with all that production mounts, in folders of its own."""

    folder: Path
    port: int = field(default_factory=free_port)

    @property
    def url(self) -> str:
        return f"postgresql://postgres@127.0.0.1:{self.port}/cityhub"

    def inside(self, name: str) -> str:
        return debian.surroundings("postgres").inside(self.folder / name)

    def environment(self, service: str) -> dict[str, str]:
        """The service's own, with other places: what variables say goes before the configuration."""
        own = {
            name: str(value)
            for name, value in SERVICES[service]["environment"].items()
            if name.startswith("PG")
        }
        mounted = {"/etc/pgbackrest/pgbackrest.conf": "pgbackrest.conf", "/run/secrets": "secrets"}
        assert mounted.keys() <= set(own.values())
        places = {name: self.inside(mounted[value]) for name, value in own.items() if value in mounted}
        return (
            ENVIRONMENT
            | own
            | places
            | {
                "PGBACKREST_REPO1_PATH": self.inside("repository"),
                "PGBACKREST_LOCK_PATH": self.inside("socket/pgbackrest"),
                "PGBACKREST_PG1_PATH": self.inside("data"),
                "PGBACKREST_PG1_SOCKET_PATH": self.inside("socket"),
                "PGBACKREST_PG1_PORT": str(self.port),
                "PGHOST": self.inside("socket"),
                "PGPORT": str(self.port),
            }
        )

    def attempt(self, *argv: str, service: str = "pgbackrest", **more: str) -> Finished:
        """Runs a program as it would run in the container of the service."""
        env = self.environment(service) | more
        return run(list(argv), surroundings=debian.surroundings("postgres"), env=env)

    def program(self, *argv: str, service: str = "pgbackrest") -> str:
        done = self.attempt(*argv, service=service)
        assert done.code == 0, done.output
        return done.output

    def schedule(self) -> str:
        """One look of the service that makes backups."""
        return self.program("/bin/sh", self.inside("schedule"), "once")

    @contextmanager
    def running(self) -> Iterator[None]:
        """With the settings of the compose file; ends as if its process were killed."""
        words = SERVICES["timescaledb"]["command"]
        settings = [word for word in words if "=" in word]
        assert {word.partition("=")[0] for word in settings} >= {"archive_mode", "archive_command"}
        options = [
            *(
                "listen_addresses=127.0.0.1",
                f"port={self.port}",
                f"unix_socket_directories={self.inside('socket')}",
            ),
            *("shared_preload_libraries=timescaledb", "timescaledb.telemetry_level=off", *settings),
        ]
        ctl = (f"/{debian.POSTGRES_BIN}/pg_ctl", "-D", self.inside("data"), "-w")
        words = " ".join(f"-c '{option}'" for option in options)
        self.program(*ctl, "-l", self.inside("log"), "-o", words, "start", service="timescaledb")
        try:
            yield
        finally:
            self.program(*ctl, "-m", "immediate", "stop")


@pytest.fixture(scope="module")
def passphrase(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The secret as `deploy/prepare` makes it."""
    if shutil.which("openssl") is None:
        pytest.skip("no openssl on this machine")
    folder = tmp_path_factory.mktemp("production")
    shutil.copytree(ROOT / "deploy", folder / "deploy", ignore=shutil.ignore_patterns("secrets"))
    subprocess.run([folder / "deploy/prepare", "localhost"], check=True, capture_output=True)
    return folder / "deploy/secrets/postgres/pgbackrest_passphrase"


@pytest.fixture(scope="module")
def cluster(passphrase: Path) -> Iterator[Cluster]:
    """With a hub's database and its first backup; not running."""
    if not pgbackrest.is_installed():
        pytest.skip("needs the private TimescaleDB with pgBackRest: `./hub test` installs it")
    folder = debian.data_folder(f"point-in-time-{uuid.uuid4().hex[:8]}")
    whose = debian.surroundings("postgres")
    for name in ("socket", "repository", "secrets"):
        (folder / name).mkdir()
    for name in ("pgbackrest.conf", "schedule"):
        shutil.copy(ROOT / "deploy/pgbackrest" / name, folder)
    shutil.copy(passphrase, folder / "secrets/pgbackrest_passphrase.conf")
    # Beside it in the container, and no part of the configuration.
    (folder / "secrets/postgres_password").write_text("none of it\n")
    for one in (folder, *folder.rglob("*")):
        shutil.chown(one, whose.uid, whose.gid)
    cluster = Cluster(folder)
    shared = ("-c", "dynamic_shared_memory_type=mmap")
    initdb = (f"/{debian.POSTGRES_BIN}/initdb", "-D", cluster.inside("data"))
    try:
        cluster.program(*initdb, "-U", "postgres", "--auth=trust", "-N", *shared)
        with cluster.running():
            fill(cluster)
        yield cluster
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def fill(cluster: Cluster) -> None:
    with psycopg.connect(cluster.url.replace("/cityhub", "/postgres"), autocommit=True) as conn:
        conn.execute("CREATE DATABASE cityhub")
    assert migrate(cluster.url).edition.name == "apache"
    # There is a log from now on, and no backup to begin with.
    measured(cluster)
    assert told("backup", type="full") == 0
    add(cluster.url, 1)
    assert cluster.schedule().endswith("made a backup: full")
    # Nothing is due for a day.
    assert "made a backup" not in cluster.schedule()


def contents(url: str) -> dict[str, tuple[int, str]]:
    """Rows and digest of every table of the hub, hypertables included."""
    found = {}
    with psycopg.connect(url) as conn:
        tables = conn.execute(
            "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1"
        ).fetchall()
        for (table,) in tables:
            query = sql.SQL(
                "SELECT count(*), md5(coalesce(string_agg(t::text, '|' ORDER BY t::text), '')) FROM {} t"
            )
            [(rows, digest)] = conn.execute(query.format(sql.Identifier(table))).fetchall()
            found[table] = (rows, digest)
    # What was told of backups comes later than any of them.
    del found["pgbackrest_report"]
    return found


def add(url: str, datastream: int) -> None:
    with psycopg.connect(url) as conn:
        conn.execute(
            "INSERT INTO observation SELECT now() - n * INTERVAL '1 hour', %s, n, 0 FROM generate_series(1, 500) AS n",
            [datastream],
        )


def one(url: str, query: str) -> Any:
    with psycopg.connect(url, autocommit=True) as conn:
        [(value,)] = conn.execute(query).fetchall()  # type: ignore[arg-type]
    return value


def archived(cluster: Cluster) -> None:
    """Waits until all that was written is in the repository."""
    segment = one(cluster.url, "SELECT pg_walfile_name(pg_switch_wal())")
    eventually(
        lambda: (one(cluster.url, "SELECT coalesce(last_archived_wal, '') FROM pg_stat_archiver")) >= segment,
        30,
    )


def in_console(conn: psycopg.Connection) -> list[rules.Trouble]:
    now = datetime.now(UTC)
    found = rules.found(trouble.of_hub(conn, now, trouble.look(conn, now).summary), now)
    return [one for one in found if one.code in ("archive", "backup")]


def recovered(cluster: Cluster) -> None:
    eventually(lambda: one(cluster.url, "SELECT pg_is_in_recovery()") is False, 60)


def readable(cluster: Cluster) -> list[str]:
    """Files of the repository that are not encrypted: as text, or as zstd writes them."""
    files = [file for file in (cluster.folder / "repository").rglob("*") if file.is_file()]
    assert len(files) > 5
    begin = {file: file.read_bytes()[:8] for file in files}
    # Parts of a bundle have no head of their own.
    unmarked = [file for file in files if begin[file] != b"Salted__" and file.parent.name != "bundle"]
    return [file.name for file in files if file in unmarked or begin[file][:4] == b"\x28\xb5\x2f\xfd"]


def documented_restore(second: str) -> list[str]:
    """The command of docs/operations.md for this second."""
    text = (ROOT / "docs/operations.md").read_text().replace("\\\n", " ")
    [command] = re.findall(
        r"^docker compose run --rm --no-deps timescaledb +(pgbackrest .* restore)$", text, re.MULTILINE
    )
    words = shlex.split(command)
    [target] = [word for word in words if word.startswith("--target=")]
    return [f"--target={second}" if word == target else word for word in words]


def told(name: str, **labels: str) -> float | None:
    return REGISTRY.get_sample_value(f"cityhub_{name}_timestamp_seconds", labels)


def measured(cluster: Cluster) -> None:
    pool = open_pool(cluster.url, "tests", session.JOBS, max_size=1)
    try:
        measure(pool, books=False)
    finally:
        pool.close()


def test_a_mistake_is_undone_to_the_second(cluster: Cluster) -> None:
    with cluster.running():
        add(cluster.url, 2)
        cluster.program("pgbackrest", "--type=incr", "backup")
        cluster.schedule()
        with psycopg.connect(cluster.url) as conn:
            standing = database_backups.standing(conn)
        assert standing is not None
        assert set(standing.newest) == {"full", "incr"}
        measured(cluster)
        assert told("backup", type="incr") == standing.newest["incr"].timestamp()
        # What came after both backups is in the log alone.
        add(cluster.url, 3)
        before = contents(cluster.url)
        second = one(cluster.url, "SELECT clock_timestamp()::text")
        one(cluster.url, "SELECT pg_sleep(0.2) IS NULL")
        with psycopg.connect(cluster.url) as conn:
            conn.execute("DELETE FROM observation")
            conn.execute("DROP TABLE push_subscription")
        later = one(cluster.url, "SELECT clock_timestamp()::text")
        # Only with what comes after it is a second reached.
        add(cluster.url, 4)
        archived(cluster)
        assert readable(cluster) == []
    assert before["observation"][0] == 1500

    # The disk is lost; what is left is the repository and the passphrase.
    shutil.rmtree(cluster.folder / "data")
    nothing = cluster.attempt(
        "pgbackrest", "restore", PGBACKREST_CONFIG_INCLUDE_PATH=cluster.inside("socket")
    )
    assert nothing.code != 0
    assert "cipher-pass" in nothing.output
    cluster.program("/bin/mkdir", "-m", "0700", cluster.inside("data"), service="timescaledb")
    cluster.program(*documented_restore(second), service="timescaledb")
    with cluster.running():
        recovered(cluster)
        assert contents(cluster.url) == before
        # The new line is kept too.
        add(cluster.url, 4)
        cluster.program("pgbackrest", "backup")
        assert "status: ok" in cluster.program("pgbackrest", "info")

    # Another second, on the line that was left, over what is there.
    command = documented_restore(later)
    command.insert(command.index("--delta") + 1, "--target-timeline=1")
    cluster.program(*command, service="timescaledb")
    with cluster.running():
        recovered(cluster)
        assert one(cluster.url, "SELECT count(*) FROM observation") == 0
        assert one(cluster.url, "SELECT to_regclass('push_subscription') IS NULL")
        cluster.program("pgbackrest", "verify")


def test_an_archive_that_fails_is_told_and_nothing_of_it_is_lost(cluster: Cluster) -> None:
    away = cluster.folder / "repository"
    failures = "SELECT failed_count FROM pg_stat_archiver"
    with cluster.running():
        cluster.schedule()
        archived(cluster)
        cluster.program("pgbackrest", "check")
        # As if the disk of the repository were not there any more.
        away.rename(cluster.folder / "elsewhere")
        known = one(cluster.url, failures)
        add(cluster.url, 5)
        one(cluster.url, "SELECT pg_switch_wal()::text")
        eventually(lambda: one(cluster.url, failures) > known, 30)
        measured(cluster)
        assert (told("archive", outcome="failed") or 0) > (told("archive", outcome="done") or 0)
        with psycopg.connect(cluster.url) as conn:
            assert [one.code for one in in_console(conn)] == ["archive"]
        # What stands in its place would be begun as a new repository, and all would look well.
        looked = cluster.attempt("/bin/sh", cluster.inside("schedule"), "once")
        assert (looked.code, len(looked.output.splitlines())) == (1, 1)
        assert "is its disk there?" in looked.output
        shutil.rmtree(away, ignore_errors=True)
        (cluster.folder / "elsewhere").rename(away)
        archived(cluster)
        measured(cluster)
        assert (told("archive", outcome="done") or 0) > (told("archive", outcome="failed") or 0)
        with psycopg.connect(cluster.url) as conn:
            assert in_console(conn) == []


def test_a_full_backup_is_due_on_sunday_and_an_increment_on_the_other_days(cluster: Cluster) -> None:
    here = datetime.now(HANOI_TIME)
    day = here.replace(hour=3, minute=0, second=0, microsecond=0)
    day -= timedelta(days=1) if here < day else timedelta()
    week = day - timedelta(days=day.isoweekday() % 7)
    minute = timedelta(minutes=1)
    programs = cluster.folder / "programs"
    programs.mkdir()
    # What is there is told by the test, and what is asked for is printed.
    (programs / "pgbackrest").write_text(
        '#!/bin/sh\ncase $* in info*) echo "$THERE" ;; *) echo "$*" ;; esac\n'
    )
    for one_of in (programs, programs / "pgbackrest"):
        one_of.chmod(0o755)
    path = f"{cluster.inside('programs')}:{ENVIRONMENT['PATH']}"

    def asked(*backups: tuple[str, datetime]) -> str:
        there = [
            {"type": kind, "timestamp": {"start": int(at.timestamp()), "stop": int(at.timestamp()) + 60}}
            for kind, at in backups
        ]
        info = json.dumps([{"name": "cityhub", "backup": there}, {"name": "another", "backup": []}])
        done = cluster.attempt("/bin/sh", cluster.inside("schedule"), "once", PATH=path, THERE=info)
        assert done.code == 0, done.output
        [kind] = re.findall(r"^--type=(\w+) backup$", done.output, re.MULTILINE) or [""]
        return kind

    with cluster.running():
        told_before = one(cluster.url, "SELECT info FROM pgbackrest_report")
        assert asked(("full", week - minute), ("incr", day + minute)) == "full"
        assert asked(("full", week + minute), ("incr", day - minute)) == ("incr" if day > week else "")
        assert asked(("full", week + minute), ("incr", day + minute)) == ""
        with psycopg.connect(cluster.url) as conn:
            conn.execute("UPDATE pgbackrest_report SET info = %s", [Jsonb(told_before)])
