"""A link that can be cut: a TCP proxy on 127.0.0.1, running on a thread of its own."""

import asyncio
import threading
from collections.abc import Coroutine
from typing import Any

_CHUNK_BYTES = 65536


class Proxy:
    """Passes connections on to 127.0.0.1:`target_port` while the link is whole; `refused` counts the others."""

    def __init__(self, target_port: int) -> None:
        self._target_port = target_port
        self.refused = 0
        self._whole = True
        self._writers: set[asyncio.StreamWriter] = set()
        self._ready = threading.Event()
        self._port = 0
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()), name="chaos-proxy")

    def start(self) -> int:
        """Starts listening; returns the port, which stays the same until `close`."""
        self._thread.start()
        self._ready.wait(10)
        return self._port

    def cut(self) -> None:
        """Breaks every connection, whatever is under way in it, and lets no new one through."""
        self._call(self._cut())

    def heal(self) -> None:
        """Lets new connections through again."""
        self._whole = True

    def close(self) -> None:
        """Breaks every connection and stops listening."""
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._end.set)
            self._thread.join(10)

    def _call(self, work: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(10)

    async def _serve(self) -> None:
        self._loop, self._end = asyncio.get_running_loop(), asyncio.Event()
        server = await asyncio.start_server(self._pass_on, "127.0.0.1", 0)
        self._port = server.sockets[0].getsockname()[1]
        self._ready.set()
        await self._end.wait()
        server.close()
        await self._cut()
        while self._writers:
            await asyncio.sleep(0.01)

    async def _cut(self) -> None:
        self._whole = False
        for writer in self._writers:
            writer.transport.abort()

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        ends = [writer]
        self._writers.add(writer)
        try:
            if not self._whole:
                self.refused += 1
                return
            target_reader, target_writer = await asyncio.open_connection("127.0.0.1", self._target_port)
            ends.append(target_writer)
            self._writers.add(target_writer)
            if self._whole:  # it may have been cut while connecting
                await asyncio.gather(_copy(reader, target_writer), _copy(target_reader, writer))
        except OSError:
            pass  # the broker is away: the client sees a closed connection, as behind a real router
        finally:
            for end in ends:
                end.transport.abort()
                self._writers.discard(end)


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while data := await reader.read(_CHUNK_BYTES):
            writer.write(data)
            await writer.drain()
    except OSError:
        pass
    finally:
        writer.close()
