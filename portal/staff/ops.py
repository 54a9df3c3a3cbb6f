"""The console: what is wrong, since when, what is likely behind it, and what to do."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

from cityhub.devices import trouble as devices
from cityhub.devices.trouble import Device
from cityhub.kinds import KINDS, KindName
from cityhub.ops import trouble as hub
from cityhub.words import Language, words_in
from cityhub.words.formats import number
from maps.browser import in_language
from portal.rendering import AssetUrl
from portal.residents.ages import age_words
from portal.staff.frame import Reader, page
from portal.staff.trouble_words import Told, device_names, of_device, of_hub

State = Literal["open", "acknowledged", "maintenance"]
STATES: Sequence[State] = ("open", "acknowledged", "maintenance")


class Note(Protocol):
    """Somebody knows of it; `due_at` is aware."""

    @property
    def id(self) -> int: ...
    @property
    def by(self) -> str: ...
    @property
    def note(self) -> str: ...
    @property
    def due_at(self) -> datetime: ...


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
    """What is asked for; None: whatever it is."""

    state: State = "open"
    code: devices.Code | None = None
    kind: KindName | None = None
    page: int = 1


@dataclass(frozen=True, slots=True)
class OpsView:
    """The console at `now` (aware). `counts`: of sensors' troubles, by state and code; `pages`: of what matches.

    `lags_s`: median and 95 % of the seconds until a reading is stored; None where nothing came.
    """

    now: datetime
    reader: Reader
    hub: Sequence[HubLine]
    lines: Sequence[Line]
    asked: Filter
    counts: Mapping[tuple[State, devices.Code], int]
    pages: int
    sensors: int
    heard: int
    heard_last_minute: int
    expected_per_minute: float
    lags_s: tuple[float, float] | None


@dataclass(frozen=True, slots=True)
class Shown:
    """A trouble as the pages tell it; `href`: where more is to be seen."""

    subject: str
    code: str
    name: str
    href: str | None
    told: Told
    since: str | None
    is_grave: bool
    note: Note | None
    maintained_until: datetime | None


def ops_html(language: Language, view: OpsView, asset_url: AssetUrl, notice: str) -> str:
    """The page."""
    words = words_in(language)
    states: Mapping[State, str] = {
        "open": words.gettext("ops.open"),
        "acknowledged": words.gettext("ops.acknowledged"),
        "maintenance": words.gettext("ops.maintenance"),
    }
    asked = view.asked
    totals = {state: sum(n for (at, _), n in view.counts.items() if at == state) for state in STATES}
    by_code = {
        code: sum(n for (at, which), n in view.counts.items() if which == code and at == asked.state)
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
        keeps={
            name: value
            for name, value in (("state", asked.state), ("code", asked.code), ("kind", asked.kind))
            if value is not None
        },
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


def said_words(language: Language) -> Mapping[str, str]:
    """What was done, by its name."""
    words = words_in(language)
    return {
        "acknowledged": words.gettext("ops.said.acknowledged"),
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
        devices.KINDS[line.code].severity <= 2,
        line.note,
        line.maintained_until,
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
