"""The first page as the server sends it, in each state of what it shows."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser

import pytest

from cityhub.kinds import KINDS
from cityhub.latest import Change, summary
from cityhub.latest.sensors import features
from cityhub.model import Reading, SensorState
from cityhub.words import Language
from portal import Glance, HomeView
from portal.home import html
from tests.sites import sensor_row

NOW = datetime(2026, 11, 22, 3, 4, tzinfo=UTC)


class _Card(HTMLParser):
    """The texts of the card of air quality by their class, and its dots."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.texts: dict[str, str] = {}
        self.dots: list[Mapping[str, str | None]] = []
        self.hidden: set[str] = set()
        self._class = ""
        start = page.index('<li class="card" data-kind="air">')
        self.feed(page[start : page.index("</li>", start)])

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = dict(attrs)
        self._class = named.get("class") or ""
        if "hidden" in named:
            self.hidden.add(self._class)
        if tag == "circle":
            self.dots.append(named)

    def handle_data(self, data: str) -> None:
        if data.strip() and self._class:
            self.texts[self._class] = data.strip()


def drawn(glances: Mapping[str, Glance], language: Language = "vi", notice: str = "") -> str:
    return html(language, HomeView(glances), lambda path: f"/static/{path}", notice)


def air(values: Mapping[str, float | None], age: timedelta = timedelta(0)) -> Glance:
    stations = [
        SensorState(
            sensor_row(f"air-{name}", name_vi=name, name_en=name),
            () if value is None else (Reading("pm2_5", "µg/m³", NOW - age, value, 0),),
        )
        for name, value in values.items()
    ]
    found = features(KINDS["air"], stations, NOW)
    return Glance(NOW, summary(KINDS["air"], found), found)


def test_figures_are_shown_with_their_colour_where_they_come_from_and_of_when_they_are() -> None:
    page = drawn({"air": air({"a": 10.0, "b": 60.25, "c": None})})
    card = _Card(page)
    assert card.texts["value"] == "35,1"
    assert card.texts["unit"] == "µg/m³"
    assert card.texts["detail"] == "b: 60,3 µg/m³"
    assert card.texts["alive"] == "2/3 điểm đang hoạt động"
    assert [(dot["r"], dot["fill"]) for dot in card.dots] == [
        ("3.5", "#8c8c8c"),
        ("5", "#00e400"),
        ("5", "#ff7e00"),
    ]
    assert "Số liệu lúc 10:04 ngày 22 tháng 11, 2026." in page
    assert '"servedAt":"2026-11-22T10:04:00+07:00"' in page


@pytest.mark.parametrize(
    "glances",
    [{}, {"air": air({})}, {"air": air({"a": None})}, {"air": air({"a": 50.0}, timedelta(hours=2))}],
    ids=["not read yet", "no station", "never measured", "fell silent"],
)
def test_what_is_not_known_is_no_0(glances: Mapping[str, Glance]) -> None:
    card = _Card(drawn(glances))
    assert card.texts["value"] == "–"
    assert card.texts["caption"] == "Chưa có số liệu"
    assert "detail" not in card.texts
    assert "swatch" in card.hidden


def test_before_anything_is_read_no_time_is_claimed() -> None:
    page = drawn({})
    assert "Số liệu lúc" not in page
    assert '"servedAt":null' in page


def test_the_time_is_that_of_the_oldest_kind() -> None:
    older = air({"a": 1.0})
    page = drawn({"air": older, "rain": Glance(NOW + timedelta(hours=1), older.summary, ())}, "en")
    assert "Figures as of 10:04, November 22, 2026." in page


def test_nothing_that_others_wrote_becomes_markup() -> None:
    page = drawn({"air": air({"<b>x</b>": 12.0})}, notice="<script>1</script>")
    assert "<b>x" not in page
    assert "<script>1" not in page
    assert not re.search(r"\sstyle=|\son\w+=", page)


@pytest.mark.parametrize(
    ("language", "tagline"),
    [
        ("vi", "Không khí, mưa, ngập, nước hồ và chỗ đỗ xe của thành phố, cập nhật liên tục."),
        ("en", "The city's air, rain, flooding, lake water and parking, updated continuously."),
    ],
)
def test_the_tagline_names_the_kinds_as_a_sentence_does(language: Language, tagline: str) -> None:
    assert f"<p>{tagline}</p>".replace("'", "&#39;") in drawn({}, language)


def test_what_is_bad_stands_first_three_of_a_kind_and_a_way_to_the_others() -> None:
    page = drawn({"air": air({"a": 60.0, "b": 10.0, "c": 90.0, "d": 55.0, "e": 70.0})})
    worries = page[page.index('id="worries"') : page.index("</section>")]
    assert re.findall(r'<a href="/air/[^"]*">([^<]*)<', worries) == ["c", "e", "a"]
    assert "Thêm 1 nơi: Không khí" in worries
    assert "80 đến dưới 150" in worries


def test_when_nothing_is_bad_that_is_said_and_never_before_anything_is_measured() -> None:
    assert "Không có nơi nào đáng lo lúc này." in drawn({"air": air({"a": 10.0})})
    for nothing in ({}, {"air": air({"a": None})}):
        assert "đáng lo lúc này" not in drawn(nothing)


def test_what_changed_is_told_with_the_classes_before_and_after() -> None:
    glances = {"air": air({"a": 60.0, "b": 10.0})}
    moved = [
        Change("air", "air-a", 0, 2, NOW - timedelta(minutes=5)),
        Change("air", "air-b", 1, 0, NOW - timedelta(minutes=20)),
        Change("air", "gone", 1, 0, NOW),
    ]
    page = html("vi", HomeView(glances, moved, NOW - timedelta(hours=3)), lambda path: path, "")
    told = " ".join(re.sub(r"<[^>]*>", " ", page[page.index('id="changes"') :]).split())
    assert "a ▲ xấu hơn dưới 25 → rồi 50 đến dưới 80 cách đây 5 phút" in told
    assert "b ▼ tốt hơn 25 đến dưới 50 → rồi dưới 25 cách đây 20 phút" in told
    assert "gone" not in page
    assert "So với lúc 09:04." in told


def test_a_card_leads_to_its_page_and_to_its_map() -> None:
    page = drawn({})
    for kind in KINDS:
        assert f'href="/{kind}?lang=vi"' in page
        assert f'href="/maps/{kind}?lang=vi"' in page


def test_of_many_changes_the_gravest_are_told_and_how_many_more_there_are() -> None:
    glances = {"air": air(dict.fromkeys("abcdef", 60.0))}
    moved = [
        Change("air", f"air-{name}", 0, step, NOW)
        for name, step in zip("abcdef", (1, 4, 1, 3, 5, 1), strict=True)
    ]
    page = html("en", HomeView(glances, moved, NOW), lambda path: path, "")
    told = page[page.index('id="changes"') :]
    assert re.findall(r'<a href="/air/[^"]*">([^<]*)<', told) == ["e", "b", "d"]
    assert "3 more sites moved to another class." in told
