"""From the layers of a file to areas: names, levels, codes and shapes put together, and what was noticed on the way."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cityhub.catalogue.area_names import Name, Rank, old_district, read_names
from cityhub.catalogue.areas import LEVELS, Area, Level
from cityhub.catalogue.boundaries.assembly import assemble, listed
from cityhub.catalogue.boundaries.columns import ColumnProblem, Columns, read_columns, some_names
from cityhub.catalogue.boundaries.coordinates import Placed, UnknownPlace, to_wgs84
from cityhub.catalogue.boundaries.layers import Layer
from cityhub.catalogue.boundaries.shapes import kinds, planes
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
        """The areas of the chosen layers."""
        frame, names_of_layers = self._one_frame(chosen)
        columns = self._columns(frame, chosen, names_of_layers)
        names = _names(columns)
        level = self._level(names, columns)
        kept = self._of_level(names, level)
        names = [_proper(names[at], level) for at in kept]
        placed = self._placed(frame.geometry.iloc[kept].reset_index(drop=True), chosen[0], names)
        assembled = assemble(level, names, [columns.rows[at] for at in kept], list(placed.geometry))
        if not assembled.areas:
            raise FileError(self.file, "holds no outline with an inside")
        return Boundaries(
            level=level,
            areas=assembled.areas,
            layers=layer_names,
            column=columns.column,
            encoding=columns.encoding,
            system=placed.system,
            notes=(*columns.notes, *placed.notes, *self.notes, *assembled.notes),
            doubts=assembled.doubts,
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
        has_none = frame.geometry.isna() | frame.geometry.is_empty
        for rows, why in (
            (frame[has_none], "they have no shape"),
            (frame[~has_none], "they are no areas, or lack numbers"),
        ):
            if not rows.empty:
                names = some_names(rows)
                some = f" ({listed(names)}{', ...' if len(rows) > len(names) else ''})" if names else ""
                self.notes.append(f"left out, because {why}: {kinds(rows.geometry)}{some}")

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
            told = f"{len(others)} ({listed([name.full_vi for name in others])})"
            self.notes.append(f"left out, because they are of another level than {level}: {told}")
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


def _names(columns: Columns) -> list[Name]:
    names = read_names([row.name for row in columns.rows])
    return [
        Name(name.vi, name.en, row.rank) if name.rank is None and row.rank is not None else name
        for name, row in zip(names, columns.rows, strict=True)
    ]


def _proper(name: Name, level: Level) -> Name:
    return (old_district(name.vi) if level == "district" else None) or name


def _by_rank(ranks: Sequence[Rank]) -> str:
    counts: dict[str, int] = {}
    for rank in ranks:
        counts[rank.vi or rank.en] = counts.get(rank.vi or rank.en, 0) + 1
    return ", ".join(f"{count} {word}" for word, count in counts.items())
