"""What a station's page says of its next hours."""

from datetime import datetime, timedelta
from typing import Any, get_args

import pytest

from cityhub.air.forecast_reasons import Why
from cityhub.air.told_ahead import AirForecast, ForecastHour, ForecastModel, ForecastSkill, SkillAhead
from cityhub.kinds import KINDS
from cityhub.rfc3339 import HANOI_TIME
from cityhub.words import LANGUAGES, Language
from portal.residents.air_ahead import ahead_of, why_words

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=HANOI_TIME)
BANDS = KINDS["air"].showing("pm2_5").bands


def told(*, index: bool = True, why: Why | None = None) -> AirForecast:
    hours = [
        ForecastHour(NOON + timedelta(hours=ahead), 30.0 + ahead, 20.0, 70.0, 60 + ahead if index else None)
        for ahead in range(1, 25)
        if ahead != 2
    ]
    skill = [SkillAhead(ahead, 900, 9.25, 10.0, 20.0, 0.803, ahead != 2) for ahead in range(1, 25)]
    return AirForecast(
        "air-trung-yen-3",
        None if why else NOON,
        ForecastModel("pm25-ridge-24h-1", NOON, NOON - timedelta(days=365), NOON),
        ForecastSkill(46, skill),
        [] if why else hours,
        why,
    )


def test_the_next_hours_are_drawn_with_their_range_and_a_table() -> None:
    ahead = ahead_of(told(), BANDS, "vi")
    assert ahead.chart is not None
    assert ahead.chart.lines[0].is_ahead
    assert ahead.chart.lines[0].area
    assert ahead.chart.rows[-1] == ("13:00 22/11", ["31 (20–70)", ahead.chart.rows[-1][1][1]])
    # The hour that is not told is a gap, not a guess.
    assert len(ahead.chart.gaps) == 1


def test_the_worst_index_is_told_by_its_category_and_time() -> None:
    assert ahead_of(told(), BANDS, "vi").index.startswith(
        "VN_AQI dự báo cao nhất 84 (Trung bình) lúc 12:00 23/11"
    )
    assert ahead_of(told(), BANDS, "vi").has_index
    assert not ahead_of(told(index=False), BANDS, "en").has_index
    assert "may not publish" in ahead_of(told(index=False), BANDS, "en").index


def test_what_is_past_by_now_is_not_expected_any_more() -> None:
    later = ahead_of(told(), BANDS, "vi", told().hours[1].time)
    assert later.chart is not None
    assert len(later.chart.rows) == len(told().hours) - 2


def test_how_good_it_was_is_told_beside_both_baselines() -> None:
    ahead = ahead_of(told(), BANDS, "vi")
    assert tuple(ahead.skill[0]) == ("1 giờ", "9,3", "10", "20", "80 %")
    assert [row.ahead for row in ahead.skill] == ["1 giờ", "3 giờ", "6 giờ", "12 giờ", "24 giờ"]
    assert "46 tuần" in ahead.tried
    assert "pm25-ridge-24h-1" in ahead.model
    assert "22 tháng 11" in ahead.model


@pytest.mark.parametrize("why", get_args(Why))
@pytest.mark.parametrize("language", LANGUAGES)
def test_without_a_forecast_the_reason_is_told_and_nothing_else(why: Why, language: Language) -> None:
    ahead: Any = ahead_of(told(why=why), BANDS, language)
    assert ahead.why == why_words(why, language)
    assert ahead.why
    assert (ahead.chart, ahead.index, ahead.skill) == (None, "", ())
