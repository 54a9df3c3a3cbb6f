"""What strangers try at the door: guessing, floods, planted cookies, forms of other sites, redirects, headers."""

import asyncio
import secrets
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

import httpx
import psycopg
import pytest

from api.access import Rules
from api.door import MOST_WAITING, PER_ADDRESS
from cityhub.accounts import second_factor
from cityhub.config import read_settings
from cityhub.store import people
from tests.integration.api.conftest import RunningApi, running
from tests.signing_in import FIRST, HTML, OWN, sign_in, viewer

FORM = "application/x-www-form-urlencoded"


@pytest.fixture(scope="module")
def api(database_url: str) -> Iterator[RunningApi]:
    settings = read_settings(
        database_url=database_url, rate_per_minute=0, sign_in_rate_per_minute=0, second_factor="optional"
    )
    with running(settings) as api:
        yield api


@pytest.fixture
def stranger(api: RunningApi) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=api.url, headers=HTML, timeout=60) as stranger:
        yield stranger


def test_a_guesser_keeps_no_owner_out_of_a_browser_that_is_known(
    browser: httpx.Client, stranger: httpx.Client, name: str
) -> None:
    assert sign_in(browser, name).status_code == 303
    browser.post("/logout")
    for _ in range(6):
        assert sign_in(stranger, name, "wrong password").status_code == 401
    # Not for strangers, whatever they know or bring.
    assert sign_in(stranger, name).status_code == 401
    stranger.cookies.set("cityhub-known", secrets.token_urlsafe(32))
    assert sign_in(stranger, name).status_code == 401
    assert sign_in(browser, name).status_code == 303
    # Nor does that let strangers in again.
    assert sign_in(stranger, name).status_code == 401


def test_a_known_browser_guesses_no_more_often_than_strangers_and_only_at_its_own(
    browser: httpx.Client, name: str, conn: psycopg.Connection
) -> None:
    sign_in(browser, name)
    browser.post("/logout")
    for _ in range(5):
        sign_in(browser, name, "wrong password")
    assert sign_in(browser, name).status_code == 401
    # Its tries are its own: elsewhere the name is not locked.
    assert people.by_name(conn, name).failures == 0
    other = viewer(conn)
    sign_in(browser, other, "wrong password")
    assert people.by_name(conn, other).failures == 1


def test_a_new_password_makes_strangers_of_other_browsers(
    browser: httpx.Client, stranger: httpx.Client, name: str
) -> None:
    for one in (stranger, browser):
        assert sign_in(one, name).status_code == 303
    assert browser.post("/account/password", data={"password": FIRST, "new_password": OWN}).status_code == 200
    for _ in range(5):
        sign_in(stranger, name, FIRST)
    assert sign_in(stranger, name, OWN).status_code == 401
    browser.post("/logout")
    assert sign_in(browser, name, OWN).status_code == 303


