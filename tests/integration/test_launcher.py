"""The `hub` launcher, as a person calls it."""

import os
import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from cityhub.errors import ServiceError
from tools.services.folders import checkout, hub_folder

PROJECT = tomllib.loads((checkout() / "pyproject.toml").read_text())["project"]
FLOOR = re.escape(PROJECT["requires-python"].removeprefix(">="))
_TOOLS = ("bash", "readlink", "dirname", "id", "cat", "sha256sum", "flock", "mkdir", "wc", "grep", "tail")


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A checkout with nothing but the launcher and the lock files."""
    folder = tmp_path / "a checkout"
    folder.mkdir()
    for file in (checkout() / "hub", *checkout().glob("requirements*.lock")):
        shutil.copy2(file, folder)
    return folder


@pytest.fixture
def tools(tmp_path: Path) -> Path:
    """A folder for PATH with what the launcher needs but no Python."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in _TOOLS:
        found = shutil.which(name)
        assert found, name
        (folder / name).symlink_to(found)
    return folder


def run(program: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    env = {**os.environ, **environment}
    return subprocess.run(
        [program, *arguments], capture_output=True, text=True, env=env, cwd="/", timeout=60, check=False
    )


def test_without_python_one_line_says_what_is_needed(copy: Path, tools: Path) -> None:
    done = run(copy / "hub", "demo", PATH=str(tools))
    assert done.returncode == 1
    assert re.fullmatch(rf"hub: needs Python {FLOOR} .*\n", done.stderr)


def test_a_python_that_is_too_old_is_named(copy: Path, tools: Path) -> None:
    old = tools / "python3"
    old.write_text('#!/bin/bash\n[ "$1" = --version ] && echo Python 3.9.2\n[ "$1" = --version ]\n')
    old.chmod(0o755)
    done = run(copy / "hub", "demo", PATH=str(tools))
    assert done.returncode == 1
    assert re.fullmatch(rf"hub: needs Python {FLOOR} .* Python 3\.9\.2.*\n", done.stderr)


def test_without_network_one_line_says_so(copy: Path) -> None:
    done = run(
        copy / "hub",
        "demo",
        PIP_INDEX_URL="http://127.0.0.1:9/simple",
        PIP_FIND_LINKS="",
        PIP_RETRIES="0",
        UV_INDEX_URL="http://127.0.0.1:9/simple",
    )
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1] == (
        "hub: cannot reach the Python package index: check the network, then run it again"
        " (log: .hub/logs/setup.log)"
    )
    assert "Traceback" not in done.stderr
    assert (copy / ".hub/logs/setup.log").exists()


@pytest.fixture
def foreign(copy: Path) -> Iterator[Path]:
    """The copy where everybody may read it and nobody but its owner may write."""
    with tempfile.TemporaryDirectory(dir="/tmp") as there:
        folder = Path(there)
        shutil.copytree(copy, folder, dirs_exist_ok=True)
        folder.chmod(0o555)
        yield folder
        folder.chmod(0o755)


def as_somebody_else(program: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Runs it as `nobody` where that can be had; an ordinary user is kept out by the folder's mode."""
    user = {"user": 65_534, "group": 65_534, "extra_groups": []} if os.geteuid() == 0 else {}
    return subprocess.run(
        [program, *arguments], capture_output=True, text=True, cwd="/", timeout=60, check=False, **user
    )


def test_in_a_checkout_that_cannot_be_written_one_line_says_so(foreign: Path) -> None:
    done = as_somebody_else(foreign / "hub", "demo")
    assert (done.returncode, done.stdout) == (1, "")
    (line,) = done.stderr.splitlines()
    assert line.startswith("hub: cannot write into ")
    assert "clone the hub into a folder of your own" in line


def test_a_folder_for_data_that_cannot_be_written_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tools.services.folders.PACKAGE_PARENT", tmp_path)
    (tmp_path / "hub").touch()
    (tmp_path / ".hub").touch()
    with pytest.raises(ServiceError, match=r"cannot make .*clone the hub into a folder of your own"):
        hub_folder()


@pytest.fixture
def prepared(copy: Path) -> Path:
    """The copy with an environment that is fresh by its mark; its Python only tells what it was called with."""
    fake = copy / ".venv/bin/python"
    fake.parent.mkdir(parents=True)
    fake.write_text('#!/bin/bash\necho "$PWD" "$@" "[${PYTHONDONTWRITEBYTECODE-unset}]"\n')
    fake.chmod(0o755)
    for lock, mark in (
        ("requirements.lock", ".cityhub-lock"),
        ("requirements-test.lock", ".cityhub-test-lock"),
    ):
        made_from = f"{copy}\n{(copy / lock).read_text()}".encode()
        digest = subprocess.run(["sha256sum"], input=made_from, capture_output=True, check=True).stdout
        (copy / ".venv" / mark).write_bytes(digest)
    return copy


def test_arguments_reach_the_program_from_any_folder(prepared: Path) -> None:
    done = run(prepared / "hub", "replay", "a file.csv", "--as", "ea", PYTHONDONTWRITEBYTECODE="1")
    assert done.stdout == "/ -m tools replay a file.csv --as ea [unset]\n"


def test_a_symbolic_link_to_it_works(prepared: Path, tmp_path: Path) -> None:
    link = tmp_path / "bin-of-mine"
    link.symlink_to(Path(prepared.name) / "hub")
    again = tmp_path / "again"
    again.symlink_to(link)
    assert run(again, "doctor").stdout.startswith("/ -m tools doctor")


@pytest.mark.parametrize(
    ("lock", "command"), [("requirements.lock", "migrate"), ("requirements-test.lock", "test")]
)
def test_a_changed_lock_file_makes_the_environment_stale(
    prepared: Path, tools: Path, lock: str, command: str
) -> None:
    other = "test" if command == "migrate" else "migrate"
    with (prepared / lock).open("a") as file:
        file.write("# changed\n")
    assert run(prepared / "hub", other, PATH=str(tools)).returncode == 0
    # Without Python and network nothing can be installed, but it tries.
    assert run(prepared / "hub", command, PATH=str(tools)).returncode == 1


def test_the_real_environment_is_used_as_it_is() -> None:
    if not (checkout() / ".venv/.cityhub-lock").exists() or Path(sys.prefix) != checkout() / ".venv":
        pytest.skip("this environment was not made by ./hub")
    done = run(checkout() / "hub", "--help")
    assert done.returncode == 0
    assert done.stderr == ""
