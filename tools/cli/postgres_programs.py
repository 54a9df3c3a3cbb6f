"""pg_dump and pg_restore of a server's own version: where they are, and how they reach the database without telling it.

What stands in a program's arguments everybody on the machine can read: the password goes by its environment.
"""

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Literal, cast

from psycopg.conninfo import conninfo_to_dict, make_conninfo

from cityhub.errors import ServiceError
from cityhub.masking import mask
from tools.cli.application import IS_CHECKOUT

Name = Literal["pg_dump", "pg_restore"]


@dataclass(frozen=True, slots=True)
class Target:
    """How a program is told the database: `argument` without, `environment` with the password."""

    argument: str
    environment: dict[str, str]


def target(url: str) -> Target:
    """The database of a URL."""
    given = {key: str(value) for key, value in conninfo_to_dict(url).items() if value is not None}
    password = given.pop("password", None)
    environment = {key: value for key, value in os.environ.items() if not key.startswith("CITYHUB_")}
    if password is not None:
        environment["PGPASSWORD"] = password
    return Target(f"--dbname={make_conninfo(**given)}", environment)


def find(name: Name, major: int) -> list[str]:
    """The beginning of a command that runs the program of PostgreSQL `major`; raises ServiceError without one."""
    seen = []
    for argv in _places(name, major):
        with suppress(OSError):
            said = subprocess.run([*argv, "--version"], capture_output=True, text=True, check=False)  # noqa: S603
            version = re.search(r"\) (\d+)", said.stdout)
            if version is not None and int(version[1]) == major:
                return argv
            seen += [version[1]] if version else []
    others = f" (there is that of {', '.join(sorted(set(seen)))})" if seen else ""
    raise ServiceError(
        f"no {name} of PostgreSQL {major} here{others}; Debian's package is postgresql-client-{major}"
    )


def _places(name: Name, major: int) -> Iterator[list[str]]:
    if (path := shutil.which(name)) is not None:
        yield [path]
    if (debians := Path(f"/usr/lib/postgresql/{major}/bin/{name}")).exists():
        yield [str(debians)]
    if not IS_CHECKOUT:
        return
    from tools.services import debian, embedded  # noqa: PLC0415 - not in the production image

    if os.geteuid() == 0 and debian.is_built():
        whose = debian.surroundings("postgres")
        program = f"/{debian.POSTGRES_BIN}/{name}"
        yield ["chroot", f"--userspec={whose.uid}:{whose.gid}", "--groups=", str(debian.root()), program]
    if embedded.is_installed():
        yield [str(embedded.binaries() / name)]


@contextmanager
def running(argv: list[str], environment: dict[str, str], *, reads: bool) -> Iterator[IO[bytes]]:
    """A program by what goes into it (`reads`) or comes out of it; closed at the end of the block and waited for.

    Raises ServiceError with what it said last, where it does not end well.
    """
    with tempfile.TemporaryFile() as said:
        child = subprocess.Popen(  # noqa: S603 - the callers pass fixed programs
            argv,
            env=environment,
            stdin=subprocess.PIPE if reads else subprocess.DEVNULL,
            stdout=subprocess.DEVNULL if reads else subprocess.PIPE,
            stderr=said,
        )
        # A program that stops reading says why.
        with suppress(BrokenPipeError), child:
            try:
                yield cast(IO[bytes], child.stdin if reads else child.stdout)
            except BrokenPipeError:
                raise
            except BaseException:
                child.kill()
                raise
        if child.returncode != 0:
            said.seek(0)
            last = mask(said.read()[-4000:].decode(errors="replace").strip()).splitlines()
            raise ServiceError(
                f"{_name(argv)} failed with exit code {child.returncode}: {last[-1] if last else 'without a word'}"
            )


def _name(argv: list[str]) -> str:
    return next(Path(word).name for word in argv if Path(word).name in ("pg_dump", "pg_restore"))
