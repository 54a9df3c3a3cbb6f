"""The rain of the last hours, a quarter of an hour at a time."""

from collections.abc import Iterable
from typing import Self

from msgspec import Struct

from cityhub.latest import Feature
from cityhub.rain.frames import STEP, Frames
from cityhub.rfc3339 import LocalTime, at_local_time


class GaugeFrames(Struct, frozen=True):
    """A gauge (`coordinates`: lon, lat) and its rain in mm in each frame, null where nothing good came."""

    id: str
    name: str
    name_en: str
    coordinates: tuple[float, float]
    mm: list[float | None]


class RainFrames(Struct, frozen=True):
    """Rain of six hours in frames of `step_s` seconds: `times` are their ends, the oldest first."""

    step_s: int
    times: list[LocalTime]
    gauges: list[GaugeFrames]

    @classmethod
    def of(cls, frames: Frames, features: Iterable[Feature]) -> Self:
        """The answer for these gauges."""
        silent = [None] * len(frames.ends)
        return cls(
            int(STEP.total_seconds()),
            [at_local_time(end) for end in frames.ends],
            [
                GaugeFrames(
                    feature.id,
                    feature.properties.name,
                    feature.properties.name_en,
                    feature.geometry.coordinates,
                    list(frames.mm.get(feature.id, silent)),
                )
                for feature in features
            ],
        )
