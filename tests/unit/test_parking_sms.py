"""Messages of phones: any text is one command and gets one answer that every phone can show."""

import os
import re
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cityhub.parking import sms_texts
from cityhub.parking.plates import is_motorbikes, normalise
from cityhub.parking.sessions import Segment, Session
from cityhub.parking.sms_commands import Ask, Begin, Command, Extend, NotUnderstood, parse
from cityhub.words import words_in

PLACES = ("ltk-01", "ltk-02", "thd-01")
NOW = datetime(2026, 11, 26, 5, 0, tzinfo=UTC)
# What every phone shows, one place each, written down here once more.
GSM = re.compile(r"[A-Za-z0-9 @$_!\"#%&'()*+,\-./:;<=>?]{1,160}")
LINK = "https://do-xe.example.vn/p/" + "x" * 22


def begin(plate: str = "30A12345", minutes: int = 60, *, remind: bool = False) -> Begin:
    return Begin("ltk-01", normalise(plate), minutes, remind)


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ("BX LTK01 30A12345 60", begin()),
        ("  bx\tltk-01   30a-123.45\n60 ", begin()),
        ("Bx Ltk 01 30A 123.45 60", begin()),
        ("BX LTK01 29-M1 123.45 120", begin("29M112345", 120)),
        ("BX LTK01 30A12345 90p", begin(minutes=90)),
        ("BX LTK01 30A12345 90 phút", begin(minutes=90)),
        ("BX LTK01 30A12345 2 giờ", begin(minutes=120)),
        ("BX LTK01 30A12345 2h nhắc", begin(minutes=120, remind=True)),
        ("ＢＸ LTK01 30A12345 60", begin()),
        ("BX LTK01 80-011-NG-01 60", begin("80011NG01")),
        ("BX GIAHAN 30", Extend(30, False)),
        ("bx gia hạn 30 nhac", Extend(30, True)),
        ("BX DUNG", Ask("stop")),
        ("bx dừng", Ask("stop")),
        ("BX KT", Ask("status")),
        ("BX GIÚP", Ask("giup")),
        ("bx help", Ask("help")),
        ("", NotUnderstood("command")),
        ("BX", NotUnderstood("command")),
        ("BX NHAC", NotUnderstood("command")),
        ("LTK01 30A12345 60", NotUnderstood("command")),
        ("BX chao ban", NotUnderstood("command")),
        ("BX LTK99 30A12345 60", NotUnderstood("place")),
        ("BX LTK01 60", NotUnderstood("plate")),
        ("BX LTK01 xe*may 60", NotUnderstood("plate")),
        ("BX LTK01 30A12345", NotUnderstood("minutes")),
        ("BX LTK01 30A1 2345", NotUnderstood("minutes")),
        ("BX LTK01 29-M1 123.45", NotUnderstood("minutes")),
        ("BX LTK01 30A12345 0", NotUnderstood("minutes")),
        ("BX LTK01 30A12345 -5", NotUnderstood("minutes")),
        ("BX LTK01 30A12345 99999", NotUnderstood("minutes")),
        ("BX GIAHAN", NotUnderstood("minutes")),
        ("BX GIAHAN nhieu", NotUnderstood("minutes")),
        ("BX GIAHAN 30 40", NotUnderstood("minutes")),
    ],
)
def test_a_message_is_read_as_it_is_meant(text: str, command: Command) -> None:
    assert parse(text, PLACES) == command


def test_of_two_places_that_are_written_alike_the_full_one_is_meant() -> None:
    alike = ("a-11", "a1-1")
    assert parse("BX A11 30A12345 60", alike) == NotUnderstood("place")
    assert parse("BX A1-1 30A12345 60", alike) == replace(begin(), place_id="a1-1")


@pytest.mark.parametrize(
    ("plate", "is_one"),
    [
        ("29-M1 123.45", True),
        ("29M1 1234", False),
        ("30A-123.45", False),
        ("29LD-123.45", False),
        ("TM-12-34", False),
    ],
)
def test_a_plate_that_only_motorbikes_have_is_known(plate: str, is_one: bool) -> None:
    assert is_motorbikes(normalise(plate).text) is is_one


WORDS = st.sampled_from(
    [
        "BX",
        "ltk-01",
        "LTK01",
        "30A-123.45",
        "29-M1",
        "123.45",
        "60",
        "0",
        "GIAHAN",
        "NHAC",
        "DUNG",
        "KT",
        "HELP",
        "Đ",
        "phút",
    ]
)


@given(st.one_of(st.text(), st.lists(WORDS).map(" ".join), st.text().map(lambda text: f"BX {text}")))
def test_any_text_is_one_command_and_what_is_none_gets_an_answer(text: str) -> None:
    command = parse(text, PLACES)
    assert isinstance(command, get_args(Command))
    if isinstance(command, NotUnderstood):
        assert GSM.fullmatch(sms_texts.wrong(command.why))
    if isinstance(command, Begin | Extend):
        assert 1 <= command.minutes <= 10_080


