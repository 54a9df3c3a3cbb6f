"""The hub as its drivers see it: public calls, asked again while the hub is away, but not for ever."""

import asyncio
from collections.abc import Mapping
from typing import Any
from uuid import uuid4

import httpx

_TIMEOUT_S = 20
_FIRST_WAIT_S, _LONGEST_WAIT_S = 0.5, 10
_API = "/api/v1"
_TOO_MANY = 429


class GaveUp(Exception):
    """The hub was away for too long, or gave an answer that makes no sense."""


class Refused(Exception):
    """The hub said no: `rule` is its word for why, or the status."""

    def __init__(self, rule: str) -> None:
        super().__init__(rule)
        self.rule = rule


class Hub:
    """The hub at `url`. `patience_s`: how long a driver tries while it is away."""

    def __init__(self, client: httpx.AsyncClient, url: str, patience_s: float) -> None:
        self._client, self._url, self._patience_s = client, url.rstrip("/"), patience_s

    async def get(self, path: str, **query: str) -> dict[str, Any]:
        """The answer; raises GaveUp, Refused."""
        return await self._ask("GET", path, {}, params=query)

    async def post(self, path: str, body: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """The answer; what is asked is done once, however often it has to be sent. Raises GaveUp, Refused."""
        key = {"Idempotency-Key": str(uuid4())}
        return (
            await self._ask("POST", path, key, json=dict(body))
            if body
            else await self._ask("POST", path, key)
        )

    async def open(self, url: str, data: Mapping[str, str] | None = None) -> str:
        """A page that a payer opens, or a form that is sent to it, and where that leads; raises GaveUp."""
        try:
            method = "GET" if data is None else "POST"
            answer = await self._client.request(method, url, data=data, follow_redirects=True)
        except (httpx.HTTPError, httpx.InvalidURL):
            raise GaveUp from None
        return answer.text

    async def _ask(self, method: str, path: str, headers: dict[str, str], **request: Any) -> dict[str, Any]:
        loop = asyncio.get_running_loop()
        end, wait = loop.time() + self._patience_s, _FIRST_WAIT_S
        while True:
            try:
                answer = await self._client.request(
                    method, self._url + _API + path, headers=headers, **request
                )
            except httpx.HTTPError:
                answer = None
            if answer is not None and answer.status_code < 500 and answer.status_code != _TOO_MANY:
                return _read(answer)
            if loop.time() + wait > end:
                raise GaveUp
            await asyncio.sleep(wait)
            wait = min(2 * wait, _LONGEST_WAIT_S)


def _read(answer: httpx.Response) -> dict[str, Any]:
    try:
        found = answer.json()
    except ValueError:
        raise GaveUp from None
    if not isinstance(found, dict):
        raise GaveUp
    if not answer.is_success:
        raise Refused(str(found.get("rule") or answer.status_code))
    return found
