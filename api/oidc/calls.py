"""Requests to the city's provider."""

from typing import Any

from api.oidc.refusals import Refused
from api.outward import NoAnswer, Outward

# For one answer as a whole. Somebody waits for it before a page.
TIMEOUT_S = 6
_MOST = 10
_MOST_BYTES = 262_144


class Calls:
    """One client for an API; to be used in one event loop, and closed."""

    def __init__(self) -> None:
        self._outward = Outward(timeout_s=TIMEOUT_S, most=_MOST, patience_s=2, most_bytes=_MOST_BYTES)

    async def send(self, method: str, url: str, **parts: Any) -> tuple[int, bytes]:
        """Status and body of the answer; `parts` as httpx takes them. Raises Refused (unavailable)."""
        try:
            return await self._outward.send(method, url, **parts)
        except NoAnswer as exc:
            raise Refused("unavailable", f"the provider does not answer: {exc}") from None

    async def close(self) -> None:
        """Close every connection; idempotent."""
        await self._outward.close()
