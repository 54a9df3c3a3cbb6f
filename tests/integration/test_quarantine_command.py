"""`./hub quarantine`: what devices sent is shown, never obeyed."""

from datetime import UTC, datetime

import pytest

from cityhub.cli import main
from cityhub.observations import Rejected
from cityhub.store import connect, quarantine

_NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
_EVIL = b"\x1b[2J[/red]{not json\n"


@pytest.fixture
def hub(database_url: str, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> object:
    """Runs a command on the module's database; returns (exit code, stdout, stderr)."""
    monkeypatch.setenv("CITYHUB_DATABASE_URL", database_url)

    def run(*arguments: str) -> tuple[object, str, str]:
        with pytest.raises(SystemExit) as ended:
            main(list(arguments))
        out, err = capfd.readouterr()
        return ended.value.code, out, err

    return run


def _reject(url: str, topic: str) -> None:
    entry = quarantine.Entry(topic, _EVIL, len(_EVIL), Rejected("json", "not JSON [bold]", "air-1"), _NOW)
    with connect(url, "tests") as conn:
        quarantine.add(conn, [entry])


def test_what_a_device_sent_is_listed_and_shown_as_it_is_but_harmless(hub, database_url: str) -> None:
    _reject(database_url, "hanoi/air/[/x]\x1b/telemetry")
    code, out, _ = hub("quarantine", "list", "--reason", "json")
    assert code == 0
    assert "hanoi/air/[/x]\\x1b/telemetry" in out
    assert "not JSON [bold]" in out
    assert "2026-11-22 10:00:00+07:00" in out
    with connect(database_url, "tests") as conn:
        (row,) = quarantine.list(conn)
    code, out, _ = hub("quarantine", "show", str(row.id))
    assert code == 0
    assert "\\x1b[2J[/red]{not json\\n" in out
    assert "\x1b" not in out


def test_an_unknown_number_is_one_clear_line(hub) -> None:
    assert hub("quarantine", "show", "999999") == (1, "", "hub: no quarantined message with id '999999'\n")


def test_nothing_found_is_said(hub) -> None:
    assert hub("quarantine", "list", "--sensor", "none-such") == (0, "nothing in quarantine\n", "")
