"""Which services are taken: the best that can be had, with the reason."""

from collections.abc import Callable

import pytest

from cityhub.config import read_settings
from cityhub.errors import ServiceError, SettingsError
from tools.services import choice
from tools.services.choice import Choice, Wanted, choose

EXTERNAL = {
    "database_url": "postgresql://me:secret@db.example.com/hub",
    "mqtt_url": "mqtt://broker.example.com",
}


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[str]]:
    """Pretends a machine; the list tells what was built or installed on it."""

    def make(*, built: bool = False, why_not: str | None = None, build_fails: bool = False) -> list[str]:
        done: list[str] = []

        def build(_say: object) -> None:
            done.append("build")
            if why_not or build_fails:
                raise ServiceError(why_not or "mmdebstrap failed")

        monkeypatch.setattr(choice.debian, "is_built", lambda: built)
        monkeypatch.setattr(choice.debian, "why_not", lambda: why_not)
        monkeypatch.setattr(choice.debian, "build", build)
        monkeypatch.setattr(choice.embedded, "install", lambda _say: done.append("install"))
        return done

    return make


def chosen(wanted: Wanted, **settings: str) -> Choice:
    return choose(wanted, read_settings(**settings), lambda _text: None)


def test_both_urls_come_before_anything_else(machine: Callable[..., list[str]]) -> None:
    done = machine(built=True)
    found = chosen("auto", **EXTERNAL)
    assert found.kind is None
    assert "secret" not in found.why
    assert done == []


def test_one_url_alone_is_not_enough_for_external_services(machine: Callable[..., list[str]]) -> None:
    machine(built=True)
    assert chosen("auto", mqtt_url=EXTERNAL["mqtt_url"]).kind == "private"
    with pytest.raises(SettingsError, match="CITYHUB_DATABASE_URL"):
        chosen("external", mqtt_url=EXTERNAL["mqtt_url"])


def test_a_built_private_root_is_used_as_it_is(machine: Callable[..., list[str]]) -> None:
    done = machine(built=True)
    assert chosen("auto").kind == "private"
    assert done == []


def test_a_private_root_is_built_where_that_is_possible(machine: Callable[..., list[str]]) -> None:
    done = machine()
    assert chosen("auto").kind == "private"
    assert done == ["build"]


def test_without_root_the_embedded_services_serve_and_the_reason_is_told(
    machine: Callable[..., list[str]],
) -> None:
    done = machine(why_not="that needs root")
    found = chosen("auto")
    assert found.kind == "embedded"
    assert "that needs root" in found.why
    assert done == ["install"]


def test_a_build_that_fails_falls_back_to_the_embedded_services(machine: Callable[..., list[str]]) -> None:
    done = machine(build_fails=True)
    found = chosen("auto")
    assert found.kind == "embedded"
    assert "mmdebstrap failed" in found.why
    assert done == ["build", "install"]


def test_private_services_asked_for_but_impossible_are_an_error(machine: Callable[..., list[str]]) -> None:
    machine(why_not="that needs root")
    with pytest.raises(ServiceError, match="needs root"):
        chosen("private")


def test_embedded_services_asked_for_are_taken_although_better_ones_are_there(
    machine: Callable[..., list[str]],
) -> None:
    machine(built=True)
    assert chosen("embedded", **EXTERNAL).kind == "embedded"
