"""The console: what is wrong, since when, what is likely behind it, and what to do."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from itertools import groupby
from urllib.parse import urlencode
from uuid import uuid4

from cityhub.devices import trouble as devices
from cityhub.kinds import KINDS
from cityhub.ops import trouble as hub
from cityhub.ops.console import Note, State
from cityhub.rfc3339 import at_local_time
from cityhub.words import Language, words_in
from cityhub.words.formats import number
from maps.browser import in_language
from portal.rendering import AssetUrl
from portal.residents.ages import age_words
from portal.staff import rates
from portal.staff.frame import page
from portal.staff.ops_view import STATES, AreaName, Batch, Filter, HubLine, Line, OpsView
from portal.staff.said import said_words
from portal.staff.trouble_words import Told, device_names, of_device, of_hub


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
        rates=rates.rows(view.rates, language),
        picture=(rates.WIDTH, rates.HEIGHT),
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
