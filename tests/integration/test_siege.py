"""A short siege: whatever strangers try, nothing acknowledged is lost. `./hub siege` has the times and the rest."""

import os

import pytest

from cityhub.errors import ServiceError
from tools.services import debian
from tools.siege import run as whole
from tools.siege.attackers import ATTACKS


class Silent:
    """Steps that nobody watches."""

    result = ""

    def say(self, _text: str) -> None: ...
    def step(self, _title: str) -> "Silent":
        return self

    def line(self, _text: str) -> None: ...
    def __enter__(self) -> "Silent":
        return self

    def __exit__(self, *_: object) -> None: ...


@pytest.mark.timeout(240)
def test_nothing_is_lost_under_siege() -> None:
    if os.geteuid() != 0 or not debian.is_built():
        pytest.skip("needs a private TimescaleDB and Mosquitto, and root to start them")
    report = whole.run(8, Silent(), list(ATTACKS), stall_s=4)  # type: ignore[arg-type]
    assert report.figures["good_lost"] == 0
    assert report.figures["good_acknowledged"] == report.figures["good_published"] > 30
    assert [name for name, each in report.attacks.items() if "error" in each] == []
    # Each attack did what it is there for.
    assert report.attacks["thief"]["tries"] > 0
    assert report.attacks["thief"]["guesses"] > 0
    assert report.attacks["thief"]["forged"] > 3
    kept = {promise.name: promise.kept for promise in report.promises}
    assert kept["readings that another sensor forged"]
    assert kept["wrong passwords that were let in"]
    assert kept["a password changed under siege is gone by"], report.promises
    assert report.attacks["hoarder"]["refused"] > 0
    assert report.attacks["garbage"]["messages"] > 1_000
    assert report.attacks["endless_head"]["connections"] > 0
    assert report.attacks["mute"]["opened"] > 100
    assert report.attacks["members"]["posts"] > 0
    assert report.attacks["guessers"]["401"] > 5
    assert report.attacks["prowlers"]["401"] > 5
    assert report.attacks["huge_forms"]["413"] > 0
    assert report.attacks["dripping_forms"]["opened"] > 50
    assert {"204", "400"} <= report.attacks["reporters"].keys()
    assert report.attacks["pictures"].keys() & {"200", "400", "409", "503"}
    # Whose name is guessed at comes in all the same, and works.
    assert (report.figures["owner_failures"], report.figures["sign_ins"] > 1) == (0, True)
    assert not [p for p in report.promises if p.name.startswith("memory") and not p.kept]


def test_without_services_of_its_own_it_says_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(debian, "is_built", lambda: False)
    with pytest.raises(ServiceError, match="the siege needs a private TimescaleDB and Mosquitto"):
        whole.run(5, Silent())  # type: ignore[arg-type]
