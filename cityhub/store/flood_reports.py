"""Reports of staff on flood points, and their pictures. All within the caller's transaction."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import uuid4

import psycopg
from psycopg.rows import class_row

from cityhub.errors import Conflict, NotFound
from cityhub.flood.photos import Photo
from cityhub.flood.reports import SHOWN, Report, State
from cityhub.store import notices
from cityhub.store.queries import load

_SQL = load(__file__)
# A clock of staff may be ahead by as much.
_AHEAD = timedelta(minutes=5)


class ToldOtherwise(Conflict):
    """A report or its picture came before with another content."""


@dataclass(frozen=True, slots=True)
class Told:
    """A report as it is told. `digest`: of all of it; `observed_at` is aware."""

    point_id: str
    state: State
    depth: float | None
    observed_at: datetime
    told_by: str
    reference: str
    digest: bytes


def add(conn: psycopg.Connection, told: Told, now: datetime) -> tuple[Report, bool]:
    """The report, and whether it is new: the same told again is the same. `now` is aware.

    Raises NotFound, and ToldOtherwise where the reference came with another content.
    """
    check_point(conn, told.point_id)
    row = {
        "id": uuid4(),
        "point_id": told.point_id,
        "state": told.state,
        "depth": told.depth,
        "observed_at": told.observed_at,
        "told_by": told.told_by,
        "reference": told.reference,
        "digest": told.digest,
        "now": now,
    }
    added = conn.execute(_SQL["add"], row).fetchone()
    if added is None:
        [(id, digest)] = conn.execute(_SQL["told"], row).fetchall()
        if bytes(digest) != told.digest:
            raise ToldOtherwise("this reference told another content before", "flood_report_once")
        return by_id(conn, str(id)), False
    notices.changed(conn, {"flood"})
    return by_id(conn, str(added[0])), True


def check_point(conn: psycopg.Connection, point_id: str) -> None:
    """Raises NotFound where no listed flood point has the id."""
    [(is_known,)] = conn.execute(_SQL["is_point"], {"point_id": point_id}).fetchall()
    if not is_known:
        raise NotFound("flood point", point_id)


def by_id(conn: psycopg.Connection, id: str) -> Report:
    """The report; raises NotFound."""
    with conn.cursor(row_factory=class_row(Report)) as cursor:
        found = cursor.execute(_SQL["by_id"], {"id": id}).fetchone()
    if found is None:
        raise NotFound("flood report", id)
    return found


def of_point(conn: psycopg.Connection, point_id: str, limit: int) -> list[Report]:
    """The reports on a point, the newest first; raises NotFound."""
    check_point(conn, point_id)
    with conn.cursor(row_factory=class_row(Report)) as cursor:
        return cursor.execute(_SQL["of_point"], {"point_id": point_id, "limit": limit}).fetchall()


def newest(conn: psycopg.Connection, now: datetime) -> dict[str, Report]:
    """The newest report on each point that is shown at `now` (aware), by the point's id."""
    with conn.cursor(row_factory=class_row(Report)) as cursor:
        rows = cursor.execute(_SQL["newest"], {"start": now - SHOWN, "end": now + _AHEAD})
        return {report.point_id: report for report in rows}


def add_photo(conn: psycopg.Connection, report: Report, photo: Photo, digest: bytes, now: datetime) -> bool:
    """Keep the picture of a report; False where the same was sent before. `digest`: of the bytes as they were sent.

    Raises ToldOtherwise where the report has another.
    """
    parameters = {
        "id": report.id,
        "digest": digest,
        "body": photo.body,
        "width": photo.width,
        "height": photo.height,
        "now": now,
    }
    if conn.execute(_SQL["add_photo"], parameters).rowcount:
        notices.changed(conn, {"flood"})
        return True
    if photo_sent(conn, report.id) != digest:
        raise ToldOtherwise("this report has another picture already", "flood_photo_once")
    return False


def photo_sent(conn: psycopg.Connection, report_id: str) -> bytes | None:
    """The digest of the picture as it was sent, None where there is none."""
    row = conn.execute(_SQL["photo_sent"], {"id": report_id}).fetchone()
    return None if row is None else bytes(row[0])


def photo(conn: psycopg.Connection, report_id: str) -> bytes:
    """The picture of a report, a JPEG; raises NotFound."""
    row = conn.execute(_SQL["photo"], {"id": report_id}).fetchone()
    if row is None:
        raise NotFound("photo of flood report", report_id)
    return bytes(row[0])


def remove_photos(conn: psycopg.Connection, before: datetime) -> int:
    """Remove pictures that came before `before` (aware); how many. Their reports stay."""
    return conn.execute(_SQL["remove_photos"], {"before": before}).rowcount
