"""Turns of partners that post."""

import asyncio
from contextlib import AsyncExitStack

import pytest

from api.post_turns import PER_PARTNER, UNDER_WAY, PostTurns
from api.problems import TooManyPosts


def test_a_partner_has_its_share_and_leaves_the_others_theirs() -> None:
    async def play() -> None:
        turns = PostTurns()
        async with AsyncExitStack() as stack:
            for _ in range(PER_PARTNER):
                await stack.enter_async_context(turns.of("slow"))
            with pytest.raises(TooManyPosts, match="of yours"):
                await stack.enter_async_context(turns.of("slow"))
            for number in range(UNDER_WAY - PER_PARTNER):
                await stack.enter_async_context(turns.of(f"other {number}"))
            with pytest.raises(TooManyPosts, match="As many posts"):
                await stack.enter_async_context(turns.of("one more"))
        async with turns.of("slow"):
            pass

    asyncio.run(play())
