"""QR codes: for transfers, which a banking app reads off the page, and on receipts."""

import io

import segno

from cityhub.payments import vietqr
from cityhub.payments.ways import Account


def qr_text(account: Account, amount: int, reference: str) -> str:
    """The text of a VietQR code for a payment."""
    return vietqr.payload(account.bank, account.number, amount, reference)


def qr_rows(text: str) -> tuple[bytearray, ...]:
    """The same QR code as rows of 1 (black) and 0, without its quiet zone."""
    return tuple(_code(text).matrix)


def qr_svg(text: str) -> str:
    """A QR code as an SVG element, black on white with its quiet zone, that scales with its place on a page."""
    out = io.BytesIO()
    _code(text).save(
        out, kind="svg", xmldecl=False, svgclass="qr", lineclass=None, omitsize=True, border=4, light="#fff"
    )
    return out.getvalue().decode().strip()


def qr_png(text: str) -> bytes:
    """A QR code as a picture, large enough for a banking app that opens it from the phone's gallery."""
    out = io.BytesIO()
    _code(text).save(out, kind="png", scale=10, border=4)
    return out.getvalue()


def _code(text: str) -> segno.QRCode:
    return segno.make(text, error="m", micro=False)
