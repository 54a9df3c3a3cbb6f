"""The file of new passwords for who sets devices up."""

import csv
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from cityhub import whole_files
from cityhub.errors import ServiceError
from cityhub.kinds import KindName
from cityhub.observing import topics

COLUMNS = ("sensor_id", "kind", "username", "password", "telemetry_topic", "status_topic")
Write = Callable[[Iterable[Sequence[str]]], None]


@contextmanager
def writing(out: Path | None) -> Iterator[Write | None]:
    """Writes rows to a new file that only its owner may read; gone when anything fails.

    They are on the disk before the broker's file changes: nobody else knows the new passwords. None where nobody wants
    a file. Raises ServiceError, also when there is such a file.
    """
    if out is None:
        yield None
        return
    try:
        descriptor = os.open(out, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as exc:
        raise ServiceError(f"{out} cannot be made: {exc.strerror}") from exc
    try:
        with os.fdopen(descriptor, "w", newline="") as file:

            def write(rows: Iterable[Sequence[str]]) -> None:
                try:
                    csv.writer(file, lineterminator="\n").writerows([COLUMNS, *rows])
                    file.flush()
                    os.fsync(descriptor)
                    whole_files.sync_folder(out.parent)
                except OSError as exc:
                    raise ServiceError(f"{out} cannot be written: {exc.strerror}") from exc

            yield write
    except BaseException:
        # Also for ctrl-C: passwords that nobody has are no file's business.
        out.unlink(missing_ok=True)
        raise


def row(sensor_id: str, kind: KindName, password: str, prefix: str) -> tuple[str, ...]:
    """A sensor's; its user name is its id. `prefix`: of topics."""
    told, said = topics.telemetry(prefix, kind, sensor_id), topics.status(prefix, kind, sensor_id)
    return (sensor_id, kind, sensor_id, password, told, said)
