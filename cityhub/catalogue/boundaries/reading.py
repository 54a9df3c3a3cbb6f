"""From the layers of a file to areas: names, levels, codes and shapes put together, and what was noticed on the way."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cityhub.catalogue.area_names import Name, Rank, old_district, read_name, read_names, slug, undiacritised
from cityhub.catalogue.areas import LEVELS, Area, Level
from cityhub.catalogue.boundaries.columns import ColumnProblem, Columns, Row, read_columns, some_names
from cityhub.catalogue.boundaries.coordinates import Placed, UnknownPlace, to_wgs84
from cityhub.catalogue.boundaries.doubts import doubts
from cityhub.catalogue.boundaries.layers import Layer
from cityhub.catalogue.boundaries.shapes import geojson, kinds, merged, outlines, planes, side_by_side
from cityhub.errors import FileError

if TYPE_CHECKING:
    from geopandas import GeoDataFrame, GeoSeries


@dataclass(frozen=True, slots=True)
class Choices:
    """What a person said about a file; None: to be found out."""

    level: Level | None = None
    layers: tuple[str, ...] = ()
    name_column: str | None = None
    encoding: str | None = None
    crs: str | None = None
    swap_axes: bool = False


@dataclass(frozen=True, slots=True)
class Boundaries:
    """The areas of a file, by id, all of one level, and how they were read.

    `notes`: what was found out or left out; `doubts`: what looks wrong.
    """

    level: Level
    areas: tuple[Area, ...]
    layers: tuple[str, ...]
    column: str
    encoding: str
    system: str
    notes: tuple[str, ...]
    doubts: tuple[str, ...]

    @property
    def are_of_old_hanoi(self) -> bool:
        """Are these Hanoi's districts, which ended with June 2025?"""
        known = sum(old_district(area.name_vi) is not None for area in self.areas)
        return self.level == "district" and 2 * known >= len(self.areas)


