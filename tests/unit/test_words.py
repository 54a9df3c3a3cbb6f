"""The language of a page, and its words."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cityhub.observing.quality import NAMES
from cityhub.words import LANGUAGES, choose_language, words_in
from cityhub.words.scripts import sentences
from maps.assets import OWN_DIRECTORY


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


def test_a_sentence_is_that_of_its_language_with_its_blanks_filled() -> None:
    assert words_in("vi").gettext("map.label", kind="Mưa") == "Bản đồ Mưa"
    assert words_in("en").gettext("map.label", kind="Rain") == "Map: Rain"


def test_blanks_that_the_server_does_not_know_stay_for_the_browser() -> None:
    assert "{time}" in words_in("vi").gettext("connection.lost")


def test_plurals_follow_the_language() -> None:
    english, vietnamese = words_in("en"), words_in("vi")
    assert english.ngettext("age.hour", "age.hours", 1, n=1) == "1 hour ago"
    assert english.ngettext("age.hour", "age.hours", 2, n=2) == "2 hours ago"
    assert vietnamese.ngettext("age.hour", "age.hours", 2, n=2) == "cách đây 2 giờ"
    assert english.forms("age.hour") == ["{n} hour ago", "{n} hours ago"]
    assert vietnamese.forms("age.hour") == ["cách đây {n} giờ"]


def test_a_page_carries_what_its_scripts_ask_for_and_nothing_else(tmp_path: Path) -> None:
    script = tmp_path / "a.js"
    script.write_text(
        """const { _, ngettext } = cityhub;
        // _("map.skip") is not asked for here
        const text = { close: _("map.close"), label: `${_("reading.basis")}: ${basis}` };
        show(_("map.label", { kind: name(feature, "x") }), n > 1 ? "list.title" : "");
        hide(ngettext("age.day", "age.days", n, { n }));
        """
    )
    assert sentences("en", [script]) == {
        "map.close": "Close",
        "reading.basis": "Position",
        "map.label": "Map: {kind}",
        "age.day": ["{n} day ago", "{n} days ago"],
    }


def test_every_quality_flag_has_words_on_the_map() -> None:
    said = sentences("vi", [OWN_DIRECTORY / "reading.js"])
    # The flag `old` is told by the time of the value.
    assert {id_.removeprefix("flag.") for id_ in said if id_.startswith("flag.")} == {*NAMES.values()} - {
        "old"
    }
    assert "reading.measured_at" in said


def test_the_first_page_promises_no_rhythm_that_sensors_need_not_keep() -> None:
    assert words_in("vi").gettext("home.tagline").endswith(", cập nhật liên tục.")
    assert words_in("en").gettext("home.tagline").endswith(", updated continuously.")
