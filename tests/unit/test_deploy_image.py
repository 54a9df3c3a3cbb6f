"""The Dockerfile copies what exists, runs what exists, and runs it as nobody in particular."""

import json
import re
import shutil
import subprocess
import sys
import sysconfig
import tomllib
from pathlib import Path

from ruamel.yaml import YAML

from cityhub.config import Settings, read_settings

ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / "Dockerfile").read_text()
# Continued lines joined, comments left out.
LINES = [
    line
    for line in re.sub(r"\\\n\s*", "", TEXT).splitlines()
    if line.strip() and not line.lstrip().startswith("#")
]
FINAL = LINES[max(number for number, line in enumerate(LINES) if line.startswith("FROM ")) :]
COMPOSE = YAML(typ="safe").load((ROOT / "docker-compose.yml").read_text())


def _copied() -> set[str]:
    """What the build takes from the checkout."""
    copies = (line.split()[1:-1] for line in LINES if line.startswith("COPY ") and "--from" not in line)
    return {source for sources in copies for source in sources}


def _environment() -> dict[str, str]:
    pairs = " ".join(line.removeprefix("ENV ") for line in FINAL if line.startswith("ENV "))
    return dict(pair.split("=", 1) for pair in pairs.split())


def test_every_copied_file_exists_and_reaches_the_builder() -> None:
    admitted = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line[:1] == "!"}
    assert _copied() == admitted
    assert [name for name in _copied() if not (ROOT / name).exists()] == []


def test_the_builder_gets_nothing_that_is_not_named() -> None:
    rules = [line for line in (ROOT / ".dockerignore").read_text().splitlines() if line[:1] not in ("", "#")]
    assert rules[0] == "*"


def test_every_package_of_the_project_is_in_the_image() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    packages = project["tool"]["setuptools"]["packages"]["find"]["include"]
    assert {name.rstrip("*") for name in packages} - {"tools"} <= _copied()


def test_of_the_tools_only_the_command_line_is_in_the_image(tmp_path: Path) -> None:
    tools = {name for name in _copied() if name.split("/")[0] == "tools"}
    assert tools == {"tools/__init__.py", "tools/__main__.py", "tools/cli"}
    for name in _copied():
        source, target = ROOT / name, tmp_path / name
        target.parent.mkdir(parents=True, exist_ok=True)
        (shutil.copytree if source.is_dir() else shutil.copy)(source, target)
    # The folders of this checkout are found through a .pth file, which -S leaves out.
    site = sysconfig.get_path("purelib")
    bare = [sys.executable, "-S", "-c", f"import sys; sys.path[:0] = ['{tmp_path}', '{site}']; "]
    bare[-1] += "from tools.cli import main; main(sys.argv[1:])"
    helped = subprocess.run([*bare, "--help"], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert helped.returncode == 0, helped.stderr
    offered = set(re.findall(r"^│ (\w+) ", helped.stdout, re.MULTILINE))
    assert {"migrate", "catalogue", "ingest", "api", "quarantine"} <= offered
    assert not {"demo", "services", "bench", "chaos", "test", "check", "simulate"} & offered


def test_python_packages_come_from_the_run_time_lock_with_hashes() -> None:
    (install,) = (line for line in LINES if "pip install" in line)
    assert "--require-hashes" in install
    assert install.split("&&")[0].split()[-1] == "/build/${HUB_LOCK}"
    assert "ARG HUB_LOCK=requirements.lock" in LINES
    assert not {"requirements-test.lock", "requirements-embedded.lock"} & _copied()


def test_web_packages_come_from_their_lock_and_run_no_scripts() -> None:
    (install,) = (line for line in LINES if "npm " in line)
    assert "npm ci --ignore-scripts" in install


def test_base_images_are_pinned_and_the_interpreter_is_the_projects() -> None:
    given = dict(line.split()[1].split("=", 1) for line in LINES if line.startswith("ARG "))
    bases = [given[line.split()[1].strip("${}")] for line in LINES if line.startswith("FROM ")]
    assert all(re.fullmatch(r"[a-z]+:\d+(\.\d+)?-[a-z-]+", base) for base in bases), bases
    floor = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["requires-python"]
    python = {base.partition("-")[0] for base in bases if base.startswith("python:")}
    assert python == {f"python:{floor.removeprefix('>=')}"}


def test_the_process_is_no_root_and_has_a_fixed_number() -> None:
    (user,) = (line.split()[1] for line in FINAL if line.startswith("USER "))
    assert re.fullmatch(r"[1-9]\d{4}:[1-9]\d{4}", user)
    position = [line.split()[0] for line in FINAL]
    assert position.index("USER") < position.index("CMD")


def test_settings_baked_into_the_image_are_settings_and_no_secrets() -> None:
    ours = {name for name in _environment() if name.startswith("CITYHUB_")}
    assert ours <= {f"CITYHUB_{field.upper()}" for field in Settings.model_fields}
    assert not [line for line in LINES if re.search(r"password|secret|token|_URL=", line, re.IGNORECASE)]


def test_the_web_packages_lie_where_the_api_looks_for_them() -> None:
    copied_to = {line.split()[-1] for line in FINAL if "--from=web-packages" in line}
    assert copied_to == {_environment()["CITYHUB_ASSETS_DIR"]}


def test_the_image_serves_the_api_on_the_port_and_path_that_it_checks() -> None:
    from api.app import create_app

    checked = re.search(r"http://127\.0\.0\.1:(\d+)(/\w+)", TEXT)
    assert checked is not None
    assert int(checked[1]) == Settings().api_port
    assert f"EXPOSE {checked[1]}" in FINAL
    (command,) = (line for line in FINAL if line.startswith("CMD "))
    program, option, module = json.loads(command.removeprefix("CMD "))
    assert (program, option, module) == ("python", "-m", create_app.__module__.partition(".")[0])
    # Nothing connects before the application starts up.
    app = create_app(read_settings(database_url="postgresql://nobody@127.0.0.1:9/none"))
    assert checked[2] in app.openapi()["paths"]


def test_the_image_is_labelled_with_the_version_of_the_project() -> None:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    assert f'org.opencontainers.image.version="{version}"' in TEXT


def test_the_image_and_the_compose_file_check_health_alike() -> None:
    inside = re.search(r'HEALTHCHECK.*CMD \["python", "-c", "(?P<code>.+)"\]', "\n".join(FINAL))
    assert inside is not None
    assert COMPOSE["services"]["api"]["healthcheck"]["test"] == ["CMD", "python", "-c", inside["code"]]
