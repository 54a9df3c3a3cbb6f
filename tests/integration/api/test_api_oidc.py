"""People sign in by the city's provider: a real one, over HTTP."""

import secrets
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from urllib.parse import quote, urlsplit

import httpx
import psycopg
import pytest

from api.oidc.attempts import Attempt
from api.oidc.refusals import STATUS
from cityhub.accounts import second_factor
from cityhub.config import Settings, read_settings
from cityhub.store import connect, identities, people
from cityhub.store.identities import Identity
from tests.identity_provider.running import (
    CLIENT_ID,
    CLIENT_SECRET,
    HUB,
    CityAccounts,
    asked,
    city_accounts,
)
from tests.integration.api.conftest import RunningApi, running

HTML = {"Accept": "text/html"}
ROLES = "city-it=admin,traffic=operator,press=viewer"
Hub = Callable[..., tuple[object, str, str]]


def settings(database_url: str, issuer: str, **more: object) -> Settings:
    given = {
        "oidc_issuer": issuer,
        "oidc_client_id": CLIENT_ID,
        "oidc_client_secret": CLIENT_SECRET,
        "oidc_roles": ROLES,
        "oidc_second_factor": "mfa,otp",
        "oidc_label": "tài khoản Hà Nội",
        "public_url": HUB,
        "database_url": database_url,
        "rate_per_minute": 0,
        "sign_in_rate_per_minute": 0,
    }
    return read_settings(**(given | more))


@pytest.fixture(scope="module")
def city() -> Iterator[CityAccounts]:
    with city_accounts() as city:
        yield city


@pytest.fixture(scope="module")
def api(database_url: str, city: CityAccounts) -> Iterator[RunningApi]:
    with running(settings(database_url, city.issuer)) as api:
        yield api


@pytest.fixture
def browser() -> Iterator[httpx.Client]:
    with httpx.Client(headers=HTML, timeout=60) as browser:
        yield browser


@pytest.fixture
def login(city: CityAccounts) -> str:
    """Somebody new at the provider, of the traffic police, who gave two factors."""
    login = f"u{secrets.token_hex(4)}"
    city.control(
        accounts={
            login: {"claims": {"preferred_username": login, "roles": ["traffic"]}, "amr": ["pwd", "otp"]}
        },
        forged={},
        failing=0,
    )
    return login


def begun(api: RunningApi, browser: httpx.Client, query: str = "next=/ops") -> str:
    """Where the button leads."""
    answer = browser.get(f"{api.url}/login/oidc?{query}")
    assert answer.status_code == 303, answer.text
    return answer.headers["location"]


def back(api: RunningApi, browser: httpx.Client, address: str) -> httpx.Response:
    """The browser follows the provider's answer."""
    assert address.startswith(f"{HUB}/login/oidc/callback?")
    return browser.get(address.replace(HUB, api.url))


def through(
    api: RunningApi, browser: httpx.Client, city: CityAccounts, login: str | None, query: str = "next=/ops"
) -> httpx.Response:
    return back(api, browser, city.answer(browser, begun(api, browser, query), login))


def trail(conn: psycopg.Connection, who: str) -> list[str]:
    return [
        row[0] for row in conn.execute("SELECT action FROM audit_entry WHERE who = %s ORDER BY id", (who,))
    ]


def test_somebody_of_the_city_comes_in_by_the_button_and_is_a_person_from_then_on(
    api: RunningApi, city: CityAccounts, browser: httpx.Client, login: str, conn: psycopg.Connection
) -> None:
    page = browser.get(f"{api.url}/login?next=/ops&lang=vi")
    assert "Đăng nhập bằng tài khoản Hà Nội" in page.text
    assert '/login/oidc?next=%2Fops&amp;lang=vi"' in page.text
    address = begun(api, browser)
    given = asked(address)
    assert given["code_challenge_method"] == "S256"
    assert given["redirect_uri"] == f"{HUB}/login/oidc/callback"
    done = back(api, browser, city.answer(browser, address, login))
    assert (done.status_code, done.headers["location"]) == (303, "/ops")
    assert browser.get(f"{api.url}/ops").status_code == 200
    person = people.by_name(conn, login)
    assert (person.role, person.password, person.must_change) == ("operator", "", False)
    assert trail(conn, login) == ["person added by the provider", "signed in"]
    assert through(api, browser, city, login).status_code == 303
    assert len([one for one in people.all(conn) if one.name.startswith(login)]) == 1


