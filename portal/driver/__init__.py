"""The driver's pages: find a place, see the price, pay, extend, stop, correct, receipt. They work without scripts."""

from portal.driver.app import manifest, offline_html
from portal.driver.pages import (
    BayView,
    Choice,
    Length,
    PlaceView,
    SessionView,
    place_html,
    places_html,
    session_html,
)
from portal.driver.permits import (
    PermitChoice,
    PermitOffer,
    PermitView,
    permit_form_html,
    permit_html,
    permits_html,
)
from portal.driver.receipt_pdf import receipt_pdf
from portal.driver.receipts import CheckView, ReceiptView, check_html, receipt_html

__all__ = [
    "BayView",
    "CheckView",
    "Choice",
    "Length",
    "PermitChoice",
    "PermitOffer",
    "PermitView",
    "PlaceView",
    "ReceiptView",
    "SessionView",
    "check_html",
    "manifest",
    "offline_html",
    "permit_form_html",
    "permit_html",
    "permits_html",
    "place_html",
    "places_html",
    "receipt_html",
    "receipt_pdf",
    "session_html",
]
