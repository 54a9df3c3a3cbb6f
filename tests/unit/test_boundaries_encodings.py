"""The encoding of names is found out from the names, or a refusal says what to give."""

import unicodedata
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cityhub.catalogue import read
from cityhub.catalogue.area_names import RANKS, undiacritised
from cityhub.catalogue.boundaries.encodings import OFFERED, Decoded, UnreadableText, decode, known
from cityhub.catalogue.boundaries.legacy_letters import tcvn3, viscii, vni
from cityhub.catalogue.boundaries.syllables import is_syllable, marked_words, share

_TONES = ("", "\u0300", "\u0309", "\u0303", "\u0301", "\u0323")
_VOWELS = [unicodedata.normalize("NFC", vowel + tone) for vowel in "aăâeêioôơuưy" for tone in _TONES]
_ALPHABET = [letter for small in [*_VOWELS, "đ"] if not small.isascii() for letter in (small, small.upper())]


def _names(text: str) -> list[str]:
    return [" ".join(name.split()) for name in text.split(",")]


DISTRICTS = _names("""
Ba Đình, Ba Vì, Bắc Từ Liêm, Cầu Giấy, Chương Mỹ, Đan Phượng, Đông Anh, Đống Đa, Gia Lâm, Hà Đông, Hai Bà
Trưng, Hoài Đức, Hoàn Kiếm, Hoàng Mai, Long Biên, Mê Linh, Mỹ Đức, Nam Từ Liêm, Phú Xuyên, Phúc Thọ, Quốc Oai,
Sóc Sơn, Sơn Tây, Tây Hồ, Thạch Thất, Thanh Oai, Thanh Trì, Thanh Xuân, Thường Tín, Ứng Hòa
""")
WARDS = _names("""
Cửa Nam, Hoàn Kiếm, Hồng Hà, Ô Chợ Dừa, Văn Miếu - Quốc Tử Giám, Láng, Kim Liên, Bạch Mai, Vĩnh Tuy, Tương
Mai, Định Công, Yên Sở, Lĩnh Nam, Nghĩa Đô, Xuân Đỉnh, Phú Diễn, Tây Mỗ, Đại Mỗ, Khương Đình, Dương Nội, Yên
Nghĩa
""")


def _bytes_by(reading: Callable[[bytes], str], width: int) -> dict[str, bytes]:
    """Letters as the encoding writes them, found by reading every byte, or pair of bytes."""
    singles = [bytes([byte]) for byte in range(0x20, 0x100)]
    pairs = [a + b for a in singles for b in singles if a.isalpha() or a > b"\x7f"] if width == 2 else []
    return {reading(raw): raw for raw in [*pairs, *singles] if len(reading(raw)) == 1}


_TABLES = {
    "tcvn3": {**_bytes_by(tcvn3, 1), **{chr(byte): bytes([byte]) for byte in range(0x20, 0x7F)}},
    "viscii": {**_bytes_by(viscii, 1), **{chr(byte): bytes([byte]) for byte in range(0x20, 0x7F)}},
    "vni": {**_bytes_by(vni, 2), **{chr(byte): bytes([byte]) for byte in range(0x20, 0x7F)}},
}


def encoded(text: str, encoding: str) -> bytes:
    """`text` as a program of its time would have written it."""
    if encoding in _TABLES:
        table = _TABLES[encoding]
        # TCVN3 and VISCII keep some capitals among the control characters; no file of names has them.
        return b"".join(table.get(sign) or table[sign.lower()] for sign in text)
    if encoding == "windows-1258":
        return b"".join(map(_windows_1258, text))
    return text.encode(encoding)


def _windows_1258(letter: str) -> bytes:
    try:
        return letter.encode("cp1258")
    except UnicodeEncodeError:
        whole = unicodedata.normalize("NFD", letter)
        tone = next(sign for sign in whole if sign in _TONES[1:])
        return unicodedata.normalize("NFC", whole.replace(tone, "")).encode("cp1258") + tone.encode("cp1258")


ENCODINGS = ["utf-8", "windows-1258", "tcvn3", "vni", "viscii"]


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("names", [DISTRICTS, WARDS, ["Cầu Giấy"], ["Đống Đa"], ["Tây Hồ", "Sóc Sơn"]])
@pytest.mark.parametrize("declared", [None, "utf-8", "1258", "iso-8859-1", "nonsense"])
def test_names_in_any_encoding_are_read_whatever_the_file_says(
    encoding: str, names: list[str], declared: str | None
) -> None:
    found = decode([encoded(name, encoding) for name in names], declared=declared)
    assert list(found.texts) == names
    assert found.encoding == encoding