def test_an_account_page_of_the_city_offers_no_password_and_a_guess_at_one_locks_nobody(
    api: RunningApi, city: CityAccounts, browser: httpx.Client, login: str, conn: psycopg.Connection
) -> None:
    through(api, browser, city, login)
    page = browser.get(f"{api.url}/account?lang=en")
    assert 'action="/account/password"' not in page.text
    assert "You sign in with the city's account" in page.text.replace("&#39;", "'")
    given = {"password": "", "new_password": "four words that nobody knows"}
    assert browser.post(f"{api.url}/account/password", data=given).status_code == 422
    for password in ("", "x" * 12):
        wrong = httpx.post(f"{api.url}/login", data={"name": login, "password": password}, timeout=60)
        assert wrong.status_code == 401
    assert people.by_name(conn, login).failures == 0


def test_the_role_follows_the_provider_and_without_one_everybody_is_out(
    api: RunningApi, city: CityAccounts, browser: httpx.Client, login: str, conn: psycopg.Connection
) -> None:
    through(api, browser, city, login)
    city.control(accounts={login: {"claims": {"roles": ["press", "city-it"]}, "amr": ["mfa"]}})
    through(api, browser, city, login)
    assert people.by_name(conn, login).role == "admin"
    city.control(accounts={login: {"claims": {"roles": ["cooks"]}}})
    refused = through(api, browser, city, login, "next=/ops&lang=en")
    assert refused.status_code == 403
    assert "you have no role in the hub" in refused.text
    assert browser.get(f"{api.url}/ops").status_code == 303
    assert trail(conn, login)[-2:] == ["signed in", "signed out: no role at the provider"]


def test_nobody_becomes_somebody_else_by_a_name(
    api: RunningApi, city: CityAccounts, browser: httpx.Client, login: str, conn: psycopg.Connection
) -> None:
    with conn.transaction():
        people.add(conn, login, "admin", "the first of them all", datetime.now(UTC))
    through(api, browser, city, login)
    assert people.by_name(conn, login).role == "admin"
    assert people.by_name(conn, f"{login}-2").role == "operator"
    assert f"<h1>{login}-2</h1>" in browser.get(f"{api.url}/account").text


def test_first_sign_ins_at_once_are_one_person_and_namesakes_are_several(
    database_url: str, conn: psycopg.Connection
) -> None:
    name, now = f"u{secrets.token_hex(4)}", datetime.now(UTC)

    def come(subject: str) -> int:
        with connect(database_url, "tests") as own:
            return identities.person_of(own, Identity("https://accounts.test", subject), name, "viewer", now)

    subjects = [f"{name}-{number}" for number in range(4)]
    with ThreadPoolExecutor(8) as threads:
        found = list(threads.map(come, subjects * 4))
    assert len(set(found)) == 4
    assert found[:4] == found[4:8] == found[8:12] == found[12:]
    names = {people.by_id(conn, id).name for id in found}
    assert names == {name, f"{name}-2", f"{name}-3", f"{name}-4"}


def test_who_was_here_before_is_linked_by_hand_and_keeps_their_name(
    api: RunningApi, city: CityAccounts, browser: httpx.Client, login: str, conn: psycopg.Connection
) -> None:
    name = f"old{secrets.token_hex(3)}"
    with conn.transaction():
        people.add(conn, name, "viewer", "the first of them all", datetime.now(UTC))
        person = people.by_name(conn, name)
        identities.link(conn, Identity(city.issuer, login), person, datetime.now(UTC))
        with pytest.raises(identities.IdentityTaken):
            identities.link(conn, Identity(city.issuer, login), person, datetime.now(UTC))
    through(api, browser, city, login)
    assert people.by_name(conn, name).role == "operator"
    assert people.find(conn, login) is None


