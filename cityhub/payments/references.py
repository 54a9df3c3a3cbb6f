"""References of payments: what providers know a payment by, and what a bank transfer is matched on. Pure.

A reference is `CH` and eleven signs of Crockford's base 32, the last a check sign. Banks strip everything but letters
and digits, write capitals, and put words of their own before and behind without a blank: a reference is found inside
of whatever stands around it, and hardly anything else looks like one. Who types it off a screen writes O for 0, and I
or L for 1; none of these stands in a reference, so they are read as what was meant.
"""

import re
from collections.abc import Callable, Iterator

PREFIX = "CH"
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_SIGNS = 10
_CANDIDATE = re.compile(rf"(?=({PREFIX}[{_ALPHABET}OIL]{{{_SIGNS + 1}}}))")
_MEANT = str.maketrans("OIL", "011")
_STRIPPED = re.compile(r"[^A-Za-z0-9]")


def new(random_below: Callable[[int], int]) -> str:
    """A new reference; `random_below(n)` gives a number from 0 to n - 1 that nobody can guess (secrets.randbelow)."""
    signs = "".join(_ALPHABET[random_below(len(_ALPHABET))] for _ in range(_SIGNS))
    return PREFIX + signs + _check(signs)


def found_in(content: str) -> Iterator[str]:
    """References in the text of a transfer, in their order. Which of them are payments only the store can tell."""
    text = _STRIPPED.sub("", content).upper()
    for match in _CANDIDATE.finditer(text):
        reference = match[1].translate(_MEANT)
        if is_reference(reference):
            yield reference


def is_reference(text: str) -> bool:
    """Has it the form of a reference, and the right check sign?"""
    signs = text[len(PREFIX) : -1]
    return (
        text.startswith(PREFIX)
        and len(signs) == _SIGNS
        and set(text[len(PREFIX) :]) <= set(_ALPHABET)
        and _check(signs) == text[-1]
    )


def _check(signs: str) -> str:
    # The weights are odd, so that every single wrong sign shows, and differ by two, so that most swapped neighbours do.
    return _ALPHABET[sum((2 * place + 1) * _ALPHABET.index(sign) for place, sign in enumerate(signs)) % 32]
