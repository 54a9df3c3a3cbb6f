"""Which encoding a file says it has, and files that a reader would take for UTF-8 though they are not."""

import codecs
import re
from pathlib import Path
from typing import Final

from cityhub.catalogue.boundaries.encodings import known
from cityhub.catalogue.boundaries.packages import Dataset, beside

# Every byte becomes the letter of its number: what the letters really are is found out later, from all of them.
RAW: Final = "ISO-8859-1"
_OF_ONE_BYTE: Final = frozenset({None, "utf-8", "ascii", "windows-1258", "cp1252", "iso8859-1", "latin-1"})
_DECLARED: Final = re.compile(rb"^\s*<\?xml[^>]*?encoding\s*=\s*[\"']([\w.-]+)[\"'][^>]*\?>")
_MARKS: Final = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def as_unicode(path: Path) -> str | None:
    """The text of a file that its reader would take for UTF-8, though it is not; None where it is."""
    raw = path.read_bytes()
    for mark, name in _MARKS:
        if raw.startswith(mark):
            return _declare_unicode(raw.decode(name, errors="replace"))
    if path.suffix.lower() not in {".gml", ".kml", ".xml"}:
        return None
    declared = _DECLARED.match(raw)
    name = "utf-8" if declared is None else declared[1].decode().lower()
    try:
        raw.decode()
    except UnicodeDecodeError:
        pass
    else:
        # Whatever it says.
        return None if name in {"utf-8", "utf8"} else _declare_unicode(raw.decode())
    try:
        # Encodings of one byte are often named wrongly: the names tell which it is.
        return _declare_unicode(raw.decode(RAW if known(name) in _OF_ONE_BYTE else name))
    except (LookupError, UnicodeDecodeError):
        return _declare_unicode(raw.decode(RAW))


def _declare_unicode(text: str) -> str:
    return re.sub(r"(<\?xml[^>]*?encoding\s*=\s*[\"'])[\w.-]+", r"\1UTF-8", text, count=1)


def declared(dataset: Dataset) -> str | None:
    """What the .cpg file beside a shapefile says, in Python's words."""
    file = beside(dataset.path, ".cpg") if dataset.path.suffix.lower() == ".shp" else None
    if file is None:
        return None
    said = file.read_text("latin-1").strip().lower()
    digits = "".join(re.findall(r"\d+", said))
    if digits.startswith("8859"):
        return f"iso-8859-{digits[4:]}"
    return {"": said, "65001": "utf-8", "8": "utf-8"}.get(digits, f"cp{digits}")
