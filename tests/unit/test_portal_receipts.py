"""A receipt as PDF: always one page with all that matters, whatever the tariff and the names look like."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pypdfium2
import pytest
import segno
import zxingcpp

from cityhub.rfc3339 import HANOI_TIME, local_time
from cityhub.words import Language
from portal import assets
from portal.driver import ReceiptView, receipt_pdf

BEGINS = datetime(2026, 11, 23, 10, 0, tzinfo=HANOI_TIME)
URL = "https://do-xe.example/receipts/check?number=HN-PARKING-2026-000001&code=K7QM-2F9D-X3TR"
A5, A4 = (148, 210), (210, 297)
RULE = "Ban ngày, giờ thứ 1 và 2: 25.000 đ mỗi giờ"


def line(hour: int, rule: str = RULE) -> dict[str, Any]:
    begins = BEGINS + timedelta(hours=hour)
    return {
        "from": local_time(begins), "to": local_time(begins + timedelta(hours=1)), "amount": 25_000,
        "rule": rule, "rule_en": "By day",
    }  # fmt: skip


def receipt(hours: int = 2, **changes: Any) -> ReceiptView:
    view = ReceiptView(
        token="t" * 22,
        home="/p/" + "t" * 22,
        number="HN-PARKING-2026-000001",
        issuer="hn-parking",
        issued_at=BEGINS,
        amount=25_000 * hours,
        refunded=0,
        provider="vietqr",
        place="Trần Hưng Đạo, điểm đỗ 3",
        vehicle="car",
        begins=BEGINS,
        until=BEGINS + timedelta(hours=hours),
        lines=[line(hour) for hour in range(hours)],
        total=25_000 * hours,
        check_code="K7QM-2F9D-X3TR",
        check_page="https://do-xe.example/receipts/check",
        qr_svg="",
        qr_rows=segno.make(URL, error="m", micro=False).matrix,
    )
    return replace(view, **changes)


def drawn(view: ReceiptView, language: Language = "vi", notice: str = "") -> tuple[str, tuple[int, ...]]:
    """The text of the only page and its size in millimetres; its QR code is looked at by the way."""
    document = pypdfium2.PdfDocument(receipt_pdf(language, view, assets.fonts(), notice))
    assert len(document) == 1
    page = document[0]
    text = page.get_textpage().get_text_range()
    size = tuple(round(side / 72 * 25.4) for side in page.get_size())
    codes = zxingcpp.read_barcodes(page.render(scale=3).to_pil())
    document.close()
    assert [code.text for code in codes] == [URL]
    return text.replace("\r\n", "\n"), size


@pytest.mark.parametrize(("hours", "size"), [(1, A5), (6, A5), (13, A4), (20, A4)])
def test_a_long_price_takes_a_larger_page(hours: int, size: tuple[int, int]) -> None:
    text, found = drawn(receipt(hours))
    assert found == size
    assert text.count(RULE) == hours
    assert "Biên lai không phải hóa đơn thuế." in text


def test_what_has_no_room_is_summed_up() -> None:
    text, size = drawn(receipt(200))
    kept = text.count(RULE)
    assert size == A4
    assert 15 < kept < 30
    assert f"và {200 - kept} dòng nữa {(200 - kept) * 25:,}.000 đ".replace(",", ".") in text
    assert "Đã trả 5.000.000 đ" in text
    assert "23/11 10:00–11:00" in text


def test_both_languages_and_the_notice_are_there() -> None:
    text, _ = drawn(receipt(), "en", "Dữ liệu mô phỏng / Simulated data")
    assert text.startswith("Dữ liệu mô phỏng / Simulated data\n")
    for said in (
        "Parking receipt",
        "50,000 VND",
        "Car, up to 9 seats",
        "By day",
        "A receipt is not a tax invoice.",
    ):
        assert said in text, said


def test_what_was_paid_before_and_given_back_is_told() -> None:
    text, _ = drawn(receipt(2, amount=25_000, refunded=5_000))
    for said in (
        "Giá cả lượt đỗ 50.000 đ",
        "Trả bằng biên lai khác −25.000 đ",
        "Đã trả 25.000 đ",
        "Đã trả lại −5.000 đ",
    ):
        assert said in text, said


def test_a_stay_without_an_end_and_without_lines_has_a_receipt() -> None:
    text, _ = drawn(receipt(0, amount=1, total=1, until=None))
    assert "10:00 23/11/2026 –" in text


@pytest.mark.parametrize(
    "name",
    [
        "x" * 500,
        "Điểm đỗ rất dài " * 40,
        "",
        "東京 🚗 \u202e \x07",
        "e\u0302\u0301",
        "<b>&amp;</b> **x** __y__",
    ],
)
def test_no_name_breaks_the_page(name: str) -> None:
    text, _ = drawn(receipt(2, place=name, lines=[line(0, rule=name), line(1)]))
    assert "HN-PARKING-2026-000001" in text
    assert "Đã trả 50.000 đ" in text
    assert "Biên lai không phải hóa đơn thuế." in text


def test_the_same_receipt_is_the_same_file() -> None:
    first, second = (receipt_pdf("vi", receipt(), assets.fonts()) for _ in range(2))
    assert first == second
