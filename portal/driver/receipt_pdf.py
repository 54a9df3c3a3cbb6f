"""A receipt as one page of PDF: A5, or A4 where the price has many lines. The library is loaded with the first."""

from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Final

from cityhub.rfc3339 import at_local_time
from cityhub.words import Language, words_in
from portal.driver.pages import money, vehicle_name, way_name
from portal.driver.receipts import ReceiptView, has_days, moment, period, rule_of, span_of

# By style of the library: its Latin letters, and the Vietnamese ones that it leaves to a second file.
FONTS: Final[Mapping[str, tuple[str, str]]] = {
    style: (
        f"@fontsource/be-vietnam-pro/files/be-vietnam-pro-latin-{weight}-normal.woff",
        f"@fontsource/be-vietnam-pro/files/be-vietnam-pro-vietnamese-{weight}-normal.woff",
    )
    for style, weight in (("", 400), ("B", 700))
}

# Millimetres.
_A5, _A4 = (148.0, 210.0), (210.0, 297.0)
_MARGIN, _LABEL, _TIMES, _SUMS = 12.0, 36.0, 33.0, 27.0
_ROW, _SMALL_ROW, _GAP = 5.6, 4.4, 1.6
_CODE, _QUIET = 34.0, 4
_FOOT = _CODE + 14.0
_INK, _SOFT, _LACQUER, _RULE = (20, 49, 58), (82, 103, 109), (163, 35, 29), (200, 196, 186)

_Row = tuple[str, Sequence[str], str]


def receipt_pdf(
    language: Language, receipt: ReceiptView, fonts: Mapping[str, Path], notice: str = ""
) -> bytes:
    """The document; `fonts` gives the files that FONTS names, `notice` is the operator's, such as of simulated data.

    The same bytes for the same arguments.
    """
    with closing(_Sheet(language, receipt, fonts, _A5, notice)) as sheet:
        rows = sheet.rows()
        if sheet.height(rows) <= sheet.room:
            return sheet.drawn(rows)
    with closing(_Sheet(language, receipt, fonts, _A4, notice)) as sheet:
        return sheet.drawn(sheet.fitting(sheet.rows()))


