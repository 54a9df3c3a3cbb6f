"""Breaches of personal data: who has to be told by when. Pure.

Law 91/2025/QH15 and Decree 356/2025 (read in secondary, checked collections): a report to the authority within 72 hours
of when it was noticed, where positions are touched the persons too, and a file that is kept for five years.
"""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal, get_args

from cityhub.errors import InvalidInput
from cityhub.personal import is_plate_or_phone

_GLUE: Final = re.compile(r"[\s,;:=|/()]+")
REPORT_WITHIN: Final = timedelta(hours=72)
# As the table has it.
LONGEST: Final = 2000
# What was touched. A stay says where a car was: that is position.
Touched = Literal["plate", "phone", "position", "payment", "account", "picture", "other"]
TOUCHED: Final[tuple[Touched, ...]] = get_args(Touched)
Addressee = Literal["authority", "persons"]
ADDRESSEES: Final[tuple[Addressee, ...]] = get_args(Addressee)


@dataclass(frozen=True, slots=True)
class Breach:
    """An entry of the register. Times are aware, None for what has not happened."""

    id: int
    known_at: datetime
    report_by: datetime
    entered_at: datetime
    entered_by: str
    what: str
    touched: tuple[Touched, ...]
    persons: int | None
    authority_told_at: datetime | None
    authority_reference: str | None
    persons_told_at: datetime | None
    closed_at: datetime | None
    closed_by: str | None
    outcome: str | None

    @property
    def to_tell(self) -> tuple[Addressee, ...]:
        """Who still has to be told."""
        if self.closed_at is not None:
            return ()
        authority: tuple[Addressee, ...] = () if self.authority_told_at else ("authority",)
        persons: tuple[Addressee, ...] = (
            ("persons",) if "position" in self.touched and self.persons_told_at is None else ()
        )
        return authority + persons


def checked(field: str, text: str) -> str:
    """A text of the register without spaces around it. Raises InvalidInput, which repeats nothing of it.

    The register is kept longer than what it is about: plates and phones do not belong into it.
    """
    text = text.strip()
    if not 1 <= len(text) <= LONGEST or "\0" in text:
        raise InvalidInput(field, f"must say in 1 to {LONGEST} signs what it is")
    words = text.split()
    # Some are written in up to four words, some are glued to their name or to each other.
    parts = [" ".join(words[at : at + n]) for at in range(len(words)) for n in (1, 2, 3, 4)]
    if any(map(is_plate_or_phone, [*parts, *_GLUE.split(text)])):
        raise InvalidInput(field, "holds a plate or a phone number: say what happened, not whose it is")
    return text
