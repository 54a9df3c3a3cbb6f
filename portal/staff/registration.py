"""Devices that nobody registered, and the three steps by which one becomes a sensor."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from cityhub.catalogue.model import BASES
from cityhub.kinds import KINDS, KindName
from cityhub.onboarding.candidate import Candidate
from cityhub.onboarding.own_names import Fault, Line
from cityhub.onboarding.seen import Seen
from cityhub.onboarding.trial import Trial
from cityhub.words import Language
from cityhub.words.formats import number
from maps.browser import in_language
from portal.rendering import AssetUrl
from portal.staff import own_names
from portal.staff.frame import Reader, page
from portal.staff.said import said_words


class Group(Protocol):
    """A device that sends as `kind`; `known_as`: the other kind that its id is registered as."""

    @property
    def kind(self) -> KindName: ...
    @property
    def sensor_id(self) -> str: ...
    @property
    def messages(self) -> int: ...
    @property
    def first_received_at(self) -> datetime: ...
    @property
    def last_received_at(self) -> datetime: ...
    @property
    def known_as(self) -> KindName | None: ...


class Mistaken(Protocol):
    """A topic that is none of the hub's."""

    @property
    def topic(self) -> str: ...
    @property
    def detail(self) -> str: ...
    @property
    def messages(self) -> int: ...
    @property
    def last_received_at(self) -> datetime: ...


@dataclass(frozen=True, slots=True)
class Unknown:
    """A device, the names of what it sends, and the kind that these tell of; None where they tell of none."""

    group: Group
    names: Sequence[str]
    looks_like: KindName | None


@dataclass(frozen=True, slots=True)
class NewView:
    """A page of the devices that nobody registered, and topics that are nearly right."""

    reader: Reader
    unknown: Sequence[Unknown]
    mistaken: Sequence[Mistaken]
    page: int
    pages: int


@dataclass(frozen=True, slots=True)
class FormView:
    """The first step. `form`: what was written; `seen`: fields by name; `unsure`: fields whose factor is to be given.

    `places`: names by id of parking places. `group` is None where no message is kept any more.
    """

    reader: Reader
    kind: KindName
    sensor_id: str
    group: Group | None
    seen: Mapping[str, Seen]
    lines: Sequence[Line]
    form: Mapping[str, str]
    places: Mapping[str, str]
    looks_like: KindName | None
    unsure: frozenset[str] = frozenset()
    faults: Sequence[Fault] = field(default_factory=tuple)


@dataclass(frozen=True, slots=True)
class PreviewView:
    """The second and third step."""

    reader: Reader
    candidate: Candidate
    trial: Trial
    form: Mapping[str, str]


def new_html(language: Language, view: NewView, asset_url: AssetUrl, notice: str) -> str:
    """The page."""
    return page(
        "new.html",
        language,
        view.reader,
        "/ops/new",
        asset_url,
        notice,
        view=view,
        kind_name=lambda kind: _kind(kind, language),
        number=lambda value: number(value, 0, language),
        said=said_words(language).get(view.reader.said or ""),
        may_write="ops:write" in view.reader.scopes,
    )


def form_html(language: Language, view: FormView, asset_url: AssetUrl, notice: str) -> str:
    """The page."""
    kind = KINDS[view.kind]
    return page(
        "new_form.html",
        language,
        view.reader,
        f"/ops/new/{view.kind}/{view.sensor_id}",
        asset_url,
        notice,
        view=view,
        kind=_kind(view.kind, language),
        looks_like=None if view.looks_like in (None, view.kind) else _kind(view.looks_like or "", language),
        bases={name: in_language(*words, language) for name, words in BASES.items()},
        properties=[
            (one.name, in_language(one.name_vi, one.name_en, language), one.unit)
            for one in kind.properties.values()
        ],
        names=own_names.lines(view.lines, view.seen, view.unsure, language),
        targets=own_names.targets(view.kind, language),
        counts=own_names.counts(view.kind),
        faults=own_names.fault_words(view.faults, language),
        faulty={fault.field for fault in view.faults},
        interval=kind.interval_s,
        number=lambda value: number(value, 0, language),
        may_write="ops:write" in view.reader.scopes,
    )


def preview_html(language: Language, view: PreviewView, asset_url: AssetUrl, notice: str) -> str:
    """The page."""
    sensor = view.candidate.sensor
    return page(
        "new_preview.html",
        language,
        view.reader,
        f"/ops/new/{sensor.kind}/{sensor.id}",
        asset_url,
        notice,
        sensor=sensor,
        kind=_kind(sensor.kind, language),
        basis=in_language(*BASES[sensor.basis], language),
        properties=", ".join(own_names.named(sensor.kind, name, language) for name in sensor.properties),
        trial=own_names.trial(sensor.kind, view.trial, language),
        kept={name: value for name, value in view.form.items() if name not in _OWN},
    )


# What the second step asks by itself.
_OWN = frozenset({"lang", "go", "why"})


def _kind(kind: KindName, language: Language) -> str:
    found = KINDS[kind]
    return in_language(found.name_vi, found.name_en, language)
