"""Vietnamese before Unicode: every letter of the alphabet, in every encoding."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cityhub.catalogue.boundaries.legacy_letters import tcvn3, viscii, vni, windows_1258

_TONES = ("", "\u0300", "\u0309", "\u0303", "\u0301", "\u0323")
VOWELS = [unicodedata.normalize("NFC", vowel + tone) for vowel in "aăâeêioôơuưy" for tone in _TONES]
SMALL = [*VOWELS, "đ"]
MARKED = [letter for letter in SMALL if not letter.isascii()]


def _letters(text: str) -> list[str]:
    return text.split(" ")


# TCVN3 as fonts show it in Windows-1252: in the order of the alphabet above, a with its tones first.
TCVN3_SHOWN = _letters(
    "a µ ¶ · ¸ ¹ ¨ » ¼ ½ ¾ Æ © Ç È É Ê Ë e Ì Î Ï Ð Ñ ª Ò Ó Ô Õ Ö i × Ø Ü Ý Þ"
    " o ß á â ã ä « å æ ç è é ¬ ê ë ì í î u ï ñ ò ó ô \xad õ ö ÷ ø ù y ú û ü ý þ ®"
)
VNI_SHOWN = _letters(
    "a aø aû aõ aù aï aê aè aú aü aé aë aâ aà aå aã aá aä e eø eû eõ eù eï eâ eà eå eã eá eä i ì æ ó í ò"
    " o oø oû oõ où oï oâ oà oå oã oá oä ô ôø ôû ôõ ôù ôï u uø uû uõ uù uï ö öø öû öõ öù öï y yø yû yõ yù î ñ"
)


def test_the_alphabet_has_all_its_letters() -> None:
    assert len(MARKED) == len(set(MARKED)) == 67
    assert len(TCVN3_SHOWN) == len(VNI_SHOWN) == len(SMALL) == 73


@pytest.mark.parametrize(("letter", "shown"), list(zip(SMALL, TCVN3_SHOWN, strict=True)))
def test_tcvn3_knows_every_small_letter(letter: str, shown: str) -> None:
    assert tcvn3(shown.encode("latin-1")) == letter


@pytest.mark.parametrize(("letter", "shown"), list(zip("ĂÂÊÔƠƯĐ", "¡¢£¤¥¦§", strict=True)))
def test_tcvn3_knows_the_capitals_that_it_has(letter: str, shown: str) -> None:
    assert tcvn3(shown.encode("latin-1")) == letter


@pytest.mark.parametrize("decode", [tcvn3, viscii])
def test_every_letter_small_and_capital_has_one_byte(decode: object) -> None:
    assert callable(decode)
    found = [decode(bytes([byte])) for byte in range(256)]
    for letter in MARKED:
        assert found.count(letter) == found.count(letter.upper()) == 1


def test_viscii_is_read() -> None:
    assert viscii(b"Vi\xaet Nam, Ti\xaang, \xd0\xe0 N\xc7ng, \x19") == "Việt Nam, Tiếng, Đà Nẵng, Ỹ"


@pytest.mark.parametrize(("letter", "shown"), list(zip(SMALL, VNI_SHOWN, strict=True)))
def test_vni_knows_every_letter_small_and_capital(letter: str, shown: str) -> None:
    assert vni(shown.encode("latin-1")) == letter
    assert vni(shown.upper().encode("latin-1")) == letter.upper()
    assert vni((shown[0].upper() + shown[1:]).encode("latin-1")) == letter.upper()


def as_windows_1258(letter: str) -> bytes:
    """Letters that it has stay whole; other tones are set behind."""
    try:
        return letter.encode("cp1258")
    except UnicodeEncodeError:
        whole = unicodedata.normalize("NFD", letter)
        tone = next(sign for sign in whole if sign in _TONES[1:])
        return unicodedata.normalize("NFC", whole.replace(tone, "")).encode("cp1258") + tone.encode("cp1258")


@pytest.mark.parametrize("letter", [*SMALL, *(letter.upper() for letter in SMALL)])
def test_windows_1258_sets_tones_behind_their_letters(letter: str) -> None:
    assert windows_1258(as_windows_1258(letter)) == letter


def test_whole_names_are_read() -> None:
    assert tcvn3("CÇu GiÊy, §èng §a, Hoµn KiÕm, T©y Hå, Ba V×".encode("latin-1")) == (
        "Cầu Giấy, Đống Đa, Hoàn Kiếm, Tây Hồ, Ba Vì"
    )
    assert vni("Caàu Giaáy, Ñoáng Ña, Hoaøn Kieám, Taây Hoà, Ba Vì, ÖÙng Hoøa".encode("latin-1")) == (
        "Cầu Giấy, Đống Đa, Hoàn Kiếm, Tây Hồ, Ba Vì, Ứng Hòa"
    )


@given(st.binary(max_size=40))
def test_any_bytes_become_composed_text(raw: bytes) -> None:
    for decode in (tcvn3, vni, viscii, windows_1258):
        text = decode(raw)
        assert text == unicodedata.normalize("NFC", text)