def test_a_name_that_nobody_has_takes_the_same_work(
    browser: httpx.Client, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[str] = []
    execute = psycopg.Cursor.execute

    def noting(self: Any, query: Any, *arguments: Any, **options: Any) -> Any:
        lines = [line for line in str(query).splitlines() if not line.startswith("--")]
        done.append(lines[0].split()[0])
        return execute(self, query, *arguments, **options)

    sign_in(browser, "not-warm-yet", "wrong password")
    monkeypatch.setattr(psycopg.Cursor, "execute", noting)
    work = {}
    for who in (name, f"{name}x", "\x00"):
        for known in (None, secrets.token_urlsafe(32)):
            browser.cookies.clear()
            if known is not None:
                browser.cookies.set("cityhub-known", known)
            done.clear()
            assert sign_in(browser, who, "wrong password").status_code == 401
            work[who, known is not None] = [one for one in done if one in ("SELECT", "UPDATE")]
    for known in (False, True):
        assert work[name, known] == work[f"{name}x", known] == work["\x00", known]
        # The tables that are written to differ, the number of statements does not.
        assert work[name, known].count("UPDATE") == 1
    # Nor while the name is locked.
    browser.cookies.clear()
    for _ in range(5):
        sign_in(browser, name, "wrong password")
    done.clear()
    sign_in(browser, name, "wrong password")
    assert [one for one in done if one in ("SELECT", "UPDATE")] == work[name, False]


def test_a_planted_cookie_is_never_made_good(
    browser: httpx.Client, stranger: httpx.Client, name: str, conn: psycopg.Connection
) -> None:
    planted = secrets.token_urlsafe(32)
    browser.cookies.set("cityhub", planted)
    sign_in(browser, name)
    stranger.cookies.set("cityhub", planted)
    assert stranger.get("/account").status_code == 303
    # A cookie of half a sign-in is none of a whole one.
    secret = second_factor.new_secret()
    with conn.transaction():
        people.set_second_factor(conn, people.by_name(conn, name), secret)
    browser.cookies.clear()
    half = sign_in(browser, name).cookies["cityhub"]
    code = second_factor.code_at(secret, int(datetime.now(UTC).timestamp()) // 30)
    whole = browser.post("/login/code", data={"code": code}).cookies["cityhub"]
    assert half != whole
    stranger.cookies.clear()
    stranger.cookies.set("cityhub", half)
    assert stranger.get("/account").status_code == 303


def test_a_new_password_and_a_new_telephone_bring_a_new_cookie(
    browser: httpx.Client, stranger: httpx.Client, name: str
) -> None:
    before = sign_in(browser, name).cookies["cityhub"]
    changed = browser.post("/account/password", data={"password": FIRST, "new_password": OWN})
    assert changed.cookies["cityhub"] != before
    stranger.cookies.set("cityhub", before)
    assert stranger.get("/account").status_code == 303
    page = browser.get("/account")
    assert page.status_code == 200
    # It is still this browser's own sign-in, and the only one.
    assert page.text.count('name="id"') == 0
    before = changed.cookies["cityhub"]
    secret = second_factor.new_secret()
    code = second_factor.code_at(secret, int(datetime.now(UTC).timestamp()) // 30)
    given = {"secret": second_factor.written(secret), "code": code}
    set_up = browser.post("/account/second-factor", data=given)
    assert set_up.cookies["cityhub"] != before
    # The same form twice: there is a telephone already, and the codes that were shown stay good.
    assert browser.post("/account/second-factor", data=given).status_code == 422
    before = set_up.cookies["cityhub"]
    removed = browser.post("/account/second-factor/remove", data={"password": OWN})
    assert (removed.status_code, removed.cookies["cityhub"] != before) == (200, True)
    assert browser.get("/account").status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "null"},
        {"Origin": "https://evil.test"},
        {"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.test"},
        # A page of the hub's own address over another scheme is another site; its host alone proves nothing.
        {"Sec-Fetch-Site": "same-site"},
    ],
)
def test_nobody_is_signed_in_by_a_page_of_another_site(
    browser: httpx.Client, name: str, headers: dict[str, str]
) -> None:
    for path in ("/login", "/login/code"):
        answer = browser.post(path, data={"name": name, "password": FIRST, "code": "1"}, headers=headers)
        assert (answer.status_code, "set-cookie" in answer.headers) == (403, False)


@pytest.mark.parametrize("kind", ["text/plain", "application/json", "multipart/form-data; boundary=x", ""])
def test_only_a_form_is_taken_for_a_form(browser: httpx.Client, name: str, kind: str) -> None:
    sign_in(browser, name)
    for path in ("/login", "/login/code", "/account/password", "/water/samples/new", "/parking/ltk-01"):
        answer = browser.post(path, content=b"name=x&password=y", headers={"Content-Type": kind})
        assert answer.status_code == 415, path


def test_huge_forms_are_not_read(browser: httpx.Client, name: str) -> None:
    sign_in(browser, name)
    for path in ("/login", "/login/code", "/account/password", "/account/second-factor", "/parking/ltk-01"):
        headers = {"Content-Type": FORM}
        assert browser.post(path, content=b"a=" + b"x" * 5_000, headers=headers).status_code == 413, path
        many = "&".join(f"f{number}=1" for number in range(21)).encode()
        assert browser.post(path, content=many, headers=headers).status_code == 400, path
    # The last of two counts, and a password of a megabyte is compared with nothing.
    twice = f"name=x&name={name}&password={quote(FIRST)}".encode()
    assert browser.post("/login", content=twice, headers={"Content-Type": FORM}).status_code == 303


def test_the_same_form_twice_at_once_does_it_once_or_twice_and_breaks_nothing(
    api: RunningApi, name: str
) -> None:
    async def twice() -> list[int]:
        async with httpx.AsyncClient(base_url=api.url, headers=HTML, timeout=60) as client:
            form = {"name": name, "password": FIRST}
            await client.post("/login", data=form)
            change = {"password": FIRST, "new_password": OWN}
            found = await asyncio.gather(*(client.post("/account/password", data=change) for _ in range(3)))
            return sorted(one.status_code for one in found)

    found = asyncio.run(twice())
    # The first one changes it; the others come with a cookie or a password of before.
    assert found[0] == 200
    assert set(found[1:]) <= {200, 303, 422}


