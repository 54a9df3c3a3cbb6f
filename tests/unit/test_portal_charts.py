"""Drawings of series and of years: what is drawn, what is told, and that nothing is drawn where nothing is known."""

import re
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cityhub.kinds import KINDS
from portal.residents.calendars import Calendar, calendar_of
from portal.residents.charts import (
    BOTTOM,
    LEFT,
    RIGHT,
    TOP,
    Chart,
    DrawnChart,
    Limit,
    Point,
    Series,
    chart_of,
)
from portal.residents.colors import ink_on
from portal.residents.scales import Scale, ticks

# 00:00 of 27 November in Viet Nam.
MIDNIGHT = datetime(2026, 11, 26, 17, tzinfo=UTC)
# Those of PM2.5 as it is measured.
_MEASURED = KINDS["air"].instead
assert _MEASURED is not None
BANDS = _MEASURED.bands


def hours(*values: float | None, since: datetime = MIDNIGHT) -> list[Point]:
    return [Point(since + timedelta(hours=n), value) for n, value in enumerate(values)]


def drawn(points: Sequence[Point], *more: Series, bars: bool = False, **changes: object) -> DrawnChart:
    series = [Series("PM2.5", points), *more]
    return chart_of(
        Chart("pm", "PM2.5", "µg/m³", "hour", series, BANDS, bars=bars, **changes),  # type: ignore[arg-type]
        "vi",
    )


def test_a_bar_an_hour_in_the_colour_of_its_band() -> None:
    chart = drawn(hours(10, 60, 100), bars=True)
    assert [bar.color for bar in chart.bars] == ["#00e400", "#ff7e00", "#ff0000"]
    assert chart.bars[2].height == pytest.approx(10 * chart.bars[0].height, rel=0.01)
    assert all(bar.y + bar.height == pytest.approx(BOTTOM) for bar in chart.bars)


def test_nothing_measured_is_a_line_and_nothing_known_is_a_gap() -> None:
    chart = drawn(hours(0, None, None, 20), bars=True)
    assert [bar.height > 0 for bar in chart.bars] == [True, True]
    (gap,) = chart.gaps
    assert gap.x == pytest.approx(LEFT + (RIGHT - LEFT) / 4, abs=0.1)
    assert gap.width == pytest.approx((RIGHT - LEFT) / 2, abs=0.2)
    assert [cells for _, cells in chart.rows] == [
        ["20", "dưới 25"],
        ["không có dữ liệu", ""],
        ["không có dữ liệu", ""],
        ["0", "dưới 25"],
    ]


def test_an_hour_that_is_missing_between_two_is_a_gap_too_and_a_line_does_not_cross_it() -> None:
    points = [*hours(1, 2), *hours(4, 5, since=MIDNIGHT + timedelta(hours=3))]
    chart = drawn(points)
    assert chart.lines[0].path.count("M") == 2
    assert len(chart.gaps) == 1
    assert "Thiếu số liệu 1/5." in chart.description


def test_why_there_is_no_figure_is_told_in_the_table() -> None:
    points = [*hours(12), Point(MIDNIGHT + timedelta(hours=1), None, why="chỉ có 1 trong 3 giờ gần nhất")]
    assert drawn(points).rows[0][1][0] == "chỉ có 1 trong 3 giờ gần nhất"


def test_the_extremes_are_told_in_words_and_in_the_time_of_viet_nam() -> None:
    told = drawn(hours(35.4, 12, 80)).description
    assert told == "Cao nhất 80 µg/m³ (02:00 27/11). Thấp nhất 12 µg/m³ (01:00 27/11)."


def test_without_any_value_nothing_is_drawn() -> None:
    chart = drawn(hours(None, None))
    assert chart.is_empty
    assert chart.bars == chart.lines == []
    assert len(chart.rows) == 2
    assert chart_of(Chart("pm", "PM2.5", "", "hour", [Series("PM2.5", [])]), "en").is_empty


def test_a_forecast_has_its_interval_and_stands_in_the_table_beside_what_was_measured() -> None:
    ahead = [Point(MIDNIGHT + timedelta(hours=2 + n), 30 + n, 20, 45) for n in range(3)]
    chart = drawn(hours(25, 26), Series("Dự báo", ahead, is_ahead=True), bars=True)
    (line,) = chart.lines
    assert line.is_ahead
    assert line.area.count("L") == 5
    assert chart.columns == ["Thời điểm đo", "PM2.5", "Dự báo", "Mức"]
    assert chart.rows[0][1] == ["", "32 (20–45)", "25 đến dưới 50"]
    assert chart.gaps == []


