"""Tariffs as versioned data: what parking costs from one moment to another, and why.

    prices = schedule(conn, "hanoi-inner")         # cityhub.store.tariffs
    quote(prices, "car", start, end).amount         # VND

Nouns of APDS (ISO TS 5206-1): a *rate table* is one version of a zone's tariff; its *rate line collections* are for
days and hours; their *rate lines* are the steps. Files are described in docs/data.md.
"""

from cityhub.parking.tariffs.model import RateTable, RightSpecification, Schedule, TariffFile
from cityhub.parking.tariffs.quoting import Line, Quote, extension, quote, unused
from cityhub.parking.tariffs.read import files_in, read

__all__ = [
    "Line",
    "Quote",
    "RateTable",
    "RightSpecification",
    "Schedule",
    "TariffFile",
    "extension",
    "files_in",
    "quote",
    "read",
    "unused",
]
