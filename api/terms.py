"""On which terms the hub's data is given: licence, publisher, and what the operator says about it."""

from dataclasses import dataclass
from typing import Self

from cityhub.config import Settings
from cityhub.observing.quality import NAMES, Flag

# What each flag of a reading says, for who reads a file without the documentation.
QUALITY: dict[Flag, str] = {
    "range": "implausible: left out of hours, days and public values",
    "fault": "the device says that it is wrong, or a sign for a missing value: left out as well",
    "rate": "changed faster than physics allows",
    "flatline": "unchanged for too long",
    "late": "came when the public had already gone without it",
    "neighbour": "the sensors around it say something else",
    "total": "a running total was sent for an amount",
}
assert set(QUALITY) == set(NAMES.values())  # noqa: S101 - one table beside the other

NO_FLAG = "empty: nothing speaks against the value, which is as measured in any case"


@dataclass(frozen=True, slots=True)
class Terms:
    """`notice`: the operator's own words, such as that the data is simulated; may be empty."""

    licence: str
    licence_url: str
    publisher: str
    notice: str

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """Those that the operator set."""
        return cls(settings.data_licence, settings.data_licence_url, settings.data_publisher, settings.notice)

    @property
    def link(self) -> str:
        """The value of a Link header that names the licence (RFC 4946)."""
        return f'<{self.licence_url}>; rel="license"'

    def metadata(self) -> dict[str, str]:
        """What a file says of itself."""
        told = {
            "licence": self.licence,
            "licence_url": self.licence_url,
            "publisher": self.publisher,
            "quality": f"{NO_FLAG}; " + "; ".join(f"{name}: {words}" for name, words in QUALITY.items()),
            "times": "RFC 3339; phenomenon time; +07:00 (Asia/Ho_Chi_Minh)",
        }
        return told | ({"notice": self.notice} if self.notice else {})
