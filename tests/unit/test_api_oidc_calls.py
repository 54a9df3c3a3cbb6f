"""A provider that says nothing, or never ends, costs a bounded time and room."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from api.oidc import calls
from api.oidc.calls import Calls
from api.oidc.documents import Documents
from api.oidc.refusals import Refused

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n"
Answering = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


async def _endless(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(HEAD)
    for _ in range(100):
        writer.write(b" " * 10_000)
        await writer.drain()


async def _silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(HEAD)
    await writer.drain()
    # Until the hub has had enough.
    await reader.read()


async def _deep(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(HEAD + b'{"issuer":' * 20_000)
    await writer.drain()


async def _latin(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(HEAD + b'{"issuer": "L\xf4i"}')
    await writer.drain()


async def _elsewhere(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:9/\r\nContent-Length: 0\r\n\r\n")
    await writer.drain()


async def _asked(answering: Answering) -> str:
    """Why what a provider says of itself is refused."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        try:
            await answering(reader, writer)
        except ConnectionError:
            pass
        finally:
            writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        client = Calls()
        try:
            with pytest.raises(Refused) as refused:
                await Documents(f"http://127.0.0.1:{port}", client).metadata()
        finally:
            await client.close()
    assert refused.value.reason == "unavailable"
    return str(refused.value)


@pytest.mark.parametrize(
    ("answering", "why"),
    [
        (_endless, "too long"),
        (_deep, "cannot be read"),
        (_latin, "cannot be read"),
        (_elsewhere, "answers 302"),
    ],
)
def test_an_answer_that_is_none_is_refused(answering: Answering, why: str) -> None:
    assert why in asyncio.run(_asked(answering))


def test_a_provider_that_says_nothing_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calls, "TIMEOUT_S", 0.2)
    assert "does not answer" in asyncio.run(_asked(_silent))
