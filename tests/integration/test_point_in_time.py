"""The write-ahead log, kept as deploy/point-in-time.yml says, brings a database back to the second before a mistake."""

import shutil
import subprocess
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
import pytest
from ruamel.yaml import YAML

from cityhub.store.migrations import migrate
from tests.waiting import eventually
from tools.services import debian
from tools.services.ports import free_port
from tools.services.processes import run

ROOT = Path(__file__).resolve().parents[2]
COMPOSE = YAML(typ="safe").load((ROOT / "deploy/point-in-time.yml").read_text())
ENVIRONMENT = {"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"}


@dataclass
class Cluster:
    """A server of the test's own, in the private root."""

    folder: Path
    port: int = field(default_factory=free_port)

    @property
    def url(self) -> str:
        return f"postgresql://postgres@127.0.0.1:{self.port}/cityhub"

    def program(self, name: str, *arguments: str) -> str:
        surroundings = debian.surroundings("postgres")
        done = run([f"/{debian.POSTGRES_BIN}/{name}", *arguments], surroundings=surroundings, env=ENVIRONMENT)
        assert done.code == 0, done.output
        return done.output

    def inside(self, name: str) -> str:
        return debian.surroundings("postgres").inside(self.folder / name)

    @contextmanager
    def running(self, *settings: str) -> Iterator[None]:
        options = [
            *("listen_addresses=127.0.0.1", f"port={self.port}", "unix_socket_directories="),
            *("shared_preload_libraries=timescaledb", "timescaledb.telemetry_level=off", *settings),
        ]
        words = " ".join(f"-c '{option}'" for option in options)
        data, log = self.inside("data"), self.inside("log")
        self.program("pg_ctl", "-D", data, "-w", "-l", log, "-o", words, "start")
        try:
            yield
        finally:
            self.program("pg_ctl", "-D", data, "-w", "-m", "immediate", "stop")


@pytest.fixture
def cluster() -> Iterator[Cluster]:
    if (why := debian.why_not()) is not None or not debian.is_built():
        pytest.skip(f"needs the private TimescaleDB: {why or '`./hub test` builds it'}")
    folder = debian.data_folder(f"point-in-time-{uuid.uuid4().hex[:8]}")
    whose = debian.surroundings("postgres")
    for name in ("wal", "base"):
        (folder / name).mkdir()
    for one in (folder, *folder.iterdir()):
        shutil.chown(one, whose.uid, whose.gid)
    cluster = Cluster(folder)
    shared = ("-c", "dynamic_shared_memory_type=mmap")
    cluster.program("initdb", "-D", cluster.inside("data"), "-U", "postgres", "--auth=trust", "-N", *shared)
    yield cluster
    shutil.rmtree(folder, ignore_errors=True)


def archiving(cluster: Cluster) -> list[str]:
    """The settings of the compose file, with this cluster's folder in place of the container's."""
    words = COMPOSE["services"]["timescaledb"]["command"]
    settings = [word for word in words if "=" in word]
    assert {word.partition("=")[0] for word in settings} >= {
        "archive_mode",
        "archive_command",
        "archive_timeout",
    }
    return [word.replace("/wal/", f"{cluster.inside('wal')}/") for word in settings]


def observations(url: str) -> int:
    with psycopg.connect(url) as conn:
        [(found,)] = conn.execute("SELECT count(*) FROM observation").fetchall()
    return int(found)


def add(url: str, datastream: int) -> None:
    with psycopg.connect(url) as conn:
        conn.execute(
            "INSERT INTO observation SELECT now() - n * INTERVAL '1 hour', %s, n, 0 FROM generate_series(1, 500) AS n",
            [datastream],
        )


def test_a_mistake_is_undone_to_the_second(cluster: Cluster) -> None:
    with cluster.running(*archiving(cluster)):
        with psycopg.connect(cluster.url.replace("/cityhub", "/postgres"), autocommit=True) as conn:
            conn.execute("CREATE DATABASE cityhub")
        assert migrate(cluster.url).edition.name == "apache"
        add(cluster.url, 1)
        where = ("-h", "127.0.0.1", "-p", str(cluster.port), "-U", "postgres")
        target = ("-D", cluster.inside("base/first"), "--checkpoint=fast", "--wal-method=none")
        cluster.program("pg_basebackup", *where, *target)
        # What came after the base backup is in the log alone.
        add(cluster.url, 2)
        with psycopg.connect(cluster.url, autocommit=True) as conn:
            [(until,)] = conn.execute("SELECT clock_timestamp()::text").fetchall()
            conn.execute("SELECT pg_sleep(0.2)")
            conn.execute("DELETE FROM observation")
            [(segment,)] = conn.execute("SELECT pg_walfile_name(pg_switch_wal())").fetchall()
        eventually((cluster.folder / "wal" / segment).exists, 20)
        assert observations(cluster.url) == 0

    # The disk is lost; what is left is the base backup and the log.
    shutil.rmtree(cluster.folder / "data")
    (cluster.folder / "base/first").rename(cluster.folder / "data")
    (cluster.folder / "data/recovery.signal").touch()
    restore = f"restore_command=cp {cluster.inside('wal')}/%f %p"
    goal = (f"recovery_target_time={until}", "recovery_target_action=promote")
    with cluster.running("archive_mode=off", restore, *goal):

        def is_open() -> bool:
            with psycopg.connect(cluster.url) as conn:
                return conn.execute("SELECT pg_is_in_recovery()").fetchone() == (False,)

        eventually(is_open, 30)
        assert observations(cluster.url) == 1000


def test_a_segment_that_was_kept_before_a_crash_is_kept(tmp_path: Path) -> None:
    [setting] = [
        word for word in COMPOSE["services"]["timescaledb"]["command"] if word.startswith("archive_command=")
    ]
    segment, kept = tmp_path / "segment", tmp_path / "wal"
    kept.mkdir()
    command = setting.partition("=")[2].replace("/wal/", f"{kept}/").replace("%p", str(segment))
    codes = []
    for text in ("first", "first", "other"):
        segment.write_text(text)
        codes.append(subprocess.run(["sh", "-c", command.replace("%f", "0001")], check=False).returncode)
    # Again is fine, another of its name is not.
    assert codes == [0, 0, 1]
    assert (kept / "0001").read_text() == "first"
