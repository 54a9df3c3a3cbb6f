"""A parking place that is new: the form, and what would be registered."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from cityhub.catalogue.model import BASES
from cityhub.catalogue.vehicles import VEHICLES
from cityhub.onboarding.own_names import Fault
from cityhub.onboarding.place_candidate import NewPlace
from cityhub.onboarding.trial import Trial
from cityhub.words import Language
from maps.browser import in_language
from portal.rendering import AssetUrl
from portal.residents.places import drawn_at
from portal.staff import own_names
from portal.staff.frame import Reader, page

# What the second step asks by itself.
_OWN = frozenset({"lang", "go", "why"})


class Zone(Protocol):
    """Whose tariff holds; `version`: of now, None: none yet."""

    @property
    def id(self) -> str: ...
    @property
    def name_vi(self) -> str: ...
    @property
    def name_en(self) -> str: ...
    @property
    def version(self) -> str | None: ...


@dataclass(frozen=True, slots=True)
class FormView:
    """The first step. `form`: what was written; `zones`: those with a tariff; `issuers`: who runs places already."""

    reader: Reader
    form: Mapping[str, str]
    zones: Sequence[Zone]
    issuers: Sequence[str]
    faults: Sequence[Fault] = field(default_factory=tuple)


@dataclass(frozen=True, slots=True)
class PreviewView:
    """The second step. `zone`: None where nothing is sold; `trial`: of what was kept of its counter."""

    reader: Reader
    new: NewPlace
    zone: Zone | None
    trial: Trial
    form: Mapping[str, str]


def form_html(language: Language, view: FormView, asset_url: AssetUrl, notice: str) -> str:
    """The page."""
    return page(
        "place_form.html",
        language,
        view.reader,
        "/ops/new/place",
        asset_url,
        notice,
        view=view,
        bases={name: in_language(*words, language) for name, words in BASES.items()},
        zones=[(zone.id, in_language(zone.name_vi, zone.name_en, language)) for zone in view.zones],
        vehicles=_vehicles(language),
        faults=own_names.fault_words(view.faults, language),
        faulty={fault.field for fault in view.faults},
    )


def preview_html(language: Language, view: PreviewView, asset_url: AssetUrl, notice: str) -> str:
    """The page."""
    place = view.new.place
    zone = view.zone
    return page(
        "place_preview.html",
        language,
        view.reader,
        "/ops/new/place",
        asset_url,
        notice,
        place=place,
        basis=in_language(*BASES[place.basis], language),
        drawing=drawn_at("parking", place.lon, place.lat),
        vehicles=", ".join(_vehicles(language)[name] for name in place.vehicles),
        zone=None if zone is None else in_language(zone.name_vi, zone.name_en, language),
        version=None if zone is None else zone.version,
        trial=own_names.trial("parking", view.trial, language) if view.trial.messages else None,
        kept={name: value for name, value in view.form.items() if name not in _OWN},
    )


def _vehicles(language: Language) -> dict[str, str]:
    return {one.name: in_language(one.name_vi, one.name_en, language) for one in VEHICLES.values()}
