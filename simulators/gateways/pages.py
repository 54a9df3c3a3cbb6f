"""The gateways' pages: plain forms in both languages, for a phone. They say that no money moves."""

from collections.abc import Iterable
from html import escape
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

_PAGE = """<!DOCTYPE html><html lang="vi"><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1"><title>{title}</title>
<style>body{{font:18px/1.5 system-ui,sans-serif;max-width:26rem;margin:0 auto;padding:1rem}}
body{{color:#14313a;background:#f6f3ea}} a{{color:#0b6273}} nav{{margin-top:2rem;font-size:1rem}}
button,select,input{{display:block;width:100%;min-height:50px;margin:.5rem 0;font:inherit;box-sizing:border-box}}
input,select{{padding:.4rem;border:1px solid #52676d;border-radius:6px;background:#fff;color:inherit}}
button{{border:0;border-radius:12px;background:#0b6273;color:#fff;font-weight:700;padding:.4rem}}
fieldset{{border:1px solid #b9b39f;border-radius:12px;margin:1rem 0;padding:.5rem 1rem}} legend{{font-weight:700}}
.check{{display:flex;gap:.7rem;align-items:center;min-height:44px}}
.check input{{width:1.6rem;min-height:1.6rem;margin:0;flex:none}}
.second{{background:#52676d}}.notice{{background:#f2c14e;color:#33260a;padding:.4rem;text-align:center}}</style>
<p class="notice">Mô phỏng, không có tiền thật / Simulated, no real money</p><h1>{title}</h1>{body}
<nav><a href="/misbehave">Cho cổng làm sai / Let gateways misbehave</a></nav></html>"""

WRONG_SIGNATURE = "<p>Chữ ký sai / Wrong signature</p>"
NO_ORDER = "<p>Không có đơn này / No such order</p>"
OVER = "<p>Đơn này đã xong hoặc đã hết hạn / This order is done or too old</p>"


def page(title: str, body: str, status: int = 200) -> Response:
    """A page of this HTML `body`."""
    return HTMLResponse(_PAGE.format(title=escape(title), body=body), status)


def choice(amount: int) -> str:
    """The form by which a payer pays `amount` (VND) or does not."""
    return (
        f"<p><strong>{amount:,} VND</strong></p><form method='post'>"
        "<button name='do' value='pay'>Trả / Pay</button>"
        "<button class='second' name='do' value='cancel'>Hủy / Cancel</button></form>"
    )


def options(names: Iterable[str], chosen: str) -> str:
    """The options of a `select`."""
    return "".join(
        f"<option{' selected' if name == chosen else ''}>{escape(name)}</option>" for name in names
    )


async def form(request: Request) -> list[tuple[str, str]]:
    """The fields of a form as they were sent."""
    return parse_qsl((await request.body()).decode("utf-8", "replace"), keep_blank_values=True)