def test_capitals_that_tcvn3_showed_by_another_font_are_restored() -> None:
    raw = [text.encode("latin-1") for text in ("øng Hßa", "HOµN KIÕM", "T©y Hå", "§èng §a", "¤ Chî Dõa")]
    assert decode(raw).texts == ("Ứng Hòa", "HOÀN KIẾM", "Tây Hồ", "Đống Đa", "Ô Chợ Dừa")


@pytest.mark.parametrize("encoding", ["windows-1258", "tcvn3", "vni", "viscii"])
def test_every_name_of_the_city_is_read_or_refused_but_never_wrong(encoding: str) -> None:
    names = [site.name_vi for site in (*read().sensors, *read().places)] + DISTRICTS + WARDS
    refused = 0
    for name in names:
        raw = [encoded(name.replace("–", "-").replace("×", "x"), encoding)]
        if raw[0].isascii():
            continue
        try:
            assert decode(raw).texts == (name.replace("–", "-").replace("×", "x"),)
        except UnreadableText as exc:
            assert "--encoding" in str(exc)  # noqa: PT017 - a refusal is as good, and says what to do
            refused += 1
    # One short name by itself may be good Vietnamese in two encodings.
    assert refused < 0.15 * len(names)


@pytest.mark.parametrize("encoding", ["windows-1258", "tcvn3", "vni", "viscii"])
@pytest.mark.parametrize("shown_as", ["latin-1", "cp1252"])
def test_legacy_letters_that_became_unicode_as_western_ones_are_read(encoding: str, shown_as: str) -> None:
    raw = [encoded(name, encoding) for name in DISTRICTS]
    mangled = [_shown_as(text, shown_as) for text in raw]
    found = decode([text.encode() for text in mangled])
    assert list(found.texts) == DISTRICTS
    assert found.encoding == f"{encoding} within utf-8"


@pytest.mark.parametrize("shown_as", ["latin-1", "cp1252"])
def test_utf_8_that_was_encoded_twice_is_read(shown_as: str) -> None:
    mangled = [_shown_as(name.encode(), shown_as) for name in DISTRICTS]
    found = decode([text.encode() for text in mangled])
    assert (list(found.texts), found.encoding) == (DISTRICTS, "utf-8 within utf-8")


def _shown_as(raw: bytes, encoding: str) -> str:
    """Five bytes mean nothing in Windows-1252; browsers show them as Latin-1 does."""
    pieces = []
    for byte in raw:
        try:
            pieces.append(bytes([byte]).decode(encoding))
        except UnicodeDecodeError:
            pieces.append(chr(byte))
    return "".join(pieces)


@pytest.mark.parametrize(
    "names", [["Todmorden", "Zürich", "Besançon"], ["河內", "東京"], ["Ñuñoa"], ["Łódź", "Kraków"]]
)
def test_names_of_other_languages_in_unicode_are_kept(names: list[str]) -> None:
    found = decode([name.encode() for name in names])
    assert (list(found.texts), found.encoding) == (names, "utf-8")


def test_names_of_other_languages_are_read_as_the_file_says() -> None:
    raw = [name.encode("latin-1") for name in ("Zürich", "Genève", "Neuchâtel")]
    assert decode(raw, declared="ISO-8859-1").texts == ("Zürich", "Genève", "Neuchâtel")
    with pytest.raises(
        UnreadableText, match=r"cannot be told .*give --encoding, one of: utf-8, windows-1258, tcvn3"
    ):
        decode(raw)
    assert decode(raw, wanted="latin-1").texts == ("Zürich", "Genève", "Neuchâtel")


def test_a_given_encoding_is_believed_unless_it_makes_no_sense() -> None:
    raw = [encoded(name, "tcvn3") for name in DISTRICTS]
    assert list(decode(raw, wanted="ABC").texts) == DISTRICTS
    with pytest.raises(UnreadableText, match="these are no texts in utf-8"):
        decode(raw, wanted="utf-8")
    with pytest.raises(UnreadableText, match="in vni the names make no sense"):
        decode(raw, wanted="vni")
    with pytest.raises(UnreadableText, match="there is no encoding 'klingon'; give one of: utf-8"):
        decode(raw, wanted="klingon")
    mangled = [text.decode("latin-1").encode() for text in raw]
    assert list(decode(mangled, wanted="tcvn3").texts) == DISTRICTS


@pytest.mark.parametrize("bad", ["C?u Gi?y", "C\ufffdu Gi\ufffdy", "C\x07u Giấy", "Ho\x9an"])
def test_letters_that_were_lost_are_refused(bad: str) -> None:
    names = ["C?u Gi?y", "Ho\ufffdn"] if "?" in bad else [bad]
    with pytest.raises(UnreadableText, match="letters were lost when the file was made"):
        decode([name.encode() for name in names])


def test_a_name_that_a_narrow_column_cut_within_a_letter_is_told() -> None:
    raw = ["Cầu Giấy".encode(), "Hoàn Kiếm".encode()[:10]]
    found = decode(raw)
    assert found.texts == ("Cầu Giấy", "Hoàn Ki")
    assert found.cut == ("Hoàn Ki",)


