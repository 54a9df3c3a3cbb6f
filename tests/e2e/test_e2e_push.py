"""A driver's browser is told before the end: the button, what the hub is sent, and what the worker shows of a message.

No push service can be reached from a test, so the address that a browser would get from one is given to it; the message
comes to the real worker by the browser's own debugging protocol. Encryption and delivery: test_jobs_push.
"""

import json
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from playwright.sync_api import Browser, BrowserContext, expect

from cityhub.config import read_settings
from cityhub.store import connect, sessions
from tests.integration.api.conftest import RunningApi, running
from tests.integration.api.test_api_push import ASKED, PRIVATE, begun
from tests.prices import save_flat

pytestmark = pytest.mark.e2e
PHONE = {"width": 390, "height": 844}
SUBSCRIBED = f"""
PushManager.prototype.subscribe = async function (options) {{
  window.subscribedWith = options.applicationServerKey;
  return {{ toJSON: () => ({json.dumps({"endpoint": ASKED["endpoint"], "keys": ASKED["keys"]})}) }};
}};
"""
ASK = "Nhắc trên máy này 10 phút trước khi hết giờ"


@pytest.fixture(scope="module")
def hub(database_url: str) -> Iterator[RunningApi]:
    settings = read_settings(database_url=database_url, rate_per_minute=0, vapid_private_key=PRIVATE)
    with connect(database_url, "tests") as conn:
        save_flat(conn)
    with running(settings) as api:
        yield api


@pytest.fixture
def token(hub: RunningApi, database_url: str) -> str:
    with connect(database_url, "tests", autocommit=True) as conn:
        token = begun(hub, conn, is_paid=False)
        session = sessions.by_token(conn, token)
        with conn.transaction():
            sessions.paid(conn, session.id, 1, datetime.now(UTC))
    return token


def phone(browser: Browser, *, scripts: bool = True) -> BrowserContext:
    return browser.new_context(viewport=PHONE, locale="vi-VN", java_script_enabled=scripts)  # type: ignore[arg-type]


def test_the_button_is_there_with_scripts_only(hub: RunningApi, browser: Browser, token: str) -> None:
    for scripts in (True, False):
        context = phone(browser, scripts=scripts)
        page = context.new_page()
        page.goto(f"{hub.url}/p/{token}")
        expect(page.get_by_role("button", name=ASK)).to_be_visible(visible=scripts)
        context.close()


def test_who_says_no_is_told_so_and_can_go_on(hub: RunningApi, browser: Browser, token: str) -> None:
    context = phone(browser)
    page = context.new_page()
    page.add_init_script("Notification.requestPermission = async () => 'denied';")
    page.goto(f"{hub.url}/p/{token}")
    page.get_by_role("button", name=ASK).click()
    expect(page.get_by_role("alert")).to_contain_text("Trình duyệt không cho phép nhắc")
    context.close()


def test_a_browser_that_agrees_is_told_and_shows_it(
    hub: RunningApi, browser: Browser, token: str, database_url: str
) -> None:
    context = phone(browser)
    context.grant_permissions(["notifications"], origin=hub.url)
    page = context.new_page()
    page.add_init_script(SUBSCRIBED)
    page.goto(f"{hub.url}/p/{token}")
    page.get_by_role("button", name=ASK).click()
    expect(page.get_by_text("Máy này sẽ được nhắc")).to_be_visible()
    assert page.evaluate("window.subscribedWith").startswith("BP4z9KsN")
    with connect(database_url, "tests") as conn:
        assert conn.execute(
            "SELECT endpoint FROM push_subscription JOIN parking_session s ON s.id = session_id WHERE token = %s",
            (token,),
        ).fetchall() == [(ASKED["endpoint"],)]
    page.reload()
    expect(page.get_by_text("Máy này sẽ được nhắc")).to_be_visible()

    devtools = context.new_cdp_session(page)
    registrations: list[str] = []
    devtools.on(
        "ServiceWorker.workerRegistrationUpdated",
        lambda event: registrations.extend(one["registrationId"] for one in event["registrations"]),
    )
    devtools.send("ServiceWorker.enable")
    page.evaluate("navigator.serviceWorker.ready.then(() => null)")
    page.wait_for_timeout(200)
    told = {
        "title": "Sắp hết giờ đỗ xe",
        "body": "Hết giờ lúc 13:00.",
        "path": f"/p/{token}?lang=vi",
        "lang": "vi",
    }
    for _ in range(2):
        devtools.send(
            "ServiceWorker.deliverPushMessage",
            {"origin": hub.url, "registrationId": registrations[-1], "data": json.dumps(told)},
        )
    shown = page.wait_for_function(
        """async () => {
          const registration = await navigator.serviceWorker.ready;
          const found = await registration.getNotifications();
          return found.length ? found.map((one) => [one.title, one.body, one.tag]) : null;
        }"""
    ).json_value()
    # Twice the same is shown once.
    assert shown == [[told["title"], told["body"], told["path"]]]
    context.close()
