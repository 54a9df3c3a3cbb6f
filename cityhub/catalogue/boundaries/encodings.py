"""In which encoding a file keeps its names, found out from the names themselves.

What a file says of its encoding (.cpg, charset, declaration) is often missing or wrong, so it only decides where the
names leave it open. Everything is read from raw bytes, because readers that believe a wrong word lose letters.
"""

import codecs
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from html import unescape
from typing import Final
from unicodedata import category, normalize

from cityhub.catalogue.boundaries.legacy_letters import tcvn3_name, viqr, viscii, vni, windows_1258
from cityhub.catalogue.boundaries.syllables import marked_words, share

# So many of the words with marks must be Vietnamese syllables for an encoding to be believed.
_BELIEVED: Final = 0.9
# And the next best reading must fall so far behind.
_AHEAD: Final = 0.1

# Beside these, --encoding takes any name that Python knows.
LEGACY: Final[Mapping[str, Callable[[bytes], str]]] = {
    "windows-1258": windows_1258,
    "tcvn3": tcvn3_name,
    "vni": vni,
    "viscii": viscii,
    "viqr": viqr,
}
_ALIASES: Final = {
    "abc": "tcvn3",
    "tcvn": "tcvn3",
    "tcvn-3": "tcvn3",
    "cp1258": "windows-1258",
    "1258": "windows-1258",
}
# Control, private, unassigned, surrogate.
_UNSEEN: Final = {"Cc", "Co", "Cn", "Cs"}
# A vowel with a sign after it that nothing but VIQR sets there; a letter as JSON writes it out.
_SPELT: Final = re.compile(r"[aeiouyAEIOUY][\^`~(+]")
_ESCAPED: Final = re.compile(r"\\u([0-9a-fA-F]{4})")
# A question mark amid letters: "C?u Gi?y".
_QUESTIONED: Final = re.compile(r"[^\W\d_]\?+[^\W\d_]")
OFFERED: Final = ("utf-8", *LEGACY, "windows-1252")


class UnreadableText(ValueError):
    """The letters cannot be told; the text says what to do."""


@dataclass(frozen=True, slots=True)
class Decoded:
    """Texts in composed Unicode; `encoding` as it is told to people. `cut`: some texts end within a letter."""

    texts: tuple[str, ...]
    encoding: str
    cut: tuple[str, ...] = ()


def decode(raw: Sequence[bytes], *, wanted: str | None = None, declared: str | None = None) -> Decoded:
    """The texts of one column. `wanted`: an encoding that a person gave; `declared`: what the file says of itself.

    Raises UnreadableText where no encoding makes words of them, or several do.
    """
    # Some programs fill columns up with zeros.
    raw = [text.rstrip(b"\0") for text in raw]
    found = _guessed(raw, declared) if wanted is None else _as_wanted(raw, wanted)
    bad = next((text for text in found.texts if _lost_letters(text)), None)
    if bad is not None and wanted is not None:
        raise UnreadableText(f"in {wanted} the names make no sense, for example {_shown(bad)}")
    if bad is not None:
        raise UnreadableText(
            f"letters were lost when the file was made, for example {_shown(bad)}; make it anew from its source"
        )
    return found


def _guessed(raw: Sequence[bytes], declared: str | None) -> Decoded:
    if all(map(bytes.isascii, raw)):
        return _ascii(raw)
    unicode = _utf_8(raw)
    if unicode is not None and share(unicode.texts) >= _BELIEVED:
        return unicode
    readings = _readings(raw)
    if unicode is not None:
        mangled = [_as_western(text) for text in unicode.texts]
        if None not in mangled:
            inner = [text for text in mangled if text is not None]
            doubled = _utf_8(inner)
            readings |= {f"{name} within utf-8": texts for name, texts in _readings(inner).items()}
            if doubled is not None:
                readings["utf-8 within utf-8"] = doubled.texts
    best = _best(readings)
    if best is not None:
        return Decoded(readings[best], best, () if unicode is None else unicode.cut)
    if unicode is not None and (any(map(_lost_letters, unicode.texts)) or not _garbled(unicode.texts)):
        return unicode
    western = None if unicode is not None or _may_be_vietnamese(readings) else _western(raw, declared)
    if western is not None:
        return western
    raise UnreadableText(_offer(raw, readings))


def _ascii(raw: Sequence[bytes]) -> Decoded:
    """Plain letters, or others written out with them: VIQR, or as web pages and programs write them."""
    texts = tuple(text.decode() for text in raw)
    spelt = tuple(map(viqr, raw))
    if any(map(_SPELT.search, texts)) and _mark(spelt) >= _BELIEVED:
        return Decoded(spelt, "viqr")
    written = tuple(_ESCAPED.sub(lambda sign: chr(int(sign[1], 16)), unescape(text)) for text in texts)
    if written != texts:
        return Decoded(tuple(normalize("NFC", text) for text in written), "ascii with letters written out")
    return Decoded(texts, "ascii")


