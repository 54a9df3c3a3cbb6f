"""A PostgreSQL server of our own: made once, started, asked whether it is ready, stopped."""

import os
import shutil
import signal
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from cityhub.errors import ServiceError
from tools.services.processes import Running, Surroundings, last_lines, run, start

USER = "cityhub"
DATABASE = "cityhub"
_START_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Server:
    """Where a server's programs and data are, and how it runs. `throwaway`: speed before safety, for tests."""

    binaries: Path
    data: Path
    surroundings: Surroundings
    log: Path
    port: int
    password: str
    timescale: bool
    throwaway: bool = False

    def url(self, database: str = DATABASE) -> str:
        """The server's URL, password included."""
        return f"postgresql://{USER}:{quote(self.password, safe='')}@127.0.0.1:{self.port}/{database}"

    def create(self) -> None:
        """Makes the data folder (encoding UTF-8, scram passwords) unless it is there; raises ServiceError."""
        if (self.data / "PG_VERSION").is_file():
            self._refuse_other_version()
            return
        fresh = self.data.with_name(self.data.name + ".new")
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir(parents=True, mode=0o700)
        password_file = fresh.with_name(fresh.name + ".password")
        password_file.write_text(self.password)
        for path in (fresh, password_file):
            path.chmod(0o700 if path.is_dir() else 0o600)
            if self.surroundings.uid is not None and self.surroundings.gid is not None:
                os.chown(path, self.surroundings.uid, self.surroundings.gid)
        inside = self.surroundings.inside
        options = [
            *("-D", inside(fresh), "-U", USER, f"--pwfile={inside(password_file)}"),
            *("--encoding=UTF8", "--locale=C.UTF-8", "--auth=scram-sha-256", "--no-sync"),
            # dynamic_shared_memory_type: the private root has no /dev/shm of its own.
            *("-c", "dynamic_shared_memory_type=mmap", "-c", "timezone=UTC", "-c", "log_timezone=UTC"),
        ]
        try:
            done = run([self._program("initdb"), *options], surroundings=self.surroundings, env=self._env())
        finally:
            password_file.unlink()
        if done.code != 0:
            raise ServiceError(f"initdb failed: {done.last()}")
        fresh.rename(self.data)

    def start(self, dies_with_parent: bool) -> Running:
        """Starts the server and waits until it takes connections; raises ServiceError."""
        self._clear_stale_lock()
        argv = [self._program("postgres"), "-D", self.surroundings.inside(self.data)]
        for name, value in self._options().items():
            argv += ["-c", f"{name}={value}"]
        running = start(
            argv,
            self.log,
            surroundings=self.surroundings,
            env=self._env(),
            # SIGINT is PostgreSQL's fast and clean shutdown.
            dies_with_parent=signal.SIGINT if dies_with_parent else None,
        )
        end = time.monotonic() + _START_SECONDS
        while time.monotonic() < end:
            if self._is_ready(running.pid):
                return running
            if not running.alive():
                raise ServiceError(f"PostgreSQL did not start: {last_lines(self.log, 3)}")
            time.sleep(0.05)
        stop(running)
        raise ServiceError(f"PostgreSQL was not ready after {_START_SECONDS} s; see {self.log}")

    def create_database(self, name: str) -> None:
        """Makes an empty database; an existing one is left as it is."""
        self._client("createdb", name, accept="already exists")

    def drop_database(self, name: str) -> None:
        """Drops a database with its connections; a missing one is fine."""
        self._client("dropdb", "--if-exists", "--force", name)

    def _client(self, program: str, *arguments: str, accept: str | None = None) -> None:
        connection = ("-h", "127.0.0.1", "-p", str(self.port), "-U", USER)
        env = {**self._env(), "PGPASSWORD": self.password}
        argv = [self._program(program), *connection, "--maintenance-db=postgres", *arguments]
        done = run(argv, surroundings=self.surroundings, env=env)
        if done.code != 0 and not (accept and accept in done.output):
            raise ServiceError(f"{program} failed: {done.last(1)}")

    def _options(self) -> Mapping[str, object]:
        options: dict[str, object] = {
            "listen_addresses": "127.0.0.1",
            "port": self.port,
            "unix_socket_directories": "",
            "max_connections": 100,
            "shared_buffers": "128MB",
            "work_mem": "16MB",
            "maintenance_work_mem": "128MB",
            "max_wal_size": "1GB",
            "jit": "off",
        }
        if self.timescale:
            options["shared_preload_libraries"] = "timescaledb"
            options["timescaledb.telemetry_level"] = "off"
            # Its scheduler holds connections to databases that tests want to drop.
            options["timescaledb.max_background_workers"] = 0 if self.throwaway else 8
        if self.throwaway:
            options |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
        return options

    def _program(self, name: str) -> str:
        return self.surroundings.inside(self.binaries / name)

    def _env(self) -> dict[str, str]:
        return {"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "LC_ALL": "C.UTF-8", "HOME": "/"}

    def _is_ready(self, pid: int) -> bool:
        try:
            lines = (self.data / "postmaster.pid").read_text().splitlines()
        except OSError:
            return False
        return len(lines) >= 8 and lines[0] == str(pid) and lines[7].strip() == "ready"

    def _clear_stale_lock(self) -> None:
        """PostgreSQL takes any live process with the number in its lock file for a server: check it is one."""
        lock = self.data / "postmaster.pid"
        try:
            pid = int(lock.read_text().splitlines()[0])
        except (OSError, ValueError, IndexError):
            return
        end = time.monotonic() + 15  # a server that lost its parent may still be writing its last checkpoint
        while _works_in(pid, self.data) and time.monotonic() < end:
            time.sleep(0.1)
        if _works_in(pid, self.data):
            raise ServiceError(f"a PostgreSQL server (process {pid}) already uses {self.data}; stop it first")
        lock.unlink(missing_ok=True)

    def _refuse_other_version(self) -> None:
        made = (self.data / "PG_VERSION").read_text().strip()
        done = run([self._program("postgres"), "--version"], surroundings=self.surroundings, env=self._env())
        # Like: postgres (PostgreSQL) 17.12 (Debian 17.12-0+deb13u1)
        here = done.output.partition(") ")[2].partition(" ")[0]
        if here.partition(".")[0] != made:
            raise ServiceError(
                f"the data in {self.data} is of PostgreSQL {made}, the server is {here}; remove that folder"
            )


def stop(running: Running) -> None:
    """Stops a server cleanly (fast shutdown: sessions are ended, data is written)."""
    running.stop(signal.SIGINT, patience_s=30)


def _works_in(pid: int, folder: Path) -> bool:
    try:
        return Path(f"/proc/{pid}/cwd").resolve(strict=True) == folder.resolve()
    except OSError:
        return False
