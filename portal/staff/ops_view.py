"""What the console shows, as the store and routes give it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

from cityhub.devices import trouble as devices
from cityhub.devices.trouble import Device
from cityhub.kinds import KindName
from cityhub.ops import trouble as hub
from cityhub.ops.console import Listed, Note, Reach, State
from cityhub.ops.rates import Rate
from portal.staff.frame import Reader

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
    rates: Sequence[Rate]
