"""The driver's pages: find a place, see the price, pay, extend, stop, correct, receipt. They work without scripts."""

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

__all__ = [
    "BayView",
    "Choice",
    "Length",
    "PlaceView",
    "SessionView",
    "place_html",
    "places_html",
    "session_html",
]
