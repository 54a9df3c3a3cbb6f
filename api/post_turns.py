"""Whose turn it is to post: each partner has a share, so that one whose bodies drip keeps only itself waiting."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from api.problems import TooManyPosts

# Posts of one partner under way, and of all of them: as many bodies may lie in memory.
PER_PARTNER = 2
UNDER_WAY = 16
# Decoding takes a core; more at once would only hold up what people look at.
AT_WORK = 4


class PostTurns:
    """For one event loop."""

    def __init__(self) -> None:
        self._under_way: Counter[str] = Counter()
        self.work = asyncio.Semaphore(AT_WORK)

    @asynccontextmanager
    async def of(self, partner: str) -> AsyncIterator[None]:
        """A post of `partner`, from before its body is read to its end; raises TooManyPosts."""
        if self._under_way[partner] >= PER_PARTNER:
            raise TooManyPosts(
                f"{PER_PARTNER} posts of yours are under way already; send one after the other"
            )
        if self._under_way.total() >= UNDER_WAY:
            raise TooManyPosts("As many posts as the hub takes at once are under way; try again shortly")
        self._under_way[partner] += 1
        try:
            yield
        finally:
            self._under_way[partner] -= 1
            if not self._under_way[partner]:
                del self._under_way[partner]