@pytest.mark.parametrize("text", ["Ba Dinh", "", "Phuong 1 (cu)", "Xa A'", "St. Mary's, Q.1", "x^2"])
def test_plain_letters_need_no_encoding(text: str) -> None:
    assert decode([text.encode(), b"Ba Dinh"]) == Decoded((text, "Ba Dinh"), "ascii")


@pytest.mark.parametrize(
    ("written", "encoding"),
    [
        (["Cu+?a Nam", "Hoa`n Kie^'m", "O^ Die^n", "DDo^'ng DDa"], "viqr"),
        (
            ["C&#7917;a Nam", "Ho&agrave;n Ki&#x1EBF;m", "&Ocirc; Di&ecirc;n", "&#272;&#7889;ng &#272;a"],
            "ascii with letters written out",
        ),
        (
            ["C\\u1eeda Nam", "Ho\\u00e0n Ki\\u1ebfm", "\\u00d4 Di\\u00eAn", "\\u0110\\u1ed1ng \\u0110a"],
            "ascii with letters written out",
        ),
    ],
)
def test_letters_written_out_in_plain_ones_are_read(written: list[str], encoding: str) -> None:
    found = decode([text.encode() for text in written])
    assert found == Decoded(("Cửa Nam", "Hoàn Kiếm", "Ô Diên", "Đống Đa"), encoding)


@pytest.mark.parametrize("name", DISTRICTS + WARDS)
def test_viqr_is_read_back(name: str) -> None:
    signs = {
        "\u0302": "^",
        "\u0306": "(",
        "\u031b": "+",
        "\u0301": "'",
        "\u0300": "`",
        "\u0309": "?",
        "\u0303": "~",
        "\u0323": ".",
    }
    pieces = []
    for letter in name.replace("đ", "dd").replace("Đ", "DD"):
        base, *marks = unicodedata.normalize("NFD", letter)
        pieces.append(base + "".join(sorted((signs[mark] for mark in marks), key="^(+'`?~.".index)))
    assert decode(["".join(pieces).encode()], wanted="viqr").texts == (name,)


@pytest.mark.parametrize(
    "name", [*OFFERED, "ABC", "TCVN", "cp1258", "UTF8", "latin1", "ISO-8859-1", "utf-16"]
)
def test_encodings_have_their_usual_names(name: str) -> None:
    assert (known(name) is None) == (name == "utf-16")
    assert known("no such thing") is None
    assert known("base64") is None


@given(
    st.lists(st.binary(max_size=30), max_size=5),
    st.sampled_from([None, *OFFERED]),
    st.sampled_from([None, *OFFERED]),
)
def test_whatever_the_bytes_no_control_character_comes_through(
    raw: list[bytes], wanted: str | None, declared: str | None
) -> None:
    try:
        found = decode(raw, wanted=wanted, declared=declared)
    except UnreadableText as exc:
        assert str(exc).isprintable()  # noqa: PT017 - either is right
        return
    assert len(found.texts) == len(raw)
    assert all(sign.isspace() or unicodedata.category(sign) != "Cc" for text in found.texts for sign in text)


# What a syllable is.


@pytest.mark.parametrize(
    "word",
    [
        "Nghiêng",
        "Quyển",
        "Khuỷu",
        "Giếng",
        "gìn",
        "Ô",
        "Đắk",
        "Thuở",
        "Yến",
        "Hoà",
        "Hòa",
        "Uỷ",
        "Ủy",
        "uỵch",
    ],
)
def test_syllables_are_known(word: str) -> None:
    assert is_syllable(word) == (word != "Đắk")  # k ends no Vietnamese syllable


@pytest.mark.parametrize(
    "word", ["CÇu", "GiÊy", "§èng", "Caàu", "Săc", "Tíêng", "Zürich", "các­", "âá", "Hôp"]
)
def test_other_words_are_not(word: str) -> None:
    assert not is_syllable(word)


@pytest.mark.parametrize("letter", _ALPHABET)
def test_every_letter_of_the_alphabet_can_stand_in_a_syllable(letter: str) -> None:
    assert any(
        is_syllable(word)
        for word in (letter, f"{letter}n", f"t{letter.lower()}n", f"{letter}a", f"{letter}c", f"{letter}y")
    )


def test_all_names_of_the_city_are_vietnamese() -> None:
    assert share(DISTRICTS + WARDS + [rank.vi for rank in RANKS]) == 1
    assert share([undiacritised(name) for name in DISTRICTS]) == 1
    assert marked_words(["Văn Miếu - Quốc Tử Giám", "Ngõ 165–167"]) == [
        "Văn",
        "Miếu",
        "Quốc",
        "Tử",
        "Giám",
        "Ngõ",
    ]
