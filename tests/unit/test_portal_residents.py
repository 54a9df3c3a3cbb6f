"""The residents' pages as the server sends them, in each state of what they show."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from cityhub.flood import features as flood
from cityhub.flood.passability import Limits
from cityhub.kinds import KINDS, KindName
from cityhub.latest import Feature, summary
from cityhub.latest.sensors import features
from cityhub.model import SensorState
from cityhub.words import Language
from portal import Glance
from portal.residents import (
    AirView,
    FloodView,
    RainView,
    StationView,
    WaterView,
    air_html,
    flood_html,
    rain_html,
    station_html,
    water_html,
)
from portal.residents.ages import age_words
from portal.residents.sites import worst_first
from tests.sites import reading, sensor_row

NOW = datetime(2026, 11, 22, 3, 4, tzinfo=UTC)
URL: Callable[[str], str] = "/static/{}".format

PAGES: dict[KindName, Callable[[Language, Glance | None], str]] = {
    "air": lambda language, glance: air_html(language, AirView(glance), URL, ""),
    "rain": lambda language, glance: rain_html(language, RainView(glance), URL, ""),
    "flood": lambda language, glance: flood_html(language, FloodView(glance), URL, ""),
    "water": lambda language, glance: water_html(language, WaterView(glance), URL, ""),
}
PROPERTY = {"air": "pm2_5", "flood": "depth", "water": "dissolved_oxygen"}


def sites(kind: KindName, values: dict[str, float | None], age_s: float = 20) -> list[Feature]:
    """One site for each value, named by its key."""
    states = [
        SensorState(
            sensor_row(f"{kind}-{number}", kind=kind, name_vi=name, name_en=""),
            () if value is None else (reading(NOW, PROPERTY[kind], value, age_s),),
        )
        for number, (name, value) in enumerate(values.items())
    ]
    if kind == "flood":
        return flood.features(states, flood.Around(), Limits(), NOW)
    return features(KINDS[kind], states, NOW)


def glance(kind: KindName, found: list[Feature]) -> Glance:
    return Glance(NOW, summary(KINDS[kind], found), found)


def text_of(page: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", page))


@pytest.mark.parametrize(
    ("kind", "order"),
    [("air", ["b", "a", "c"]), ("flood", ["b", "a", "c"]), ("water", ["a", "b", "c"])],
)
def test_the_worst_site_stands_first_and_one_without_a_figure_last(kind: KindName, order: list[str]) -> None:
    found = sites(kind, {"c": None, "a": 3.0, "b": 60.25})
    page = PAGES[kind]("vi", glance(kind, found))
    assert re.findall(r'class="name" href="[^"]*">([^<]*)<', page) == order
    assert [feature.properties.name for feature in worst_first(KINDS[kind], found)] == order


def test_a_site_says_its_figure_its_class_in_words_and_its_age() -> None:
    page = PAGES["air"]("vi", glance("air", sites("air", {"a": 60.25})))
    site = page[page.index('<li class="site') : page.index("</li>", page.index('<li class="site'))]
    assert "60,3 µg/m³" in text_of(site)
    assert "50 đến dưới 80" in site
    assert 'fill="#ff7e00"' in site
    assert '<time class="age" datetime="2026-11-22T10:03:40+07:00">cách đây 20 giây</time>' in site
    assert 'href="/air/air-0?lang=vi"' in site


@pytest.mark.parametrize("kind", PAGES)
def test_before_the_first_data_no_time_and_no_figure_is_claimed(kind: KindName) -> None:
    page = PAGES[kind]("vi", None)
    assert "Chưa có số liệu" in page
    assert "Chưa có điểm đo nào" in page
    assert "Số liệu lúc" not in page
    assert '"servedAt":null' in page


def test_what_fell_silent_is_no_0_and_says_since_when() -> None:
    page = PAGES["air"]("en", glance("air", sites("air", {"a": 50.0}, age_s=7200)))
    site = text_of(page[page.index('<li class="site') :])
    assert "– no data" in site
    assert "offline · 2 hours ago" in site
    assert "50 " not in site[: site.index("2 hours")]


def test_a_zero_is_a_figure() -> None:
    page = PAGES["flood"]("vi", glance("flood", sites("flood", {"a": 0.0})))
    assert "<strong>0</strong>" in page


@pytest.mark.parametrize("kind", PAGES)
def test_every_page_leads_to_the_others_to_the_large_map_and_to_the_data(kind: KindName) -> None:
    page = PAGES[kind]("en", None)
    for other in ("/", "/air", "/rain", "/flood", "/water", "/parking"):
        assert f'href="{other}?lang=en"' in page
    assert f'href="/{kind}?lang=en" aria-current="page"' in page
    assert f'href="/maps/{kind}?lang=en"' in page
    assert f'href="/api/v1/latest/{kind}"' in page


def test_a_station_has_a_page_with_what_it_measured_and_the_doubts() -> None:
    state = SensorState(
        sensor_row("air-1"),
        (reading(NOW, "pm2_5", 35.25, 20, unit="µg/m³"), reading(NOW, "no2", 40, 7200, unit="µg/m³")),
    )
    (feature,) = features(KINDS["air"], [state], NOW)
    page = station_html("vi", StationView(NOW, feature), URL, "")
    told = text_of(page)
    assert "Trung Yên 3" in told
    assert "Bụi mịn PM2.5 35,3 µg/m³" in told
    assert "NO₂ 40 µg/m³ đo lúc 08:04 22/11" in told
    assert 'href="/maps/air?lang=vi#site=air-1"' in page


def test_nothing_that_others_wrote_becomes_markup() -> None:
    page = PAGES["air"]("vi", glance("air", sites("air", {"<b>x</b>": 12.0})))
    assert "<b>x" not in page
    assert not re.search(r"\sstyle=|\son\w+=", page)


@pytest.mark.parametrize(
    ("seconds", "vi", "en"),
    [
        (-3, "vừa xong", "just now"),
        (1, "cách đây 1 giây", "1 second ago"),
        (119, "cách đây 1 phút", "1 minute ago"),
        (7200, "cách đây 2 giờ", "2 hours ago"),
        (timedelta(days=3).total_seconds(), "cách đây 3 ngày", "3 days ago"),
    ],
)
def test_ages_are_told_as_scripts_tell_them(seconds: float, vi: str, en: str) -> None:
    assert age_words(seconds, "vi") == vi
    assert age_words(seconds, "en") == en


def test_of_thousands_of_sites_the_worst_are_listed_and_that_is_said() -> None:
    found = sites("flood", {f"point {number}": float(number % 90) for number in range(3000)})
    page = PAGES["flood"]("vi", glance("flood", found))
    assert page.count('<li class="site ') == page.count("<circle") == 200
    assert "chỉ có 200 điểm đáng lo nhất" in page
    assert len(page) < 400_000
