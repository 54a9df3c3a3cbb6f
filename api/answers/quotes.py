"""What a stay would cost, asked and answered."""

from datetime import datetime
from typing import Annotated, Literal, Self

from msgspec import Meta, Struct

from api.parameters import SENSOR_ID_PATTERN
from cityhub.parking.tariffs import Line, Quote
from cityhub.rfc3339 import LocalTime

MAX_MINUTES = 366 * 24 * 60


class QuoteRequest(Struct, frozen=True, forbid_unknown_fields=True):
    """A stay of `minutes` from `start` on; without a start, from now on."""

    place_id: Annotated[str, Meta(pattern=SENSOR_ID_PATTERN, description="As in /api/v1/latest/parking")]
    vehicle: Annotated[str, Meta(description="car, car_large, motorbike, ev or disabled")]
    minutes: Annotated[int, Meta(ge=1, le=MAX_MINUTES)]
    start: Annotated[datetime, Meta(tz=True, description="RFC 3339 with offset")] | None = None


class QuoteLine(Struct, frozen=True, rename={"from_": "from"}):
    """What the time from `from` to `to` adds to the price, and by which rule, in Vietnamese and English."""

    from_: LocalTime
    to: LocalTime
    amount: Annotated[int, Meta(ge=0)]
    rule: str
    rule_en: str

    @classmethod
    def of(cls, line: Line) -> Self:
        """A line of a quote."""
        return cls(line.from_, line.to, line.amount, line.rule, line.rule_en)


class QuoteAnswer(Struct, frozen=True):
    """A price. Its lines follow each other without a gap and sum to `amount`."""

    amount: Annotated[int, Meta(ge=0)]
    currency: Literal["VND"]
    lines: list[QuoteLine]
    tariff_version: str

    @classmethod
    def of(cls, quote: Quote) -> Self:
        """A quote as it is sent."""
        return cls(quote.amount, "VND", [QuoteLine.of(line) for line in quote.lines], quote.tariff_version)