def test_the_command_line_links_lists_and_resets_people_of_the_provider(
    database_url: str,
    hub: Hub,
    monkeypatch: pytest.MonkeyPatch,
    api: RunningApi,
    city: CityAccounts,
    browser: httpx.Client,
    login: str,
    conn: psycopg.Connection,
) -> None:
    monkeypatch.setenv("CITYHUB_DATABASE_URL", database_url)
    monkeypatch.setenv("CITYHUB_OIDC_ISSUER", city.issuer)
    through(api, browser, city, login)
    people.set_second_factor(conn, people.by_name(conn, login), second_factor.new_secret())
    code, out, _ = hub("user", "reset", login)
    assert (code, "first password" in str(out), "by the city's provider" in str(out)) == (0, False, True)
    person = people.by_name(conn, login)
    assert (person.password, person.totp_secret) == ("", None)
    assert "provider" in str(hub("user", "list")[1])
    name = f"old{secrets.token_hex(3)}"
    with conn.transaction():
        people.add(conn, name, "viewer", "the first of them all", datetime.now(UTC))
    assert hub("user", "link", name, "7f3a-91", "--why", "moved")[0] == 0
    linked = people.by_name(conn, name)
    assert identities.find(conn, Identity(city.issuer, "7f3a-91")) == linked.id
    # Whom the city dismisses has no other way in.
    assert (linked.password, linked.must_change) == ("", False)
    code, _, problem = hub("user", "link", login, "7f3a-91")
    assert (code, "is linked to that identity already" in str(problem)) == (1, True)
    # One person, one identity: who comes by another is not let in by the one of before.
    code, _, problem = hub("user", "link", name, "8c21-17")
    assert (code, "--instead" in str(problem)) == (1, True)
    assert hub("user", "link", name, "8c21-17", "--instead", "--why", "a new account")[0] == 0
    found = [identities.find(conn, Identity(city.issuer, subject)) for subject in ("7f3a-91", "8c21-17")]
    assert found == [None, linked.id]


def test_who_is_shut_out_stays_out(
    api: RunningApi, city: CityAccounts, browser: httpx.Client, login: str, conn: psycopg.Connection
) -> None:
    through(api, browser, city, login)
    people.disable(conn, people.by_name(conn, login), datetime.now(UTC))
    city.control(accounts={login: {"claims": {"roles": ["city-it"]}, "amr": ["mfa"]}})
    refused = through(api, browser, city, login, "lang=vi")
    assert refused.status_code == 403
    assert "đã bị khóa" in refused.text
    assert people.by_name(conn, login).role == "operator"


