"""People sign in, programs have keys: on a real hub and database."""

import re
import secrets
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import httpx
import psycopg
import pytest

from api.routes.sign_in_pages import local
from cityhub.accounts import second_factor
from cityhub.config import read_settings
from cityhub.store import people, sign_ins
from tests.integration.api.conftest import RunningApi, running
from tests.signing_in import FIRST, HTML, OWN, sign_in

Hub = Callable[..., tuple[object, str, str]]


@pytest.fixture(scope="module")
def api(database_url: str) -> Iterator[RunningApi]:
    with running(
        read_settings(database_url=database_url, rate_per_minute=0, sign_in_rate_per_minute=0)
    ) as api:
        yield api


def own_password(browser: httpx.Client, password: str = FIRST) -> httpx.Response:
    return browser.post("/account/password", data={"password": password, "new_password": OWN})


def test_who_opens_a_page_of_the_staff_signs_in_first_and_then_sees_it(
    browser: httpx.Client, name: str
) -> None:
    sent = browser.get("/account?lang=en")
    assert (sent.status_code, sent.headers["location"]) == (303, "/login?next=%2Faccount%3Flang%3Den")
    assert "Sign in" in browser.get(sent.headers["location"], params={"lang": "en"}).text
    done = sign_in(browser, name, next="/account?lang=en")
    assert (done.status_code, done.headers["location"]) == (303, "/account?lang=en")
    cookie = done.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "Secure" not in cookie
    page = browser.get("/account?lang=en")
    assert page.status_code == 200
    assert page.headers["cache-control"] == "private, no-store"
    assert name in page.text
    assert "Somebody else chose this password" in page.text


def test_over_tls_the_cookie_is_for_this_host_alone(api: RunningApi, name: str) -> None:
    headers = {"X-Forwarded-Proto": "https"}
    done = httpx.post(f"{api.url}/login", data={"name": name, "password": FIRST}, headers=headers, timeout=60)
    assert done.headers["set-cookie"].startswith("__Host-cityhub=")
    assert "; Secure" in done.headers["set-cookie"]


def test_a_first_password_is_changed_and_other_browsers_are_signed_out(
    browser: httpx.Client, api: RunningApi, name: str
) -> None:
    with httpx.Client(base_url=api.url, headers=HTML, timeout=60) as other:
        sign_in(other, name)
        sign_in(browser, name)
        assert own_password(browser, "wrong").status_code == 422
        assert (
            browser.post("/account/password", data={"password": FIRST, "new_password": "short"}).status_code
            == 422
        )
        assert own_password(browser).status_code == 200
        assert other.get("/account").status_code == 303
    assert browser.get("/account").status_code == 200
    browser.cookies.clear()
    assert sign_in(browser, name).status_code == 401
    assert sign_in(browser, name, OWN).status_code == 303


def test_what_is_wrong_is_not_told(browser: httpx.Client, name: str) -> None:
    wrong = sign_in(browser, name, "wrong password")
    nobody = sign_in(browser, f"{name}x", "wrong password")
    assert wrong.status_code == nobody.status_code == 401
    assert wrong.text.replace(name, "") == nobody.text.replace(f"{name}x", "")


def test_guessers_are_locked_out_for_a_while(
    browser: httpx.Client, conn: psycopg.Connection, name: str
) -> None:
    for _ in range(5):
        assert sign_in(browser, name, "wrong password").status_code == 401
    assert sign_in(browser, name).status_code == 401
    conn.execute("UPDATE person SET locked_until = now() - INTERVAL '1 second' WHERE name = %s", (name,))
    assert sign_in(browser, name).status_code == 303
    trail = conn.execute("SELECT action FROM audit_entry WHERE who = %s ORDER BY id", (name,)).fetchall()
    assert trail == [("locked for a while",), ("signed in",)]


def test_who_is_shut_out_is_out_at_once(browser: httpx.Client, hub: Hub, name: str) -> None:
    sign_in(browser, name)
    assert browser.get("/account").status_code == 200
    assert hub("user", "disable", name)[:2] == (0, f"{name} is shut out\n")
    assert browser.get("/account").status_code == 303
    assert sign_in(browser, name).status_code == 401


