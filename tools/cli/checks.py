"""`./hub test` and `./hub check`."""

import os
import subprocess
import sys
import time
from collections.abc import Callable

import typer

from cityhub.config import read_settings
from cityhub.errors import MigrationError, ServiceError
from tools.cli.application import app
from tools.cli.progress import Steps
from tools.services import choose, chromium, node, pgbackrest, promtool
from tools.services.folders import checkout

_PASS_ON = {"allow_extra_args": True, "ignore_unknown_options": True, "help_option_names": ["--help"]}
_PYTHON = sys.executable
# Many tests wait for a server, a browser or a time limit: three processes, each with servers of its own, keep two
# processors busy. Files start in the order of tests/order.py.
_TOGETHER = ("-n", "3", "--dist", "loadfile", "--no-loadscope-reorder")


@app.command(
    context_settings=_PASS_ON,
    options_metavar="[PYTEST ARGUMENTS]",
    epilog="Example: ./hub test tests/unit -k quality",
)
def test(context: typer.Context) -> None:
    """Set up all that tests need, then run them on real TimescaleDB and Mosquitto."""
    given = context.args
    steps = Steps()
    gaps = []
    if "embedded" not in given and "--services=embedded" not in given:
        with steps.step("services") as step:
            # The tests start an instance of their own; settings of the shell do not reach them.
            choice = choose("auto", read_settings(database_url="", mqtt_url=""), step.say)
            step.result = choice.why
        if choice.kind != "private":
            gaps.append(choice.why)
    for title, install in (
        ("pages' scripts and styles", _node),
        ("Chromium", chromium.install),
        ("promtool", promtool.install),
        ("pgBackRest", pgbackrest.install),
    ):
        with steps.step(title) as step:
            gap = install(step.say)
            step.result = gap or ""
        if gap:
            gaps.append(gap)
    os.chdir(checkout())
    # pytest takes the place of this process; tests/conftest.py repeats the gaps at its end.
    os.environ["HUB_TEST_GAPS"] = "\n".join(gaps)
    together = [] if any(argument.startswith("-n") for argument in given) else _TOGETHER
    os.execv(_PYTHON, [_PYTHON, "-m", "pytest", *together, *given])  # noqa: S606 - no shell is meant


def _node(say: Callable[[str], None]) -> str | None:
    try:
        node.install(say)
    except ServiceError as exc:
        return str(exc)
    return None


@app.command(epilog="Example: ./hub check")
def check() -> None:
    """Format, lint, types, import contracts, SQL names, numbers of migrations, foreign hosts, translations: all run,
    even when one fails.
    """
    from tools.cli import foreign, translations  # noqa: PLC0415

    os.chdir(checkout())
    failed = []
    for title, look in (
        ("format", _tool("ruff", "format", "--check", "--quiet", ".")),
        ("lint", _tool("ruff", "check", "--quiet", ".")),
        ("types", _tool("mypy")),
        ("import contracts", _script("lint-imports", "--no-logo")),
        ("SQL names", _tool("pytest", "-q", "tests/unit/test_sql_names.py")),
        # Two that were made at the same time may have taken the same.
        ("numbers of migrations", _lines(_misnumbered)),
        ("no foreign hosts", _lines(foreign.findings)),
        ("translations", _lines(translations.findings)),
    ):
        began = time.monotonic()
        trouble = look()
        print(f"{'✗' if trouble else '✓'} {title} ({time.monotonic() - began:.1f} s)", flush=True)
        if trouble:
            failed.append(title)
            print(trouble, file=sys.stderr, flush=True)
    if failed:
        raise ServiceError(f"check failed: {', '.join(failed)}")


def _misnumbered() -> list[str]:
    # The driver takes a while to import and not every command needs it.
    from cityhub.store.migrations import migrations  # noqa: PLC0415

    try:
        migrations()
    except MigrationError as exc:
        return [str(exc)]
    return []


def _lines(find: Callable[[], list[str]]) -> Callable[[], str]:
    def look() -> str:
        try:
            return "\n".join(find())
        except ServiceError as exc:
            return str(exc)

    return look


def _tool(module: str, *arguments: str) -> Callable[[], str]:
    return lambda: _output([_PYTHON, "-m", module, *arguments])


def _script(name: str, *arguments: str) -> Callable[[], str]:
    return lambda: _output([os.path.join(os.path.dirname(_PYTHON), name), *arguments])


def _output(argv: list[str]) -> str:
    """What a failing tool wrote; empty when it was content."""
    done = subprocess.run(  # noqa: S603 - fixed programs
        argv, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    if done.returncode == 0:
        return ""
    return (done.stdout + done.stderr).strip() or f"{argv[0]} failed with exit code {done.returncode}"
