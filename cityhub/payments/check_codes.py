"""What is printed on a receipt and tells that it is genuine. Pure.

Twelve signs of Crockford's base 32, `K7QM-2F9D-X3TR`: 60 bits, which people can read off paper and type.
"""

import hmac
import re
from collections.abc import Callable

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_GROUPS, _SIGNS = 3, 4
_CODE = re.compile(rf"[{_ALPHABET}]{{{_SIGNS}}}(?:-[{_ALPHABET}]{{{_SIGNS}}}){{{_GROUPS - 1}}}")
_IGNORED = re.compile(r"[^0-9A-Z]")
# What base 32 leaves out because it is read as something else.
_READ_AS = str.maketrans("OIL", "011")
# Stands in for the code of a receipt that does not exist, so that both take as long.
_NOBODYS = "0000-0000-0000"


def new(random_below: Callable[[int], int]) -> str:
    """A new code; `random_below(n)` gives a number from 0 to n - 1 that nobody can guess (secrets.randbelow)."""
    groups = ("".join(_ALPHABET[random_below(32)] for _ in range(_SIGNS)) for _ in range(_GROUPS))
    return "-".join(groups)


def is_same(typed: str, printed: str | None) -> bool:
    """Is it the code that was printed, however it was typed? None: there is no receipt. In constant time.

    Capitals, blanks and dashes do not matter; receipts of the first days have codes of which every sign does.
    """
    compared = _NOBODYS if printed is None else printed
    exact = hmac.compare_digest(typed.strip().encode("utf-8", "replace"), compared.encode())
    loose = hmac.compare_digest(_plain(typed).encode(), _plain(compared).encode())
    return printed is not None and (exact or (loose and _CODE.fullmatch(printed) is not None))


def _plain(code: str) -> str:
    return _IGNORED.sub("", code.upper()).translate(_READ_AS)
