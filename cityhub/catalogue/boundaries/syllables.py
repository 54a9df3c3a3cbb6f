"""Does a text look like Vietnamese? Told by how its syllables are built, so that a wrong encoding gives itself away.

"Cầu Giấy" is built of syllables; "CÇu GiÊy", the same bytes read as Western letters, is not.
"""

import re
import unicodedata
from collections.abc import Iterable
from typing import Final

_TONES: Final = {"\u0300", "\u0301", "\u0303", "\u0309", "\u0323"}
_ACUTE_OR_DOT: Final = {"\u0301", "\u0323"}
_INITIAL: Final = "ngh|ng|nh|gh|gi|kh|ph|qu|th|tr|ch|[bcdđghklmnpqrstvx]"
# Vowels that need a consonant after them, may have one, and have none.
_CLOSED: Final = "uyê|iê|yê|uô|ươ|oă|oo|uâ|[ăâ]"
_EITHER: Final = "oa|oe|uê|uy|uơ|[aeêioôơuưy]"
_OPEN: Final = (
    "iêu|yêu|ươu|ươi|uôi|uây|uya|uyu|oai|oao|oay|oeo|uêu|ia|ya|ua|ưa|ai|ao|au|ay|âu|ây|eo|êu|iu|oi|ôi|ơi"
    "|ui|ưi|ưu"
)
_FINAL: Final = "ch|c|p|t|m|ng|nh|n"
_STOPS: Final = ("ch", "c", "p", "t")
_SYLLABLE: Final = re.compile(
    rf"(?:{_INITIAL})?(?:(?:{_CLOSED})(?:{_FINAL})|(?:{_EITHER})(?:{_FINAL})?|{_OPEN})|gi(?:{_FINAL})?"
)
_BETWEEN_WORDS: Final = re.compile(
    r"[\s0-9\x00-\x1f!-/:-@\[-`{-~\u2010-\u2015\u2018-\u201d\u00a0\u00b0\u00ba]+"
)


def is_syllable(word: str) -> bool:
    """Is `word` built as a Vietnamese syllable: small letters, capitals, or one capital at its beginning?"""
    if not (word.islower() or word.isupper() or word[1:].islower()):
        return False
    letters = [unicodedata.normalize("NFD", letter) for letter in unicodedata.normalize("NFC", word.lower())]
    tones = [(letter, sign) for letter in letters for sign in letter if sign in _TONES]
    bare = unicodedata.normalize(
        "NFC", "".join(sign for letter in letters for sign in letter if sign not in _TONES)
    )
    if _SYLLABLE.fullmatch(bare) is None or len(tones) > 1:
        return False
    if not tones:
        return not bare.endswith(_STOPS)
    [(toned, tone)] = tones
    # What ends in a stop has a tone, and only one of two.
    return _may_bear(toned, letters) and (tone in _ACUTE_OR_DOT or not bare.endswith(_STOPS))


def _may_bear(toned: str, letters: list[str]) -> bool:
    """The tone stands on the vowel that has a sign of its own (â, ơ), where there is one."""
    has_sign = any(len(set(letter) - _TONES) > 1 for letter in letters)
    return not has_sign or len(set(toned) - _TONES) > 1


def marked_words(texts: Iterable[str]) -> list[str]:
    """The words that hold more than plain Latin letters."""
    return [word for text in texts for word in _BETWEEN_WORDS.split(text) if not word.isascii()]


def share(texts: Iterable[str]) -> float:
    """Which part (0 to 1) of the words with marks are Vietnamese syllables; 1 where no word has any."""
    words = marked_words(texts)
    return sum(map(is_syllable, words)) / len(words) if words else 1.0
