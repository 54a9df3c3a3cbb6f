"""Made-up drivers who park and pay by VNPAY, and VNPAY's callbacks, over HTTP."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count
from urllib.parse import parse_qsl, urlsplit

import uvloop

from cityhub.errors import ServiceError
from cityhub.payments import vnpay
from tools.bench.lines import Answer, Line

MERCHANT = vnpay.Merchant("BENCH001", "bench-secret-0123456789", "http://127.0.0.1/pay")

_numbers = count(1)


@dataclass(frozen=True, slots=True)
class Times:
    """Seconds: of the whole run, and what each whole flow and each callback took."""

    elapsed_s: float
    flows_s: Sequence[float]
    callbacks_s: Sequence[float]


def quantile_ms(seconds: Sequence[float], share: float) -> float:
    """In milliseconds."""
    ordered = sorted(seconds)
    return 1000 * ordered[min(int(share * len(ordered)), len(ordered) - 1)]


def drive(ports: Sequence[int], places: Sequence[str], *, drivers: int, seconds: float) -> Times:
    """So many drivers at a time, each beginning anew as soon as the last has its receipt."""
    return uvloop.run(_drive(ports, places, drivers, seconds))


def callbacks(
    ports: Sequence[int], places: Sequence[str], *, connections: int, rounds: int, a_second: float | None
) -> Times:
    """Callbacks for payments that wait, over so many connections.

    `a_second`: how many come a second in all; None: all connections send at once, in each round.
    """
    return uvloop.run(_callbacks(ports, places, connections, rounds, a_second))


async def _drive(ports: Sequence[int], places: Sequence[str], drivers: int, seconds: float) -> Times:
    flows: list[float] = []
    called: list[float] = []
    end = time.perf_counter() + seconds

    async def driver(number: int) -> None:
        async with Line(ports[number % len(ports)]) as line:
            while time.perf_counter() < end:
                began = time.perf_counter()
                token, payment, target = await _begin(line, places[number % len(places)])
                called_at = time.perf_counter()
                await _call_back(line, target)
                called.append(time.perf_counter() - called_at)
                paid = _good(await line.get(f"/api/v1/payments/{payment}"), 200).document()
                _good(await line.get(f"/api/v1/receipts/{paid['receipt']}?token={token}"), 200)
                flows.append(time.perf_counter() - began)

    began = time.perf_counter()
    await asyncio.gather(*(driver(number) for number in range(drivers)))
    return Times(time.perf_counter() - began, flows, called)


async def _callbacks(
    ports: Sequence[int], places: Sequence[str], connections: int, rounds: int, a_second: float | None
) -> Times:
    called: list[float] = []
    lines = [await Line(ports[number % len(ports)]).__aenter__() for number in range(connections)]
    waiting: list[list[str]] = [[] for _ in lines]

    async def prepare(number: int) -> None:
        for _ in range(rounds):
            waiting[number].append((await _begin(lines[number], places[number % len(places)]))[2])

    for first in range(0, connections, 8):
        await asyncio.gather(*(prepare(number) for number in range(first, min(first + 8, connections))))

    async def call(number: int, at: float) -> None:
        await asyncio.sleep(max(0.0, at - time.perf_counter()))
        # From when it should have been sent: a callback that waits for the one before on its connection waits.
        due = max(at, 0.0) or time.perf_counter()
        await _call_back(lines[number], waiting[number].pop())
        called.append(time.perf_counter() - due)

    began = time.perf_counter()
    for turn in range(rounds):
        if a_second is None:
            await asyncio.gather(*(call(number, 0.0) for number in range(connections)))
        else:
            step = 1 / a_second
            start = began + turn * connections * step
            await asyncio.gather(*(call(number, start + number * step) for number in range(connections)))
    elapsed = time.perf_counter() - began
    for line in lines:
        await line.__aexit__(None, None, None)
    return Times(elapsed, [], called)


async def _begin(line: Line, place: str) -> tuple[str, str, str]:
    """A session and its payment: the session's token, the payment's id, and the callback that pays it."""
    number = next(_numbers)
    asked = {"place_id": place, "plate": f"30A-{number % 100_000:05}", "vehicle": "car", "minutes": 120}
    session = _good(await line.post("/api/v1/parking/sessions", asked, f"s{number}"), 201).document()
    wanted = {"session_token": session["token"], "provider": "vnpay"}
    payment = _good(await line.post("/api/v1/payments", wanted, f"p{number}"), 201).document()
    order = dict(parse_qsl(urlsplit(payment["redirect_url"]).query))
    told = vnpay.signed_text(
        {
            "vnp_TmnCode": MERCHANT.code,
            "vnp_TxnRef": order["vnp_TxnRef"],
            "vnp_Amount": order["vnp_Amount"],
            "vnp_ResponseCode": "00",
            "vnp_TransactionStatus": "00",
            "vnp_TransactionNo": f"{number + 10_000_000}",
            "vnp_BankCode": "NCB",
        }
    )
    signed = f"{told}&vnp_SecureHash={vnpay.signature(MERCHANT.secret, told)}"
    return session["token"], payment["id"], f"/payments/vnpay/ipn?{signed}"


async def _call_back(line: Line, target: str) -> None:
    answer = _good(await line.get(target), 200).document()
    if answer["RspCode"] != "00":
        raise ServiceError(f"a callback was answered {answer}")


def _good(answer: Answer, status: int) -> Answer:
    if answer.status != status:
        raise ServiceError(f"the API answered {answer.status}: {answer.body[:300].decode(errors='replace')}")
    return answer
