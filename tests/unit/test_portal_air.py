"""The pages of the air: what Decision 1459/QD-TCMT, Table 3, asks to be shown, and what is said without an index."""

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from cityhub.air.features import NewestHour, features
from cityhub.air.history import DayRow, HourRow, PollutantDay
from cityhub.air.told_ahead import AirForecast, ForecastHour
from cityhub.air.vn_aqi import PROJECT_RULE, DayFigures, Hour, Pollutant, hourly, of_day, withheld
from cityhub.catalogue.air_stations import AirStation, Correction
from cityhub.kinds import KINDS
from cityhub.latest import Change, Feature, summary
from cityhub.model import SensorState
from cityhub.rfc3339 import HANOI_TIME
from cityhub.words import Language
from portal import Glance
from portal.residents import AirView, StationHistory, StationView, YearSoFar, air_html, station_html
from tests.sites import reading, sensor_row

NOW = datetime(2026, 11, 22, 3, 4, tzinfo=UTC)
END = datetime(2026, 11, 22, 10, tzinfo=HANOI_TIME)
URL: Callable[[str], str] = "/static/{}".format
EQUIPPED = AirStation(publishes_aqi=True, station_class="reference")
SMALL = AirStation(publishes_aqi=False, station_class="indicative")


def feature(hour: Hour, station: AirStation = EQUIPPED, name: str = "Trạm A", value: float = 30.0) -> Feature:
    row = sensor_row(f"air-{name[-1].lower()}", name_vi=name, name_en="")
    state = SensorState(row, (reading(NOW, "pm2_5", value, 20, unit="µg/m³"),))
    [found] = features([state], {row.id: NewestHour(station, END, hour)}, NOW)
    return found


def history(station: AirStation, means: dict[Pollutant, float], figures: dict[Pollutant, DayFigures]) -> Any:
    hour = hourly({name: [mean] * 12 for name, mean in means.items()})
    index = of_day(figures)
    if not station.publishes_aqi:
        hour, index = Hour(withheld(hour.index), hour.nowcast), withheld(index)
    return StationHistory(
        sensor_row("air-a"),
        station,
        [HourRow(END, hour, means, means, dict.fromkeys(means, 55))],
        [DayRow(date(2026, 11, 21), index, {name: PollutantDay(one, 1300) for name, one in figures.items()})],
        PROJECT_RULE,
    )


def station_page(found: Feature, past: Any, language: Language = "vi") -> str:
    return station_html(language, StationView(NOW, found, past), URL, "")


