"""The file of a backup: a tar of what it was made from, pg_dump's output and the digest of that.

It is read and written as a stream, in constant memory: a program that reads and writes pipes does the rest.
"""

import hashlib
import io
import json
import os
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, BinaryIO

from cityhub import whole_files
from cityhub.errors import FileError
from cityhub.store.backup import Origin

FORMAT = 1
_MANIFEST, _DUMP, _DIGEST = "manifest.json", "database.dump", "database.dump.sha256"
_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class Backup:
    """A backup that was found whole: where its dump begins and how long it is, in bytes."""

    file: Path
    made_at: datetime
    origin: Origin
    offset: int
    size: int

    def feed(self, target: IO[bytes]) -> None:
        """Hand the dump to a program."""
        with self.file.open("rb") as source:
            source.seek(self.offset)
            for part in _parts(source, self.size):
                target.write(part)


@contextmanager
def unfinished(target: Path) -> Iterator[tuple[Path, BinaryIO]]:
    """A new file for its owner only, that gets the name `target` when the block ends well, and else goes.

    Raises FileError where there is such a file already, or none can be made.
    """
    if target.exists():
        raise FileError(str(target), "is there already; a backup does not overwrite another")
    partial = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        descriptor = os.open(partial, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as exc:
        raise FileError(str(target), f"cannot be written: {exc.strerror}") from exc
    try:
        with os.fdopen(descriptor, "w+b") as opened:
            yield partial, opened
            opened.flush()
            os.fsync(opened.fileno())
        # Unlike a rename it fails where somebody made one meanwhile.
        os.link(partial, target)
    except OSError as exc:
        raise FileError(str(target), f"cannot be written: {exc.strerror}") from exc
    finally:
        with suppress(OSError):
            partial.unlink(missing_ok=True)
    whole_files.sync_folder(target.parent)


def write(opened: BinaryIO, origin: Origin, dump: IO[bytes]) -> None:
    """Write what comes out of `dump` until its end, with what stands before and behind it."""
    now = datetime.now(UTC)
    manifest = {"format": FORMAT, "made_at": now.isoformat(), **asdict(origin)}
    with tarfile.open(fileobj=opened, mode="w", format=tarfile.GNU_FORMAT) as tar:
        _add(tar, _MANIFEST, json.dumps(manifest, indent=1).encode(), now)
        # Its size is known when it is there.
        head = tar.offset
        opened.seek(head + tarfile.BLOCKSIZE)
        digest, size = hashlib.sha256(), 0
        while part := dump.read(_CHUNK):
            opened.write(part)
            digest.update(part)
            size += len(part)
        opened.write(bytes(-size % tarfile.BLOCKSIZE))
        opened.seek(head)
        opened.write(_member(_DUMP, size, now).tobuf(tarfile.GNU_FORMAT))
        opened.seek(0, os.SEEK_END)
        tar.offset = opened.tell()
        _add(tar, _DIGEST, f"{digest.hexdigest()}  {_DUMP}\n".encode(), now)


def read(file: Path) -> Backup:
    """A backup, its digest compared; raises FileError for what is none, is cut off or was changed."""
    try:
        with file.open("rb") as opened, tarfile.open(fileobj=opened, mode="r:") as tar:
            manifest = json.loads(_content(tar, _MANIFEST))
            if manifest.pop("format") != FORMAT:
                raise FileError(str(file), "was made by another version of the hub's backup")
            made_at = datetime.fromisoformat(manifest.pop("made_at"))
            origin = Origin(**{**manifest, "roles": tuple(manifest["roles"])})
            dump = tar.getmember(_DUMP)
            said = _content(tar, _DIGEST).split()[0].decode()
            opened.seek(dump.offset_data)
            digest = hashlib.sha256()
            for part in _parts(opened, dump.size):
                digest.update(part)
    except OSError as exc:
        raise FileError(str(file), f"cannot be read: {exc.strerror}") from exc
    except (tarfile.TarError, ValueError, KeyError, TypeError, AttributeError, IndexError, EOFError) as exc:
        raise FileError(str(file), "is no whole backup of the hub") from exc
    if digest.hexdigest() != said:
        raise FileError(str(file), "is damaged: its digest is another one")
    return Backup(file, made_at, origin, dump.offset_data, dump.size)


def _add(tar: tarfile.TarFile, name: str, body: bytes, now: datetime) -> None:
    tar.addfile(_member(name, len(body), now), io.BytesIO(body))


def _member(name: str, size: int, now: datetime) -> tarfile.TarInfo:
    member = tarfile.TarInfo(name)
    member.size, member.mode, member.mtime = size, 0o600, int(now.timestamp())
    return member


def _content(tar: tarfile.TarFile, name: str) -> bytes:
    found = tar.extractfile(name)
    if found is None:
        raise KeyError(name)
    return found.read(_CHUNK)


def _parts(source: IO[bytes], size: int) -> Iterator[bytes]:
    while size > 0:
        part = source.read(min(size, _CHUNK))
        if not part:
            raise EOFError
        yield part
        size -= len(part)
