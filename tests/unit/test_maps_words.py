"""The language of a page, and its words."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cityhub.observing.quality import NAMES
from maps.words import LANGUAGES, WORDS, choose_language


@pytest.mark.parametrize(
    ("asked", "accepted", "chosen"),
    [
        (None, None, "vi"),
        ("en", "vi", "en"),
        ("vi", "en", "vi"),
        ("fr", "en-GB,en;q=0.9", "en"),
        (None, "en-US,en;q=0.5", "en"),
        (None, "vi;q=0.4,en;q=0.8", "en"),
        (None, "vi-VN,vi;q=0.9,en-US;q=0.6", "vi"),
        (None, "en;q=0.5, vi;q=0.7", "vi"),
        (None, "fr,de;q=0.9", "vi"),
        (None, "EN", "en"),
        (None, "en;q=0", "vi"),
        (None, "en;q=lots, vi;q=0.1", "vi"),
        (None, "fr;q=1, en;q=0.1", "en"),
    ],
)
def test_the_question_wins_then_the_browser_then_vietnamese(
    asked: str | None, accepted: str | None, chosen: str
) -> None:
    assert choose_language(asked, accepted) == chosen


@given(st.text(), st.text())
def test_any_header_gives_one_of_our_languages(asked: str, accepted: str) -> None:
    assert choose_language(asked, accepted) in LANGUAGES


def test_both_languages_say_the_same_things_with_the_same_blanks() -> None:
    def blanks(text: str) -> list[str]:
        return sorted(re.findall(r"\{\w+\}", text))

    assert WORDS["vi"].keys() == WORDS["en"].keys()
    for key, text in WORDS["vi"].items():
        assert blanks(text) == blanks(WORDS["en"][key]), key


def test_every_quality_flag_has_words() -> None:
    told = {key.removeprefix("flag_") for key in WORDS["vi"] if key.startswith("flag_")}
    assert told == set(NAMES.values())


def test_the_first_page_promises_no_rhythm_that_sensors_need_not_keep() -> None:
    assert WORDS["vi"]["tagline"].endswith(", cập nhật liên tục.")
    assert WORDS["en"]["tagline"].endswith(", updated continuously.")
