"""A receipt in the forms that people take: a page, and a PDF, which is drawn in a thread of its own."""

import asyncio
import hmac
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from urllib.parse import urlencode

from fastapi import Response

from api.hub import Hub
from api.page_forms import page_answer
from api.problems import NotReady, TooManyReaders
from api.qr_codes import qr_rows, qr_svg
from cityhub.errors import NotFound
from cityhub.payments import check_codes
from cityhub.store import receipts
from cityhub.store.receipts import Receipt
from cityhub.words import Language
from portal import Portal
from portal.driver import ReceiptView

PDF = "application/pdf"
CHECK_PATH = "/receipts/check"
# One takes a tenth of a second.
MOST_WAITING = 40


class ReceiptForms:
    """Draws receipts, PDFs one after the other. To be used in one event loop only."""

    def __init__(self, portal: Portal) -> None:
        self._portal = portal
        self._thread = ThreadPoolExecutor(1, "receipts")
        self._waiting = 0

    def page(self, hub: Hub, receipt: Receipt, language: Language) -> Response:
        """The receipt as a page."""
        return page_answer(self._portal.receipt(language, _view(hub, receipt, language)))

    async def pdf(self, hub: Hub, receipt: Receipt, language: Language) -> Response:
        """The receipt as a PDF. Raises NotReady without fonts, TooManyReaders when too many wait."""
        if not self._portal.has_fonts:
            raise NotReady("Receipts cannot be had as PDF at the moment.")
        if self._waiting >= MOST_WAITING:
            raise TooManyReaders("Too many receipts are being drawn; try again shortly")
        view = _view(hub, receipt, language)
        self._waiting += 1
        try:
            body = await asyncio.get_running_loop().run_in_executor(
                self._thread, self._portal.receipt_pdf, language, view
            )
        finally:
            self._waiting -= 1
        headers = {
            "Cache-Control": "no-store",
            "Content-Language": language,
            "Content-Disposition": f'inline; filename="{receipt.number}.pdf"',
        }
        return Response(body, 200, headers, PDF)


async def of_session(hub: Hub, number: str, token: str) -> Receipt:
    """The receipt of this number, for who has the token of its session; raises NotFound for everybody else alike."""
    receipt = await hub.pools.write(lambda conn: receipts.by_number(conn, number))
    # The same answer as for one that does not exist: numbers can be guessed.
    if receipt.token is None or not hmac.compare_digest(token.encode(), receipt.token.encode()):
        raise NotFound("receipt", number)
    return receipt


async def checked(hub: Hub, number: str, code: str) -> Receipt | None:
    """The receipt of this number when the code is the one printed on it; an unknown number is as a wrong code.

    Asked of the primary: a replica may not know yet what was printed a second ago.
    """
    receipt = await hub.pools.write(lambda conn: receipts.find(conn, number))
    is_same = check_codes.is_same(code, None if receipt is None else receipt.check_code)
    return receipt if is_same else None


def _view(hub: Hub, receipt: Receipt, language: Language) -> ReceiptView:
    document, page = receipt.document, f"{hub.ways.public_url}{CHECK_PATH}"
    url = f"{page}?{urlencode({'number': receipt.number, 'code': receipt.check_code})}"
    until = document["to"]
    return ReceiptView(
        token=str(receipt.token),
        home=f"/{'r' if 'permit' in document else 'p'}/{receipt.token}",
        number=receipt.number,
        issuer=receipt.issuer,
        issued_at=receipt.issued_at,
        amount=receipt.amount,
        refunded=receipt.refunded,
        provider=receipt.provider,
        place=place_of(receipt, language),
        vehicle=document["vehicle"],
        begins=datetime.fromisoformat(document["from"]),
        until=None if until is None else datetime.fromisoformat(until),
        lines=document["lines"],
        total=document["total"],
        check_code=receipt.check_code,
        check_page=page,
        qr_svg=qr_svg(url),
        qr_rows=qr_rows(url),
    )


def place_of(receipt: Receipt, language: Language) -> str:
    """The name of the place when it was paid for."""
    return str(receipt.document["place" if language == "vi" else "place_en"])
