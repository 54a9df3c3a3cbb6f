"""A streaming replica of the run's own server: a real hot standby, made by pg_basebackup."""

import os
import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from tools.services import debian, postgres
from tools.services.folders import logs_folder
from tools.services.ports import free_port
from tools.services.processes import run


@dataclass(frozen=True)
class Standby:
    """A running replica. While it is paused it shows nothing new."""

    server: postgres.Server

    def database(self, primary_url: str) -> str:
        """The URL at which it shows the database that the primary has at `primary_url`."""
        return make_conninfo(primary_url, host="127.0.0.1", port=self.server.port)

    def pause(self) -> None:
        """Stop replaying: what the primary commits from now on is received and not shown."""
        self._tell("SELECT pg_wal_replay_pause()")

    def resume(self) -> None:
        """Go on replaying."""
        self._tell("SELECT pg_wal_replay_resume()")

    def _tell(self, statement: str) -> None:
        with psycopg.connect(self.server.url("postgres"), autocommit=True) as conn:
            conn.execute(statement)  # type: ignore[arg-type]


@contextmanager
def standby_of(admin_url: str) -> Iterator[Standby]:
    """A replica of the private server at `admin_url`, gone at the end of the block."""
    surroundings = debian.surroundings("postgres")
    name = f"test-{os.getpid()}-standby-{uuid.uuid4().hex[:6]}"
    data = debian.data_folder(name) / "postgres"
    password = str(conninfo_to_dict(admin_url)["password"])
    server = postgres.Server(
        binaries=debian.root() / debian.POSTGRES_BIN,
        data=data,
        surroundings=surroundings,
        log=logs_folder() / f"{name}-postgres.log",
        port=free_port(),
        password=password,
        timescale=True,
        throwaway=True,
    )
    os.chown(data.parent, surroundings.uid or 0, surroundings.gid or 0)
    try:
        copied = run(
            [
                f"/{debian.POSTGRES_BIN}/pg_basebackup",
                *("-D", surroundings.inside(data), "-d", make_conninfo(admin_url)),
                *("-R", "--wal-method=stream", "--checkpoint=fast", "--no-sync"),
            ],
            surroundings=surroundings,
            env={"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "HOME": "/"},
        )
        assert copied.code == 0, copied.output
        running = server.start(dies_with_parent=True)
        try:
            yield Standby(server)
        finally:
            postgres.stop(running)
    finally:
        shutil.rmtree(data.parent, ignore_errors=True)
        for log in logs_folder().glob(f"{name}-*"):
            log.unlink(missing_ok=True)
