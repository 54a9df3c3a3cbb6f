"""MoMo is asked where a payer is to be sent: once, and nobody else waits for its answer."""

import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, suppress
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from uuid import uuid4

import pytest

from api import checkout
from cityhub.config import read_settings
from cityhub.errors import RuleBroken
from cityhub.payments.model import Provider
from cityhub.store import connect
from tests.integration.api.conftest import RunningApi
from tests.integration.api.test_api_payments import comes_back
from tests.prices import save_flat
from tests.waiting import eventually

SESSIONS, PAYMENTS = "/api/v1/parking/sessions", "/api/v1/payments"


class Momo:
    """It answers once `goes_on` is set; `asked`: the orders that it was asked for."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.goes_on = Event()
        self.fails = False
        self.says: bytes | None = None
        momo = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                order = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["orderId"]
                momo.asked.append(order)
                assert momo.goes_on.wait(60)
                found = json.dumps(
                    {"resultCode": 99 if momo.fails else 0, "payUrl": f"https://momo.test/{order}"}
                )
                self.send_response(200)
                body = found.encode() if momo.says is None else momo.says
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                with suppress(ConnectionError):
                    self.wfile.write(body)

            def log_message(self, *_: object) -> None: ...

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"


@pytest.fixture
def momo() -> Iterator[Momo]:
    momo = Momo()
    thread = Thread(target=momo.server.serve_forever, args=[0.05])
    thread.start()
    yield momo
    momo.goes_on.set()
    momo.server.shutdown()
    momo.server.server_close()
    thread.join()


@pytest.fixture
def paying(
    momo: Momo, database_url: str, run_api: Callable[..., AbstractContextManager[RunningApi]]
) -> Iterator[RunningApi]:
    settings = read_settings(
        database_url=database_url,
        rate_per_minute=0,
        momo_partner_code="MOMO",
        momo_access_key="access",
        momo_secret_key="a-secret-of-32-signs-for-the-tests",
        momo_url=momo.url,
    )
    with connect(database_url, "tests") as conn:
        save_flat(conn)
    with run_api(settings) as api:
        yield api


def begun(api: RunningApi) -> str:
    asked = {"place_id": "ltk-01", "plate": "30A-123.45", "vehicle": "car", "minutes": 60}
    answer = api.client.post(SESSIONS, json=asked)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["token"])


def pay(api: RunningApi, token: str) -> dict[str, str]:
    answer = api.client.post(PAYMENTS, json={"session_token": token, "provider": "momo"})
    assert answer.status_code == 201, answer.text
    found: dict[str, str] = answer.json()
    return found


def test_nobody_else_waits_while_momo_thinks(paying: RunningApi, momo: Momo) -> None:
    tokens = [begun(paying) for _ in range(8)]
    with ThreadPoolExecutor(8) as pool:
        waiting = [pool.submit(pay, paying, token) for token in tokens]
        eventually(lambda: len(momo.asked) == 8)
        # More of them wait than requests can write to the database at once.
        assert begun(paying)
        momo.goes_on.set()
        assert {one.result()["redirect_url"] for one in waiting} == {
            f"https://momo.test/{order}" for order in momo.asked
        }


def test_momo_is_asked_once_however_often_the_page_is_looked_at(paying: RunningApi, momo: Momo) -> None:
    momo.goes_on.set()
    token = begun(paying)
    url = pay(paying, token)["redirect_url"]
    assert pay(paying, token)["redirect_url"] == url
    assert [url in paying.client.get(f"/p/{token}").text for _ in range(3)] == [True] * 3
    assert len(momo.asked) == 1


def test_when_momo_fails_the_page_says_so_and_it_can_be_chosen_again(paying: RunningApi, momo: Momo) -> None:
    momo.goes_on.set()
    momo.fails = True
    token = begun(paying)
    form = {"provider": "momo", "lang": "en"}
    answer = paying.client.post(f"/p/{token}/pay", data=form)
    assert (answer.status_code, "MoMo" in answer.text, 'role="alert"' in answer.text) == (422, True, True)
    assert "momo.test" not in paying.client.get(f"/p/{token}").text
    momo.fails = False
    assert paying.client.post(f"/p/{token}/pay", data=form).status_code == 303
    assert "https://momo.test/" in paying.client.get(f"/p/{token}").text
    # One payment, with one reference, however often MoMo was asked.
    assert len(set(momo.asked)) == 1


@pytest.mark.parametrize(
    "says",
    [b"", b"<html>", b'{"payUrl": "\xff"}', b"[" * 5000, b'{"payUrl": 1}', b" " * 200_000, b"null"],
    ids=["nothing", "a page", "no text", "deep", "no address", "long", "null"],
)
def test_what_is_no_answer_of_momo_is_told_as_none(paying: RunningApi, momo: Momo, says: bytes) -> None:
    momo.goes_on.set()
    momo.says = says
    answer = paying.client.post(PAYMENTS, json={"session_token": begun(paying), "provider": "momo"})
    assert answer.status_code == 502, answer.text
    assert "MoMo" in answer.json()["detail"]


def test_without_allowed_origins_a_payer_comes_back_to_the_hubs_own_page(
    paying: RunningApi, momo: Momo
) -> None:
    momo.goes_on.set()
    token = begun(paying)
    asked = {"session_token": token, "provider": "momo", "return_url": "https://app.example/back"}
    assert paying.client.post(PAYMENTS, json=asked).status_code == 201
    assert comes_back(paying, "momo", momo.asked[0]) == f"/p/{token}"
    wrong = paying.client.post(PAYMENTS, json={**asked, "return_url": "javascript:alert(1)"})
    assert wrong.status_code == 400


@pytest.mark.parametrize(("provider", "amount", "rule"), [
    ("momo", 999, "provider_minimum"), ("momo", 50_000_001, "provider_maximum"),
    ("vnpay", 4_999, "provider_minimum"), ("vnpay", 1_000_000_000, "provider_maximum"),
])  # fmt: skip
def test_what_a_provider_does_not_take_is_told_before_it_is_asked(
    database_url: str, provider: Provider, amount: int, rule: str
) -> None:
    with connect(database_url, "tests") as conn, pytest.raises(RuleBroken) as error:
        checkout.add(conn, "127.0.0.1", provider, amount, datetime.now(UTC), session=(str(uuid4()), 1))
    assert error.value.rule == rule
