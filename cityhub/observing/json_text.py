"""JSON as devices write it. What is no JSON is told in plain words; one bad value does not take the good ones along.

Microcontrollers print `nan`, leave a value out, or send the zero byte at the end of their buffer; other systems write
UTF-16 or put a byte order mark first. The standard library reads NaN and 1e999, which JSON does not have, so that the
values beside them can be kept.
"""

import codecs
import json
import re
from typing import Any

# Longer whole numbers are beyond all floats. Python takes long to read them, and refuses beyond 4300 digits.
_LONGEST_WHOLE = 400
_NEAR = 24


class BadJson(ValueError):
    """The text cannot be read as JSON; why and where, in words."""


def read(payload: bytes) -> Any:
    """The document in `payload`; what stands for a value and is none comes as a text or as NaN. Raises BadJson."""
    content = text(payload)
    try:
        return decoder.decode(content)
    except RecursionError:
        raise BadJson("no JSON: nested too deeply") from None
    except json.JSONDecodeError as exc:
        tolerant = mended(content)
        if tolerant != content:
            try:
                return decoder.decode(tolerant)
            except (json.JSONDecodeError, RecursionError):
                pass
        raise BadJson(words(exc)) from None


def text(payload: bytes) -> str:
    """The characters of `payload`: UTF-8, or what its byte order mark or its zero bytes say it is.

    Zero bytes that end a text end it; a byte that is no UTF-8 becomes U+FFFD, as it can only be in a name or a text.
    """
    wide = payload.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE, codecs.BOM_UTF32_BE))
    bare = payload.rstrip(b"\0")
    if not wide and b"\0" not in bare:
        return bare.decode("utf-8-sig", "replace")
    encoding = json.detect_encoding(payload)
    if encoding.startswith("utf-8"):
        # The text ends before its buffer does; what lies behind is not part of it.
        return payload.partition(b"\0")[0].decode("utf-8-sig", "replace")
    return payload.decode(encoding, "replace").rstrip("\0")


def _whole(digits: str) -> int | float:
    return int(digits) if len(digits) <= _LONGEST_WHOLE else float(digits)


# Not strict: a tab or a line break within a text does not make its neighbours unreadable.
decoder = json.JSONDecoder(parse_int=_whole, strict=False)

# A text as a whole, to the very end where nothing closes it; or a word in the place of a value; or an empty place.
_VALUE = re.compile(
    r'"[^"\\]*(?:\\.[^"\\]*)*(?:"|\\?\Z)'
    r'|(?P<before>[:,\[]\s*)(?P<word>[^\s"{}\[\],:]+)(?=\s*[,}\]])'
    r"|(?P<empty>:)(?=\s*[,}])",
    re.DOTALL,
)
_SCALAR = re.compile(r"-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?|true|false|null|NaN|-?Infinity", re.ASCII)
# A backslash and what JSON allows after it, if anything.
_ESCAPE = re.compile(r'\\(["\\/bfnrt]|u[0-9a-fA-F]{4}|)')
# As C prints them: nan, -nan, nan(0x8000), inf, -Infinity, 1.#QNAN, -1.#IND, 1.#INF00.
_NO_NUMBER = re.compile(r"[+-]?(nan(\(\w*\))?|inf(inity)?|\d\.#\w+)", re.ASCII | re.IGNORECASE)


def mended(content: str) -> str:
    """`content` with every word that stands for a value and is none written so that JSON can be read around it."""
    if _NO_NUMBER.fullmatch(content.strip()):
        return "NaN"
    return _VALUE.sub(_readable, content)


def _readable(match: "re.Match[str]") -> str:
    word = match["word"]
    if match["empty"] is not None:
        return ':"(nothing)"'
    if word is None:
        return _ESCAPE.sub(lambda escape: escape[0] if escape[1] else "\\\\", match[0])
    if _SCALAR.fullmatch(word):
        return match[0]
    return match["before"] + ("NaN" if _NO_NUMBER.fullmatch(word) else json.dumps(word))


_EXPECTED = {
    "Expecting value": "a value is expected",
    "Expecting property name enclosed in double quotes": "a name in double quotes is expected",
    "Expecting ':' delimiter": "a colon is expected after the name",
    "Expecting ',' delimiter": "a comma or the end of the object or list is expected",
    "Extra data": "something follows after the end",
    "Invalid \\": "a backslash in a text is not followed by what JSON allows",
    "Illegal trailing comma before end of object": "a name in double quotes is expected after the comma",
    "Illegal trailing comma before end of array": "a value is expected after the comma",
}


_CUT_WORD = re.compile(r"[^\s,:}\]]*\s*")


def _is_cut_off(exc: json.JSONDecodeError) -> bool:
    """Was the text well as far as it goes, be its last word half a number or half a name?"""
    if exc.msg.startswith("Unterminated"):
        return True
    rest = exc.doc[exc.pos :]
    amid = exc.pos > 0 and exc.msg in ("Expecting value", "Expecting ',' delimiter")
    return not rest.strip() or (amid and _CUT_WORD.fullmatch(rest) is not None)


def words(exc: json.JSONDecodeError) -> str:
    """What is wrong with the text, and where, for whoever has to mend the device."""
    content = exc.doc
    if not content.strip():
        return "no JSON: it is empty"
    if not content.lstrip().isprintable() and not any(c in content for c in '{["'):
        return "no JSON: binary data"
    if _is_cut_off(exc):
        return f"no JSON: it is cut off at its end, after character {len(content.rstrip())}"
    what = next((said for begin, said in _EXPECTED.items() if exc.msg.startswith(begin)), "it cannot be read")
    near = content[exc.pos : exc.pos + _NEAR]
    return f"no JSON: at character {exc.pos + 1} {what}; there stands {near!r}"
