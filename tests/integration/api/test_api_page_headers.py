"""Every page that people can see comes with one header policy, each header once."""

import re
from pathlib import Path
from typing import Any

import pytest

from api.access import Rules
from api.page_headers import PAGE_HEADERS
from cityhub.kinds import KINDS

CADDYFILE = Path(__file__).resolve().parents[3] / "deploy/Caddyfile"
HTML = {"Accept": "text/html"}


def paths(api: Any) -> set[str]:
    """Every GET route of the running application, with kinds filled in, and what is no route."""
    rules = Rules.of(api.server.config.app).rules
    templates = {rule.path for rule in rules if rule.takes("GET") and rule.path != "/api/v1/live"}
    plain = {re.sub(r"{(?!kind})[^}]*}", "nothing", template) for template in templates}
    found = {template.format(kind=kind) for template in plain for kind in KINDS}
    found |= {template.replace("{kind}", "nothing") for template in plain}
    return found | {"/nothing", "/maps/nothing", "/static/nothing"}


def test_every_page_has_one_policy(api: Any) -> None:
    pages: dict[str, int] = {}
    for path in sorted(paths(api)):
        answer = api.client.get(path, headers=HTML)
        names = [name for name, _ in answer.headers.multi_items()]
        told = {name for name in names if name.endswith(("-policy", "-options"))}
        assert [name for name in told if names.count(name) > 1] == [], path
        if not answer.headers.get("content-type", "").startswith("text/html"):
            assert answer.headers["x-content-type-options"] == "nosniff", path
            continue
        pages[path] = answer.status_code
        assert {name: answer.headers.get(name) for name in PAGE_HEADERS} == PAGE_HEADERS, path
        rules = dict(rule.split(" ", 1) for rule in answer.headers["content-security-policy"].split("; "))
        assert (rules["default-src"], rules["object-src"], rules["base-uri"]) == (
            "'self'",
            "'none'",
            "'none'",
        ), path
        assert "unsafe" not in rules["script-src"], path
        # In other sites' frames too, where an error has to be seen as well.
        framed = "*" if path.startswith("/embed/") else "'self'"
        assert rules["frame-ancestors"] == framed, path
        inline = re.findall(r"<script>", answer.text)
        assert rules["script-src"].count("'sha256-") >= len(set(inline)), path
    shown = {path for path, status in pages.items() if status == 200}
    kinds = {path.rpartition("/")[2] for path in shown if path.startswith("/maps/")}
    assert len(kinds) > 3
    assert shown == {
        "/",
        "/docs",
        "/air",
        "/rain",
        "/flood",
        "/water",
        "/data",
        "/offline",
        "/login",
        "/login/code",
        "/parking",
        "/parking/permits",
        "/parking/offline",
        "/water/samples/new",
        "/receipts/check",
        *(f"/{page}/{kind}" for page in ("maps", "embed") for kind in kinds),
    }
    assert set(pages.values()) >= {200, 404}


@pytest.mark.parametrize("path", ["/", "/maps/air", "/docs"])
def test_a_page_that_is_known_keeps_its_policy(api: Any, path: str) -> None:
    first = api.client.get(path, headers=HTML)
    again = api.client.get(path, headers={**HTML, "If-None-Match": first.headers["etag"]})
    assert again.status_code == 304
    for name in ("content-security-policy", *PAGE_HEADERS):
        assert again.headers.get_list(name) == first.headers.get_list(name), name


def test_the_proxy_sets_no_header_that_the_api_sets(api: Any) -> None:
    text = "\n".join(line for line in CADDYFILE.read_text().splitlines() if not line.strip().startswith("#"))
    blocks = re.findall(r"^\theader[^\n{]*\{(.*?)^\t\}|^\theader ([^{\n]+)$", text, re.MULTILINE | re.DOTALL)
    proxys = {
        line.split()[0].lstrip("?+->").lower()
        for block in blocks
        for line in "\n".join(block).splitlines()
        if line.strip()
    }
    assert "strict-transport-security" in proxys
    ours = {
        name for path in ("/", "/embed/air", "/api/v1/latest/air") for name in api.client.get(path).headers
    }
    assert proxys & ours - {"server"} == set()