def test_no_text_of_a_client_becomes_a_header(browser: httpx.Client, api: RunningApi, name: str) -> None:
    sign_in(browser, name)
    evil = "x%0d%0aSet-Cookie:%20evil=1%0d%0aX-Evil:%201"
    templates = {rule.path for rule in Rules.of(api.server.config.app).rules}  # type: ignore[arg-type]
    asked = 0
    for template in sorted(templates):
        if template == "/api/v1/live":
            continue
        parts = [evil if part.startswith("{") else part for part in template.split("/")]
        query = "&".join(
            f"{key}={evil}" for key in ("next", "lang", "back", "token", "said", "view", "format")
        )
        for method in ("GET", "POST"):
            form = "&".join(f"{key}={evil}" for key in ("next", "lang", "back", "id", "return_url", "plate"))
            content = form.encode() if method == "POST" else None
            headers = {"Content-Type": FORM} if method == "POST" else {}
            answer = browser.request(method, f"{'/'.join(parts)}?{query}", content=content, headers=headers)
            assert "x-evil" not in answer.headers, (method, template)
            assert "evil=1" not in answer.headers.get("set-cookie", ""), (method, template)
            assert answer.status_code < 500 or answer.status_code == 503, (method, template)
            asked += 1
    assert asked > 200


@pytest.mark.parametrize(
    "onward",
    [
        "https://evil.test/",
        "//evil.test",
        "/\\evil.test",
        "\\\\evil.test",
        "/\t/evil.test",
        " //evil.test",
        "javascript:alert(1)",
        "/%0d%0aX: 1\r\nX: 1",
        "/" + "a" * 600,
        "",
    ],
)
def test_signing_in_leads_nowhere_else(browser: httpx.Client, name: str, onward: str) -> None:
    shown = browser.get("/login", params={"next": onward})
    assert 'name="next" value="/account"' in shown.text
    assert sign_in(browser, name, next=onward).headers["location"] == "/account"


def test_no_host_of_a_client_leads_anywhere(browser: httpx.Client) -> None:
    for headers in ({"Host": "evil.test"}, {"X-Forwarded-Host": "evil.test"}):
        answer = browser.get("/account", headers=headers)
        assert answer.headers["location"] == "/login?next=%2Faccount"
        assert "evil.test" not in browser.get("/login", headers=headers).text


def test_an_address_tries_so_often_a_minute(database_url: str) -> None:
    with running(read_settings(database_url=database_url, sign_in_rate_per_minute=4)) as api:

        def tried(address: str, path: str = "/login") -> int:
            headers = {"X-Forwarded-For": address}
            form = {"name": "nobody-here", "password": "x", "code": "1"}
            return api.client.post(path, data=form, headers=headers).status_code

        assert [tried("10.0.0.1") for _ in range(5)] == [401] * 4 + [429]
        assert tried("10.0.0.1", "/login/code") == 429
        assert tried("10.0.0.2") == 401
        # One customer has a network of addresses.
        assert [tried(f"2001:db8::{number}") for number in range(5)] == [401] * 4 + [429]
        headers = {**HTML, "X-Forwarded-For": "10.0.0.1", "Accept-Language": "en"}
        page = api.client.post("/login", data={"name": "x", "password": "x"}, headers=headers)
        assert (page.status_code, "retry-after" in page.headers) == (429, True)
        assert page.headers["content-type"].startswith("text/html")
        # It goes on to be shown, and everything else too.
        assert api.client.get("/login", headers=headers).status_code == 200


def test_a_flood_of_strangers_leaves_a_turn_to_who_is_known(
    api: RunningApi, browser: httpx.Client, name: str
) -> None:
    sign_in(browser, name)
    browser.post("/logout")
    lane = api.server.config.app.state.hub.door.strangers  # type: ignore[union-attr]
    with ExitStack() as stack:
        # As if so many waited.
        for number in range(MOST_WAITING):
            lane._waiting[f"10.7.0.{number}"] += 1
            stack.callback(lane._waiting.pop, f"10.7.0.{number}")
        answer = httpx.post(f"{api.url}/login", data={"name": name, "password": FIRST}, timeout=60)
        assert (answer.status_code, answer.json()["title"]) == (503, "Too many sign in at once")
        assert "retry-after" in answer.headers
        assert sign_in(browser, name).status_code == 303
    lane._waiting["127.0.0.1"] = PER_ADDRESS
    try:
        assert (
            httpx.post(f"{api.url}/login", data={"name": name, "password": FIRST}, timeout=60).status_code
            == 503
        )
    finally:
        del lane._waiting["127.0.0.1"]
