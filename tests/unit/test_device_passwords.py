"""The broker's password file: lines that Mosquitto takes, and what a change leaves alone."""

import pytest

from cityhub.devices import passwords

FILE = "# by hand\nmonitor:$7$101$bW9uaXRvcg==$x\n\nair-1:$7$101$b25l$y\nair-2:$7$101$dHdv$z\nno user\n"


def test_a_line_is_pbkdf2_of_the_password_with_its_salt_and_rounds() -> None:
    name, entry = passwords.line("air-1", "open sesame", b"twelve bytes").split(":")
    _, form, rounds, salt, key = entry.split("$")
    assert (name, form, rounds, salt) == ("air-1", "7", "101", "dHdlbHZlIGJ5dGVz")
    assert key.endswith("==")
    assert len(key) == 88
    assert "open sesame" not in entry


def test_a_password_makes_another_line_with_another_salt() -> None:
    one, two = (passwords.line("air-1", "same", salt) for salt in (b"one", b"two"))
    assert one != two
    assert passwords.mark(one) != passwords.mark(two)


def test_users_are_lines_with_a_name_and_nothing_else() -> None:
    assert list(passwords.users(FILE)) == ["monitor", "air-1", "air-2"]


def test_a_change_leaves_every_other_line_as_it_is() -> None:
    made = passwords.changed(FILE, {"air-2": "air-2:new", "air-3": "air-3:new"}, {"air-1"})
    assert made == "# by hand\nmonitor:$7$101$bW9uaXRvcg==$x\n\nair-2:new\nno user\nair-3:new\n"


def test_of_two_lines_of_a_user_none_of_before_is_left() -> None:
    assert passwords.changed("a-1:x\na-1:y\n", {"a-1": "a-1:new"}) == "a-1:new\n"
    assert passwords.changed("a-1:x\na-1:y\n", {}, ["a-1"]) == ""


def test_a_file_without_an_end_of_line_is_added_to() -> None:
    assert passwords.changed("a-1:x", {"a-2": "a-2:y"}) == "a-1:x\na-2:y\n"


@pytest.mark.parametrize("name", ["hanoi", "ingest", "monitor", "cityhub-ingest", passwords.WITNESS])
def test_users_of_the_hub_are_no_sensors(name: str) -> None:
    assert passwords.is_hubs_own(name, "hanoi")


@pytest.mark.parametrize("name", ["air-1", "hanoi-1", "monitor-1", "my-cityhub-1"])
def test_others_are_not_the_hubs(name: str) -> None:
    assert not passwords.is_hubs_own(name, "hanoi")


@pytest.mark.parametrize(
    ("entry", "mark", "is_revoked", "state"),
    [
        (None, None, False, "none"),
        ("a-1:x", passwords.mark("a-1:x"), False, "good"),
        ("a-1:x", None, False, "outside"),
        ("a-1:x", passwords.mark("a-1:y"), False, "outside"),
        ("a-1:x", passwords.mark("a-1:x"), True, "outside"),
        (None, passwords.mark("a-1:x"), True, "revoked"),
        (None, passwords.mark("a-1:x"), False, "lost"),
    ],
)
def test_the_state_is_the_broker_s_line_beside_what_is_on_record(
    entry: str | None, mark: str | None, is_revoked: bool, state: str
) -> None:
    assert passwords.state(entry, mark, is_revoked=is_revoked) == state
