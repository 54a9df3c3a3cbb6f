"""The table of sensor kinds and their observed properties. A new kind is a file beside this one and its name below.

Units follow the interface: gases and particles µg/m³ (CO too), rain mm, street water cm, river and lake level m.
`low` and `high` bound what is physically plausible for the place and instrument; a value outside is kept but
flagged `range` and left out of sums and public values. `change` and `flat` bound how a value may go on from the
ones before it (flags `rate` and `flatline`, shown but marked). All are project rules, not a standard; docs/data.md
tells which real readings they were held against. A property without them is not judged so: laboratory values come
too seldom, and a parked car or a dry gauge is rightly unchanged for days.

A `Band` colours a map marker. The bands of this module are about concentrations and depths as measured; they are
no index. PM2.5 bands use the concentration limits of Decision 1459/QD-TCMT, Table 2; dissolved oxygen uses
QCVN 08:2023/BTNMT (lakes, level B: 5 mg/L); rain uses Hanoi's operating thresholds for one hour (Decision
2280/QD-UBND); street water uses project classes.
"""

from collections.abc import Mapping
from importlib import import_module
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal

from cityhub.kinds.device import DEVICE_PROPERTIES
from cityhub.kinds.model import Aggregation, Band, Kind, ObservedProperty

__all__ = ["DEVICE_PROPERTIES", "KINDS", "Aggregation", "Band", "Kind", "KindName", "ObservedProperty"]

# In this order they are shown everywhere.
_NAMES = ("air", "rain", "flood", "water", "parking")

KINDS: Mapping[str, Kind] = MappingProxyType(
    {name: import_module(f"{__name__}.{name}").KIND for name in _NAMES}
)

if TYPE_CHECKING:
    KindName = str
else:
    # One of the names above; what is described from its types, such as the API, lists them.
    KindName = Literal[tuple(KINDS)]
