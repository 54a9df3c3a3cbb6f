"""What holds for every tariff that is not refused, whatever the stay."""

from datetime import date, datetime, timedelta
from typing import Any

import msgspec
from hypothesis import assume, given
from hypothesis import strategies as st

from cityhub.parking.tariffs import RateTable, Schedule, TariffFile, extension, quote, unused
from cityhub.parking.tariffs.checks import faults_of
from cityhub.rfc3339 import HANOI_TIME

CHANGE = datetime(2026, 2, 17, tzinfo=HANOI_TIME)  # the first day of Tết, on which the second version begins
_RULE = {"rule_vi": "v", "rule_en": "e"}
_WINDOWS = [
    [("00:00", "24:00")],
    [("06:00", "18:00"), ("18:00", "06:00")],
    [("07:30", "12:00"), ("12:00", "22:15"), ("22:15", "07:30")],
    [("05:00", "05:00")],
]


@st.composite
def rate_lines(draw: st.DrawFn) -> list[dict[str, Any]]:
    if draw(st.booleans()):
        return [{"increment": "turn", "price": draw(st.integers(0, 200_000)), **_RULE}]
    increment = draw(st.sampled_from([1, 15, 30, 60]))
    prices = sorted(draw(st.lists(st.integers(0, 50_000), min_size=1, max_size=4)))
    rounding = draw(st.sampled_from(["up", "down", "nearest"]))
    return [
        {
            "increment": increment,
            "price": price,
            "until": None if step == len(prices) else 2 * increment * step,
            "rounding": rounding,
            **_RULE,
        }
        for step, price in enumerate(prices, start=1)
    ]


@st.composite
def rate_tables(draw: st.DrawFn, version: str, valid_from: date) -> dict[str, Any]:
    crossing = draw(st.sampled_from(["split", "carry", "follow_through"]))
    collections = []
    for days in draw(
        st.sampled_from([[["working_day", "weekend", "holiday"]], [["working_day"], ["weekend", "holiday"]]])
    ):
        for begins, ends in draw(st.sampled_from(_WINDOWS)):
            cap = draw(st.none() | st.integers(0, 500_000))
            collections.append(
                {
                    "vehicles": ["car"],
                    "begins": begins,
                    "ends": ends,
                    "days": days,
                    "lines": draw(rate_lines()),
                    "cap": None if cap is None else {"amount": cap, **_RULE},
                    "reset": "stay" if crossing == "carry" else draw(st.sampled_from(["window", "stay"])),
                }
            )
    free = draw(st.none() | st.integers(1, 90))
    return {
        "version": version,
        "valid_from": valid_from.isoformat(),
        "source": "made up",
        "maximum_stay": 100_000,
        "crossing": crossing,
        "refund": {"of": "unused"},
        "collections": collections,
        "free": None if free is None else {"minutes": free, **_RULE},
    }


@st.composite
def schedules(draw: st.DrawFn) -> Schedule:
    tables = [draw(rate_tables("one", date(2020, 1, 1))), draw(rate_tables("two", CHANGE.date()))]
    file = msgspec.convert({"zone": "somewhere", "rate_tables": tables}, TariffFile)
    # Different windows on different kinds of days leave gaps after midnight.
    assume(not list(faults_of(file)))
    return Schedule("somewhere", file.rate_tables)


# Around a change of the tariff that is a holiday's edge, with weekends and many midnights, in seconds.
starts = st.integers(-5 * 86_400, 5 * 86_400).map(lambda seconds: CHANGE + timedelta(seconds=seconds))
spans = st.one_of(st.integers(0, 7200), st.integers(0, 6 * 86_400)).map(
    lambda seconds: timedelta(seconds=seconds)
)


@given(schedules(), starts, spans, spans)
def test_longer_never_costs_less(prices: Schedule, start: datetime, span: timedelta, more: timedelta) -> None:
    assert (
        quote(prices, "car", start, start + span).amount
        <= quote(prices, "car", start, start + span + more).amount
    )


@given(schedules(), starts, st.lists(spans, min_size=1, max_size=5))
def test_extensions_cost_the_same_as_buying_at_once(
    prices: Schedule, start: datetime, pieces: list[timedelta]
) -> None:
    end, paid = start, 0
    for piece in pieces:
        due = extension(prices, "car", start, end, end + piece)
        assert due >= 0
        end, paid = end + piece, paid + due
    assert paid == quote(prices, "car", start, end).amount


@given(schedules(), starts, spans)
def test_lines_follow_each_other_without_gap_or_overlap_and_sum_to_the_price(
    prices: Schedule, start: datetime, span: timedelta
) -> None:
    found = quote(prices, "car", start, start + span)
    reached = start
    for line in found.lines:
        assert line.from_ == reached < line.to
        assert line.amount >= 0
        reached = line.to
    assert reached == start + span
    assert sum(line.amount for line in found.lines) == found.amount


@given(schedules(), starts, spans, spans)
def test_what_is_given_back_is_never_more_than_what_was_paid(
    prices: Schedule, start: datetime, span: timedelta, stopped: timedelta
) -> None:
    back = unused(prices, "car", start, start + span, start + stopped)
    used = quote(prices, "car", start, start + min(span, stopped)).amount
    assert back == quote(prices, "car", start, start + span).amount - used


@given(schedules())
def test_a_tariff_is_the_same_after_it_was_stored(prices: Schedule) -> None:
    for table in prices.tables:
        assert msgspec.convert(msgspec.json.decode(msgspec.json.encode(table)), RateTable) == table
