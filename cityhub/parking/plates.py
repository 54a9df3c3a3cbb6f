"""Number plates of vehicles: written in one way, recognised by form, hidden where nobody needs them. Pure.

Forms of Vietnam (Circular 24/2023 and those before it, which stay valid): a province of two digits, a series of letters
without I J O Q W, a number of four or five digits. Plates of the army, of diplomats and from abroad look otherwise:
what does not look like a plate is told to the driver as a doubt and taken all the same.
"""

import hmac
import re
import unicodedata
from dataclasses import dataclass

from cityhub.errors import InvalidInput

SHORTEST, LONGEST = 4, 12
_LETTER = "A-HKLMNPRSTUVXYZĐ"
_FORMS = re.compile(
    rf"""
      [0-9]{{2}}[{_LETTER}]{{1,2}}[0-9]{{4,5}}         # 30A-123.45, 30A-1234, 29LD-123.45, 29-AA 123.45
    | [0-9]{{2}}[{_LETTER}][0-9][0-9]{{4,5}}           # motorbikes: 29-M1 123.45
    | [A-HKLMNPRSTUVXYZ]{{2}}[0-9]{{4}}                # army: TM-12-34
    | [0-9]{{5}}(?:NG|NN|QT|CV)[0-9]{{2}}              # diplomats and other foreigners: 80-011-NG-01
    | [0-9]{{2}}(?:NG|NN|QT|CV)[0-9]{{5}}
    """,
    re.VERBOSE,
)
# Cars have no such form: of those with a digit less nobody can tell.
_MOTORBIKE = re.compile(rf"[0-9]{{2}}[{_LETTER}][0-9]{{6}}")
_BETWEEN = re.compile(r"[\s.\-‐-―·_/]+")
_SIGNS = re.compile(r"[A-Z0-9Đ]+")
_HEAD = re.compile(r"[0-9]{2}[A-ZĐ]{1,2}")
_SHOWN_AT_END = 2
_HIDDEN = 2


@dataclass(frozen=True, slots=True)
class Plate:
    """`text`: A-Z, 0-9 and Đ, nothing between. `is_odd`: of none of the usual forms; the driver should look again."""

    text: str
    is_odd: bool

    def __repr__(self) -> str:
        return f"Plate({masked(self.text)!r})"


def normalise(text: str) -> Plate:
    """The plate that a person, a camera or a message wrote; raises InvalidInput, which does not repeat it."""
    signs = _BETWEEN.sub("", unicodedata.normalize("NFKC", text)).upper()
    if not SHORTEST <= len(signs) <= LONGEST:
        raise InvalidInput(
            "plate", f"a number plate has {SHORTEST} to {LONGEST} letters and digits, as 30A-123.45"
        )
    if not _SIGNS.fullmatch(signs) or not any(sign.isdigit() for sign in signs):
        raise InvalidInput("plate", "a number plate is of letters A to Z or Đ and digits, as 30A-123.45")
    return Plate(signs, is_odd=_FORMS.fullmatch(signs) is None)


def is_motorbikes(text: str) -> bool:
    """Is a normalised plate one that only motorbikes have, as 29-M1 123.45?"""
    return _MOTORBIKE.fullmatch(text) is not None


def masked(text: str) -> str:
    """A normalised plate as logs, exports and others may see it: `30A-***45`."""
    head = _HEAD.match(text)
    shown = head[0] if head is not None else text[:2]
    if len(text) < len(shown) + _HIDDEN + _SHOWN_AT_END:
        # So short that its ends would be all of it.
        shown = text[:1]
    return f"{shown}-***{text[max(len(shown) + _HIDDEN, len(text) - _SHOWN_AT_END) :]}"


def token(text: str, key: bytes) -> bytes:
    """What stands for a normalised plate after it was erased: always the same, and known to nobody without `key`."""
    return hmac.digest(key, text.encode(), "sha256")
