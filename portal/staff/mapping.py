"""What a registered device calls things: what holds, what it sends beside that, and what a change would store."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from cityhub.model import SensorRow
from cityhub.onboarding.own_names import Fault, Line
from cityhub.onboarding.seen import Seen
from cityhub.onboarding.trial import Trial
from cityhub.words import Language
from maps.browser import in_language
from portal.rendering import AssetUrl
from portal.staff import own_names
from portal.staff.frame import Reader, page


class Standing(Protocol):
    """Who wrote down last what holds (`made_at` is aware), None: nobody did; or the catalogue's files say it."""

    @property
    def from_files(self) -> bool: ...
    @property
    def made_by(self) -> str | None: ...
    @property
    def made_at(self) -> datetime | None: ...
    @property
    def why(self) -> str | None: ...


@dataclass(frozen=True, slots=True)
class MappingView:
    """The form. `over`: the number of what people wrote last when it was first shown."""

    reader: Reader
    sensor: SensorRow
    standing: Standing
    seen: Mapping[str, Seen]
    lines: Sequence[Line]
    over: int | None
    unsure: frozenset[str] = frozenset()
    faults: Sequence[Fault] = ()


@dataclass(frozen=True, slots=True)
class TrialView:
    """What the form would do, and the last step."""

    reader: Reader
    sensor: SensorRow
    trial: Trial
    form: Mapping[str, str]


def mapping_html(language: Language, view: MappingView, asset_url: AssetUrl, notice: str) -> str:
    """The page."""
    sensor = view.sensor
    return page(
        "mapping.html",
        language,
        view.reader,
        f"/ops/devices/{sensor.id}/names",
        asset_url,
        notice,
        view=view,
        sensor=sensor,
        name=in_language(sensor.name_vi, sensor.name_en, language),
        names=own_names.lines(view.lines, view.seen, view.unsure, language),
        targets=own_names.targets(sensor.kind, language),
        counts=own_names.counts(sensor.kind),
        faults=own_names.fault_words(view.faults, language),
        may_write="ops:write" in view.reader.scopes,
    )


def trial_html(language: Language, view: TrialView, asset_url: AssetUrl, notice: str) -> str:
    """The page."""
    sensor = view.sensor
    return page(
        "mapping_preview.html",
        language,
        view.reader,
        f"/ops/devices/{sensor.id}/names",
        asset_url,
        notice,
        sensor=sensor,
        name=in_language(sensor.name_vi, sensor.name_en, language),
        trial=own_names.trial(sensor.kind, view.trial, language),
        kept={name: value for name, value in view.form.items() if name not in ("lang", "go", "why")},
    )
