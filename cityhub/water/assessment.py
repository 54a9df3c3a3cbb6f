"""What is known of the water at a station at one moment: each figure with where and when it comes from, and VN_WQI.

A parameter counts as whoever measured it last found it: the station, or a laboratory in one of its newest samples.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from cityhub.errors import InvalidInput
from cityhub.water import oxygen, wqi
from cityhub.water.limits import Comparison, compare
from cityhub.water.samples import Sample
from cityhub.water.scales import SCALES, Bound
from cityhub.water.wqi import Index, Rules

Source = Literal["sensor", "sample"]
# Why a figure has no sub-index though VN_WQI has a table of it.
Unused = Literal["detection_limit", "no_temperature"]
_OXYGEN = "dissolved_oxygen"


@dataclass(frozen=True, slots=True)
class Measured:
    """A parameter as found at `time` (aware), in its unit, by the station or in the sample `sample_id`."""

    parameter: str
    value: float
    bound: Bound
    source: Source
    time: datetime
    sample_id: str | None = None
    laboratory: str | None = None


@dataclass(frozen=True, slots=True)
class Figure:
    """What was measured, its sub-index or why it has none, and its limit. `percent`: of saturation, of oxygen alone."""

    measured: Measured
    sub_index: float | None
    unused: Unused | None
    comparison: Comparison | None
    percent: float | None = None


@dataclass(frozen=True, slots=True)
class Assessment:
    """The figures by parameter, and the index that they make or why there is none."""

    figures: Mapping[str, Figure]
    index: Index


def assess(
    sensed: Iterable[Measured], samples: Iterable[Sample], moment: datetime, rules: Rules
) -> Assessment:
    """The water at `moment` (aware), or at the end of a span whose means are `sensed`.

    `samples` come newest first, as the store gives them. One that is older than the rules allow, or was taken later,
    does not count.
    """
    newest: dict[str, Measured] = {}
    temperatures: dict[str | None, Measured] = {}
    oldest = moment - timedelta(days=rules.sample_days)
    for sample in samples:
        if sample.sampled_at > moment:
            continue
        if sample.sampled_at < oldest:
            break
        for one in sample.results:
            # A temperature is kept for the oxygen of its own water, though there may be a newer one.
            if one.value is None or (one.parameter in newest and one.parameter != "temperature"):
                continue
            found = Measured(
                one.parameter, one.value, one.bound, "sample", sample.sampled_at, sample.id, sample.laboratory
            )
            newest.setdefault(one.parameter, found)
            if one.parameter == "temperature":
                temperatures[sample.id] = found
    for reading in sensed:
        held = newest.get(reading.parameter)
        if held is None or reading.time >= held.time:
            newest[reading.parameter] = reading
        if reading.parameter == "temperature":
            temperatures[None] = reading
    # Oxygen is told beside the temperature of the same water: that of the same sample, or the station's own.
    figures = {name: _figure(one, temperatures.get(one.sample_id)) for name, one in newest.items()}
    sub_indices = {name: one.sub_index for name, one in figures.items() if one.sub_index is not None}
    return Assessment(figures, wqi.evaluate(sub_indices, rules))


def is_recent(time: datetime, moment: datetime, rules: Rules) -> bool:
    """Does a station's reading of `time` still count at `moment`? Both are aware."""
    return moment - time <= timedelta(hours=rules.sensor_hours)


def _figure(one: Measured, temperature: Measured | None) -> Figure:
    comparison = compare(one.parameter, one.value, one.bound)
    scale = SCALES.get(one.parameter)
    if scale is None:
        return Figure(one, None, None, comparison)
    value, percent = one.value, None
    if one.parameter == _OXYGEN:
        percent = _percent(one, temperature)
        if percent is None:
            return Figure(one, None, "no_temperature", comparison)
        value = percent
    sub_index = scale.certain(value, one.bound)
    return Figure(one, sub_index, "detection_limit" if sub_index is None else None, comparison, percent)


def _percent(one: Measured, temperature: Measured | None) -> float | None:
    if temperature is None or temperature.bound != "=":
        return None
    try:
        return oxygen.percent(one.value, temperature.value)
    except InvalidInput:
        return None
