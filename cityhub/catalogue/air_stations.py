"""What the catalogue says of an air station that its index depends on: may it publish one, of which class it is, how
its readings are corrected. Attributes of a sensor, columns `attr_...` of air.csv (docs/data.md).
"""

from collections.abc import Collection, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from typing import Final, Literal, get_args

import msgspec

# Official and equipped, or low-cost.
StationClass = Literal["reference", "indicative"]
HourStamp = Literal["start", "end"]

# What a fully equipped station measures; the pollutants of VN_AQI.
_EQUIPPED: Final = frozenset({"pm2_5", "pm10", "no2", "so2", "o3", "co"})
_TRUTH: Final = {"true": True, "false": False}
_KNOWN: Final[Mapping[str, tuple[str, ...]]] = {
    "publishes_aqi": tuple(_TRUTH),
    "station_class": get_args(StationClass),
    "hour_stamp": get_args(HourStamp),
}
# The attribute that names a correction; the catalogue is read with the correction itself, as JSON text, in its place.
CORRECTION: Final = "correction"


class Correction(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A named correction of PM2.5: `pm2_5` x raw + `humidity` x relative humidity (%) + `constant`, not below zero.

    It was fitted from `fitted_from` to `fitted_to` beside `reference_station`, and says nothing from `below` µg/m³
    (raw) on. `source`: who published it.
    """

    name: str
    pm2_5: float
    humidity: float = 0.0
    constant: float = 0.0
    below: float | None = None
    fitted_from: date
    fitted_to: date
    reference_station: str
    source: str

    @property
    def formula(self) -> str:
        """As it is read by people."""
        bound = "" if self.below is None else f" (PM2.5 < {self.below:g})"
        return f"{self.pm2_5:g} × PM2.5 {self.humidity:+g} × RH {self.constant:+g}{bound}"

    def corrected(self, raw: float | None, humidity: float | None) -> float | None:
        """The corrected mean of an hour (µg/m³); None where the correction does not reach or humidity is missing."""
        if raw is None or (humidity is None and self.humidity) or (self.below and raw >= self.below):
            return None
        return max(self.pm2_5 * raw + self.humidity * (humidity or 0.0) + self.constant, 0.0)


@dataclass(frozen=True, slots=True)
class AirStation:
    """`station_class` None: nobody said. `hour_stamp`: what a device that reports by the hour stamps its means with."""

    publishes_aqi: bool
    station_class: StationClass | None = None
    correction: Correction | None = None
    hour_stamp: HourStamp = "start"


def station_of(attributes: Mapping[str, str], properties: Collection[str]) -> AirStation:
    """A station by its attributes. One of which nobody said whether it may publish an index does where it measures all
    six pollutants: Circular 10/2021/TT-BTNMT, Article 29, leaves the index to stations that are fully equipped.
    """
    found = attributes.get("station_class")
    correction = None
    if CORRECTION in attributes:
        # An attribute of before they were read may say anything; the catalogue holds no other.
        with suppress(msgspec.MsgspecError):
            correction = msgspec.json.decode(attributes[CORRECTION], type=Correction)
    return AirStation(
        _TRUTH.get(attributes.get("publishes_aqi", ""), set(properties) >= _EQUIPPED),
        "reference" if found == "reference" else "indicative" if found == "indicative" else None,
        correction,
        "end" if attributes.get("hour_stamp") == "end" else "start",
    )


def faults_of(attributes: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """The attributes that cannot be used, and why."""
    for name, known in _KNOWN.items():
        if name in attributes and attributes[name] not in known:
            yield name, f"must be one of {', '.join(known)}"
