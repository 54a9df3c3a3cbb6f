"""Whose turn it is at the door: one at a time, few wait, and no address for all of them."""

import asyncio

import pytest

from api.door import MOST_WAITING, PER_ADDRESS, Lane
from api.problems import TooManyAtTheDoor


def test_passwords_are_compared_one_at_a_time() -> None:
    async def most() -> int:
        lane, at_work, found = Lane(), 0, 0

        async def one(number: int) -> None:
            nonlocal at_work, found
            async with lane.turn(f"10.0.0.{number}"):
                at_work += 1
                found = max(found, at_work)
                await asyncio.sleep(0)
                at_work -= 1

        await asyncio.gather(*(one(number) for number in range(20)))
        return found

    assert asyncio.run(most()) == 1


def test_few_wait_and_an_address_has_few_places_of_those() -> None:
    async def refused(addresses: list[str]) -> int:
        lane, go_on = Lane(), asyncio.Event()

        async def one(address: str) -> int:
            try:
                async with lane.turn(address):
                    await go_on.wait()
            except TooManyAtTheDoor:
                return 1
            return 0

        tasks = [asyncio.create_task(one(address)) for address in addresses]
        await asyncio.sleep(0)
        go_on.set()
        found = sum(await asyncio.gather(*tasks))
        # Nobody is remembered who is through.
        lane.check("10.0.0.1")
        assert not lane._waiting
        return found

    assert asyncio.run(refused(["10.0.0.1"] * 10)) == 10 - PER_ADDRESS
    assert asyncio.run(refused([f"10.0.{n}.1" for n in range(MOST_WAITING + 7)])) == 7


def test_who_gives_up_waiting_leaves_their_place() -> None:
    async def left() -> int:
        lane = Lane()

        async def wait() -> None:
            async with lane.turn("10.0.0.1"):
                await asyncio.Event().wait()

        tasks = [asyncio.create_task(wait()) for _ in range(PER_ADDRESS)]
        await asyncio.sleep(0)
        with pytest.raises(TooManyAtTheDoor):
            lane.check("10.0.0.1")
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        return lane._waiting.total()

    assert asyncio.run(left()) == 0
