"""Which column of a file says what: names in two languages, ranks, codes, and the area above."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cityhub.catalogue.area_names import Rank, rank_named
from cityhub.catalogue.areas import LEVELS, Level
from cityhub.catalogue.boundaries.column_names import (
    CODES,
    DIGITS,
    ENGLISH,
    NAMES,
    SHAPE_CODES,
    hints_of,
    key_of,
)
from cityhub.catalogue.boundaries.encodings import Decoded, UnreadableText, decode

if TYPE_CHECKING:
    from geopandas import GeoDataFrame


class ColumnProblem(ValueError):
    """What cannot be found out from the columns; the text says what to do. `column`: the one it is about."""

    def __init__(self, problem: str, column: str | None = None) -> None:
        super().__init__(problem)
        self.problem, self.column = problem, column


@dataclass(frozen=True, slots=True)
class Row:
    """What the columns say of one shape. `code` is the area's, `shape_code` of the row alone."""

    name: str
    english: str | None
    rank: Rank | None
    code: str | None
    shape_code: str | None
    above: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Columns:
    """The rows of a file. `level`: what the name of the column with the names says."""

    rows: tuple[Row, ...]
    column: str
    encoding: str
    level: Level | None
    notes: tuple[str, ...]


def read_columns(
    frame: "GeoDataFrame",
    *,
    column: str | None = None,
    encoding: str | None = None,
    declared: str | None = None,
    level: Level | None = None,
    layer_names: Sequence[str] = (),
) -> Columns:
    """Read a frame whose texts are RAW. `column`, `encoding`: given by a person; `declared`: what the file says.

    `layer_names`, one for each row, are names where no column is: folders may be called as what is in them. Raises
    ColumnProblem.
    """
    table = _Table(frame)
    chosen, hint = table.given(column) if column is not None else table.best(level, layer_names)
    if chosen is None:
        raw = [name.encode() for name in layer_names]
        told = "the layers' names"
    else:
        raw, told = table.filled(chosen), table.shown[chosen]
    found = _decoded(raw, told, encoding, declared)
    base = encoding if encoding is not None else found.encoding.partition(" ")[0]
    nothing: list[None] = [None] * table.size
    codes, are_official = table.codes(chosen, hint)
    above = table.above(chosen, base, hint)
    rows = tuple(
        Row(name, english, rank, code if are_official else None, None if are_official else code, higher)
        for name, english, rank, code, higher in zip(
            found.texts,
            table.english(chosen, base) or nothing,
            table.ranks(chosen, base, hint) or nothing,
            codes or nothing,
            zip(*above, strict=True) if above else [()] * table.size,
            strict=True,
        )
    )
    notes = [f"names are cut where the column ends, for example {name!r}" for name in found.cut[:1]]
    return Columns(rows, told, found.encoding, hint, tuple(notes))


def some_names(frame: "GeoDataFrame", most: int = 3) -> list[str]:
    """The first names of a layer, as far as they can be read: to choose it by."""
    try:
        return [row.name for row in read_columns(frame.head(most)).rows]
    except ColumnProblem:
        return []


def _decoded(raw: Sequence[bytes], column: str, encoding: str | None, declared: str | None) -> Decoded:
    try:
        return decode(raw, wanted=encoding, declared=declared)
    except UnreadableText as exc:
        raise ColumnProblem(str(exc), column) from exc


