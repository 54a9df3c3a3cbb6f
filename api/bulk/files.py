"""The folder of files by kind and month: found there, or made by a program of its own, one at a time."""

import asyncio
import os
import sys
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from api.bulk.months import FORMATS, Format, Month
from api.pools import Turns
from api.problems import NotReady
from cityhub.config import Settings
from cityhub.errors import NotFound
from cityhub.kinds import KindName
from cityhub.logs import get_logger
from cityhub.store import bulk
from cityhub.store.bulk import Stamp

# A file of a month that goes on, or to which late readings still come, is good for so long whatever came since.
GOOD_FOR_S = {True: 300.0, False: 3600.0}
# A request waits so long for a file that is made; who asks again finds it, or waits on.
PATIENCE_S = 25.0
# The largest city's month takes minutes; what takes longer hangs.
LONGEST_S = 1800.0
# Was sent to somebody a moment ago, and may be at this one.
_IN_USE_S = 900.0
# The exit code of a maker that found another at work.
BUSY = 75

_log = get_logger()


@dataclass(frozen=True, slots=True)
class Made:
    """A file as it lies in the folder; `digest` changes with its content."""

    path: Path
    digest: str
    bytes: int


class Bulk:
    """The files of one process. Several processes may share the folder."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self.folder = Path(settings.data_dir or f"{tempfile.gettempdir()}/cityhub-data-{os.getuid()}")
        self._making: tuple[tuple[KindName, Month, Format], asyncio.Task[None]] | None = None

    async def get(self, kind: KindName, month: Month, format: Format, turns: Turns) -> Made:
        """The file, made now if need be. Raises NotFound for a month without readings, NotReady while it is made."""
        now = datetime.now(UTC)
        if month.start > now:
            raise NotFound("month of readings", f"{kind}/{month}")
        if month.end <= now - timedelta(days=self._settings.raw_retention_days):
            raise NotFound("month whose readings are still kept one by one", f"{kind}/{month}")
        found = self._newest(kind, month, format)
        if found is not None and _age_s(found) < GOOD_FOR_S[month.end <= now]:
            return found
        stamp = await turns.run(lambda conn: bulk.stamp(conn, kind, month.start, month.end))
        if not stamp.rows:
            raise NotFound("month of readings", f"{kind}/{month}")
        if found is not None and found.digest == stamp.digest:
            with suppress(OSError):
                os.utime(found.path)
            return found
        await self._make(kind, month, format, stamp)
        made = self._newest(kind, month, format)
        if made is None:
            raise NotReady("The file could not be made; try again later.")
        return made

    def sizes(self) -> dict[tuple[str, str, str], int]:
        """Bytes of the files that are there, by kind, month and format."""
        found = {}
        for file in self._files():
            kind, month, _, format = _parts(file)
            with suppress(OSError):
                found[kind, month, format] = file.stat().st_size
        return found

    async def close(self) -> None:
        """End what is being made."""
        if self._making is not None:
            self._making[1].cancel()
            with suppress(asyncio.CancelledError, NotReady):
                await self._making[1]

    async def _make(self, kind: KindName, month: Month, format: Format, stamp: Stamp) -> None:
        key = (kind, month, format)
        if self._making is not None and not self._making[1].done():
            if self._making[0] != key:
                raise NotReady("Another file is being made; try again in a minute.")
        else:
            self._making = (key, asyncio.create_task(self._run(kind, month, format)))
        making = self._making[1]
        # Nobody may be there any more when it fails.
        making.add_done_callback(lambda task: task.cancelled() or task.exception())
        try:
            await asyncio.wait_for(asyncio.shield(making), PATIENCE_S)
        except TimeoutError:
            raise NotReady(
                f"The file is being made of {stamp.rows:,} readings; ask again in a minute."
            ) from None

    async def _run(self, kind: KindName, month: Month, format: Format) -> None:
        try:
            self.folder.mkdir(mode=0o750, parents=True, exist_ok=True)
        except OSError as exc:
            raise NotReady(f"There is no folder for files: {exc.strerror}.") from exc
        arguments = (kind, str(month), format, str(self.folder), str(os.getpid()))
        began = time.monotonic()
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "api.bulk", *arguments,
            env=self._environment(), stdout=asyncio.subprocess.DEVNULL,
        )  # fmt: skip
        try:
            code = await asyncio.wait_for(process.wait(), LONGEST_S)
        except (TimeoutError, asyncio.CancelledError):
            with suppress(ProcessLookupError):
                process.kill()
            await process.wait()
            raise
        if code == BUSY:
            raise NotReady("Another file is being made; try again in a minute.")
        if code != 0:
            _log.error("a file of readings could not be made", kind=kind, month=str(month), code=code)
            raise NotReady("The file could not be made; try again later.")
        _log.info(
            "a file of readings was made",
            file=f"{kind}-{month}.{format}",
            seconds=round(time.monotonic() - began, 1),
        )
        self._tidy()

    def _environment(self) -> dict[str, str]:
        # Values that came out of files are there already, and must not be given twice.
        own = {name: text for name, text in os.environ.items() if not name.startswith("CITYHUB_")}
        # So that pyarrow gives back what it no longer needs.
        return own | self._settings.environment() | {"ARROW_DEFAULT_MEMORY_POOL": "system"}

    def _tidy(self) -> None:
        """Remove what newer files stand for, and the oldest where all together are too large."""
        most, total = self._settings.data_dir_mb * 1_000_000, 0
        newest: dict[tuple[str, str], str] = {}
        for file in sorted(self._files(), key=_mtime, reverse=True):
            kind, month, digest, _ = _parts(file)
            is_old = newest.setdefault((kind, month), digest) != digest
            total += 0 if is_old else file.stat().st_size
            if (is_old or total > most) and time.time() - _mtime(file) > _IN_USE_S:
                file.unlink(missing_ok=True)

    def _newest(self, kind: KindName, month: Month, format: Format) -> Made | None:
        files = sorted(self.folder.glob(f"{kind}_{month}_*.{format}"), key=_mtime)
        if not files:
            return None
        with suppress(OSError):
            return Made(files[-1], _parts(files[-1])[2], files[-1].stat().st_size)
        return None

    def _files(self) -> list[Path]:
        return [file for format in FORMATS for file in self.folder.glob(f"*_*_*.{format}")]


def file_name(kind: str, month: Month, digest: str, format: str) -> str:
    """As it lies in the folder."""
    return f"{kind}_{month}_{digest}.{format}"


def _parts(file: Path) -> tuple[str, str, str, str]:
    """Kind, month, digest, format."""
    kind, month, digest = file.stem.split("_")
    return kind, month, digest, file.suffix.removeprefix(".")


def _mtime(file: Path) -> float:
    try:
        return file.stat().st_mtime
    except OSError:
        return 0.0


def _age_s(made: Made) -> float:
    return time.time() - _mtime(made.path)
