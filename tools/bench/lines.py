"""An HTTP/1.1 client that asks one thing after another over a connection, light enough to stand beside what it times.

Answers without Content-Length are not understood.
"""

import asyncio
import json
from collections.abc import Mapping
from types import MappingProxyType, TracebackType
from typing import Any, NamedTuple, Self


class Answer(NamedTuple):
    """Status and body."""

    status: int
    body: bytes

    def document(self) -> Any:
        """The JSON in it."""
        return json.loads(self.body)


class Line:
    """A connection that is kept alive: `async with Line(port) as line`. `headers` go with every request."""

    def __init__(self, port: int, headers: Mapping[str, str] = MappingProxyType({})) -> None:
        self._port = port
        self._headers = "".join(f"{name}: {value}\r\n" for name, value in headers.items())

    async def __aenter__(self) -> Self:
        self._reader, self._writer = await asyncio.open_connection("127.0.0.1", self._port)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._writer.close()
        await self._writer.wait_closed()

    async def get(self, path: str) -> Answer:
        """GET."""
        return await self._ask(f"GET {path} HTTP/1.1\r\nHost: bench\r\n{self._headers}\r\n".encode())

    async def post(self, path: str, document: object, key: str) -> Answer:
        """POST of a JSON document under an Idempotency-Key."""
        body = json.dumps(document).encode()
        head = (
            f"POST {path} HTTP/1.1\r\nHost: bench\r\nContent-Type: application/json\r\n"
            f"{self._headers}Idempotency-Key: {key}\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        return await self._ask(head.encode() + body)

    async def _ask(self, request: bytes) -> Answer:
        self._writer.write(request)
        head = await self._reader.readuntil(b"\r\n\r\n")
        length = head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0]
        body = await self._reader.readexactly(int(length or 0))
        return Answer(int(head[9:12]), body)
