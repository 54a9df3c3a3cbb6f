"""Rows of a file put together to areas: parts joined, ids given, what looks wrong told."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from cityhub.catalogue.area_names import Name, read_name, slug, undiacritised
from cityhub.catalogue.areas import Area, Level
from cityhub.catalogue.boundaries.columns import Row
from cityhub.catalogue.boundaries.doubts import doubts
from cityhub.catalogue.boundaries.shapes import geojson, merged, outlines, side_by_side

# So many names are listed where a note is about many.
_LISTED = 5
# With a number behind it an id must still fit its column.
_LONGEST_ID = 95


@dataclass(frozen=True, slots=True)
class Assembled:
    """Areas by id, what was done to get them, and what looks wrong."""

    areas: tuple[Area, ...]
    notes: tuple[str, ...]
    doubts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Part:
    """An area on its way: how its first row calls it, how many rows it has, and its shape as drawn and as mended."""

    name: Name
    row: Row
    rows: int
    drawn: Any
    whole: Any


def assemble(level: Level, names: Sequence[Name], rows: Sequence[Row], shapes: Sequence[Any]) -> Assembled:
    """Areas of rows with these names and shapes (WGS84). Rows of one name, code and area above are one area."""
    groups: dict[tuple[str, ...], list[int]] = {}
    for at, (name, row) in enumerate(zip(names, rows, strict=True)):
        groups.setdefault((name.full_vi, row.code or "", *row.above), []).append(at)
    parts = []
    # Ids are given in this order, whatever the order of rows.
    for _, members in sorted(groups.items()):
        own = [shapes[at] for at in members]
        first = members[0]
        parts.append(_Part(names[first], rows[first], len(members), side_by_side(own), merged(own)))
    kept = [part for part in parts if part.whole is not None]
    if not kept:
        return Assembled((), tuple(_notes(parts)), ())
    odd = doubts(
        level, [part.name.full_vi for part in kept], [p.drawn for p in kept], [p.whole for p in kept]
    )
    return Assembled(_areas(level, kept), tuple(_notes(parts)), tuple(odd))


def listed(names: Sequence[str]) -> str:
    """The first of many."""
    return ", ".join(names[:_LISTED]) + (", ..." if len(names) > _LISTED else "")


def _notes(parts: Sequence[_Part]) -> list[str]:
    joined = [f"{part.name.full_vi} ({part.rows})" for part in parts if part.rows > 1]
    counts = Counter(part.name.full_vi for part in parts)
    doubled = [f"{name} ({count})" for name, count in counts.items() if count > 1]
    empty = [part.name.full_vi for part in parts if part.whole is None]
    told = {
        "rows of one name became one area": joined,
        "several areas have one name, and are told apart by code or the area above": doubled,
        "left out, because the outline has no inside": empty,
    }
    return [f"{what}: {listed(names)}" for what, names in told.items() if names]


def _areas(level: Level, parts: Sequence[_Part]) -> tuple[Area, ...]:
    """Areas by id, which are given in the order of `parts`."""
    bases = [f"{level}-{slug(part.name.vi) or 'area'}" for part in parts]
    counts = Counter(bases)
    taken: set[str] = set()
    found = []
    for part, base, outline in zip(parts, bases, outlines([part.whole for part in parts]), strict=True):
        area_id = _free_id(base, part.row if counts[base] > 1 else None, taken)
        taken.add(area_id)
        english = Name(part.name.vi, _english(part), part.name.rank)
        found.append(
            Area(
                id=area_id,
                code=part.row.code or (part.row.shape_code if part.rows == 1 else None),
                name_vi=part.name.vi,
                name_en=english.en,
                full_name_vi=part.name.full_vi,
                full_name_en=english.full_en,
                geometry=geojson(part.whole),
                outline=geojson(outline),
            )
        )
    return tuple(sorted(found, key=lambda area: area.id))


def _english(part: _Part) -> str:
    given = "" if part.row.english is None else undiacritised(read_name(part.row.english).vi)
    return given.strip() or part.name.en


def _free_id(base: str, row: Row | None, taken: set[str]) -> str:
    """The name; with the code or the area above where several areas have it (`row`), else with a number."""
    more = "" if row is None else slug(row.code or "-".join(reversed(row.above)))
    wanted = f"{base}-{more}"[:_LONGEST_ID] if more else base[:_LONGEST_ID]
    area_id, number = wanted, 2
    while area_id in taken:
        area_id, number = f"{wanted}-{number}", number + 1
    return area_id
