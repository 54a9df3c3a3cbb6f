"""Requests to the city's provider: bounded in time and size, by one client for an API."""

import asyncio
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from anyio import to_thread

from api.oidc.refusals import Refused

if TYPE_CHECKING:
    from httpx import AsyncClient

# For one answer as a whole. Somebody waits for it before a page.
TIMEOUT_S = 6
_MOST = 10
_MOST_BYTES = 262_144


class Calls:
    """To be used in one event loop, and closed."""

    def __init__(self) -> None:
        self._client: AsyncClient | None = None
        self._opening = asyncio.Lock()

    async def send(self, method: str, url: str, **parts: Any) -> tuple[int, bytes]:
        """Status and body of the answer; `parts` as httpx takes them. Raises Refused (unavailable).

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
                asyncio.timeout(TIMEOUT_S),
                client.stream(method, url, headers=headers, **parts) as answer,
            ):
                body = bytearray()
                async for piece in answer.aiter_raw():
                    body += piece
                    if len(body) > _MOST_BYTES:
                        raise Refused("unavailable", "an answer of the provider is too long")
                return answer.status_code, bytes(body)
        except (httpx.HTTPError, httpx.InvalidURL, TimeoutError, OSError) as exc:
            raise Refused("unavailable", f"the provider does not answer: {type(exc).__name__}") from None

    async def close(self) -> None:
        """Close every connection; idempotent."""
        if self._client is not None:
            await self._client.aclose()

    async def _opened(self) -> "AsyncClient":
        async with self._opening:
            if self._client is None:
                self._client = await to_thread.run_sync(_client)
        return self._client


def _client() -> "AsyncClient":
    # It loads much that only its command line needs, and certificates, for tenths of a second.
    import httpx  # noqa: PLC0415

    return httpx.AsyncClient(
        timeout=httpx.Timeout(TIMEOUT_S, pool=2),
        limits=httpx.Limits(max_connections=_MOST),
        follow_redirects=False,
    )
