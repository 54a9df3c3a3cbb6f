"""Shares of requests that addresses and keys have."""

import asyncio

import pytest

from api.rates import Rates, Share


async def taken(
    rates: Rates, count: int, address: str = "203.0.113.1", key: str | None = None
) -> Share | None:
    share = None
    for _ in range(count):
        share = await rates.take(address, key)
    return share


def test_a_share_is_used_up_and_others_keep_theirs() -> None:
    async def play() -> list[Share | None]:
        rates = Rates(5, 3)
        return [
            await taken(rates, 5),
            await taken(rates, 1),
            await taken(rates, 1, "203.0.113.2"),
            await taken(rates, 3, key="partner"),
            await taken(rates, 1, key="partner"),
            await taken(rates, 1, key="other"),
        ]

    shares = asyncio.run(play())
    assert [(one.name, one.remaining, one.is_exhausted) for one in shares if one] == [
        ("address", 0, False),
        ("address", 0, True),
        ("address", 4, False),
        ("key", 0, False),
        ("key", 0, True),
        ("key", 2, False),
    ]
    assert all(one is not None and 1 <= one.reset_s <= 120 for one in shares)


def test_a_limit_of_nothing_is_none() -> None:
    assert asyncio.run(taken(Rates(0, 0), 10_000)) is None


def test_the_headers_name_policy_and_what_is_left() -> None:
    headers = dict(Share("address", 1200, 1199, 42, False).headers())
    assert headers == {
        b"ratelimit-policy": b'"address";q=1200;w=60',
        b"ratelimit": b'"address";r=1199;t=42',
    }


@pytest.mark.parametrize("count", [1, 7])
def test_what_was_refused_does_not_lengthen_the_wait(count: int) -> None:
    async def play() -> Share | None:
        rates = Rates(2, 0)
        await taken(rates, 2 + 100 * count)
        return await taken(rates, 1)

    share = asyncio.run(play())
    assert share is not None
    assert share.reset_s <= 120
