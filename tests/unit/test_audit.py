"""Known vulnerabilities of what is pinned: told by the configured registry; silence is never taken for good news."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

import pytest
from typer.testing import CliRunner

from cityhub.errors import ServiceError
from tools.audit import browser_packages, python_packages
from tools.audit.findings import Findings
from tools.cli.commands import app

ROOT = Path(__file__).resolve().parents[2]
LOCK = "good==1.0 \\\n    --hash=sha256:00\nbad[extra]==2.0 ; python_version < '4'\n    # via good\n"
WEAK = {
    "id": "PYSEC-2026-1",
    "aliases": ["CVE-2026-1"],
    "summary": "It is\nweak",
    "fixed_in": ["2.1"],
    "withdrawn": None,
}
AUDIT = {
    "auditReportVersion": 2,
    "vulnerabilities": {
        "leaf": {
            "name": "leaf",
            "range": "<1.2",
            "via": [{"title": "Script injection", "url": "https://advisories.test/GHSA-aaaa-bbbb-cccc"}],
        },
        "tree": {"name": "tree", "range": "*", "via": ["leaf"]},
    },
    "metadata": {"dependencies": {"total": 6}},
}


class Index(BaseHTTPRequestHandler):
    """A package index of the test's own."""

    answers: ClassVar[dict[str, Any]] = {}
    asked: ClassVar[list[str]] = []

    def do_GET(self) -> None:
        self.asked.append(self.path)
        found = self.answers.get(self.path, 404)
        self.send_response(found if isinstance(found, int) else 200)
        body = b"" if isinstance(found, int) else json.dumps(found).encode()
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *_arguments: object) -> None:
        """Nothing."""


@pytest.fixture
def index(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Index)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    Index.asked.clear()
    Index.answers = {
        "/pypi/good/1.0/json": {"vulnerabilities": []},
        "/pypi/bad/2.0/json": {"vulnerabilities": [WEAK, WEAK | {"id": "X", "withdrawn": "2026-01-01"}]},
    }
    address = f"http://127.0.0.1:{server.server_port}/simple/"
    monkeypatch.setenv("UV_DEFAULT_INDEX", address)
    try:
        yield address
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_every_pin_of_the_lock_file_is_asked_about() -> None:
    text = (ROOT / "requirements.lock").read_text()
    assert len(python_packages.pins(text)) == text.count("==") > 50
    assert python_packages.pins(LOCK) == [("good", "1.0"), ("bad", "2.0")]


def test_the_index_of_this_machine_tells_of_each_release(index: str) -> None:
    address = python_packages.index_url()
    assert address == index
    found = python_packages.audit(LOCK, address)
    assert sorted(Index.asked) == ["/pypi/bad/2.0/json", "/pypi/good/1.0/json"]
    [one] = found.vulnerabilities
    assert (one.package, one.version, one.ids) == ("bad", "2.0", ("PYSEC-2026-1", "CVE-2026-1"))
    assert (one.summary, one.fixed_in, found.asked, found.unknown) == ("It is weak", ("2.1",), 2, [])
    assert found.without({"CVE-2026-1"}).vulnerabilities == []


@pytest.mark.parametrize("answer", [404, 403, [], {}, {"vulnerabilities": None}, "x"])
def test_a_release_of_which_the_index_says_nothing_is_not_called_good(index: str, answer: Any) -> None:
    Index.answers["/pypi/bad/2.0/json"] = answer
    assert python_packages.audit(LOCK, index).unknown == ["bad"]


@pytest.mark.parametrize("answer", [500, 503])
def test_an_index_that_fails_is_told(index: str, answer: int) -> None:
    Index.answers["/pypi/bad/2.0/json"] = answer
    with pytest.raises(ServiceError, match="the package index does not answer"):
        python_packages.audit(LOCK, index)


def test_an_index_that_is_not_there_is_told_without_its_address() -> None:
    with pytest.raises(ServiceError) as told:
        python_packages.audit(LOCK, "http://user:secret@127.0.0.1:9/simple")
    assert str(told.value) == "the package index does not answer (ConnectError)"


def test_what_npm_finds_is_told_once_and_by_its_name() -> None:
    found = browser_packages.read(json.dumps(AUDIT))
    [one] = found.vulnerabilities
    assert (one.package, one.ids, one.summary, found.asked) == (
        "leaf",
        ("GHSA-aaaa-bbbb-cccc",),
        "Script injection",
        6,
    )


@pytest.mark.parametrize("report", ["", "{", "[]", '{"message": "405 Method Not Allowed"}', "null"])
def test_a_registry_that_answers_no_audits_is_told(report: str) -> None:
    with pytest.raises(ServiceError, match="answers no audits"):
        browser_packages.read(report)


def test_the_command_says_what_is_wrong_in_one_line_and_fails(
    index: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lock = tmp_path / "some.lock"
    lock.write_text(LOCK)
    monkeypatch.setattr(browser_packages, "audit", lambda _folder: Findings(6))

    def audit(*more: str) -> tuple[int, str, str]:
        done = CliRunner().invoke(app, ["audit", "--lock", str(lock), *more])
        return done.exit_code, done.stdout, done.stderr

    code, out, err = audit()
    assert (code, err) == (1, "hub: some.lock: 1 known vulnerabilities\n")
    assert out.startswith("bad 2.0: PYSEC-2026-1, CVE-2026-1: It is weak; fixed in 2.1\n")
    assert audit("--accept", "PYSEC-2026-1")[0] == 0
    Index.answers.clear()
    code, _, err = audit()
    assert (code, "says nothing about 2 of 2 pinned releases (good, bad)" in err) == (1, True)
    monkeypatch.setenv("UV_DEFAULT_INDEX", "http://127.0.0.1:9/simple")
    assert audit()[2] == "hub: some.lock: not audited: the package index does not answer (ConnectError)\n"
    assert index