def test_without_a_proof_by_the_provider_our_own_second_factor_is_asked_for(
    api: RunningApi, city: CityAccounts, browser: httpx.Client, login: str, conn: psycopg.Connection
) -> None:
    city.control(
        accounts={login: {"claims": {"preferred_username": login, "roles": ["traffic"]}, "amr": ["pwd"]}}
    )
    assert through(api, browser, city, login).headers["location"] == "/ops"
    kept_off = browser.get(f"{api.url}/ops")
    assert (kept_off.status_code, kept_off.headers["location"]) == (303, "/account")
    secret = second_factor.new_secret()
    people.set_second_factor(conn, people.by_name(conn, login), secret)
    half = through(api, browser, city, login)
    assert half.headers["location"].startswith("/login/code?next=%2Fops")
    assert browser.get(f"{api.url}/ops").headers["location"].startswith("/login")
    code = second_factor.code_at(secret, int(datetime.now(UTC).timestamp()) // 30)
    assert browser.post(f"{api.url}/login/code", data={"code": code, "next": "/ops"}).status_code == 303
    assert browser.get(f"{api.url}/ops").status_code == 200


def test_an_answer_is_good_once_and_in_the_browser_that_asked_for_it(
    api: RunningApi, city: CityAccounts, browser: httpx.Client, login: str
) -> None:
    address = begun(api, browser, "next=/ops&lang=en")
    cookie = browser.cookies.get("cityhub-oidc")
    answer = city.answer(browser, address, login)
    with httpx.Client(headers=HTML, timeout=60) as other:
        refused = back(api, other, answer)
        assert (refused.status_code, "cityhub" in other.cookies) == (400, False)
        begun(api, other)
        assert back(api, other, answer).status_code == 400
    assert back(api, browser, answer).status_code == 303
    again = back(api, browser, answer)
    assert again.status_code == 400
    assert "Begin again" in browser.get(answer.replace(HUB, api.url), headers={"Accept-Language": "en"}).text
    # Whoever kept the cookie has a code that is used up.
    assert (
        browser.get(answer.replace(HUB, api.url), headers={"Cookie": f"cityhub-oidc={cookie}"}).status_code
        == 502
    )


def test_what_was_changed_on_the_way_lets_nobody_in(
    api: RunningApi, city: CityAccounts, browser: httpx.Client, login: str
) -> None:
    address = begun(api, browser)
    nonce = asked(address)["nonce"]
    forged = back(api, browser, city.answer(browser, address.replace(nonce, "n" * 43), login))
    assert forged.status_code == 502
    answer = city.answer(browser, begun(api, browser), login)
    assert back(api, browser, answer.replace("state=", "state=x")).status_code == 400
    answer = city.answer(browser, begun(api, browser), login)
    assert (
        back(api, browser, answer.replace(quote(city.issuer, safe=""), "https://evil.test")).status_code
        == 400
    )
    answer = city.answer(browser, begun(api, browser), login)
    assert back(api, browser, answer.partition("&iss=")[0]).status_code == 400
    assert browser.get(f"{api.url}/ops").status_code == 303


@pytest.mark.parametrize(
    "forged",
    [
        {"aud": "another-program"},
        {"aud": ["another-program", CLIENT_ID], "azp": "another-program"},
        {"iss": "https://evil.test"},
        {"exp": 1_700_000_000},
        {"nonce": "another"},
        {"sub": ""},
    ],
    ids=str,
)
def test_a_token_of_the_provider_that_is_not_for_us_lets_nobody_in(
    api: RunningApi, city: CityAccounts, browser: httpx.Client, login: str, forged: dict[str, object]
) -> None:
    city.control(forged=forged)
    refused = through(api, browser, city, login, "lang=en")
    assert refused.status_code == 502
    assert "could not be verified" in refused.text
    assert "cityhub" not in browser.cookies


def test_another_key_of_the_provider_is_learnt(
    api: RunningApi, city: CityAccounts, browser: httpx.Client, login: str
) -> None:
    assert through(api, browser, city, login).status_code == 303
    city.control(rotate=True)
    with httpx.Client(headers=HTML, timeout=60) as another:
        assert through(api, another, city, login).headers["location"] == "/ops"


def test_a_provider_that_is_down_or_says_no_is_one_clear_page(
    api: RunningApi, city: CityAccounts, browser: httpx.Client, login: str
) -> None:
    cancelled = through(api, browser, city, None, "lang=vi")
    assert cancelled.status_code == 403
    assert "đã bị hủy" in cancelled.text
    answer = city.answer(browser, begun(api, browser, "lang=en"), login)
    city.control(failing=503)
    down = back(api, browser, answer)
    assert down.status_code == 503
    assert "does not answer at the moment" in down.text
    begun(api, browser)
    mine = asked(begun(api, browser))["state"]
    said = browser.get(f"{api.url}/login/oidc/callback", params={"state": mine, "error": "<script>invalid"})
    assert (said.status_code, "<script>invalid" in said.text) == (502, False)


def test_a_provider_that_was_never_there_is_the_same_page(database_url: str, browser: httpx.Client) -> None:
    with running(settings(database_url, "http://127.0.0.1:9")) as api:
        down = browser.get(f"{api.url}/login/oidc?lang=en")
        assert (down.status_code, "does not answer" in down.text) == (503, True)
        assert browser.get(f"{api.url}/login").status_code == 200


@pytest.mark.usefixtures("login")
def test_the_provider_is_asked_no_oftener_than_passwords_are_tried(
    database_url: str, city: CityAccounts, browser: httpx.Client
) -> None:
    with running(settings(database_url, city.issuer, sign_in_rate_per_minute=2)) as api:
        found = []
        for _ in range(3):
            state = asked(begun(api, browser))["state"]
            made_up = {"code": "made-up", "state": state, "iss": city.issuer}
            found.append(browser.get(f"{api.url}/login/oidc/callback", params=made_up).status_code)
        assert found == [502, 502, 429]


def test_nobody_is_led_elsewhere(
    api: RunningApi, city: CityAccounts, browser: httpx.Client, login: str
) -> None:
    for onward in ("https://evil.test", "//evil.test", "/\\evil.test"):
        assert through(api, browser, city, login, f"next={onward}").headers["location"] == "/account"
    begun(api, browser)
    seed = browser.cookies["cityhub-oidc"].partition(".")[0]
    # Whoever can write a cookie decides no more than whoever can write a link.
    address = city.answer(browser, begun(api, browser), login)
    kept = browser.cookies["cityhub-oidc"].partition(".")[0]
    assert seed != kept
    signed = ".".join(browser.cookies["cityhub-oidc"].split(".")[:3])
    forged = {"Cookie": f"cityhub-oidc={signed}.vi.https%3A%2F%2Fevil.test"}
    assert (
        httpx.get(address.replace(HUB, api.url), headers=HTML | forged, timeout=60).headers["location"]
        == "/account"
    )


def test_an_attempt_ends_by_the_hubs_clock_whatever_the_browser_keeps(
    api: RunningApi,
    city: CityAccounts,
    browser: httpx.Client,
    login: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    address = city.answer(browser, begun(api, browser), login).replace(HUB, api.url)
    seed, began, mark, *rest = browser.cookies["cityhub-oidc"].split(".")
    for kept in (f"{seed}.{int(began) + 1}.{mark}", f"{seed}.{began}.{mark[:-1]}", f"{seed}.{began}.", seed):
        forged = {"Cookie": f"cityhub-oidc={'.'.join((kept, *rest))}"}
        assert httpx.get(address, headers=HTML | forged, timeout=60).status_code == STATUS["attempt"]
    monkeypatch.setattr("api.oidc.attempts.LASTS_S", -1)
    kept = {"Cookie": f"cityhub-oidc={browser.cookies['cityhub-oidc']}"}
    assert httpx.get(address, headers=HTML | kept, timeout=60).status_code == STATUS["attempt"]
    monkeypatch.undo()
    assert httpx.get(address, headers=HTML | kept, timeout=60).status_code == 303


@pytest.mark.usefixtures("login")
def test_garbage_is_one_clear_page(api: RunningApi, browser: httpx.Client) -> None:
    seed = "s" * 43
    state = Attempt(seed, 0, "vi", "/").state
    cookies = (
        "",
        ".",
        "x" * 3000,
        seed,
        f"{seed}..",
        f"{seed}.xx.%ff%00%0d%0a",
        f"{seed}.vi.//evil.test",
        "ü" * 43,
    )
    queries = (
        *("", "code", "state=%ff"),
        *(
            f"state={state}{more}"
            for more in ("", "&code=", "&error=%00%ff", "&code=%00&iss=x", "&state=x&code=y")
        ),
        f"state={state}&code={'x' * 9000}",
    )
    for cookie in cookies:
        for query in queries:
            browser.cookies.clear()
            answer = browser.get(
                f"{api.url}/login/oidc/callback?{query}",
                headers={"Cookie": f"cityhub-oidc={cookie}".encode("latin-1")},
            )
            assert answer.status_code in (400, 502), (cookie, query, answer.status_code)
            assert "<h1>" in answer.text
    for query in ("next=%00", "next=" + "x" * 9000, "next=/%0d%0aSet-Cookie:a", "lang=%ff", "next=&next=//x"):
        assert browser.get(f"{api.url}/login/oidc?{query}").status_code in (303, 400)


def test_who_signs_out_is_shown_the_way_out_of_the_provider_too(
    api: RunningApi, city: CityAccounts, browser: httpx.Client, login: str
) -> None:
    through(api, browser, city, login)
    page = browser.post(f"{api.url}/logout", data={"lang": "en"})
    assert page.status_code == 200
    there = f"{city.issuer}/session/end?client_id={CLIENT_ID}"
    assert there in page.text
    assert browser.get(f"{api.url}/account").status_code == 303
    assert browser.get(there).status_code == 200


def test_claims_of_the_id_token_will_do_and_a_public_client_too(
    database_url: str, browser: httpx.Client, conn: psycopg.Connection
) -> None:
    with city_accounts(in_id_token=True, token_endpoint_auth_method="none") as city:
        city.control(
            accounts={"7f3a": {"claims": {"name": "Đỗ Thị Lan", "realm_access": {"roles": ["press"]}}}}
        )
        own = settings(database_url, city.issuer, oidc_client_secret="", oidc_role_claim="realm_access.roles")
        with running(own) as api:
            through(api, browser, city, "7f3a")
            assert people.by_name(conn, "do-thi-lan").role == "viewer"


def test_without_its_settings_there_is_nothing(database_url: str, browser: httpx.Client) -> None:
    with running(read_settings(database_url=database_url)) as api:
        assert "/login/oidc" not in browser.get(f"{api.url}/login").text
        for path in ("/login/oidc", "/login/oidc/callback?state=x&code=y"):
            answer = browser.get(f"{api.url}{path}")
            assert (answer.status_code, "set-cookie" in answer.headers) == (404, False)


def test_the_cookie_of_an_attempt_is_kept_from_scripts_and_other_sites(
    api: RunningApi, browser: httpx.Client
) -> None:
    answer = browser.get(f"{api.url}/login/oidc", headers={"X-Forwarded-Proto": "https"})
    cookie = answer.headers["set-cookie"]
    assert urlsplit(answer.headers["location"]).path == "/auth"
    assert cookie.startswith("__Host-cityhub-oidc=")
    assert cookie.endswith("; Path=/; HttpOnly; SameSite=Lax; Max-Age=600; Secure")
