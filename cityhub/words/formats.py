"""Numbers and times as the languages write them."""

from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal

from babel.dates import format_date
from babel.numbers import format_decimal

from cityhub.rfc3339 import at_local_time
from cityhub.words.language import Language


def number(value: float, decimals: int, language: Language) -> str:
    """`value` as browsers show it: at most so many decimals, halves away from 0, no sign before 0."""
    rounded = Decimal(repr(value)).quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)
    pattern = "#,##0." + "#" * decimals if decimals else "#,##0"
    return format_decimal(rounded or Decimal(0), pattern, language)


def clock(time: datetime) -> str:
    """Hour and minute in Viet Nam; `time` is aware."""
    return f"{at_local_time(time):%H:%M}"


def date(time: datetime, language: Language) -> str:
    """The day in Viet Nam, in full; `time` is aware."""
    return format_date(at_local_time(time), "long", language)
