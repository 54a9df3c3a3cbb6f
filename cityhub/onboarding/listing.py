"""A list of sensors as people keep it, in Vietnamese or English: each row read by itself, a bad one harms no other."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Literal, NamedTuple

from cityhub.catalogue import cells
from cityhub.catalogue.cells import BadCell
from cityhub.catalogue.model import BASES
from cityhub.kinds import KINDS, KindName
from cityhub.onboarding import guesses
from cityhub.onboarding.candidate import CITY, LONGEST_INTERVAL_S
from cityhub.onboarding.own_names import Fault
from cityhub.onboarding.sheets import BadSheet, Row

Column = Literal[
    "id", "kind", "name_vi", "name_en", "lat", "lon", "basis", "basis_note", "interval_s", "properties", "place_id",
    "capacity",
]  # fmt: skip
# Headings by `guesses.plain`.
_HEADINGS: Mapping[Column, tuple[str, ...]] = {
    "id": ("id", "sensorid", "sensor", "deviceid", "ma", "macambien", "mathietbi"),
    "kind": ("kind", "type", "loai", "loaicambien"),
    "name_vi": ("namevi", "name", "ten", "tentiengviet", "tencambien", "tentram", "vietnamesename"),
    "name_en": ("nameen", "englishname", "nameinenglish", "tentienganh"),
    "lat": ("lat", "latitude", "vido", "y"),
    "lon": ("lon", "lng", "long", "longitude", "kinhdo", "x"),
    "basis": ("basis", "coordinatebasis", "nguontoado", "toadolaytudau", "cosotoado"),
    "basis_note": ("basisnote", "note", "ghichu", "ghichuvitri"),
    "interval_s": ("intervals", "interval", "intervalseconds", "chuky", "chukygiay", "chukyguigiay"),
    "properties": ("properties", "measures", "dailuong", "thongso", "dogi"),
    "place_id": ("placeid", "place", "parkingplace", "baido", "mabaido"),
    "capacity": ("capacity", "succhua"),
}
_COLUMNS: Mapping[str, Column] = MappingProxyType(
    {heading: column for column, headings in _HEADINGS.items() for heading in headings}
)
_KINDS = {
    guesses.plain(name): kind.name
    for kind in KINDS.values()
    for name in (kind.name, kind.name_vi, kind.name_en)
} | {"baidoxe": "parking", "luongmua": "rain", "chatluongkhongkhi": "air"}
_BASES = {guesses.plain(name): basis for basis, words in BASES.items() for name in (basis, *words)}
_NEEDED: tuple[Column, ...] = ("id", "lat", "lon")
# A title may stand above the heading.
_HEADING_WITHIN = 20
_BETWEEN = re.compile(r"[;,|/\n]+")


class Note(NamedTuple):
    """What was read otherwise than it is written; `code` has words."""

    code: str
    detail: str


@dataclass(frozen=True, slots=True)
class Line:
    """A row as it was read. `told`: what its cells say, by column; blank ones are absent."""

    number: int
    id: str
    told: Mapping[Column, Any] = field(default_factory=dict)
    faults: tuple[Fault, ...] = ()
    notes: tuple[Note, ...] = ()


def lines_of(rows: Sequence[Row]) -> list[Line]:
    """The rows below the heading. Raises BadSheet where no row is a heading that names what is needed."""
    at, columns = _heading(rows)
    first: dict[str, int] = {}
    found = []
    for row in rows[at + 1 :]:
        line = _line(row, columns)
        other = first.setdefault(line.id, row.number) if line.id else row.number
        if other != row.number:
            line = Line(
                line.number,
                line.id,
                line.told,
                (*line.faults, Fault("id", "row_twice", str(other))),
                line.notes,
            )
        found.append(line)
    if not found:
        raise BadSheet("empty")
    return found


def _heading(rows: Sequence[Row]) -> tuple[int, Mapping[int, Column]]:
    for at, row in enumerate(rows[:_HEADING_WITHIN]):
        columns: dict[int, Column] = {}
        for number, text in enumerate(row.cells):
            column = _COLUMNS.get(guesses.plain(text))
            if column is not None and column not in columns.values():
                columns[number] = column
        if all(column in columns.values() for column in _NEEDED):
            return at, columns
    raise BadSheet("no_heading")


def _line(row: Row, columns: Mapping[int, Column]) -> Line:
    given = {column: row.cells[at] for at, column in columns.items() if at < len(row.cells) and row.cells[at]}
    faults: list[Fault] = []
    notes: list[Note] = []
    told: dict[Column, Any] = {}
    for column, text in given.items():
        try:
            told[column] = _READ[column](text)
        except BadCell:
            faults.append(Fault(column, _FAULTS.get(column, "text"), text[:60]))
    if "properties" in told:
        told["properties"] = properties_of(told.get("kind"), told["properties"], faults)
    if "interval_s" in told and told["interval_s"] > LONGEST_INTERVAL_S:
        faults.append(Fault("interval_s", "interval"))
    if "id" not in given:
        faults.append(Fault("id", "missing"))
    elif "id" in told and told["id"] != given["id"]:
        notes.append(Note("id_as", f"{given['id'][:64]} → {told['id']}"))
    if ("lat" in told) != ("lon" in told):
        faults.append(Fault("lon" if "lat" in told else "lat", "missing"))
    elif "lat" in told and not CITY.holds(told["lat"], told["lon"]):
        faults.append(Fault("lat", "swapped" if CITY.holds(told["lon"], told["lat"]) else "outside"))
    return Line(row.number, str(told.get("id", given.get("id", "")))[:64], told, tuple(faults), tuple(notes))


def _id(text: str) -> str:
    return cells.identifier(re.sub(r"[_ ]+", "-", text.lower()))


def _degrees(text: str) -> float:
    return cells.longitude(text.replace(",", ".").replace("°", "").strip())


def _whole(text: str) -> int:
    return cells.whole(text.removesuffix(".0"))


def _one_of(known: Mapping[str, str]) -> Callable[[str], str]:
    def read(text: str) -> str:
        try:
            return known[guesses.plain(text)]
        except KeyError:
            raise BadCell(text) from None

    return read


def _names(text: str) -> list[str]:
    return [part.strip() for part in _BETWEEN.split(text) if part.strip()]


_READ: Mapping[Column, Callable[[str], Any]] = {
    "id": _id,
    "kind": _one_of(_KINDS),
    "name_vi": cells.text,
    "name_en": cells.text,
    "lat": _degrees,
    "lon": _degrees,
    "basis": _one_of(_BASES),
    "basis_note": cells.text,
    "interval_s": _whole,
    "properties": _names,
    "place_id": cells.identifier,
    "capacity": _whole,
}
_FAULTS: Mapping[Column, str] = {
    "id": "id", "kind": "kind", "lat": "degrees", "lon": "degrees", "basis": "basis", "interval_s": "interval",
    "place_id": "place", "capacity": "capacity",
}  # fmt: skip


def properties_of(kind: KindName | None, names: Iterable[str], faults: list[Fault]) -> tuple[str, ...]:
    """The properties that are meant; of a name that tells another unit only a person knows the factor."""
    found: list[str] = []
    for name in names:
        guessed = None if kind is None else guesses.guess(kind, name)
        if kind is None:
            found.append(name)
        elif guessed is None or guessed.needs_factor:
            faults.append(Fault("properties", "property", name[:60]))
        elif guessed.property in KINDS[kind].properties:
            found.append(guessed.property)
    return tuple(dict.fromkeys(found))
