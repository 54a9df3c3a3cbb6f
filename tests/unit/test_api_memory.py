"""Memory that was freed goes back to the system while the API runs."""

import asyncio

import pytest

from api import memory


def test_free_memory_is_given_back_again_and_again_until_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []
    enough = asyncio.Event()

    def trim(pad: int) -> None:
        asked.append(pad)
        if len(asked) == 3:
            loop.call_soon_threadsafe(enough.set)

    async def run() -> None:
        task = asyncio.create_task(memory.give_back_again_and_again())
        await asyncio.wait_for(enough.wait(), 10)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        assert task.cancelled()

    monkeypatch.setattr(memory, "EVERY_S", 0)
    monkeypatch.setattr(memory, "_trim", lambda: trim)
    with asyncio.Runner() as runner:
        loop = runner.get_loop()
        runner.run(run())
    assert asked[:3] == [0, 0, 0]


def test_without_such_a_c_library_it_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "_trim", lambda: None)
    asyncio.run(asyncio.wait_for(memory.give_back_again_and_again(), 10))