def test_an_interval_is_not_drawn_over_hours_that_nobody_told() -> None:
    told = [Point(MIDNIGHT + timedelta(hours=n), 30.0, 20.0, 40.0) for n in (1, 2, 8, 9)]
    drawn = chart_of(Chart("a", "A", "µg/m³", "hour", [Series("A", told, is_ahead=True)]), "vi")
    [line] = drawn.lines
    assert line.path.count("M") == line.area.count("M") == line.area.count("Z") == 2


def test_midnight_bears_its_date() -> None:
    labels = {text: is_day for _, text, is_day in drawn(hours(*range(30))).x_ticks}
    assert labels == {"27/11": True, "06:00": False, "12:00": False, "18:00": False, "28/11": True}


def test_a_limit_is_within_the_drawing_even_above_all_values() -> None:
    chart = drawn(hours(1, 2), limits=[Limit(45, "QCVN 05:2023")])
    assert TOP <= chart.limits[0].y < BOTTOM


@given(st.lists(st.none() | st.floats(0, 1e6), min_size=1, max_size=60), st.booleans())
def test_nothing_leaves_the_drawing(values: list[float | None], bars: bool) -> None:
    chart = drawn(hours(*values), bars=bars)
    assert chart.is_empty is all(value is None for value in values)
    assert len(chart.rows) == len(values)
    for bar in chart.bars:
        assert LEFT - 0.1 <= bar.x <= bar.x + bar.width <= RIGHT + 0.1
        assert TOP - 0.1 <= bar.y <= BOTTOM
    for line in chart.lines:
        places = re.findall(r"[ML](-?[\d.e+-]+) (-?[\d.e+-]+)", line.path)
        assert all(LEFT <= float(x) <= RIGHT and TOP - 0.1 <= float(y) <= BOTTOM + 0.1 for x, y in places)


@given(st.floats(-1e6, 1e6), st.floats(0, 1e6), st.booleans())
def test_a_scale_holds_its_values_and_has_few_round_ticks(low: float, extent: float, from_zero: bool) -> None:
    scale = Scale.of(low, low + extent, BOTTOM, TOP, from_zero=from_zero)
    assert scale.low <= low + 1e-6 * abs(low) + 1e-9
    assert scale.high >= (low + extent) * (1 - 1e-9) - 1e-9 or scale.high >= low + extent
    assert 1 <= len(ticks(scale.low, scale.high)) <= 9


YEAR = Calendar(
    "year",
    "VN_AQI",
    "",
    2024,
    {date(2024, 1, 1): 10.0, date(2024, 2, 29): 60.0, date(2024, 12, 31): None},
    BANDS,
)


def test_a_year_has_a_square_a_day_and_says_the_class_in_it() -> None:
    drawn = calendar_of(YEAR, "vi")
    assert len(drawn.cells) == 366
    assert [cell.mark for cell in drawn.cells if cell.color] == ["1", "3"]
    assert len({(cell.x, cell.y) for cell in drawn.cells}) == 366
    assert all(
        cell.x + drawn.cell <= drawn.width and cell.y + drawn.cell <= drawn.height for cell in drawn.cells
    )
    assert drawn.description == "1 ngày dưới 25; 1 ngày 50 đến dưới 80; Thiếu số liệu 364/366."


def test_the_table_of_a_year_has_every_day_and_no_30_february() -> None:
    drawn = calendar_of(YEAR, "en")
    days = dict(drawn.rows)
    assert days["1"][0] == "10"
    assert days["29"][1] == "60"
    assert days["30"][1] == ""
    assert days["31"][11] == "–"
    assert drawn.columns[1] == "Jan"


def test_days_to_come_are_neither_missing_nor_in_the_table() -> None:
    days = {date(2026, 1, day): 10.0 for day in (1, 2, 4)}
    drawn = calendar_of(Calendar("y", "Y", "", 2026, days, BANDS), "en")
    assert "No data for 1 of 4" in drawn.description
    assert [row[1][0] for row in drawn.rows[:6]] == ["10", "10", "–", "10", "", ""]


def test_the_first_of_january_2024_was_a_monday() -> None:
    drawn = calendar_of(YEAR, "vi")
    assert drawn.cells[0].x == 0
    assert drawn.cells[7].x == 0
    assert drawn.cells[7].y > drawn.cells[0].y


@pytest.mark.parametrize(
    ("color", "ink"),
    [("#ffff00", "#000000"), ("#7e0023", "#ffffff"), ("#ff7e00", "#000000"), ("#3333ff", "#ffffff")],
)
def test_ink_is_read_on_its_colour(color: str, ink: str) -> None:
    assert ink_on(color) == ink
    with pytest.raises(ValueError, match="is not a colour"):
        ink_on("red")
