"""The console: what is wrong, since when, what is likely behind it, and what to do."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from itertools import groupby
from typing import Literal, Protocol
from urllib.parse import urlencode
from uuid import uuid4

from cityhub.devices import trouble as devices
from cityhub.devices.trouble import Device
from cityhub.kinds import KINDS, KindName
from cityhub.ops import trouble as hub
from cityhub.ops.console import Listed, Note, Reach, State
from cityhub.rfc3339 import at_local_time
from cityhub.words import Language, words_in
from cityhub.words.formats import number
from maps.browser import in_language
from portal.rendering import AssetUrl
from portal.residents.ages import age_words
from portal.staff.frame import Reader, page
from portal.staff.trouble_words import Told, device_names, of_device, of_hub

ReachOf = Literal["mine", "all"]
STATES: Sequence[State] = ("open", "acknowledged", "maintenance")


class Line(Protocol):
    """A trouble of a sensor."""

    @property
    def sensor_id(self) -> str: ...
    @property
    def kind(self) -> KindName: ...
    @property
    def name_vi(self) -> str: ...
    @property
    def name_en(self) -> str: ...
    @property
    def code(self) -> devices.Code: ...
    @property
    def since(self) -> datetime | None: ...
    @property
    def device(self) -> Device: ...
    @property
    def note(self) -> Note | None: ...
    @property
    def maintained_until(self) -> datetime | None: ...


@dataclass(frozen=True, slots=True)
class HubLine:
    """A trouble of the hub, and who knows of it."""

    trouble: hub.Trouble
    note: Note | None


@dataclass(frozen=True, slots=True)
class Filter:
    """What is asked for; None: whatever it is. `reach`: also what the reader chose not to be told of?"""

    state: State = "open"
    code: devices.Code | None = None
    kind: KindName | None = None
    area: str | None = None
    reach: ReachOf = "mine"
    page: int = 1


class Summary(Protocol):
    """How all sensors do. `lags_s`: median and 95 % of the seconds until a reading is stored, None where none came."""

    @property
    def sensors(self) -> int: ...
    @property
    def heard(self) -> int: ...
    @property
    def heard_last_minute(self) -> int: ...
    @property
    def expected_per_minute(self) -> float: ...
    @property
    def lags_s(self) -> tuple[float, float] | None: ...


class AreaName(Protocol):
    """An area that holds sensors."""

    @property
    def level(self) -> str: ...
    @property
    def id(self) -> str: ...
    @property
    def name_vi(self) -> str: ...
    @property
    def name_en(self) -> str: ...


class Batch(Protocol):
    """What somebody did to many troubles at once."""

    @property
    def id(self) -> str: ...
    @property
    def action(self) -> Literal["acknowledge", "maintenance"]: ...
    @property
    def by(self) -> str: ...
    @property
    def note(self) -> str: ...
    @property
    def made_at(self) -> datetime: ...
    @property
    def n(self) -> int: ...
    @property
    def skipped(self) -> int: ...


@dataclass(frozen=True, slots=True)
class OpsView:
    """The console at `now`, of sensors as they were at `looked_at` (aware).

    `lines`: one page of what is `listed`, which has so many `pages`; `batches` can be undone.
    """

    now: datetime
    looked_at: datetime
    reader: Reader
    hub: Sequence[HubLine]
    lines: Sequence[Line]
    listed: Listed
    asked: Filter
    pages: int
    summary: Summary
    areas: Sequence[AreaName]
    reach: Reach
    batches: Sequence[Batch]


@dataclass(frozen=True, slots=True)
class Shown:
    """A trouble as the pages tell it; `href`: where more is to be seen; `choice`: by which one of many is chosen."""

    subject: str
    code: str
    name: str
    href: str | None
    told: Told
    since: str | None
    is_grave: bool
    note: Note | None
    maintained_until: datetime | None
    choice: str = ""


def ops_html(language: Language, view: OpsView, asset_url: AssetUrl, notice: str) -> str:
    """The page."""
    words = words_in(language)
    states: Mapping[State, str] = {
        "open": words.gettext("ops.open"),
        "acknowledged": words.gettext("ops.acknowledged"),
        "maintenance": words.gettext("ops.maintenance"),
    }
    asked = view.asked
    totals = {state: sum(n for (at, _), n in view.listed.counts.items() if at == state) for state in STATES}
    by_code = {
        code: sum(n for (at, which), n in view.listed.counts.items() if which == code and at == asked.state)
        for code in devices.KINDS
    }
    kinds = [(kind.name, in_language(kind.name_vi, kind.name_en, language)) for kind in KINDS.values()]
    return page(
        "console.html",
        language,
        view.reader,
        "/ops",
        asset_url,
        notice,
        view=view,
        keeps=_query(asked, page=1),
        areas=areas_by_level(view.areas, language),
        batches=[_batch(one, language) for one in view.batches],
        new_id=str(uuid4()),
        looked_at=f"{at_local_time(view.looked_at):%H:%M:%S}",
        link=lambda **changes: _address(language, asked, **changes),
        lines=[shown(one, language, view.now) for one in view.lines],
        hub=[_hub(one, language, view) for one in view.hub if (one.note is None) == (asked.state == "open")]
        if asked.state != "maintenance"
        else [],
        states=[(state, states[state], totals[state]) for state in STATES],
        codes=[(code, name, by_code[code]) for code, name in device_names(language).items()],
        kinds=kinds,
        said=said_words(language).get(view.reader.said or ""),
        may_write="ops:write" in view.reader.scopes,
        number=lambda value: number(value, 0, language),
    )


def areas_by_level(areas: Sequence[AreaName], language: Language) -> list[tuple[str, list[AreaName]]]:
    """By what their level is called."""
    words = words_in(language)
    levels: Mapping[str, str] = {
        "province": words.gettext("ops.level.province"),
        "district": words.gettext("ops.level.district"),
        "ward": words.gettext("ops.level.ward"),
        "quarter": words.gettext("ops.level.quarter"),
    }
    return [(levels[level], list(some)) for level, some in groupby(areas, lambda area: area.level)]


_UNSAID = (("page", 1), ("reach", "mine"))


def _query(asked: Filter, **changes: object) -> dict[str, str]:
    """What is asked for as an address says it, with changes to it."""
    found = {field.name: getattr(asked, field.name) for field in fields(asked)} | changes
    return {
        name: str(value)
        for name, value in found.items()
        if value is not None and (name, value) != ("page", 1)
    }


def _address(language: Language, asked: Filter, **changes: object) -> str:
    """The console with another filter: from its first page, unless that is what changes."""
    return f"/ops?{urlencode({'lang': language, **_query(asked, **({'page': 1} | changes))})}"


def said_words(language: Language) -> Mapping[str, str]:
    """What was done, by its name."""
    words = words_in(language)
    return {
        "acknowledged": words.gettext("ops.said.acknowledged"),
        "bulk": words.gettext("ops.said.bulk"),
        "bulk_used": words.gettext("ops.said.bulk_used"),
        "bulk_none": words.gettext("ops.said.bulk_none"),
        "bulk_undone": words.gettext("ops.said.bulk_undone"),
        "reach": words.gettext("ops.said.reach"),
        "undone": words.gettext("ops.said.undone"),
        "maintained": words.gettext("ops.said.maintained"),
        "maintenance_ended": words.gettext("ops.said.maintenance_ended"),
        "replay": words.gettext("ops.said.replay"),
        "replay_waits": words.gettext("ops.said.replay_waits"),
        "returned": words.gettext("ops.said.returned"),
        "wallet": words.gettext("ops.said.wallet"),
        "registered": words.gettext("ops.said.registered"),
        "mapped": words.gettext("ops.said.mapped"),
        "refunded": words.gettext("ops.said.refunded"),
    }


def _batch(batch: Batch, language: Language) -> tuple[Batch, str]:
    """With what was done."""
    words = words_in(language)
    n = number(batch.n, 0, language)
    said = {
        "acknowledge": words.ngettext("ops.batch.acknowledged_one", "ops.batch.acknowledged", batch.n, n=n),
        "maintenance": words.ngettext("ops.batch.maintained_one", "ops.batch.maintained", batch.n, n=n),
    }
    return batch, said[batch.action]


def since_words(since: datetime | None, now: datetime, language: Language) -> str | None:
    """How long ago it began; None where nobody knows."""
    return None if since is None else age_words((now - since).total_seconds(), language)


def shown(line: Line, language: Language, now: datetime) -> Shown:
    """A trouble of a sensor as the pages tell it."""
    return Shown(
        f"sensor:{line.sensor_id}",
        line.code,
        line.name_vi if language == "vi" else line.name_en,
        f"/ops/devices/{line.sensor_id}?lang={language}",
        of_device(line.code, line.device, language),
        since_words(line.since, now, language),
        devices.KINDS[line.code].is_grave,
        line.note,
        line.maintained_until,
        f"{line.sensor_id}:{line.code}",
    )


def _hub(line: HubLine, language: Language, view: OpsView) -> Shown:
    kind = hub.KINDS[line.trouble.code]
    leads_to = kind.leads_to if kind.scope in view.reader.scopes else None
    return Shown(
        "hub",
        line.trouble.code,
        words_in(language).gettext("ops.hub"),
        None if leads_to is None else f"{leads_to}?lang={language}",
        of_hub(line.trouble, language),
        since_words(line.trouble.since, view.now, language),
        True,
        line.note,
        None,
    )