class _Sheet:
    """One page of one size."""

    def __init__(
        self,
        language: Language,
        receipt: ReceiptView,
        fonts: Mapping[str, Path],
        size: tuple[float, float],
        notice: str,
    ) -> None:
        # Takes a second to load.
        from fpdf import FPDF  # noqa: PLC0415

        self._language, self._receipt, self._words = language, receipt, words_in(language)
        self._notice = notice
        self._width, self._page_height = size
        self._inner = self._width - 2 * _MARGIN
        self._pdf = FPDF(format=size)
        for style, (latin, vietnamese) in FONTS.items():
            self._pdf.add_font("latin", style, fonts[latin])
            self._pdf.add_font("vietnamese", style, fonts[vietnamese])
        self._pdf.set_fallback_fonts(["vietnamese"], exact_match=True)
        self._pdf.set_auto_page_break(False)
        self._pdf.set_margin(_MARGIN)
        self._facts = self._facts_of()

    def close(self) -> None:
        """Close the files of the fonts, which the library leaves open."""
        for font in self._pdf.fonts.values():
            font.ttfont.close()  # type: ignore[union-attr]

    @property
    def room(self) -> float:
        """What the lines of the price may take."""
        facts = sum(_ROW * len(texts) for _, texts in self._facts)
        head = _MARGIN + 29 + facts + 11
        return self._page_height - head - len(self._sums()) * _ROW - _FOOT - _MARGIN

    def rows(self) -> list[_Row]:
        """The lines of the price, their rules wrapped."""
        width, dated = self._inner - _TIMES - _SUMS, has_days(self._receipt)
        return [
            (
                span_of(line, dated),
                self._wrapped(rule_of(line, self._language), width, 8.5),
                self._money(line["amount"]),
            )
            for line in self._receipt.lines
        ]

    @staticmethod
    def height(rows: Sequence[_Row]) -> float:
        """How much of the page they take."""
        return sum(_SMALL_ROW * len(rule) + _GAP for _, rule, _ in rows)

    def fitting(self, rows: list[_Row]) -> list[_Row]:
        """As many as there is room for; the others are summed up."""
        kept = len(rows)
        more: list[_Row] = []
        while kept and self.height([*rows[:kept], *more]) > self.room:
            kept -= 1
            rest = sum(line["amount"] for line in self._receipt.lines[kept:])
            said = self._words.gettext("receipt.more", n=len(rows) - kept)
            more = [("…", [said], self._money(rest))]
        return [*rows[:kept], *more]

    def drawn(self, rows: Sequence[_Row]) -> bytes:
        """The page with these lines."""
        receipt, pdf = self._receipt, self._pdf
        title = self._words.gettext("receipt.title")
        pdf.set_title(f"{title} {receipt.number}")
        pdf.set_author(receipt.issuer)
        pdf.set_lang(self._language)
        # Not the time of drawing: a receipt drawn again is the same.
        pdf.set_creation_date(at_local_time(receipt.issued_at))
        pdf.add_page()
        if self._notice:
            pdf.set_y(_MARGIN - 7)
            for text in self._wrapped(self._notice, self._inner, 8.5, "B", most=1):
                self._text(_MARGIN, 0, text, 8.5, "B", _LACQUER)
            pdf.set_y(_MARGIN)
        self._text(_MARGIN, 6, title, 16, "B", _LACQUER, height=6)
        self._text(_MARGIN, 6, receipt.number, 10, "", _SOFT)
        self._text(_MARGIN, 12, self._money(receipt.amount), 22, "B", _INK, height=12)
        pdf.set_y(_MARGIN + 29)
        for label, texts in self._facts:
            self._line()
            self._text(_MARGIN, 0, label, 9, "", _SOFT)
            for text in texts:
                self._text(_MARGIN + _LABEL, _ROW, text, 9.5, "B", _INK)
        self._line()
        pdf.set_y(pdf.get_y() + 4)
        self._text(_MARGIN, 7, self._words.gettext("receipt.lines"), 9.5, "B", _INK)
        for span, rule, amount in rows:
            self._line()
            pdf.set_y(pdf.get_y() + _GAP / 2)
            self._text(_MARGIN, 0, span, 8.5, "", _INK, height=_SMALL_ROW)
            self._sum(amount, 8.5, "", _SMALL_ROW)
            for text in rule:
                self._text(_MARGIN + _TIMES, _SMALL_ROW, text, 8.5, "", _INK, height=_SMALL_ROW)
            pdf.set_y(pdf.get_y() + _GAP / 2)
        for label, amount, style in self._sums():
            self._line()
            self._sum(amount, 9.5, style, _ROW)
            self._text(_MARGIN, _ROW, label, 9.5, style, _INK)
        self._line()
        self._foot()
        return bytes(pdf.output())

    def _foot(self) -> None:
        receipt, top = self._receipt, self._page_height - _MARGIN - _FOOT + 4
        self._code(_MARGIN - 2, top)
        left = _MARGIN + _CODE + 2
        self._pdf.set_y(top + 5)
        said = f"{self._words.gettext('driver.check_code')} {receipt.check_code}"
        self._text(left, 7, said, 10.5, "B", _INK)
        how = self._words.gettext("receipt.how_to_check", address=receipt.check_page)
        for text in self._wrapped(how, self._width - _MARGIN - left, 8.5, most=5):
            self._text(left, _SMALL_ROW, text, 8.5, "", _SOFT, height=_SMALL_ROW)
        self._pdf.set_y(self._page_height - _MARGIN - 6)
        notes = f"{self._words.gettext('driver.no_invoice')} {self._words.gettext('receipt.local_time')}"
        self._text(_MARGIN, 5, notes, 8.5, "B", _INK)

    def _code(self, left: float, top: float) -> None:
        """The QR code, drawn: sharp at every size. Neighbours in a row are one bar: no gaps show between them."""
        rows = self._receipt.qr_rows
        size = _CODE / (len(rows) + 2 * _QUIET)
        self._pdf.set_fill_color(0, 0, 0)
        for y, row in enumerate(rows):
            x = 0
            while x < len(row):
                begins = x
                while x < len(row) and row[x]:
                    x += 1
                if x > begins:
                    where = left + (begins + _QUIET) * size, top + (y + _QUIET) * size
                    self._pdf.rect(*where, (x - begins) * size, size, style="F")
                x += 1

    def _facts_of(self) -> list[tuple[str, list[str]]]:
        receipt, say = self._receipt, self._words.gettext
        facts = [
            (say("receipt.issuer"), receipt.issuer),
            (say("receipt.issued"), moment(receipt.issued_at)),
            (say("receipt.place"), receipt.place),
            (say("receipt.vehicle"), vehicle_name(receipt.vehicle, self._language)),
            (say("receipt.period"), period(receipt.begins, receipt.until)),
            (say("receipt.way"), way_name(receipt.provider, self._language)),
        ]
        return [(label, self._wrapped(text, self._inner - _LABEL, 9.5, "B")) for label, text in facts]

    def _sums(self) -> list[tuple[str, str, str]]:
        receipt, say, found = self._receipt, self._words.gettext, []
        if receipt.paid_before:
            found.append((say("receipt.total"), self._money(receipt.total), ""))
            found.append((say("receipt.before"), f"−{self._money(receipt.paid_before)}", ""))
        found.append((say("receipt.paid"), self._money(receipt.amount), "B"))
        if receipt.refunded:
            found.append((say("receipt.refunded"), f"−{self._money(receipt.refunded)}", ""))
        return found

    def _money(self, amount: int) -> str:
        return money(amount, self._language)

    def _wrapped(self, text: str, width: float, size: float, style: str = "", most: int = 2) -> list[str]:
        """`text` in lines of at most `width` mm; words that are longer are broken, what is over ends in `…`."""
        self._pdf.set_font("latin", style, size)
        # A cell has room at both ends.
        fits = width - 2 * self._pdf.c_margin
        lines = [""]
        for word in text.split():
            joined = f"{lines[-1]} {word}".strip()
            if self._pdf.get_string_width(joined) <= fits:
                lines[-1] = joined
                continue
            if lines[-1]:
                lines.append("")
            for sign in word:
                if self._pdf.get_string_width(lines[-1] + sign) > fits:
                    lines.append("")
                lines[-1] += sign
        return lines if len(lines) <= most else [*lines[: most - 1], f"{lines[most - 1][:-1]}…"]

    def _text(
        self,
        left: float,
        down: float,
        text: str,
        size: float,
        style: str,
        color: tuple[int, int, int],
        *,
        height: float = _ROW,
    ) -> None:
        """`text` at `left` mm; the next stands `down` mm lower."""
        pdf, top = self._pdf, self._pdf.get_y()
        pdf.set_font("latin", style, size)
        pdf.set_text_color(*color)
        pdf.set_xy(left - pdf.c_margin, top)
        if text:
            # The library has no cell for nothing.
            pdf.cell(h=height, text=text)
        pdf.set_y(top + down)

    def _sum(self, amount: str, size: float, style: str, height: float) -> None:
        top = self._pdf.get_y()
        self._pdf.set_font("latin", style, size)
        self._pdf.set_text_color(*_INK)
        self._pdf.set_xy(self._width - _MARGIN - _SUMS + self._pdf.c_margin, top)
        self._pdf.cell(w=_SUMS, h=height, text=amount, align="R")
        self._pdf.set_y(top)

    def _line(self) -> None:
        self._pdf.set_draw_color(*_RULE)
        self._pdf.set_line_width(0.2)
        self._pdf.line(_MARGIN, self._pdf.get_y(), self._width - _MARGIN, self._pdf.get_y())
