"""Partners' keys and what they are good for."""

import pytest

from cityhub.api_keys import DEFAULT, read

KEY = "hushhushhushhush"


def test_a_key_without_scopes_is_good_for_observations_as_ever() -> None:
    assert read(f"ward-7:{KEY}")["ward-7"].scopes == DEFAULT
    assert read(f"ward-7:{KEY}:x")["ward-7"].key == f"{KEY}:x"
    assert read("") == {}


@pytest.mark.parametrize("key", [KEY, f"{KEY}:x", f"{KEY}+y"])
def test_scopes_stand_behind_the_key(key: str) -> None:
    found = read(f"iparking:{key}:parking:write,terminals:{key}2:parking:write+observations:write")
    assert (found["iparking"].key, found["iparking"].scopes) == (key, {"parking:write"})
    assert found["terminals"].scopes == {"parking:write", "observations:write"}
    assert "hush" not in repr(found)


@pytest.mark.parametrize(
    "text",
    [
        f"a:{KEY}:parking:read",
        f"a:{KEY}:parking:write+",
        f"a:{KEY}:parking:write+all",
        f"a:{KEY}:parking",
        f"a:{KEY}:observations+parking",
        f"cityhub:{KEY}:parking:write",
        "a:short:parking:write",
        f"a:{KEY}:parking:write,b:{KEY}",
    ],
)
def test_what_is_no_scope_is_told_without_the_key(text: str) -> None:
    with pytest.raises(ValueError, match=r"scope|pair|key|channel") as caught:
        read(text)
    assert "hush" not in str(caught.value)
