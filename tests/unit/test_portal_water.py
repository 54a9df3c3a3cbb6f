"""The page of the lake as the server sends it, in each state; and the form for samples."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from cityhub.kinds import KINDS
from cityhub.latest import summary
from cityhub.model import SensorState
from cityhub.water.features import features
from cityhub.water.samples import Result, Sample
from cityhub.water.wqi import Rules
from cityhub.words import Language
from portal import Glance
from portal.residents import WaterDay, WaterHistory, WaterView, water_html
from portal.staff import SampleForm, sample_form_html
from tests.sites import reading, sensor_row

NOW = datetime(2026, 11, 22, 3, 4, tzinfo=UTC)
DAY = timedelta(days=1)
URL: Callable[[str], str] = "/static/{}".format
STATION = {"ph": 7.9, "dissolved_oxygen": 4.5, "temperature": 25.0, "nh4_n": 0.2}


def lake(
    *results: Result, values: dict[str, float] = STATION, age_s: float = 20
) -> tuple[Glance, list[Sample]]:
    """One station that measured `values`, and a sample of yesterday when there are results."""
    row = sensor_row("water-1", kind="water", name_vi="Hồ Tây", name_en="West Lake")
    state = SensorState(row, tuple(reading(NOW, name, value, age_s) for name, value in values.items()))
    taken = [Sample("s-1", "water-1", NOW - DAY, "CEMC", "HT-7", "key", NOW, results)] if results else []
    found = features([state], {"water-1": taken}, Rules(), NOW)
    return Glance(NOW, summary(KINDS["water"], found), found), taken


def found(parameter: str, value: float, bound: str = "=") -> Result:
    return Result(parameter, value, bound, "TCVN 6001-1:2021")  # type: ignore[arg-type]


def page(language: Language, glance: Glance | None, taken: list[Sample] | None = None, days: int = 0) -> str:
    history = WaterHistory(
        [
            WaterDay(NOW - n * DAY, 70 if n % 2 else None, None if n % 2 else "no_values", {"nh4_n": 0.2})
            for n in range(days)
        ],
        taken or [],
    )
    return water_html(language, WaterView(glance, {"water-1": history}), URL, "")


def text_of(html: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", html))


def test_the_rules_are_those_that_the_operator_set() -> None:
    view = WaterView(lake()[0], {}, Rules(minimum_groups=4, sample_days=14))
    told = text_of(water_html("en", view, URL, ""))
    assert "It takes 4 of the 5 groups" in told
    assert "of the last 14 days" in told


def test_without_a_laboratory_it_says_why_there_is_no_index_and_nothing_of_germs() -> None:
    told = text_of(page("vi", lake()[0]))
    assert "Chưa có VN_WQI vì nhóm ôxy, chất hữu cơ và dinh dưỡng chưa đủ 3 thông số." in told
    assert "Còn thiếu: thuốc bảo vệ thực vật, kim loại nặng, vi sinh." in told
    assert "Coliform : chưa có kết quả nào còn hiệu lực" in told
    assert "Chưa có mẫu nào trong hai tháng qua." in told


def test_a_figure_stands_beside_its_limit_and_says_by_how_much_it_fails() -> None:
    told = text_of(page("vi", *lake(found("bod5", 7.2), found("coliform", 2400))))
    assert "4,5 mg/L QCVN 08:2023 mức B: tối thiểu 5 mg/L – không đạt, thiếu 0,5 mg/L (10 %)" in told
    assert "trạm đo · cách đây 20 giây · 55 % độ bão hòa · điểm VN_WQI 55" in told
    assert "7,2 mg/L QCVN 08:2023 mức B: tối đa 6 mg/L – không đạt, vượt 1,2 mg/L (20 %) mẫu của CEMC" in told
    assert "2.400 MPN/100 mL – đạt, thấp hơn 2.600 MPN/100 mL · mẫu của CEMC · cách đây 1 ngày" in told


def test_an_index_comes_with_its_class_its_use_and_how_it_was_joined() -> None:
    html = page("en", *lake(found("bod5", 5), found("coliform", 2400)))
    told = text_of(html)
    assert "90 VN_WQI Good By Decision 1460: for domestic water supply after suitable treatment" in told
    assert (
        "square root of the product of the groups oxygen–nutrients and microbes, times the other groups (form a)"
        in told
    )
    assert 'fill="#00e400"' in html


def test_a_sample_says_where_when_and_how() -> None:
    told = text_of(page("vi", *lake(found("no2_n", 0.01, "<"))))
    assert "Lấy lúc 10:04 21/11/2026 · cách đây 1 ngày · CEMC" in told
    assert "Số hiệu mẫu HT-7" in told
    assert "&lt; 0,01 mg/L TCVN 6001-1:2021" in told


@pytest.mark.parametrize("language", ["vi", "en"])
def test_it_never_says_that_swimming_is_safe(language: Language) -> None:
    clean = lake(found("bod5", 1), found("coliform", 3, "<"), found("e_coli", 3, "<"))
    told = text_of(page(language, *clean))
    assert (
        "Trang này không thể nói là an toàn" if language == "vi" else "cannot say that it is safe"
    ) in told
    assert "QCVN 08:2023" in told


def test_before_the_first_data_and_without_a_history_it_says_so() -> None:
    assert "Chưa có số liệu" in page("vi", None)
    told = text_of(water_html("vi", WaterView(lake()[0], None), URL, ""))
    assert "Lúc này chưa đọc được mẫu và biểu đồ" in told
    assert "Chưa có mẫu nào" not in told


def test_what_stations_say_no_more_makes_no_index() -> None:
    told = text_of(page("vi", lake(age_s=7200)[0]))
    assert "Chưa có VN_WQI vì gần đây không có số đo nào để tính." in told


def test_thirty_days_are_drawn_with_the_reason_where_a_day_has_none() -> None:
    html = page("vi", lake()[0], days=30)
    assert 'id="wqi-water-1"' in html
    assert text_of(html).count("gần đây không có số đo nào để tính") >= 15


def test_what_a_laboratory_wrote_becomes_no_markup() -> None:
    glance, taken = lake(Result("bod5", 5, "=", "<script>x</script>"))
    assert "<script>x" not in page("vi", glance, taken)


FORM_STATIONS = [("water-1", "Hồ Tây")]


def test_the_form_asks_for_every_parameter_and_keeps_what_was_typed_but_the_key() -> None:
    filled = {"station_id": "water-1", "value-bod5": "2.400", "method-bod5": "TCVN", "laboratory": '"CEMC"'}
    html = sample_form_html("vi", SampleForm(FORM_STATIONS, filled, "value", "bod5"), URL, "")
    assert html.count('name="value-') == html.count('name="method-') == 30
    assert 'name="value-bod5" value="2.400"' in html
    assert "kết quả BOD₅ chưa đọc được" in html
    assert 'value="&#34;CEMC&#34;"' in html
    key = re.search(r"<input[^>]*name=\"key\"[^>]*>", html)
    assert key is not None
    assert "value=" not in key[0]
    assert "onload" not in html


def test_what_breaks_its_limit_most_stands_first_and_the_rest_is_folded() -> None:
    fine = {"no3_n": 0.4, "no2_n": 0.01, "po4_p": 0.05, "turbidity": 12.0, "conductivity": 300.0}
    html = page("vi", *lake(found("bod5", 7.2), found("cod", 16.0), values=STATION | fine))
    [figures] = re.findall(r'id="figures-water-1".*?</details>', html, re.DOTALL)
    shown, folded = figures.split('<details class="more">')
    # By 20, 10 and 7 %.
    assert re.findall(r'class="name">([^<]*)', shown)[:3] == ["BOD₅", "Oxy hòa tan", "COD"]
    assert len(re.findall(r'class="name"', shown)) == 4
    assert "Xem 7 thông số còn lại" in folded
    assert "không đạt" not in folded


def test_a_few_figures_are_not_folded() -> None:
    assert '<details class="more">' not in page("vi", *lake(found("bod5", 7.2)))