def _readings(raw: Sequence[bytes]) -> dict[str, tuple[str, ...]]:
    return {name: tuple(map(decoder, raw)) for name, decoder in LEGACY.items()}


def known(name: str) -> str | None:
    """The encoding that `name` means, None where there is none of that name."""
    plain = name.strip().lower()
    plain = _ALIASES.get(plain, plain)
    if plain in LEGACY:
        return plain
    try:
        return codecs.lookup(plain).name if b"a".decode(plain) == "a" else None
    except (LookupError, ValueError):
        return None


def _as_wanted(raw: Sequence[bytes], wanted: str) -> Decoded:
    name = known(wanted)
    if name is None:
        raise UnreadableText(f"there is no encoding {wanted!r}; give one of: {', '.join(OFFERED)}")
    # Within a file that is Unicode by itself, the legacy bytes were taken for Western letters.
    unicode = _utf_8(raw)
    pieces = raw
    if unicode is not None and name in LEGACY and not all(map(bytes.isascii, raw)):
        pieces = [_as_western(text) or text.encode() for text in unicode.texts]
    try:
        texts = [LEGACY[name](text) if name in LEGACY else text.decode(name) for text in pieces]
    except ValueError as exc:
        raise UnreadableText(f"these are no texts in {wanted}: {exc}") from exc
    return Decoded(tuple(normalize("NFC", text) for text in texts), name)


def _utf_8(raw: Sequence[bytes]) -> Decoded | None:
    """None where it is no UTF-8. A column of few bytes cuts names, maybe within a letter."""
    texts, cut = [], []
    for text in raw:
        decoder = codecs.getincrementaldecoder("utf-8")()
        try:
            texts.append(decoder.decode(text))
        except UnicodeDecodeError:
            return None
        if decoder.getstate()[0]:
            cut.append(texts[-1])
    if len(cut) == len(texts):
        return None
    return Decoded(tuple(normalize("NFC", text) for text in texts), "utf-8", tuple(cut))


def _best(readings: Mapping[str, Sequence[str]]) -> str | None:
    """The reading that makes Vietnamese words, when only one does."""
    marks = {name: _mark(texts) for name, texts in readings.items()}
    first = max(marks, key=lambda name: marks[name])
    rivals = [mark for name, mark in marks.items() if readings[name] != readings[first]]
    if marks[first] < _BELIEVED or max(rivals, default=0.0) > marks[first] - _AHEAD:
        return None
    return first


def _may_be_vietnamese(readings: Mapping[str, Sequence[str]]) -> bool:
    return any(_mark(texts) >= _BELIEVED / 2 for texts in readings.values())


def _mark(texts: Sequence[str]) -> float:
    return share(texts) if marked_words(texts) else 0.0


def _western(raw: Sequence[bytes], declared: str | None) -> Decoded | None:
    """The encoding that the file names, where it makes words of letters only."""
    name = None if declared is None else known(declared)
    if name is None or name in LEGACY or name == "utf-8":
        return None
    try:
        texts = [normalize("NFC", text.decode(name)) for text in raw]
    except ValueError:
        return None
    return None if _garbled(texts) else Decoded(tuple(texts), name)


def _as_western(text: str) -> bytes | None:
    """The bytes that were shown as `text` by a program that took them for Windows-1252 or Latin-1."""
    pieces = []
    for sign in text:
        for name in ("cp1252", "latin-1"):
            try:
                pieces.append(sign.encode(name))
                break
            except UnicodeEncodeError:
                continue
        else:
            return None
    return b"".join(pieces)


def _lost_letters(text: str) -> bool:
    """Does the text hold a sign for a letter that was lost, or one that nobody sees?"""
    return _QUESTIONED.search(text) is not None or any(
        sign == "\ufffd" or (category(sign) in _UNSEEN and not sign.isspace()) for sign in text
    )


def _garbled(texts: Sequence[str]) -> bool:
    """Are many words with marks no words of any language: signs between their letters?"""
    words = marked_words(texts)
    odd = [word for word in words if not all(category(sign)[0] in "LMN" for sign in word)]
    return len(odd) > 0.2 * len(words)


def _offer(raw: Sequence[bytes], readings: Mapping[str, Sequence[str]]) -> str:
    at = next(at for at, text in enumerate(raw) if not text.isascii())
    seen = "; ".join(f"{name}: {_shown(texts[at])}" for name, texts in readings.items())
    return f"the encoding of the names cannot be told ({seen}); give --encoding, one of: {', '.join(OFFERED)}"


def _shown(text: str) -> str:
    return repr("".join(sign if sign.isprintable() else "\ufffd" for sign in text[:40]))
