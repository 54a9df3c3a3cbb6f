"""How areas are called: the rank before or behind the name, both languages, and Hanoi's thirty districts of before.

Files write one name in many ways: "Quận Cầu Giấy", "Q. Cầu Giấy", "CAU GIAY", "Cau Giay District".
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cityhub.catalogue.areas import Level


@dataclass(frozen=True, slots=True)
class Rank:
    """What an area is called by law. A `Thành phố` may be one of the country or of a province."""

    levels: tuple[Level, ...]
    vi: str
    en: str
    short: str
    """Abbreviations, as a regular expression."""


RANKS: tuple[Rank, ...] = (
    Rank(("district", "province"), "Thành phố", "City", r"T\.?P"),
    Rank(("district",), "Quận", "District", r"Q"),
    Rank(("district",), "Huyện", "District", r"H"),
    Rank(("district",), "Thị xã", "Town", r"T\.?X"),
    Rank(("ward",), "Phường", "Ward", r"P|Ph"),
    Rank(("ward",), "Xã", "Commune", r"X"),
    Rank(("ward",), "Thị trấn", "Township", r"T\.?T"),
    Rank(("ward",), "Đặc khu", "Special Zone", r"Đ\.?K"),
    Rank(("quarter",), "Tổ dân phố", "Quarter", r"T\.?D\.?P"),
    Rank(("quarter",), "Khu phố", "Quarter", r"K\.?P"),
    Rank(("quarter",), "Thôn", "Village", r"Th"),
    Rank(("quarter",), "Ấp", "Hamlet", r"(?!)"),
    # Last, because the others' abbreviations begin like its own.
    Rank(("province",), "Tỉnh", "Province", r"T"),
    # What English names leave open; after the ranks that Vietnamese ones tell.
    Rank(("district",), "", "District", r"(?!)"),
    Rank(("quarter",), "", "Quarter", r"(?!)"),
)

# Hanoi's districts until 30 June 2025, by rank.
_DISTRICTS: Mapping[str, tuple[str, ...]] = {
    "Quận": (
        "Ba Đình",
        "Bắc Từ Liêm",
        "Cầu Giấy",
        "Đống Đa",
        "Hà Đông",
        "Hai Bà Trưng",
        "Hoàn Kiếm",
        "Hoàng Mai",
        "Long Biên",
        "Nam Từ Liêm",
        "Tây Hồ",
        "Thanh Xuân",
    ),
    "Huyện": (
        "Ba Vì",
        "Chương Mỹ",
        "Đan Phượng",
        "Đông Anh",
        "Gia Lâm",
        "Hoài Đức",
        "Mê Linh",
        "Mỹ Đức",
        "Phú Xuyên",
        "Phúc Thọ",
        "Quốc Oai",
        "Sóc Sơn",
        "Thạch Thất",
        "Thanh Oai",
        "Thanh Trì",
        "Thường Tín",
        "Ứng Hòa",
    ),
    "Thị xã": ("Sơn Tây",),
}


@dataclass(frozen=True, slots=True)
class Name:
    """A name as it is shown, without its rank; `rank` is None where the file has none."""

    vi: str
    en: str
    rank: Rank | None

    @property
    def full_vi(self) -> str:
        """With the rank: "Phường Cửa Nam"."""
        return self.vi if self.rank is None else f"{self.rank.vi} {self.vi}".strip()

    @property
    def full_en(self) -> str:
        """With the rank: "Cua Nam Ward", "Ward 5"."""
        if self.rank is None:
            return self.en
        numbered = self.en[:1].isdigit()
        return f"{self.rank.en} {self.en}" if numbered else f"{self.en} {self.rank.en}"


def clean(text: str) -> str:
    """`text` composed (NFC), its blanks single, without control characters and other signs that nobody sees."""
    composed = unicodedata.normalize("NFC", text)
    visible = "".join(
        sign for sign in composed if unicodedata.category(sign) not in _UNSEEN or sign.isspace()
    )
    return " ".join(visible.split())


def read_names(written: Sequence[str]) -> list[Name]:
    """Each name as a file writes it, parted into rank and name.

    Written without marks, "Phuong Mai" may be a ward of that name or the ward Mai: such ranks are believed where nearly
    all names of the file have one.
    """
    texts = [clean(name) for name in written]
    plain = [_PLAIN.match(text) for text in texts]
    ranked = sum(bool(_WRITTEN.match(text) or match) for text, match in zip(texts, plain, strict=True))
    believed = ranked >= 0.9 * len(texts) and len(texts) > 1
    return [_read(text, match if believed else None) for text, match in zip(texts, plain, strict=True)]


def read_name(written: str) -> Name:
    """One name by itself."""
    return _read(clean(written), None)


def rank_named(text: str) -> Rank | None:
    """The rank that `text` is by itself, as in a column of ranks; None for anything else."""
    match = _ALONE.fullmatch(clean(text))
    return None if match is None else _rank(match)


def undiacritised(name: str) -> str:
    """The name in plain Latin letters, as English texts write it."""
    decomposed = unicodedata.normalize("NFD", name.replace("Đ", "D").replace("đ", "d"))
    return "".join(character for character in decomposed if not unicodedata.combining(character))


def slug(name: str) -> str:
    """An id of a-z, 0-9 and hyphens; empty when the name has no Latin letter or digit."""
    return re.sub(r"[^a-z0-9]+", "-", undiacritised(name).lower()).strip("-")


def old_district(name: str) -> Name | None:
    """The district of Hanoi before July 2025 that `name` (without rank) is, whatever its spelling."""
    return _BY_KEY.get(_key(name))


def _read(text: str, plain: re.Match[str] | None) -> Name:
    match = _WRITTEN.match(text) or plain or _ENGLISH.fullmatch(text)
    if match is None:
        guessed = _PLAIN.match(text)
        if guessed is None or old_district(text[guessed.end() :]) is None:
            return _named(text, None)
        match = guessed
    rest = match["name"] if "name" in match.re.groupindex else text[match.end() :]
    return _named(rest.strip(" .:-") or text, _rank(match))


def _named(text: str, rank: Rank | None) -> Name:
    known = old_district(text) if text.isascii() else None
    name = _cased(text) if known is None else known.vi
    return Name(name, undiacritised(name), rank)


def _cased(text: str) -> str:
    """Names of one case throughout get capitals where names have them."""
    if not (text.isupper() or text.islower()) or sum(sign.isalpha() for sign in text) < 2:
        return text
    return re.sub(r"[^\W\d_]+", lambda word: word[0].capitalize(), text)


def _rank(match: re.Match[str]) -> Rank:
    [at] = [int(name[1:]) for name, found in match.groupdict().items() if found and name != "name"]
    return RANKS[at]


def _key(name: str) -> str:
    return slug(name).replace("-", "")


def _words(rank: Rank, *, marks: bool) -> str:
    words = rank.vi if marks else undiacritised(rank.vi)
    return r"\s*".join(re.escape(word) for word in words.split()) or r"(?!)"


def _pattern(forms: Sequence[str]) -> str:
    return "|".join(f"(?P<r{at}>{form})" for at, form in enumerate(forms))


# Format, control, unassigned, private, surrogate: none of them is part of a name.
_UNSEEN = frozenset({"Cc", "Cf", "Cn", "Co", "Cs"})
# The word with its marks, or an abbreviation with its dot or before a number: nothing else can be meant.
_WRITTEN = re.compile(
    _pattern([rf"{_words(r, marks=True)}(?=[\s.:\d])|(?:{r.short})(?:\.|(?=\d))" for r in RANKS]),
    re.IGNORECASE,
)
_PLAIN = re.compile(
    _pattern([rf"{_words(r, marks=False)}(?=[\s.:\d])|(?:{r.short})(?=\s)" for r in RANKS]), re.IGNORECASE
)
_ALONE = re.compile(
    _pattern([rf"{_words(r, marks=True)}|{_words(r, marks=False)}|(?:{r.short})\.?|{r.en}" for r in RANKS]),
    re.IGNORECASE,
)
_LAST_OF_ENGLISH = {rank.en: at for at, rank in enumerate(RANKS)}
_ENGLISH = re.compile(
    r"(?P<name>\S.*?)\s+(?:" + "|".join(f"(?P<r{at}>{en})" for en, at in _LAST_OF_ENGLISH.items()) + ")",
    re.IGNORECASE,
)
_RANK_BY_WORD = {rank.vi: rank for rank in RANKS}
_BY_KEY: Mapping[str, Name] = {
    _key(name): Name(name, undiacritised(name), _RANK_BY_WORD[word])
    for word, names in _DISTRICTS.items()
    for name in names
}
