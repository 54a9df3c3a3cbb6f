"""The pages of rain and floods: what a line says, what changed, the table beside the animation, who passes."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from cityhub.flood import features as flood
from cityhub.flood.passability import Limits, Vehicle
from cityhub.flood.risk import GaugeHour
from cityhub.flood.water import Water
from cityhub.kinds import KINDS
from cityhub.latest import Feature, summary
from cityhub.model import SensorState
from cityhub.rain import features as rain
from cityhub.rain.events import Event
from cityhub.rain.frames import COUNT, Frames, ends
from cityhub.rain.sums import WINDOWS_H, RainSums, Window
from cityhub.rfc3339 import at_local_time
from cityhub.words import Language
from portal import Glance
from portal.residents import FloodView, RainView, flood_html, rain_html
from portal.residents.sites import OPEN_SITES
from tests.sites import reading, sensor_row

NOW = datetime(2026, 11, 22, 3, 4, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
URL: Callable[[str], str] = "/static/{}".format


def text_of(page: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", page))


def gauge(
    number: int, mm_1h: float, *, began: float | None = None, last: float = 1, share: float = 1
) -> Feature:
    """A gauge with `mm_1h` in every window, whose rain began `began` minutes ago."""
    windows = {name: Window(mm_1h, round(60 * hours * share)) for name, hours in WINDOWS_H.items()}
    event = None
    if began is not None:
        event = Event(NOW - began * MINUTE, NOW - last * MINUTE, mm_1h, NOW - began * MINUTE, 60)
    state = SensorState(
        sensor_row(f"rain-{number}", kind="rain", name_vi=f"Trạm {number}", name_en=""),
        [reading(NOW, "rain", 0.2, 20)],
    )
    return rain.features([state], {f"rain-{number}": RainSums(windows, mm_1h, event)}, NOW)[0]


def rain_page(language: Language, *gauges: Feature, frames: Frames | None = None) -> str:
    found = Glance(NOW, summary(KINDS["rain"], gauges), gauges)
    return rain_html(language, RainView(found, frames), URL, "")


def test_a_gauge_says_its_sums_its_class_and_since_when() -> None:
    told = text_of(rain_page("vi", gauge(1, 55.25, began=40)))
    assert "24 giờ qua: mưa to" in told
    assert "Mưa từ 09:24: 55,3 mm, hiện 55,3 mm/giờ" in told
    assert "24 giờ 55,3 mm" in told
    assert "Theo ngưỡng của thành phố: khoảng 11 điểm ngập" in told
    assert "Thiếu số liệu" not in told


def test_a_gauge_with_a_gap_says_how_much_came_and_that_it_is_a_least() -> None:
    told = text_of(rain_page("en", gauge(1, 12.0, share=0.5)))
    assert "Data missing: 30 of 60 reports came in 1 hour" in told
    assert "24 hours ≥ 12 mm" in told


def test_a_gauge_that_fell_silent_tells_no_sums() -> None:
    silent = SensorState(sensor_row("rain-1", kind="rain"), [reading(NOW, "rain", 0.2, 90_000)])
    told = text_of(rain_page("vi", *rain.features([silent], {}, NOW)))
    assert "không có dữ liệu" in told
    assert " mm " not in told[told.index("Trung Yên 3") : told.index("Lượng mưa trong 1 giờ qua (mm)")]


def test_what_changed_is_told_the_newest_first() -> None:
    page = rain_page(
        "vi",
        gauge(1, 3, began=50),
        gauge(2, 2, began=10),
        gauge(3, 9, began=300, last=45),
        gauge(4, 1, began=300),
    )
    news = re.findall(r"<li>([^<]*)</li>", page[page.index('id="news"') :])[:3]
    assert news == [
        "09:54: bắt đầu mưa tại Trạm 2, đến nay 2 mm",
        "09:19: ngớt mưa tại Trạm 3, cả đợt 9 mm",
        "09:14: bắt đầu mưa tại Trạm 1, đến nay 3 mm",
    ]
    assert "Không nơi nào bắt đầu mưa" in rain_page("vi", gauge(1, 0))


def test_the_last_six_hours_stand_in_a_table_and_what_is_missing_is_no_zero() -> None:
    times = ends(NOW)
    mm: list[float | None] = [0.0] * COUNT
    mm[-2:] = [None, 20.0]
    page = rain_page("vi", gauge(1, 5), gauge(2, 1), frames=Frames(times, {"rain-1": mm}))
    assert len(times) == COUNT
    heads = re.findall(r'<th scope="col" class="time">([^<]*)<', page)
    assert (heads[0], heads[-1], len(heads)) == ("04:15", "10:00", COUNT)
    [first, second] = re.findall(r'<tr data-gauge="[^"]*">.*?</tr>', page)
    assert first.endswith('<td data-band="0">0</td><td data-band="">–</td><td data-band="5">20</td></tr>')
    assert second.count('<td data-band="">–</td>') == COUNT
    # What is drawn without a script is the last frame.
    assert re.search(r'data-gauge="rain-1"[^>]*fill="#ff0000"', page)
    assert re.search(r'data-gauge="rain-2"[^>]*fill="#8c8c8c"', page)
    assert 'id="slider" hidden' in page


def test_frames_of_yesterday_say_so() -> None:
    found = Glance(NOW, summary(KINDS["rain"], [gauge(1, 5)]), [gauge(1, 5)])
    frames = Frames(ends(NOW), {})
    page = rain_html("vi", RainView(found, frames, NOW + timedelta(days=1)), URL, "")
    assert (
        re.findall(r'<th scope="col" class="time">([^<]*)<', page)[-1] == f"10:00 {at_local_time(NOW):%d/%m}"
    )


def test_without_frames_there_is_no_animation() -> None:
    assert 'id="frames"' not in rain_page("vi", gauge(1, 5))


def point(number: int, depth: float | None, water: Water | None = None, age_s: float = 20) -> Feature:
    state = SensorState(
        sensor_row(f"flood-{number}", kind="flood", name_vi=f"Điểm {number}", name_en=""),
        [] if depth is None else [reading(NOW, "depth", depth, age_s)],
    )
    return flood.features([state], flood.Around({f"flood-{number}": water or Water()}), Limits(), NOW)[0]


def flood_page(language: Language, vehicle: Vehicle, *points: Feature) -> str:
    found = Glance(NOW, summary(KINDS["flood"], points), points)
    return flood_html(language, FloodView(found, vehicle), URL, "")


@pytest.mark.parametrize(
    ("vehicle", "state", "words"),
    [
        ("motorbike", "no", "Xe máy: không qua được"),
        ("car", "caution", "Ô tô: cẩn thận"),
        ("pedestrian", "caution", "Đi bộ: cẩn thận"),
    ],
)
def test_a_point_says_first_who_asked_can_pass(vehicle: Vehicle, state: str, words: str) -> None:
    page = flood_page("vi", vehicle, point(1, 27.0, Water(12.4, NOW - 20 * MINUTE)))
    site = page[page.index('id="site-flood-1"') :]
    [first] = re.findall(r'class="way (\w+) mine">.*?</span>([^<]*)<', site)
    assert first == (state, words)
    assert "Ngập từ 09:44 · đang dâng 12 cm/giờ" in text_of(site)
    assert f'vehicle={vehicle}" aria-current="true"' in page


def test_where_nobody_knows_nobody_is_told_that_the_way_is_open() -> None:
    page = flood_page("vi", "car", point(1, None), point(2, 40.0, age_s=9000))
    assert text_of(page).count("Ô tô: chưa rõ") == 2
    assert "Không qua được 0, cần cẩn thận 0 trong 2 điểm. Chưa rõ 2 điểm." in page
    assert "qua được</span>" not in page.replace("không qua được", "")


def test_a_dry_street_has_no_trend_and_new_floods_are_news() -> None:
    page = flood_page("en", "car", point(1, 2.0, Water(3.0)), point(2, 31.0, Water(0.5, NOW - 5 * MINUTE)))
    assert "rising" not in page[page.index('id="sites"') :]
    assert "09:59: flooded at Điểm 2, now 31 cm deep" in page
    assert "the water stands" in page


def test_the_limits_stand_on_the_page_with_their_ground() -> None:
    told = text_of(flood_page("vi", "car", point(1, 0.0)))
    assert "Ô tô 15 cm 30 cm Quy ước của dự án: từ 15 cm nước tới sàn xe" in told


def test_a_point_says_what_the_rain_nearby_lets_expect() -> None:
    sensor = sensor_row("flood-1", kind="flood", attributes={"scenario": ">100"})
    state = SensorState(sensor, [reading(NOW, "depth", 0.0, 20)])
    near = GaugeHour("rain-1", "Cầu Giấy", "Cau Giay", 105.8, 21.0, 62.5, True)
    page = flood_page("vi", "car", *flood.features([state], flood.Around(gauges=[near]), Limits(), NOW))
    told = "Nguy cơ ngập: cần theo dõi (mưa 1 giờ 62,5 mm tại Cầu Giấy; điểm này ngập từ 100 mm)"
    assert f'<span class="warned">{told}</span>' in page
    dry = flood_page("en", "car", *flood.features([state], flood.Around(), Limits(), NOW))
    assert "not known, no rain is measured nearby" in dry


def folded(page: str) -> tuple[str, str]:
    """What stands open of the list, and the fold with all that is in it; empty without one."""
    before, _, rest = page[page.index('id="sites"') :].partition('<details class="more">')
    return before, rest.partition("</details>")[0]


def test_a_long_list_is_folded_behind_its_worst() -> None:
    wet = [gauge(number, 30.0 - number) for number in range(10)]
    dry = [gauge(number, 0.0) for number in range(10, 42)]
    shown, behind = folded(rain_page("vi", *dry, *wet))
    assert re.findall(r'id="site-rain-(\d+)"', shown) == [str(number) for number in range(OPEN_SITES)]
    assert "Xem 34 điểm còn lại (2 nơi có mưa)" in text_of(behind)
    assert re.findall(r'id="site-rain-(\d+)"', behind)[:2] == ["8", "9"]
    assert behind.count('class="site ') == 34
    _, behind = folded(rain_page("en", *dry))
    assert "Show 24 more sites <" in behind.replace("</summary>", " <")


def test_a_list_that_is_hardly_longer_is_not_folded() -> None:
    for count, has_fold in ((OPEN_SITES + 3, False), (OPEN_SITES + 4, True)):
        page = flood_page("vi", "car", *(point(number, 12.0) for number in range(count)))
        _, behind = folded(page)
        assert bool(behind) is has_fold
        assert page.count('class="site ') == count
        assert ("4 nơi có nước từ 10 cm" in behind) is has_fold
