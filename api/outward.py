"""Requests to others, bounded in time and size; one client for each kind of them."""

import asyncio
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from anyio import to_thread

if TYPE_CHECKING:
    from httpx import AsyncClient


class NoAnswer(Exception):
    """There was none, or it was too long; says why."""


class Outward:
    """To be used in one event loop, and closed.

    `timeout_s`: for one answer as a whole; `most`: requests at a time, others wait `patience_s` for a turn.
    """

    def __init__(self, *, timeout_s: float, most: int, patience_s: float, most_bytes: int) -> None:
        self._timeout_s, self._most, self._patience_s = timeout_s, most, patience_s
        self._most_bytes = most_bytes
        self._client: AsyncClient | None = None
        self._opening = asyncio.Lock()

    async def send(self, method: str, url: str, **parts: Any) -> tuple[int, bytes]:
        """Status and body of the answer; `parts` as httpx takes them. Raises NoAnswer.

        No redirect is followed, and nothing compressed is taken: a bound on what comes would not bound what it becomes.
        """
        client = await self._opened()
        # Known to be loaded by now.
        import httpx  # noqa: PLC0415

        headers: Mapping[str, str] = {
            "Accept": "application/json",
            "Accept-Encoding": "identity",
            **parts.pop("headers", {}),
        }
        try:
            async with (
                asyncio.timeout(self._timeout_s),
                client.stream(method, url, headers=headers, **parts) as answer,
            ):
                body = bytearray()
                async for piece in answer.aiter_raw():
                    body += piece
                    if len(body) > self._most_bytes:
                        raise NoAnswer("it is too long")
                return answer.status_code, bytes(body)
        except (httpx.HTTPError, httpx.InvalidURL, TimeoutError, OSError) as exc:
            raise NoAnswer(type(exc).__name__) from None

    async def close(self) -> None:
        """Close every connection; idempotent."""
        if self._client is not None:
            await self._client.aclose()

    async def _opened(self) -> "AsyncClient":
        async with self._opening:
            if self._client is None:
                self._client = await to_thread.run_sync(self._made)
        return self._client

    def _made(self) -> "AsyncClient":
        # It loads much that only its command line needs, and certificates, for tenths of a second.
        import httpx  # noqa: PLC0415

        return httpx.AsyncClient(
            timeout=httpx.Timeout(self._timeout_s, pool=self._patience_s),
            limits=httpx.Limits(max_connections=self._most),
            follow_redirects=False,
        )