def test_a_browser_that_is_left_alone_is_signed_out(
    browser: httpx.Client, conn: psycopg.Connection, name: str
) -> None:
    sign_in(browser, name)
    conn.execute(
        "UPDATE sign_in SET last_seen_at = now() - %s WHERE person_id = (SELECT id FROM person WHERE name = %s)",
        (sign_ins.IDLE, name),
    )
    assert browser.get("/account").status_code == 303


def test_a_page_of_another_site_can_do_nothing(browser: httpx.Client, name: str) -> None:
    sign_in(browser, name)
    for headers in (
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://evil.test"},
    ):
        for path in ("/logout", "/account/password", "/account/sign-ins/end"):
            assert browser.post(path, data={"new_password": OWN}, headers=headers).status_code == 403
        # Nobody is signed in as somebody else without knowing it.
        other = browser.post("/login", data={"name": name, "password": FIRST}, headers=headers)
        assert (other.status_code, "set-cookie" in other.headers) == (403, False)
    assert browser.get("/account").status_code == 200
    assert browser.post("/logout", headers={"Origin": str(browser.base_url).rstrip("/")}).status_code == 303
    assert browser.get("/account").status_code == 303


@pytest.mark.parametrize(
    ("asked", "led"),
    [
        ("/ops?x=1", "/ops?x=1"),
        ("https://evil.test/", "/account"),
        ("//evil.test", "/account"),
        ("/\\evil.test", "/account"),
        ("/a\r\nX: 1", "/account"),
        ("ops", "/account"),
    ],
)
def test_nobody_is_led_away_by_signing_in(asked: str, led: str) -> None:
    assert local(asked) == led