class Reading:
    """One file on its way to areas."""

    def __init__(self, file: str, choices: Choices, points: Sequence[tuple[float, float]]) -> None:
        self.file, self.choices, self.points = file, choices, points
        self.notes: list[str] = []

    def boundaries(self, chosen: Sequence[Layer], layer_names: tuple[str, ...]) -> Boundaries:
        frame, names_of_layers = self._one_frame(chosen)
        columns = self._columns(frame, chosen, names_of_layers)
        names = _names(columns)
        level = self._level(names, columns)
        kept = self._of_level(names, level)
        frame = frame.iloc[kept].reset_index(drop=True)
        names = [names[at] for at in kept]
        rows = [columns.rows[at] for at in kept]
        shape_codes = [columns.shape_codes[at] for at in kept]
        if level == "district":
            names = [_proper_district(name) for name in names]
        placed = self._placed(frame.geometry, chosen[0], names)
        parts = self._grouped(rows, names)
        wholes, drawn, order = [], [], []
        # Ids are given in this order, whatever the order of rows.
        for _, members in sorted(parts.items()):
            shapes = [placed.geometry.iloc[at] for at in members]
            whole = merged(shapes)
            if whole is None:
                self.notes.append(f"left out, because its outline has no inside: {names[members[0]].full_vi}")
                continue
            wholes.append(whole)
            drawn.append(side_by_side(shapes))
            order.append(members)
        if not wholes:
            raise FileError(self.file, "holds no outline with an inside")
        areas = self._areas(level, order, names, rows, shape_codes, wholes)
        odd = doubts(level, [names[members[0]].full_vi for members in order], drawn, wholes)
        return Boundaries(
            level=level,
            areas=areas,
            layers=layer_names,
            column=columns.column,
            encoding=columns.encoding,
            system=placed.system,
            notes=(*columns.notes, *placed.notes, *self.notes),
            doubts=tuple(odd),
        )

    def _one_frame(self, chosen: Sequence[Layer]) -> tuple["GeoDataFrame", list[str]]:
        """The rows with planes of all chosen layers, and of each row the name of its layer."""
        import pandas  # noqa: PLC0415

        frames: list[GeoDataFrame] = []
        names: list[str] = []
        for layer in chosen:
            frame = layer.frame.copy()
            if frames and (frame.crs != frames[0].crs or set(frame) != set(frames[0])):
                problem = "its layers differ in columns or coordinate system; give one with --layer, others with --add"
                raise FileError(self.file, problem)
            frame["geometry"] = planes(frame.geometry)
            empty = frame.geometry.isna()
            self._tell_left_out(layer.frame[empty])
            frames.append(frame[~empty])
            names += [layer.name] * int((~empty).sum())
        whole = (
            pandas.concat(frames, ignore_index=True) if len(frames) > 1 else frames[0].reset_index(drop=True)
        )
        if whole.empty:
            raise FileError(self.file, f"holds no polygon that can be used; {'; '.join(self.notes)}")
        return whole, names

    def _tell_left_out(self, frame: "GeoDataFrame") -> None:
        if frame.empty:
            return
        counts = kinds(frame.geometry)
        nothing = counts.pop("none", 0)
        names = ", ".join(some_names(frame))
        if nothing:
            self.notes.append(
                f"left out, because they have no shape: {nothing} rows" + (f" ({names})" if names else "")
            )
        if counts:
            listed = ", ".join(f"{count} {kind}" for kind, count in counts.items())
            self.notes.append(
                f"left out, because they are no areas or lack numbers: {listed}"
                + (f" ({names})" if names else "")
            )

    def _columns(
        self, frame: "GeoDataFrame", chosen: Sequence[Layer], names_of_layers: Sequence[str]
    ) -> Columns:
        try:
            return read_columns(
                frame,
                column=self.choices.name_column,
                encoding=self.choices.encoding,
                declared=chosen[0].declared,
                level=self.choices.level,
                layer_names=names_of_layers if len(chosen) > 1 else (),
            )
        except ColumnProblem as exc:
            raise FileError(self.file, exc.problem, column=exc.column) from exc

    def _level(self, names: Sequence[Name], columns: Columns) -> Level:
        if self.choices.level is not None:
            return self.choices.level
        ranked = [name.rank for name in names if name.rank is not None]
        common = set(LEVELS).intersection(*(rank.levels for rank in ranked)) if ranked else set()
        if columns.level is not None and (columns.level in common or not ranked):
            return columns.level
        if len(common) == 1:
            return common.pop()
        if not ranked and 2 * sum(old_district(name.vi) is not None for name in names) >= len(names):
            return "district"
        offered = f"give --level, one of: {', '.join(LEVELS)}"
        if not ranked:
            raise FileError(self.file, f"which level are these areas? Nothing in the file says it; {offered}")
        raise FileError(self.file, f"its areas are of several levels ({_by_rank(ranked)}); {offered}")

    def _of_level(self, names: Sequence[Name], level: Level) -> list[int]:
        """The rows of that level; others were left out on purpose, by a person who gave the level."""
        kept = [at for at, name in enumerate(names) if name.rank is None or level in name.rank.levels]
        others = [name for name in names if name.rank is not None and level not in name.rank.levels]
        if not kept:
            raise FileError(
                self.file, f"holds no {level}, only {_by_rank([n.rank for n in others if n.rank])}"
            )
        if others:
            listed = ", ".join(name.full_vi for name in others[:5]) + (", ..." if len(others) > 5 else "")
            self.notes.append(
                f"left out, because they are of another level than {level}: {len(others)} ({listed})"
            )
        return kept

    def _placed(self, geometry: "GeoSeries", layer: Layer, names: Sequence[Name]) -> Placed:
        try:
            return to_wgs84(
                geometry,
                wanted=self.choices.crs,
                swap_axes=self.choices.swap_axes,
                is_mapinfo=layer.dataset.path.suffix.lower() in {".tab", ".mif"},
                points=self.points,
                names=[name.full_vi for name in names],
            )
        except UnknownPlace as exc:
            raise FileError(self.file, str(exc)) from exc

    def _grouped(self, rows: Sequence[Row], names: Sequence[Name]) -> Mapping[tuple[str, ...], list[int]]:
        """The rows of each area."""
        parts: dict[tuple[str, ...], list[int]] = {}
        for at, (row, name) in enumerate(zip(rows, names, strict=True)):
            parts.setdefault((name.full_vi, row.code or "", *row.above), []).append(at)
        joined = [(names[members[0]].full_vi, len(members)) for members in parts.values() if len(members) > 1]
        if joined:
            listed = ", ".join(f"{name} ({count})" for name, count in joined[:5]) + (
                ", ..." if len(joined) > 5 else ""
            )
            self.notes.append(f"rows of one name became one area: {listed}")
        seen: dict[str, int] = {}
        for members in parts.values():
            seen[names[members[0]].full_vi] = seen.get(names[members[0]].full_vi, 0) + 1
        doubled = [f"{name} ({count})" for name, count in seen.items() if count > 1]
        if doubled:
            listed = ", ".join(doubled[:5]) + (", ..." if len(doubled) > 5 else "")
            self.notes.append(
                f"several areas have one name, and are told apart by code or the area above: {listed}"
            )
        return parts

    def _areas(
        self,
        level: Level,
        order: Sequence[Sequence[int]],
        names: Sequence[Name],
        rows: Sequence[Row],
        shape_codes: Sequence[str | None],
        geometry: Sequence[Any],
    ) -> tuple[Area, ...]:
        bases = [f"{level}-{slug(names[members[0]].vi) or 'area'}" for members in order]
        taken: set[str] = set()
        found = []
        for members, base, exact, outline in zip(order, bases, geometry, outlines(geometry), strict=True):
            row, name = rows[members[0]], names[members[0]]
            code = (
                row.code if row.code is not None else (shape_codes[members[0]] if len(members) == 1 else None)
            )
            area_id = _free_id(base, row, bases.count(base) > 1, taken)
            taken.add(area_id)
            english = None if row.english is None else read_name(row.english).vi
            name_en = (
                name.en if english is None or not undiacritised(english).strip() else undiacritised(english)
            )
            full_en = Name(name.vi, name_en, name.rank).full_en
            found.append(
                Area(area_id, code, name.vi, name_en, name.full_vi, full_en, geojson(exact), geojson(outline))
            )
        return tuple(sorted(found, key=lambda area: area.id))


def _names(columns: Columns) -> list[Name]:
    names = read_names([row.name for row in columns.rows])
    return [
        Name(name.vi, name.en, row.rank) if name.rank is None and row.rank is not None else name
        for name, row in zip(names, columns.rows, strict=True)
    ]


def _proper_district(name: Name) -> Name:
    return old_district(name.vi) or name


def _by_rank(ranks: Sequence[Rank]) -> str:
    counts: dict[str, int] = {}
    for rank in ranks:
        counts[rank.vi or rank.en] = counts.get(rank.vi or rank.en, 0) + 1
    return ", ".join(f"{count} {word}" for word, count in counts.items())


def _free_id(base: str, row: Row, is_doubled: bool, taken: set[str]) -> str:
    """The name; where several areas have it also the code, or the area above, else a number."""
    more = slug(row.code or "-".join(reversed(row.above))) if is_doubled else ""
    wanted = f"{base}-{more}" if more else base
    area_id, number = wanted[:95], 2
    while area_id in taken:
        area_id, number = f"{wanted[:95]}-{number}", number + 1
    return area_id
