"""A person's request about their own data: whose it is, and by when it has to be answered and done. Pure.

Law 91/2025/QH15 and Decree 356/2025 (read in secondary, checked collections): an answer within two working days, access
within 10 days, erasure within 20.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from cityhub import phones
from cityhub.errors import InvalidInput
from cityhub.parking import plates

Request = Literal["export", "erase"]
WORKING_DAYS_TO_ANSWER = 2
DAYS_TO_DO: dict[Request, int] = {"export": 10, "erase": 20}


@dataclass(frozen=True, slots=True)
class Subject:
    """A plate or a phone, normalised; never shown as a whole."""

    kind: Literal["plate", "phone"]
    text: str

    def __repr__(self) -> str:
        return f"Subject({self.kind}, {self.masked!r})"

    @property
    def masked(self) -> str:
        """As people other than its owner may see it."""
        return plates.masked(self.text) if self.kind == "plate" else f"***{self.text[-2:]}"

    def token(self, key: bytes) -> bytes:
        """What stands in its place once it is erased."""
        return plates.token(self.text, key) if self.kind == "plate" else phones.token(self.text, key)


def subject(text: str) -> Subject:
    """What somebody asks about: `0912 345 678` is a phone, `30A-123.45` a plate.

    Raises InvalidInput, which repeats nothing.
    """
    try:
        return Subject("phone", phones.normalise(text))
    except InvalidInput:
        pass
    try:
        return Subject("plate", plates.normalise(text).text)
    except InvalidInput:
        raise InvalidInput(
            "subject", "a number plate looks like 30A-123.45, a phone number like 0912345678"
        ) from None


def deadlines(kind: Request, asked: date, is_working_day: Callable[[date], bool]) -> tuple[date, date]:
    """By which day (Vietnam time) a request of the day `asked` has to be answered, and done."""
    answer_by, left = asked, WORKING_DAYS_TO_ANSWER
    while left:
        answer_by += timedelta(days=1)
        left -= is_working_day(answer_by)
    return answer_by, asked + timedelta(days=DAYS_TO_DO[kind])
