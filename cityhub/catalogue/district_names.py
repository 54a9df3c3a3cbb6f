"""Hanoi's thirty districts before July 2025: boundary files mostly name them without diacritics."""

import re
import unicodedata
from collections.abc import Mapping

_NAMES = (
    "Ba Đình",
    "Ba Vì",
    "Bắc Từ Liêm",
    "Cầu Giấy",
    "Chương Mỹ",
    "Đan Phượng",
    "Đông Anh",
    "Đống Đa",
    "Gia Lâm",
    "Hà Đông",
    "Hai Bà Trưng",
    "Hoài Đức",
    "Hoàn Kiếm",
    "Hoàng Mai",
    "Long Biên",
    "Mê Linh",
    "Mỹ Đức",
    "Nam Từ Liêm",
    "Phú Xuyên",
    "Phúc Thọ",
    "Quốc Oai",
    "Sóc Sơn",
    "Sơn Tây",
    "Tây Hồ",
    "Thạch Thất",
    "Thanh Oai",
    "Thanh Trì",
    "Thanh Xuân",
    "Thường Tín",
    "Ứng Hòa",
)
_RANK = re.compile(r"^(quận|huyện|thị xã|quan|huyen|thi xa)\s+|\s+district$", re.IGNORECASE)


def undiacritised(name: str) -> str:
    """The name in plain Latin letters, as English texts write it."""
    decomposed = unicodedata.normalize("NFD", name.replace("Đ", "D").replace("đ", "d"))
    return "".join(character for character in decomposed if not unicodedata.combining(character))


def both_names(name: str) -> tuple[str, str]:
    """(Vietnamese, English) of a district as a file names it; an unknown name is kept as it is."""
    composed = unicodedata.normalize("NFC", " ".join(name.split()))
    known = _BY_KEY.get(_key(_RANK.sub("", composed)))
    if known is not None:
        return known, undiacritised(known)
    return composed, undiacritised(composed)


def slug(name: str) -> str:
    """An id of a-z, 0-9 and hyphens; empty when the name has no Latin letter or digit."""
    return re.sub(r"[^a-z0-9]+", "-", undiacritised(name).lower()).strip("-")


def _key(name: str) -> str:
    return slug(name).replace("-", "")


_BY_KEY: Mapping[str, str] = {_key(name): name for name in _NAMES}