def text_of(page: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", page))


def test_a_station_shows_index_driver_advice_parameters_limits_method_and_source() -> None:
    means: dict[Pollutant, float] = {"pm2_5": 60.0, "o3": 210.0}
    figures: dict[Pollutant, DayFigures] = {
        "pm2_5": DayFigures(24, 55.7, 90.0),
        "o3": DayFigures(24, 80.0, 114.6, 89.3),
    }
    past = history(EQUIPPED, means, figures)
    text = text_of(station_page(feature(past.hours[0].hour), past))
    for told in (
        "117 VN_AQI",
        "Kém (101–150)",
        "Chất quyết định: Bụi mịn PM2.5 · giờ 10:00",
        "Nên giảm các hoạt động mạnh và giảm thời gian ở ngoài trời.",
        "Bụi mịn PM2.5 quyết định 60 60 117 55/60",
        "O₃ 210 – 105 55/60",
        "Bụi mịn PM2.5 trung bình 24 giờ 55,7 45 +10,7 vượt",
        "O₃ trung bình 8 giờ cao nhất 89,3 120 −30,7",
        "Bụi mịn PM2.5 1300/1440",
        "21.00000, 105.80000 (Nguồn chính thức)",
        "Trạm tham chiếu",
        "Quyết định 1459/QĐ-TCMT",
        "18 trên 24 giờ",
        "Số đo do thiết bị của trạm gửi thẳng về",
    ):
        assert told in text, told


def test_the_mean_of_the_year_stands_beside_its_limit_with_the_days_it_is_made_of() -> None:
    figures = DayFigures(24, 31.5, 90.0)
    days = [
        DayRow(date(2026, 1, 1 + n), of_day({"pm2_5": figures}), {"pm2_5": PollutantDay(figures, 1440)})
        for n in range(3)
    ]
    past = replace(
        history(EQUIPPED, {"pm2_5": 60.0}, {}), this_year=YearSoFar.of(days, EQUIPPED, PROJECT_RULE)
    )
    text = text_of(station_page(feature(past.hours[0].hour), past))
    assert "Trung bình năm 2026 đến nay so với QCVN 05:2023/BTNMT" in text
    assert "Bụi mịn PM2.5 trung bình năm 31,5 25 +6,5 vượt" in text
    assert "Bụi mịn PM2.5 3/3" in text


def test_a_small_sensor_shows_concentrations_and_says_that_it_has_no_index() -> None:
    named = Correction(
        name="Hà Nội 2026",
        pm2_5=0.7,
        humidity=-0.1,
        fitted_from=date(2026, 1, 1),
        fitted_to=date(2026, 6, 30),
        reference_station="Trung Yên 3",
        source="thử",
    )
    station = AirStation(publishes_aqi=False, station_class="indicative", correction=named)
    past = history(station, {"pm2_5": 60.0}, {"pm2_5": DayFigures(24, 60.0, 90.0)})
    page = station_page(feature(past.hours[0].hour, station), past)
    text = text_of(page)
    assert "Chỉ có nồng độ: trạm chưa đủ thiết bị để công bố VN_AQI" in text
    assert "PM2.5, 48 giờ qua" in text
    assert (
        "Hà Nội 2026: 0.7 × PM2.5 -0.1 × RH +0, lập từ 01/01/2026 đến 30/06/2026 bên trạm Trung Yên 3" in text
    )
    assert 'id="advice"' not in page


def test_missing_hours_and_days_are_told_with_their_reason() -> None:
    nothing = hourly({"pm2_5": [None] * 12})
    past = StationHistory(
        sensor_row("air-a"),
        EQUIPPED,
        [
            HourRow(END - timedelta(hours=1), hourly({"pm2_5": [50.0] * 12}), {}, {}, {}),
            HourRow(END, nothing, {"pm2_5": None}, {"pm2_5": None}, {"pm2_5": 0}),
        ],
        [DayRow(date(2026, 11, 21), of_day({}), {})],
        PROJECT_RULE,
    )
    page = station_page(feature(nothing), past)
    assert 'class="gap"' in page
    assert "10:00 22/11 Không có số liệu" in text_of(page)
    assert 'id="limits"' not in page


def test_without_a_database_the_newest_state_is_still_there() -> None:
    page = station_page(feature(hourly({"pm2_5": [30.0] * 12})), None)
    assert "Lúc này chưa đọc được số liệu các giờ và ngày qua." in page
    assert "60 VN_AQI" in text_of(page)
    assert 'id="advice"' in page


def stations(*values: tuple[str, float, AirStation]) -> Sequence[Feature]:
    found = []
    for name, mean, station in values:
        hour = hourly({"pm2_5": [mean] * 12})
        hour = hour if station.publishes_aqi else Hour(withheld(hour.index), hour.nowcast)
        found.append(feature(hour, station, name, mean))
    return found


def air_page(found: Sequence[Feature], language: Language = "vi", changes: Sequence[Change] = ()) -> str:
    glance = Glance(NOW, summary(KINDS["air"], found), found)
    return air_html(language, AirView(glance, changes), URL, "")


def test_all_stations_stand_worst_first_by_class_and_say_what_they_show() -> None:
    page = air_page(stations(("Trạm A", 20.0, EQUIPPED), ("Trạm B", 60.0, SMALL), ("Trạm C", 30.0, EQUIPPED)))
    assert re.findall(r'class="name" href="[^"]*">([^<]*)<', page) == ["Trạm B", "Trạm C", "Trạm A"]
    text = text_of(page)
    assert "60 VN_AQI" in text
    assert "60 µg/m³" in text
    assert "Chỉ có nồng độ" in text


@pytest.mark.parametrize(("language", "told"), [("vi", "Trạm C: nên làm gì"), ("en", "Trạm C: what to do")])
def test_the_worst_index_of_the_city_says_what_to_do(language: Language, told: str) -> None:
    page = air_page(stations(("Trạm B", 90.0, SMALL), ("Trạm C", 160.0, EQUIPPED)), language)
    assert told in text_of(page)
    assert ("đeo khẩu trang" if language == "vi" else "wear a proper mask") in page


def test_where_no_station_has_an_index_nothing_is_advised() -> None:
    page = air_page(stations(("Trạm B", 90.0, SMALL)))
    assert 'id="advice"' not in page
    assert 'id="advice"' not in air_html("vi", AirView(None), URL, "")


def test_what_changed_in_the_air_is_told_in_the_words_of_what_is_shown() -> None:
    changes = [Change("air", "air-b", 0, 2, NOW), Change("flood", "air-b", 0, 2, NOW)]
    text = text_of(air_page(stations(("Trạm B", 60.0, SMALL)), changes=changes))
    assert text.count("xấu hơn") == 1
    assert "dưới 25 → rồi 50 đến dưới 80" in text


def test_the_next_hours_stand_on_the_page_or_why_there_are_none() -> None:
    means: dict[Pollutant, float] = {"pm2_5": 60.0}
    past = history(EQUIPPED, means, {"pm2_5": DayFigures(24, 55.0, 60.0)})
    found = feature(hourly({"pm2_5": [60.0] * 12}))
    ahead = AirForecast(
        "air-a", END, None, None, [ForecastHour(END + timedelta(hours=1), 61.0, 40.0, 80.0, 120)], None
    )
    page = station_page(found, replace(past, ahead=ahead))
    assert 'id="ahead-hours"' in page
    assert "VN_AQI dự báo cao nhất 120 (Kém)" in text_of(page)
    assert "61 (40–80)" in text_of(page)
    none = AirForecast("air-a", None, None, None, [], "short_history")
    page = station_page(found, replace(past, ahead=none))
    assert 'id="ahead-hours"' not in page
    assert "cần ít nhất tám tuần số đo" in text_of(page)
