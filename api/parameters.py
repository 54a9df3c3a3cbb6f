"""Query parameters that need more than a type: points, boxes, times. Parsed once, here, into plain values."""

import math
import re
from datetime import date, datetime

from cityhub.errors import InvalidInput

SENSOR_ID_PATTERN = r"^[a-z0-9-]{3,64}$"
NUMBER_PATTERN = r"-?\d{1,3}(\.\d{1,12})?"
BBOX_PATTERN = rf"^{NUMBER_PATTERN}(,{NUMBER_PATTERN}){{3}}$"
NEAR_PATTERN = rf"^{NUMBER_PATTERN},{NUMBER_PATTERN}$"

_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)", re.ASCII)
# `+` in a query string means a blank; who forgot to write %2B is understood all the same.
_TIME = re.compile(
    r"(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?)([Zz]|[+ -]\d\d:\d\d)", re.ASCII
)
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
FIRST_YEAR, LAST_YEAR = 1970, 2199


def parse_bbox(text: str) -> tuple[float, float, float, float]:
    """`min_lon,min_lat,max_lon,max_lat` in degrees; raises InvalidInput."""
    numbers = _numbers("bbox", text, "min_lon,min_lat,max_lon,max_lat", 4)
    min_lon, min_lat, max_lon, max_lat = numbers
    _check_degrees("bbox", min_lon, min_lat)
    _check_degrees("bbox", max_lon, max_lat)
    if min_lon > max_lon or min_lat > max_lat:
        raise InvalidInput("bbox", "the first corner must be south-west of the second")
    return min_lon, min_lat, max_lon, max_lat


def parse_near(text: str) -> tuple[float, float]:
    """`lat,lon` in degrees; raises InvalidInput."""
    lat, lon = _numbers("near", text, "lat,lon", 2)
    _check_degrees("near", lon, lat)
    return lat, lon


def parse_time(field: str, text: str) -> datetime:
    """RFC 3339 with offset, to the microsecond; raises InvalidInput naming `field`."""
    match = _TIME.fullmatch(text.strip())
    if match is None:
        raise InvalidInput(field, "must be RFC 3339 with offset, such as 2026-11-22T10:00:00+07:00")
    day, clock, offset = match.groups()
    whole, dot, fraction = clock.partition(".")
    zone = "+00:00" if offset in "Zz" else offset.replace(" ", "+")
    try:
        time = datetime.fromisoformat(f"{day}T{whole}{dot}{fraction[:6]}{zone}")
    except ValueError as exc:
        raise InvalidInput(field, f"is no time: {exc}") from exc
    if not FIRST_YEAR <= time.year <= LAST_YEAR:
        raise InvalidInput(field, f"the year must be from {FIRST_YEAR} to {LAST_YEAR}")
    return time


def parse_day(field: str, text: str) -> date:
    """A day as YYYY-MM-DD; raises InvalidInput naming `field`."""
    try:
        day = date.fromisoformat(text) if _DAY.fullmatch(text) else None
    except ValueError as exc:
        raise InvalidInput(field, f"is no day: {exc}") from exc
    if day is None:
        raise InvalidInput(field, "must be a day such as 2026-11-22")
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise InvalidInput(field, f"the year must be from {FIRST_YEAR} to {LAST_YEAR}")
    return day


def _numbers(field: str, text: str, shape: str, count: int) -> list[float]:
    parts = [part.strip() for part in text.split(",")]
    if len(parts) != count or not all(_NUMBER.fullmatch(part) for part in parts):
        raise InvalidInput(field, f"must be {shape}: {count} numbers with commas between")
    return [float(part) for part in parts]


def _check_degrees(field: str, lon: float, lat: float) -> None:
    if not (math.isfinite(lon) and -180 <= lon <= 180):
        raise InvalidInput(field, "longitude must be from -180 to 180 degrees")
    if not (math.isfinite(lat) and -90 <= lat <= 90):
        raise InvalidInput(field, "latitude must be from -90 to 90 degrees")
