"""Lock files agree with each other, carry hashes and no addresses."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LOCKS = sorted(ROOT.glob("requirements*.lock"))
NODE_LOCKS = [ROOT / "package-lock.json", *sorted(ROOT.glob("tests/*/package-lock.json"))]


def pins(lock: Path) -> dict[str, str]:
    """The pinned version of every package."""
    return dict(re.findall(r"^([a-z0-9._-]+)(?:\[[^]]*\])?==(\S+)", lock.read_text(), re.MULTILINE))


@pytest.mark.parametrize(
    "name", ["requirements-embedded.lock", "requirements-otel.lock", "requirements-test.lock"]
)
def test_wider_locks_hold_every_pin_of_the_plain_one(name: str) -> None:
    plain, wider = pins(ROOT / "requirements.lock"), pins(ROOT / name)
    assert len(plain) > 30
    assert plain.items() <= wider.items()


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
def test_locks_carry_hashes_and_no_addresses(lock: Path) -> None:
    text = lock.read_text()
    assert text.count("--hash=sha256:") >= len(pins(lock)) > 0
    assert not re.search(r"https?://|--(extra-)?index-url", text)


@pytest.mark.parametrize("lock", NODE_LOCKS, ids=lambda lock: str(lock.relative_to(ROOT)))
def test_locks_of_node_carry_hashes_and_no_addresses_not_even_of_who_is_to_be_paid(lock: Path) -> None:
    text = lock.read_text()
    assert text.count('"integrity": "sha512-') == text.count('"node_modules/') > 0
    assert "://" not in text
