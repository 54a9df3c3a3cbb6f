"""Tables as CSV."""

import csv
import io
from datetime import UTC, datetime

import pytest
from msgspec import Struct

from api.downloads import csv_text


class Row(Struct):
    """A row of every kind of value."""

    text: str | None
    number: float
    time: datetime
    names: list[str]


def written(row: Row) -> list[str]:
    [header, cells] = csv.reader(
        io.StringIO("".join(csv_text(Row, lambda *_: [row], lambda one: one.text, 10)))
    )
    assert header == ["text", "number", "time", "names"]
    return cells


@pytest.mark.parametrize("text", ["=1+1", "+84", "-2", "@SUM(A1)", "\t=1", "\r=1"])
def test_a_text_is_no_formula_for_a_spreadsheet(text: str) -> None:
    assert written(Row(text, 1.5, datetime(2026, 1, 1, tzinfo=UTC), [text]))[0] == f"'{text}"
    assert written(Row("x", 1.5, datetime(2026, 1, 1, tzinfo=UTC), [text]))[3] == f"'{text}"


def test_numbers_times_and_other_texts_are_as_they_are() -> None:
    cells = written(Row("Hồ Tây = lake", -0.5, datetime(2026, 1, 1, tzinfo=UTC), ["late", "rate"]))
    assert cells == ["Hồ Tây = lake", "-0.5", "2026-01-01T00:00:00+00:00", "late rate"]
