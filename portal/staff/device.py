"""One device as operations see it: what it is, how it does now, and how it did by day."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple, Protocol

from cityhub.devices.health import Gaps
from cityhub.kinds import DEVICE_PROPERTIES, KINDS
from cityhub.kinds.figures import as_measured
from cityhub.model import SensorRow
from cityhub.observing.decoded import Details
from cityhub.observing.quality import Flag, names
from cityhub.words import Language, words_in
from cityhub.words.formats import number
from maps.browser import in_language
from portal.rendering import AssetUrl
from portal.residents.ages import age_words
from portal.residents.places import drawn_at
from portal.staff.frame import Reader, page
from portal.staff.ops import shown
from portal.staff.ops_view import Line
from portal.staff.said import said_words

DAYS = 30
_ACROSS, _WIDTH, _HEIGHT = 10, 34, 34


class Stream(Protocol):
    """A datastream with its newest reading; None where it never had any."""

    @property
    def unit(self) -> str: ...
    @property
    def time(self) -> datetime | None: ...
    @property
    def value(self) -> float | None: ...
    @property
    def quality(self) -> int | None: ...

    # The last: after it the name is another.
    @property
    def property(self) -> str: ...


class Day(Protocol):
    """How it did on a day of Hanoi."""

    @property
    def day(self) -> date: ...
    @property
    def expected(self) -> int: ...
    @property
    def reports(self) -> int: ...
    @property
    def completeness(self) -> float | None: ...
    @property
    def missing(self) -> int | None: ...
    @property
    def restarts(self) -> int | None: ...
    @property
    def n_rejected(self) -> int: ...
    @property
    def battery(self) -> float | None: ...
    @property
    def rssi(self) -> float | None: ...


class Maintenance(Protocol):
    """Who works on it, and until when (aware)."""

    @property
    def by(self) -> str: ...
    @property
    def note(self) -> str: ...
    @property
    def ends_at(self) -> datetime: ...


class Listening(Protocol):
    """Who listens to its messages, why, and until when (aware)."""

    @property
    def by(self) -> str: ...
    @property
    def why(self) -> str: ...
    @property
    def ends_at(self) -> datetime: ...


class Password(Protocol):
    """What is on record of its password at the broker; times are aware."""

    @property
    def given_at(self) -> datetime | None: ...
    @property
    def given_by(self) -> str | None: ...
    @property
    def rotated_at(self) -> datetime | None: ...
    @property
    def rotated_by(self) -> str | None: ...
    @property
    def revoked_at(self) -> datetime | None: ...
    @property
    def revoked_by(self) -> str | None: ...


@dataclass(frozen=True, slots=True)
class DeviceView:
    """A device at `now` (aware). `gaps`: in the numbers of its messages in 24 h, None where it numbered none.

    `days`: the last thirty, oldest first; `corrections`, `refused`, `trail`: the newest of each. `password`: None where
    none was given by the hub. `details`: what it said of itself last, and when (aware). `listening`: who listens to it.
    """

    now: datetime
    reader: Reader
    sensor: SensorRow
    streams: Sequence[Stream]
    troubles: Sequence[Line]
    days: Sequence[Day]
    gaps: Gaps | None
    corrections: Sequence[Any]
    refused: Sequence[Any]
    trail: Sequence[Any]
    maintenance: Maintenance | None
    password: Password | None
    details: tuple[Details, datetime] | None
    listening: Listening | None


class _Cell(NamedTuple):
    x: int
    y: int
    mark: str
    text: str
    title: str


def device_html(language: Language, view: DeviceView, asset_url: AssetUrl, notice: str) -> str:
    """The page."""
    sensor = view.sensor
    kind = KINDS[sensor.kind]
    return page(
        "device.html",
        language,
        view.reader,
        f"/ops/devices/{sensor.id}",
        asset_url,
        notice,
        view=view,
        sensor=sensor,
        drawing=drawn_at(sensor.kind, sensor.lon, sensor.lat),
        details=_details(view, language),
        name=in_language(sensor.name_vi, sensor.name_en, language),
        kind=in_language(kind.name_vi, kind.name_en, language),
        troubles=[shown(one, language, view.now) for one in view.troubles],
        streams=[_stream(one, sensor.kind, language, view.now) for one in view.streams],
        cells=_cells(view.days, view.now, language),
        across=_ACROSS * _WIDTH,
        down=-(-DAYS // _ACROSS) * _HEIGHT,
        flags=lambda bits: ", ".join(flag_words(language)[flag] for flag in names(bits)),
        percent=lambda share: "–" if share is None else f"{number(100 * share, 0, language)} %",
        figure=lambda value: "–" if value is None else number(as_measured(value), 1, language),
        said=said_words(language).get(view.reader.said or ""),
        may_write="ops:write" in view.reader.scopes,
    )


def _details(view: DeviceView, language: Language) -> dict[str, Any] | None:
    """What it said of itself, and how long ago."""
    if view.details is None:
        return None
    said, told_at = view.details
    uptime = None
    if said.uptime_s is not None:
        days, rest = divmod(said.uptime_s, 86_400)
        hours, minutes = rest // 3600, rest % 3600 // 60
        uptime = words_in(language).gettext(
            "device.uptime_for", days=number(days, 0, language), hours=hours, minutes=minutes
        )
    age = age_words((view.now - told_at).total_seconds(), language)
    return {"firmware": said.firmware, "reset": said.reset, "uptime": uptime, "age": age}


def flag_words(language: Language) -> Mapping[Flag, str]:
    """What flags of readings are called."""
    words = words_in(language)
    return {
        "range": words.gettext("flag.range"),
        "fault": words.gettext("flag.fault"),
        "rate": words.gettext("flag.rate"),
        "flatline": words.gettext("flag.flatline"),
        "late": words.gettext("flag.late"),
        "neighbour": words.gettext("flag.neighbour"),
        "total": words.gettext("flag.total"),
    }


def _stream(stream: Stream, kind: str, language: Language, now: datetime) -> dict[str, Any]:
    observed = KINDS[kind].properties.get(stream.property) or DEVICE_PROPERTIES.get(stream.property)
    name = stream.property
    if observed is not None:
        name = in_language(observed.name_vi, observed.name_en, language)
    has_value = stream.time is not None and stream.value is not None
    return {
        "name": name,
        "value": f"{number(as_measured(stream.value or 0.0), 3, language)} {stream.unit}"
        if has_value
        else None,
        "age": None if stream.time is None else age_words((now - stream.time).total_seconds(), language),
        "flags": ", ".join(flag_words(language)[flag] for flag in names(stream.quality or 0)),
    }


def mark_of(share: float | None) -> str:
    """The class by which a day is coloured of which such a share of reports came, None where none was expected."""
    if share is None:
        return "none"
    return "full" if share >= 0.95 else "most" if share >= 0.8 else "half" if share >= 0.5 else "few"


def _cells(days: Sequence[Day], now: datetime, language: Language) -> list[_Cell]:
    """A square for each of thirty days up to today's, oldest first; the figure in it is the per cent that came."""
    found = {one.day: one for one in days}
    last = (now + timedelta(hours=7)).date()
    cells = []
    for index in range(DAYS):
        day = last - timedelta(days=DAYS - 1 - index)
        share = found[day].completeness if day in found else None
        text = "" if share is None else number(100 * share, 0, language)
        mark = mark_of(share)
        cells.append(
            _Cell(
                index % _ACROSS * _WIDTH,
                index // _ACROSS * _HEIGHT,
                mark,
                text,
                f"{day:%d/%m}: {text + ' %' if text else '–'}",
            )
        )
    return cells
