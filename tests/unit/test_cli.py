"""The command line: help with an example everywhere, and exit codes that scripts can rely on."""

import re
import sys
from typing import Any

import pytest
import typer
from typer.main import get_command

from cityhub.errors import ServiceError
from tools.cli import main
from tools.cli.commands import app


def commands(group: Any = None, *above: str) -> list[list[str]]:
    """Every command with the words before it, of groups within groups too."""
    found = []
    for name, command in (group or get_command(app)).commands.items():
        below = hasattr(command, "commands")
        found += commands(command, *above, name) if below else [[*above, name]]
    return found


def exit_code(*arguments: str) -> object:
    with pytest.raises(SystemExit) as ended:
        main(list(arguments))
    return ended.value.code


@pytest.mark.parametrize("command", commands(), ids=" ".join)
def test_every_command_has_help_with_an_example(
    command: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert exit_code(*command, "--help") == 0
    said = re.sub(r"\s+", " ", capsys.readouterr().out)
    assert re.search(rf"Example: .*{re.escape(command[-1])}", said)


@pytest.mark.parametrize(
    "arguments",
    [
        ["no-such-command"],
        ["demo", "--port", "99999"],
        ["demo", "--services", "cloud"],
        ["simulate", "--faults", "lots"],
        ["replay", "file.csv"],
        ["replay", "file.csv", "--as", "excel"],
        ["quarantine", "show", "x"],
        ["quarantine", "replay", "--reason", "mood"],
        ["quarantine", "purge", "--older-than", "-1"],
        ["health", "--day", "today"],
        ["health", "--day", "2100-01-01"],
        ["health", "--kind", "noise"],
        ["health", "--worst", "0"],
        ["device", "add"],
        ["device", "add", "air-kim-lien", "--all"],
        ["device", "revoke"],
        ["device", "list", "--state", "odd"],
    ],
    ids=" ".join,
)
def test_wrong_usage_exits_with_2(arguments: list[str]) -> None:
    assert exit_code(*arguments) == 2


@pytest.mark.parametrize(
    "command",
    [
        ["migrate"],
        ["catalogue", "load"],
        ["quarantine", "list"],
        ["quarantine", "replay"],
        ["quarantine", "purge"],
        ["retention"],
        ["health"],
    ],
    ids=" ".join,
)
def test_a_command_without_a_database_says_which_setting_is_missing(
    command: list[str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tools.cli.environment.running_instance", lambda: None)
    assert exit_code(*command) == 1
    said = capsys.readouterr().err
    assert said.startswith("hub: CITYHUB_DATABASE_URL is not set")
    assert said.count("\n") == 1


@pytest.fixture
def failing(monkeypatch: pytest.MonkeyPatch) -> list[BaseException]:
    """Puts an application in place that raises what the list holds."""
    raised: list[BaseException] = []
    one = typer.Typer(pretty_exceptions_enable=False)

    @one.command()
    def fail() -> None:
        raise raised[0]

    monkeypatch.setattr(sys.modules["tools.cli.commands"], "app", one)
    return raised


def test_a_failure_is_one_line_without_traceback(
    failing: list[BaseException], capsys: pytest.CaptureFixture[str]
) -> None:
    failing.append(ServiceError("the broker is away"))
    assert exit_code() == 1
    assert capsys.readouterr().err == "hub: the broker is away\n"


def test_debug_shows_the_traceback(failing: list[BaseException], capsys: pytest.CaptureFixture[str]) -> None:
    failing.append(ServiceError("the broker is away"))
    assert exit_code("--debug") == 1
    assert "Traceback" in capsys.readouterr().err


def test_an_unexpected_error_is_one_line_too(
    failing: list[BaseException], capsys: pytest.CaptureFixture[str]
) -> None:
    failing.append(ValueError("odd"))
    assert exit_code() == 1
    assert capsys.readouterr().err == "hub: unexpected ValueError: odd (--debug shows where)\n"


def test_an_interrupt_exits_silently_with_130(
    failing: list[BaseException], capsys: pytest.CaptureFixture[str]
) -> None:
    failing.append(KeyboardInterrupt())
    assert exit_code() == 130
    assert capsys.readouterr().err == ""