@given(st.text(), st.lists(st.text(), min_size=1), st.integers(0, 140))
def test_whatever_is_written_fits_and_the_link_is_whole(name: str, wordings: list[str], length: int) -> None:
    link = "" if length < 20 else "https://h.vn/p/" + "y" * (length - 15)
    text = sms_texts.fitting([f"x{name}", *wordings, "x"], link)
    assert GSM.fullmatch(text)
    assert text.endswith(link)


@pytest.mark.parametrize("why", ["command", "place", "plate", "minutes", "none", "closed", "not_sold", "vehicle",
                                 "maximum_stay", "not_active", "ended", "nobody thought of that"])  # fmt: skip
def test_every_fault_has_an_answer_that_says_what_to_send(why: str) -> None:
    text = sms_texts.wrong(why)
    assert GSM.fullmatch(text)
    assert "Soan" in text or "soan" in text
    assert "BX" in text


def test_help_is_one_message_in_both_languages() -> None:
    vietnamese, english = sms_texts.how_to_write("vi"), sms_texts.how_to_write("en")
    for text in (vietnamese, english):
        assert GSM.fullmatch(text)
        for word in ("GIAHAN", "KT", "DUNG", "NHAC"):
            assert word in text
    assert vietnamese.startswith("Soan BX <diem do> <bien so> <phut>")
    assert english.startswith("Send BX")
    # Nothing was cut off.
    for language, text in (("vi", vietnamese), ("en", english)):
        assert text == sms_texts.plain(words_in(language).gettext("sms.help"))  # type: ignore[arg-type]


def session(**changes: object) -> Session:
    first = Segment(1, "start", "awaiting_payment", "30A12345", None, NOW, NOW + timedelta(hours=1), 25_000, 25_000,
                    "v", (), NOW)  # fmt: skip
    values: dict[str, object] = {
        "id": "i", "token": "t", "mode": "prepaid", "place_id": "ltk-01", "vehicle": "car", "zone": "z",
        "state": "awaiting_payment", "pay_by": NOW + timedelta(minutes=15), "created_at": NOW, "segments": (first,),
    }  # fmt: skip
    return Session(**{**values, **changes})  # type: ignore[arg-type]


def test_the_answer_has_price_end_and_the_link() -> None:
    text = sms_texts.begun(session(), "Lý Thường Kiệt, điểm đỗ 1", LINK, NOW, is_odd=False)
    assert text == f"Ly Thuong Kiet, diem do 1: 25.000d den 13:00. Tra truoc 12:15: {LINK}"
    odd = sms_texts.begun(session(), "Lý Thường Kiệt, điểm đỗ 1", LINK, NOW, is_odd=True)
    assert odd.startswith("Bien so la")
    assert odd.endswith(LINK)
    long = sms_texts.begun(session(), "Một cái tên rất dài " * 10, LINK, NOW, is_odd=True)
    assert long == f"Bien so la, xin xem lai. 25.000d den 13:00. Tra: {LINK}"


def test_how_it_stands_is_told_in_every_state() -> None:
    told = session()
    assert "Chua tra 25.000d. Tra truoc 12:15:" in sms_texts.standing(told, LINK, NOW)
    held = replace(told.first, state="held")
    paid = session(state="active", pay_by=None, segments=(held,))
    assert sms_texts.standing(paid, LINK, NOW) == f"Da tra den 13:00. {LINK}"
    assert "Da het gio luc 13:00" in sms_texts.standing(paid, LINK, NOW + timedelta(hours=2))
    running = session(state="active", pay_by=None, segments=(replace(held, to_time=None),))
    assert "Dang do tu 12:00" in sms_texts.standing(running, LINK, NOW)
    tomorrow = replace(held, to_time=NOW + timedelta(days=1))
    assert "den 12:00 27/11" in sms_texts.standing(session(state="active", segments=(tomorrow,)), LINK, NOW)


def test_a_reminder_says_how_long_and_how_to_stay() -> None:
    text = sms_texts.reminder(NOW + timedelta(minutes=10), LINK, NOW)
    assert text == f"Con 10 phut, het gio luc 12:10. Them gio: soan BX GIAHAN 60 hoac mo {LINK}"


def test_the_doctor_says_whether_messages_are_taken_and_sent(tmp_path: Path) -> None:
    def doctor(**environment: str) -> str:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("CITYHUB_")}
        shown = "from tools.doctor import _messages\nprint(*_messages())"
        done = subprocess.run(
            [sys.executable, "-c", shown],
            env={**kept, **environment},
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout

    without = doctor()
    assert "none are taken" in without
    assert "nothing is sent, nobody is reminded" in without
    given = doctor(CITYHUB_SMS_DIR=str(tmp_path), CITYHUB_SMS_WEBHOOK_SECRET="hush")
    assert f"written to {tmp_path}" in given
    assert "hush" not in given
    assert "state='bad'" in doctor(CITYHUB_SMS_DIR=str(tmp_path / "missing"))
