"""Log lines: JSON with the program's name, and never a secret. Each test logs in a process of its own."""

import json
import subprocess
import sys
from typing import Any

SETUP = """
import logging, structlog
from cityhub import logs
from cityhub.config import read_settings
logs.configure(read_settings(log_format="json"), "tester")
log = structlog.get_logger()
"""


def logged(statements: str) -> tuple[str, list[dict[str, Any]]]:
    """What the statements write to stderr, as text and read as JSON lines."""
    done = subprocess.run(
        [sys.executable, "-c", SETUP + statements], capture_output=True, check=True, text=True
    )
    return done.stderr, [json.loads(line) for line in done.stderr.splitlines()]


def test_a_line_is_json_with_program_level_and_time() -> None:
    _, [line] = logged('log.info("xin chào", sensor="air-1")')
    assert line["event"] == "xin chào"
    assert (line["program"], line["level"], line["sensor"]) == ("tester", "info", "air-1")
    assert line["timestamp"].endswith("Z")


def test_secrets_and_plates_are_masked() -> None:
    text, lines = logged(
        'log.info("connecting to postgresql://hub:hush@db/hub", url="mqtt://u:hush@b", api_key="hush",'
        ' plate="30A12345")\n'
        'logging.getLogger("library").warning("lost %s", "postgresql://hub:hush@db/hub")'
    )
    assert "hush" not in text
    assert "30A12345" not in text
    assert len(lines) == 2


def test_an_exception_stays_one_line() -> None:
    _, [line] = logged(
        'try:\n    raise ValueError("bad\\nvalue")\nexcept ValueError:\n    log.exception("failed")'
    )
    assert "ValueError" in line["exception"]


def test_lines_of_other_threads_name_the_program_too() -> None:
    _, [line] = logged(
        "import threading\nt = threading.Thread(target=log.info, args=['x'])\nt.start(); t.join()"
    )
    assert line["program"] == "tester"


def test_what_python_warns_of_and_what_a_destructor_raises_are_lines_too() -> None:
    text, lines = logged(
        "import warnings\nwarnings.warn('no socks for https://hub:hush@b', ImportWarning.__base__)\n"
        "class Fails:\n    def __del__(self):\n        raise RuntimeError('postgresql://hub:hush@db')\n"
        "Fails()\n"
    )
    assert [(line["event"], line["level"]) for line in lines] == [
        ("python warns", "warning"),
        ("unexpected", "error"),
    ]
    assert "no socks" in lines[0]["said"]
    assert "hush" not in text


def test_a_traceback_on_a_terminal_shows_no_local_variables() -> None:
    statements = (
        'logs.configure(read_settings(log_format="console"), "tester")\n'
        'def fail(url):\n    raise ValueError("bad")\n'
        'try:\n    fail("postgresql://hub:" + "hu" + "sh@db")\nexcept ValueError:\n'
        '    structlog.get_logger().exception("failed")'
    )
    done = subprocess.run(
        [sys.executable, "-c", SETUP + statements], capture_output=True, check=True, text=True
    )
    assert "ValueError: bad" in done.stderr
    assert "hush" not in done.stderr
