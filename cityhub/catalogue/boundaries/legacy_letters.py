"""Vietnamese before Unicode, as files of the 1990s and 2000s keep it: TCVN3, VNI, VISCII and VIQR.

Each function takes bytes and gives composed Unicode (NFC). None of them raises: a byte that means nothing becomes
U+FFFD, by which a wrong guess is known.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Final
from unicodedata import normalize

_LOST: Final = "\ufffd"

# TCVN 5712:1993 (VN1), of which TCVN3, or ABC, is the part that fonts used: every letter one byte. Capitals with tones
# lie among the control characters and are seldom used; fonts ending in H show small letters as capitals instead.
_TCVN_ROWS: Final[Mapping[int, str]] = {
    0x01: "ÚỤ",
    0x04: "ỪỬỮ",
    0x11: "ỨỰỲỶỸÝỴ",
    0x80: "ÀẢÃÁẠẶẬÈẺẼÉẸỆÌỈĨÍỊÒỎÕÓỌỘỜỞỠỚỢÙỦŨ",
    0xA1: "ĂÂÊÔƠƯĐăâêôơưđẰ",
    0xB5: "àảãáạẲằẳẵắẴẮẦẨẪẤỀặầẩẫấậèỂẻẽéẹềểễếệìỉỄẾỒĩíịòỔỏõóọồổỗốộờởỡớợùỖủũúụừửữứựỳỷỹýỵỐ",
}

# VISCII 1.1 (RFC 1456): every letter one byte, six of them control characters.
_VISCII_ROWS: Final[Mapping[int, str]] = {
    0x02: "Ẳ",
    0x05: "ẴẪ",
    0x14: "Ỷ",
    0x19: "Ỹ",
    0x1E: "Ỵ",
    0x80: "ẠẮẰẶẤẦẨẬẼẸẾỀỂỄỆỐỒỔỖỘỢỚỜỞỊỎỌỈỦŨỤỲÕắằặấầẩậẽẹếềểễệốồổỗỠƠộờởịỰỨỪỬơớƯ",
    0xC0: "ÀÁÂÃẢĂẳẵÈÉÊẺÌÍĨỳĐứÒÓÔạỷừửÙÚỹỵÝỡưàáâãảăữẫèéêẻìíĩỉđựòóôõỏọụùúũủýợỮ",
}

_TONES: Final = "\u0300\u0301\u0303\u0309\u0323"
# VIQR (RFC 1456): letters of ASCII with the signs after them.
_VIQR: Final = re.compile(
    r"(?P<stroke>[dD][dD])|(?P<vowel>[aeiouyAEIOUY])(?P<sign>[\^(+*]?)(?P<tone>['`?~.]?)"
)
_VIQR_SIGNS: Final = {"": "", "^": "\u0302", "(": "\u0306", "+": "\u031b", "*": "\u031b"}
_VIQR_TONES: Final = {"": "", "'": "\u0301", "`": "\u0300", "?": "\u0309", "~": "\u0303", ".": "\u0323"}

_WORD: Final = re.compile(r"[^\W\d_]+")

# VNI for Windows: a letter and, after it, a byte for what stands above and below it, small or capital as the letter is.
# Bytes are named by how Windows-1252 shows them.
_VNI_TONES: Final = {"": "", "ù": "\u0301", "ø": "\u0300", "û": "\u0309", "õ": "\u0303", "ï": "\u0323"}
_VNI_CIRCUMFLEX: Final = {"â": "", "á": "\u0301", "à": "\u0300", "å": "\u0309", "ã": "\u0303", "ä": "\u0323"}
_VNI_BREVE: Final = {"ê": "", "é": "\u0301", "è": "\u0300", "ú": "\u0309", "ü": "\u0303", "ë": "\u0323"}
_VNI_SINGLE: Final = {"æ": "ỉ", "ó": "ĩ", "ò": "ị", "î": "ỵ", "í": "í", "ì": "ì", "ñ": "đ"}
_VNI_TONED: Final = {"a": "a", "e": "e", "o": "o", "u": "u", "y": "y", "ô": "ơ", "ö": "ư"}
_CIRCUMFLEX, _BREVE = "\u0302", "\u0306"


def tcvn3(raw: bytes) -> str:
    """TCVN3 (also called ABC), with the rest of TCVN 5712 VN1."""
    return _letter_by_letter(raw, _TCVN)


def tcvn3_name(raw: bytes) -> str:
    """A name in TCVN3. Its capitals with tones were small letters shown by another font: they become capitals again
    where a word begins with one, or its other letters are capitals.
    """
    return _WORD.sub(lambda word: _capitals(word[0]), tcvn3(raw))


def viscii(raw: bytes) -> str:
    """VISCII 1.1."""
    return _letter_by_letter(raw, _VISCII)


def vni(raw: bytes) -> str:
    """VNI for Windows."""
    text = raw.decode("latin-1")
    letters: list[str] = []
    at = 0
    while at < len(text):
        length = 2 if text[at : at + 2] in _VNI else 1
        piece = text[at : at + length]
        letters.append(piece if piece.isascii() else _VNI.get(piece, _LOST))
        at += length
    return "".join(letters)


def viqr(raw: bytes) -> str:
    """VIQR, as mail of the 1990s was written: "DDo^'ng DDa"."""

    def letter(match: re.Match[str]) -> str:
        if match["stroke"]:
            return "Đ" if match["stroke"][0] == "D" else "đ"
        return match["vowel"] + _VIQR_SIGNS[match["sign"]] + _VIQR_TONES[match["tone"]]

    return normalize("NFC", _VIQR.sub(letter, raw.decode("ascii", errors="replace")))


def windows_1258(raw: bytes) -> str:
    """Windows-1258, which sets tones behind their letters."""
    return normalize("NFC", raw.decode("cp1258", errors="replace"))


def _capitals(word: str) -> str:
    plain = [letter for letter in word if letter.isascii()]
    if plain and all(letter.isupper() for letter in plain) and (len(plain) > 1 or not word[0].isascii()):
        return word.upper()
    # Those without a tone have capitals of their own.
    has_tone = len(normalize("NFD", word[0])) > len(normalize("NFD", word[0]).rstrip(_TONES))
    return word[0].upper() + word[1:] if has_tone else word


def _letter_by_letter(raw: bytes, letters: Mapping[int, str]) -> str:
    return normalize("NFC", "".join(letters.get(byte, chr(byte) if byte < 0x80 else _LOST) for byte in raw))


def _bytes_of(rows: Mapping[int, str]) -> dict[int, str]:
    return {first + at: letter for first, letters in rows.items() for at, letter in enumerate(letters)}


def _vni_letters() -> Iterator[tuple[str, str]]:
    yield from _VNI_SINGLE.items()
    for letter, base in _VNI_TONED.items():
        yield from ((letter + mark, base + tone) for mark, tone in _VNI_TONES.items())
    for letter in "aeo":
        yield from ((letter + mark, letter + _CIRCUMFLEX + tone) for mark, tone in _VNI_CIRCUMFLEX.items())
    yield from (("a" + mark, "a" + _BREVE + tone) for mark, tone in _VNI_BREVE.items())


# VN1 can also set a tone behind a letter.
_TCVN: Final = _bytes_of(_TCVN_ROWS) | dict(enumerate("\u0300\u0309\u0303\u0301\u0323", 0xB0)) | {0xA0: " "}
_VISCII: Final = _bytes_of(_VISCII_ROWS)
_VNI: Final = {
    written: normalize("NFC", meant)
    for small, letter in _vni_letters()
    for written, meant in (
        (small, letter),
        (small.upper(), letter.upper()),
        # A capital that begins a word may be followed by a small mark.
        (small[:1].upper() + small[1:], letter.upper()),
    )
}