def test_a_telephone_becomes_the_second_factor_and_can_be_lost(
    browser: httpx.Client, conn: psycopg.Connection, name: str
) -> None:
    sign_in(browser, name)
    own_password(browser)
    secret = re.search(r'name="secret" value="([A-Z2-7]+)"', browser.get("/account").text)
    assert secret is not None
    given = {"secret": secret[1]}
    assert browser.post("/account/second-factor", data={**given, "code": "000000"}).status_code == 422
    step = int(datetime.now(UTC).timestamp()) // 30
    key = second_factor.base64.b32decode(secret[1])
    done = browser.post("/account/second-factor", data={**given, "code": second_factor.code_at(key, step)})
    assert done.status_code == 200
    codes = re.findall(r'<li class="plate">([0-9a-f-]+)</li>', done.text)
    assert len(codes) == 10
    browser.post("/logout")

    half = sign_in(browser, name, OWN, next="/account")
    assert half.headers["location"].startswith("/login/code?next=%2Faccount")
    # The password alone opens nothing.
    assert browser.get("/account").status_code == 303
    # A code that was used before is good for nobody.
    used = browser.post("/login/code", data={"code": second_factor.code_at(key, step)})
    assert used.status_code == 401
    assert browser.post("/login/code", data={"code": codes[0], "next": "/account"}).status_code == 303
    assert browser.get("/account").status_code == 200
    browser.post("/logout")
    sign_in(browser, name, OWN)
    assert browser.post("/login/code", data={"code": codes[0]}).status_code == 401
    fresh = second_factor.code_at(key, int(datetime.now(UTC).timestamp()) // 30 + 1)
    assert browser.post("/login/code", data={"code": fresh}).status_code == 303
    kept = str(conn.execute("SELECT * FROM person WHERE name = %s", (name,)).fetchone())
    assert OWN not in kept
    assert codes[1] not in kept


def test_who_tries_codes_is_locked_out_too(
    browser: httpx.Client, conn: psycopg.Connection, name: str
) -> None:
    secret = second_factor.new_secret()
    with conn.transaction():
        people.set_second_factor(conn, people.by_name(conn, name), secret)
    sign_in(browser, name)
    for _ in range(5):
        assert browser.post("/login/code", data={"code": "123456"}).status_code == 401
    right = second_factor.code_at(secret, int(datetime.now(UTC).timestamp()) // 30)
    assert browser.post("/login/code", data={"code": right}).status_code == 401


def test_browsers_are_listed_and_signed_out_one_by_one(
    browser: httpx.Client, api: RunningApi, name: str
) -> None:
    with httpx.Client(base_url=api.url, headers={**HTML, "User-Agent": "Old phone"}, timeout=60) as phone:
        sign_in(phone, name)
        sign_in(browser, name)
        page = browser.get("/account").text
        assert "Old phone" in page
        [id] = re.findall(r'name="id" value="([0-9a-f-]{36})"', page)
        assert browser.post("/account/sign-ins/end", data={"id": id}).status_code == 200
        assert phone.get("/account").status_code == 303
    assert browser.post("/account/sign-ins/end", data={"id": "x"}).status_code == 200


def test_a_key_is_made_used_and_revoked_while_the_hub_runs(api: RunningApi, hub: Hub) -> None:
    name = f"app-{secrets.token_hex(3)}"
    code, out, err = hub("apikey", "create", name, "--scope", "parking:write", "--days", "30")
    assert code == 0, err
    key = {"Authorization": f"Bearer {out.strip()}"}
    path = f"/api/v1/parking/rights/{'0' * 8}-0000-4000-8000-{'0' * 12}"
    assert api.client.get(path, headers=key).status_code == 404
    # Not good for other things, nor are people's pages for programs.
    assert api.client.post("/api/v1/observations", headers=key, json=[]).status_code == 403
    assert api.client.get("/account", headers=key).status_code == 403
    assert hub("apikey", "create", name, "--scope", "parking:write")[0] == 1
    listed = hub("apikey", "list")[1]
    assert name in listed
    assert out.strip() not in listed
    assert hub("apikey", "revoke", name)[0] == 0
    assert api.client.get(path, headers=key).status_code == 401


def test_a_key_ends(api: RunningApi, hub: Hub, conn: psycopg.Connection) -> None:
    name = f"app-{secrets.token_hex(3)}"
    key = {
        "Authorization": f"Bearer {hub('apikey', 'create', name, '--scope', 'parking:write', '--days', '1')[1].strip()}"
    }
    path = f"/api/v1/parking/rights/{'0' * 8}-0000-4000-8000-{'0' * 12}"
    assert api.client.get(path, headers=key).status_code == 404
    conn.execute(
        "UPDATE api_key SET expires_at = %s WHERE name = %s", (datetime.now(UTC) - timedelta(seconds=1), name)
    )
    assert api.client.get(path, headers=key).status_code == 401


def test_nobody_changes_the_trail(conn: psycopg.Connection, hub: Hub, name: str) -> None:
    hub("user", "role", name, "finance", "--why", "moved")
    [(before, after, why)] = conn.execute(
        "SELECT before, after, why FROM audit_entry WHERE object = %s AND action = 'role changed'",
        (f"person:{name}",),
    ).fetchall()
    assert (before, after, why) == ({"role": "viewer"}, {"role": "finance"}, "moved")
    for statement in ("UPDATE audit_entry SET why = ''", "DELETE FROM audit_entry", "TRUNCATE audit_entry"):
        with pytest.raises(psycopg.errors.IntegrityConstraintViolation):
            conn.execute(statement)  # type: ignore[call-overload]


def test_the_command_line_says_what_is_wrong(hub: Hub, name: str) -> None:
    assert hub("user", "add", name, "--role", "viewer")[0] == 1
    assert "must be one of viewer" in hub("user", "add", "somebody", "--role", "root")[2]
    assert "must have 2 to 40" in hub("user", "add", "Lan Anh", "--role", "viewer")[2]
    assert "no person" in hub("user", "disable", "nobody-at-all")[2]
    code, out, _ = hub("user", "reset", name)
    assert code == 0
    assert "first password: " in out
    assert name in hub("user", "list")[1]


def test_what_no_form_sends_is_refused_in_words(browser: httpx.Client, name: str) -> None:
    many = {f"f{number}": "x" for number in range(30)}
    assert browser.post("/login", data=many, headers={"Accept": "application/json"}).status_code == 400
    assert browser.post("/login", data={"name": "\x00", "password": "\x00"}).status_code == 401
    sign_in(browser, name)
    assert (
        browser.post("/account/second-factor", data={"secret": "A" * 32, "code": "１２３４５６"}).status_code
        == 422
    )
    assert sign_in(browser, name, next="/inspect?x=ắ").headers["location"] == "/account"


def test_who_asks_too_much_has_no_key_looked_up(database_url: str) -> None:
    settings = read_settings(database_url=database_url, rate_per_minute=3)
    with running(settings) as api:
        path = "/api/v1/enforcement/unpaid"
        found = [
            api.client.get(path, headers={"Authorization": f"Bearer {number:040}"}).status_code
            for number in range(6)
        ]
    assert found == [401, 401, 401, 429, 429, 429]