class _Table:
    """The texts of a frame by column, as bytes."""

    def __init__(self, frame: "GeoDataFrame") -> None:
        self.size = len(frame)
        names = [str(name) for name in frame.columns if name != frame.geometry.name]
        self.columns = {name: list(frame[name]) for name in names}
        # As people see the columns, and as they are compared.
        self.shown = {name: _shown(name) for name in names}
        self.keys = {name: key_of(shown) for name, shown in self.shown.items()}

    def given(self, wanted: str) -> tuple[str, Level | None]:
        for column, shown in self.shown.items():
            if shown.lower() == wanted.lower() or self.keys[column] == key_of(wanted):
                return column, hints_of(NAMES).get(self.keys[column])
        listed = ", ".join(self.shown.values()) or "none"
        raise ColumnProblem(f"has no column {wanted!r}; its columns are: {listed}")

    def best(self, level: Level | None, layer_names: Sequence[str]) -> tuple[str | None, Level | None]:
        """The column that tells most areas apart; None where the layers' names do it better."""
        hints = hints_of(NAMES)
        order = {key: at for at, key in enumerate(hints)}
        known = sorted((c for c in self.columns if self.keys[c] in hints), key=lambda c: order[self.keys[c]])
        usable = [column for column in known if self._is_filled(column) and not self._is_numbers(column)]
        fitting = [column for column in usable if level is not None and hints[self.keys[column]] == level]
        pool = fitting or usable
        best = max(pool, key=lambda column: (self._distinct(column), -known.index(column)), default=None)
        layers = len(set(layer_names))
        if layers > 1 and (best is None or self._distinct(best) < layers):
            return None, None
        if best is not None:
            return best, hints[self.keys[best]]
        if known:
            return known[0], hints[self.keys[known[0]]]
        listed = ", ".join(self.shown.values()) or "none"
        raise ColumnProblem(f"which column has the names? Give --name-column, one of: {listed}")

    def filled(self, column: str) -> list[bytes]:
        raw = []
        for at, value in enumerate(self.columns[column]):
            if not isinstance(value, str) or not value.strip(" \0"):
                raise ColumnProblem(f"feature {at + 1} has no name in words", self.shown[column])
            raw.append(_bytes(value))
        return raw

    def ranks(self, names: str | None, encoding: str, level: Level | None) -> list[Rank] | None:
        """The ranks, where a column has nothing else: of the level of the names, in Vietnamese, if several do."""
        found = []
        for column in self.columns:
            texts = None if column == names else self._texts(column, encoding)
            ranks = [] if texts is None else [rank_named(text) for text in texts]
            known = [rank for rank in ranks if rank is not None]
            if known and len(known) == len(ranks):
                fits = level is None or all(level in rank.levels for rank in known)
                written = sum(rank.vi.lower() in (texts or [])[at].lower() for at, rank in enumerate(known))
                finest = min(LEVELS.index(one) for rank in known for one in rank.levels)
                found.append((fits, finest, written, known))
        return max(found, key=lambda one: one[:3])[3] if found else None

    def english(self, names: str | None, encoding: str) -> list[str] | None:
        for key in ENGLISH.split():
            for column in self.columns:
                if self.keys[column] == key and column != names:
                    texts = self._texts(column, encoding)
                    if texts is not None and self._distinct(column) >= 0.9 * self._distinct_or_all(names):
                        return texts
        return None

    def codes(self, names: str | None, level: Level | None) -> tuple[list[str] | None, bool]:
        """Codes of areas (True) or of shapes (False), which tell as many apart as the names; None without such."""
        hints = hints_of(CODES)
        fitting = (
            [key for key, of in hints.items() if of in {level, None}] if level is not None else list(hints)
        )
        for key in (*fitting, *SHAPE_CODES.split()):
            for column in self.columns:
                if self.keys[column] == key:
                    codes = [
                        self._code(value, key, hints.get(key) or level) for value in self.columns[column]
                    ]
                    known = [code for code in codes if code is not None]
                    if len(known) == self.size and len(set(known)) >= self._distinct_or_all(names):
                        return known, key in hints
        return None, False

    def above(self, names: str | None, encoding: str, level: Level | None) -> list[list[str]]:
        """Of each column with the names of areas above these: its values, to tell areas of one name apart."""
        hints = hints_of(NAMES)
        found = []
        for column, key in self.keys.items():
            of = hints.get(key)
            texts = None if of is None or column == names else self._texts(column, encoding)
            if of is None or texts is None:
                continue
            # Where the names' own level is not known, only a column that tells fewer apart can be above them.
            tells_fewer = self._distinct(column) < self._distinct_or_all(names)
            if tells_fewer if level is None else LEVELS.index(of) < LEVELS.index(level):
                found.append(texts)
        return found

    def _texts(self, column: str, encoding: str) -> list[str] | None:
        """The column decoded, None where it holds anything but texts."""
        if not self._is_filled(column):
            return None
        raw = self.filled(column)
        for wanted in (None, encoding):
            try:
                return list(decode(raw, wanted=wanted).texts)
            except UnreadableText:
                continue
        return None

    def _code(self, value: Any, key: str, level: Level | None) -> str | None:
        if isinstance(value, str):
            text = value.strip(" \0")
            return text if text.isascii() and text.isprintable() and text else None
        try:
            number = int(value)
        except (TypeError, ValueError):
            # Nothing, not a number, or no code at all.
            return None
        width = DIGITS.get(level, 0) if level is not None and key.startswith("ma") else 0
        return str(number).zfill(width) if number == value else None

    def _is_filled(self, column: str) -> bool:
        values = self.columns[column]
        return bool(values) and all(isinstance(value, str) and value.strip(" \0") for value in values)

    def _is_numbers(self, column: str) -> bool:
        return all(re.fullmatch(r"[\d\s.,-]+", value) for value in self.columns[column])

    def _distinct(self, column: str) -> int:
        return len({str(value).strip().casefold() for value in self.columns[column]})

    def _distinct_or_all(self, column: str | None) -> int:
        return self.size if column is None else self._distinct(column)


def _shown(name: str) -> str:
    """A column's name in Unicode, where it is that."""
    try:
        return _bytes(name).decode()
    except UnicodeDecodeError:
        return name


def _bytes(text: str) -> bytes:
    return text.encode("latin-1", errors="replace")
