"""What is built and installed on demand: whole or not at all."""

import re
import shutil
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from cityhub.errors import ServiceError
from tools.cli import environment, main, services
from tools.services import debian, embedded, node
from tools.services.instance import Instance, Kind


@pytest.fixture
def hub_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty `.hub` in which a private root could be built."""
    monkeypatch.setattr(debian, "hub_folder", lambda: tmp_path)
    monkeypatch.setattr(debian, "why_not", lambda: None)
    monkeypatch.setattr(shutil, "which", lambda name: f"/usr/bin/{name}")
    return tmp_path


def _built(target: Path) -> None:
    (target / "etc").mkdir(parents=True)
    (target / "srv").mkdir()


def test_an_interrupted_build_is_not_taken_for_complete_and_leaves_nothing(
    hub_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(target: Path) -> None:
        _built(target)
        raise KeyboardInterrupt

    monkeypatch.setattr(debian, "bootstrap", interrupted)
    with pytest.raises(KeyboardInterrupt):
        debian.build(lambda _text: None)
    assert not debian.is_built()
    assert list(hub_folder.glob("debian*")) == []


def test_a_root_of_an_older_recipe_is_built_anew_and_its_data_carried_over(
    hub_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(debian, "bootstrap", _built)
    debian.build(lambda _text: None)
    assert debian.is_built()
    (debian.data_folder("dev") / "kept").write_text("yes")
    monkeypatch.setattr(debian, "RECIPE", "trixie: something newer\n")
    assert not debian.is_built()
    debian.build(lambda _text: None)
    assert debian.is_built()
    assert (debian.data_folder("dev") / "kept").read_text() == "yes"
    assert [folder.name for folder in hub_folder.glob("debian*")] == ["debian"]


def test_what_a_killed_build_left_is_swept_away(hub_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # The number of a process that cannot be.
    left = hub_folder / "debian.new-99999999"
    _built(left)
    monkeypatch.setattr(debian, "bootstrap", _built)
    debian.build(lambda _text: None)
    assert not left.exists()


@pytest.fixture
def pages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout with a package-lock.json and an npm that works, unless the lock says it fails."""
    npm = tmp_path / "npm"
    npm.write_text(
        "#!/bin/sh\necho called >>calls\ngrep -q broken package-lock.json && exit 1\nmkdir -p node_modules\n"
    )
    npm.chmod(0o755)
    (tmp_path / "package-lock.json").write_text("{}")
    monkeypatch.setattr(node, "checkout", lambda: tmp_path)
    monkeypatch.setattr(node, "logs_folder", lambda: tmp_path)
    monkeypatch.setattr(node, "npm", lambda: str(npm))
    return tmp_path


def test_npm_packages_are_installed_once_and_again_when_the_lock_changes(pages: Path) -> None:
    node.install(lambda _text: None)
    node.install(lambda _text: None)
    assert (pages / "calls").read_text() == "called\n"
    (pages / "package-lock.json").write_text('{"name": "newer"}')
    assert not node.is_fresh()
    node.install(lambda _text: None)
    assert (pages / "calls").read_text() == "called\n" * 2


def test_a_failing_npm_is_one_clear_line_and_not_taken_for_fresh(pages: Path) -> None:
    (pages / "package-lock.json").write_text('{"name": "broken"}')
    with pytest.raises(ServiceError, match=r"npm could not install .* see \.hub/logs/npm\.log"):
        node.install(lambda _text: None)
    assert not node.is_fresh()


@pytest.fixture
def dev(monkeypatch: pytest.MonkeyPatch) -> Iterator[Kind]:
    """The kind of services that `./hub services` gets here, under a name of the test's own."""
    if debian.why_not() is None and debian.is_built():
        kind: Kind = "private"
    elif embedded.is_installed():
        kind = "embedded"
    else:
        pytest.skip("neither private nor embedded services here; `./hub test` sets them up")
    name = f"test-services-{uuid.uuid4().hex[:8]}"
    monkeypatch.setattr(services, "NAME", name)
    # A demo that runs beside the tests is none of theirs.
    monkeypatch.setattr(environment, "NAMES", (f"{name}-demo",))
    yield kind
    for instance in services.instances():
        instance.remove()


def hub(*arguments: str) -> object:
    with pytest.raises(SystemExit) as ended:
        main(list(arguments))
    return ended.value.code


def test_services_are_started_shown_used_and_stopped(dev: Kind, capfd: pytest.CaptureFixture[str]) -> None:
    assert hub("services", "status") == 1
    assert re.fullmatch(r"hub: .*`\./hub services start`.*\n", capfd.readouterr().err)
    assert hub("services", "start", "--services", dev) == 0
    assert hub("services", "start") == 0
    assert "already running" in capfd.readouterr().out
    assert hub("services", "status") == 0
    assert ":***@" in capfd.readouterr().out
    assert hub("services", "env") == 0
    lines = capfd.readouterr().out.splitlines()
    assert [line.partition("=")[0] for line in lines] == [
        "export CITYHUB_DATABASE_URL",
        "export CITYHUB_MQTT_URL",
        "export CITYHUB_MQTT_VERSION",
    ]
    assert hub("services", "stop") == 0
    assert hub("services", "env") == 1


def test_the_settings_of_a_demo_are_shown_when_nothing_else_runs(
    dev: Kind, capfd: pytest.CaptureFixture[str]
) -> None:
    demo = Instance(f"{services.NAME}-demo", dev)
    try:
        endpoints = demo.start()
        assert hub("services", "env") == 0
        assert f"export CITYHUB_MQTT_URL={endpoints.mqtt_url}\n" in capfd.readouterr().out
    finally:
        demo.remove()


def test_doctor_lists_every_setting_with_secrets_masked(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CITYHUB_DATABASE_URL", "postgresql://me:of-nobody-else@db.example.com/hub")
    assert hub("doctor") == 0
    said = capfd.readouterr().out
    assert "postgresql://me:***@db.example.com/hub" in said
    assert "of-nobody-else" not in said
    assert "CITYHUB_RAW_RETENTION_DAYS" in said
