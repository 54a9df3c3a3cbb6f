"""The files that a catalogue folder may hold, and their columns, as rows of a table (see docs/data.md)."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from cityhub.catalogue import cells
from cityhub.kinds import KindName

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
)
_PROPERTIES = Column("properties", cells.names, blank=())
_CAPACITY = Column("capacity", cells.whole, required=True)
_PLACE = Column("place_id", cells.identifier, required=True)

_AIR = ("pm2_5", "pm10", "no2", "so2", "o3", "co", "temperature", "humidity")
# What a buoy measures by itself; the other water properties come from a laboratory.
_BUOY = ("temperature", "ph", "dissolved_oxygen", "conductivity", "turbidity", "chlorophyll_a", "nh4_n")

TABLES: Mapping[str, Table] = {
    table.file: table
    for table in (
        Table("air.csv", "air", _AIR, 60, (_PROPERTIES,)),
        Table("rain.csv", "rain", ("rain",), 60, (_PROPERTIES,)),
        Table("flood.csv", "flood", ("depth",), 60, (_PROPERTIES,)),
        Table("water.csv", "water", _BUOY, 300, (_PROPERTIES,)),
        Table("parking_places.csv", "parking", ("occupied_count",), 300, (_CAPACITY,), is_place=True),
        Table("parking_bays.csv", "parking", ("occupied",), 300, (_PLACE,)),
        Table("parking.csv", "parking", ("occupied_count",), 300, (_PROPERTIES, _CAPACITY)),
    )
}
