"""The files that a catalogue folder may hold, and their columns, as rows of a table (see docs/data.md)."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from cityhub.catalogue import cells
from cityhub.kinds import KINDS, Kind, KindName

# A column with this prefix is kept as an attribute under the rest of its name.
ATTRIBUTE = "attr_"


@dataclass(frozen=True, slots=True)
class Column:
    """A column: how its cells are read, whether each row must fill it, what a blank cell means."""

    name: str
    parse: cells.Parser
    required: bool = False
    blank: object = None


@dataclass(frozen=True, slots=True)
class Table:
    """One file: its kind, its columns, and what its sensors are taken to measure and how often (s)."""

    file: str
    kind: KindName
    properties: tuple[str, ...]
    interval_s: int
    extra: tuple[Column, ...] = ()
    is_place: bool = False
    columns: Mapping[str, Column] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "columns", {column.name: column for column in (*_EVERYWHERE, *self.extra)})


_EVERYWHERE = (
    Column("id", cells.identifier, required=True),
    Column("name_vi", cells.text, required=True),
    Column("name_en", cells.text, required=True),
    Column("lat", cells.latitude, required=True),
    Column("lon", cells.longitude, required=True),
    Column("basis", cells.basis, required=True),
    Column("basis_note", cells.text, blank=""),
    Column("interval_s", cells.whole),
    Column("illustrative", cells.truth, blank=False),
    Column("listed", cells.truth, blank=True),
    Column("observed_since", cells.day),
)
_PROPERTIES = Column("properties", cells.names, blank=())
_CAPACITY = Column("capacity", cells.whole, required=True)
# How a place is run; what has no zone cannot be paid for.
_RUN = (
    Column("zone", cells.identifier),
    Column("issuer", cells.issuer),
    Column("vehicles", cells.vehicles, blank=("car",)),
    Column("opening", cells.opening, blank="24/7"),
)
_PLACE = Column("place_id", cells.identifier, required=True)


def _tables_of(kind: Kind) -> tuple[Table, ...]:
    """The files of a kind: one with its sensors. Parking is also told by place and by bay."""
    if kind.name != "parking":
        return (Table(f"{kind.name}.csv", kind.name, kind.measures, kind.interval_s, (_PROPERTIES,)),)
    count, interval_s = ("occupied_count",), kind.interval_s
    return (
        Table("parking_places.csv", kind.name, count, interval_s, (_CAPACITY, *_RUN), is_place=True),
        Table("parking_bays.csv", kind.name, ("occupied",), interval_s, (_PLACE,)),
        Table("parking.csv", kind.name, count, interval_s, (_PROPERTIES, _CAPACITY)),
    )


TABLES: Mapping[str, Table] = {table.file: table for kind in KINDS.values() for table in _tables_of(kind)}
