"""Clients that send what never ends, or take nothing: the server is there for the others and its memory stays flat."""

import os
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import uvicorn

from api import connection
from cityhub.listening import listen
from tests.waiting import eventually

MIB = 1024 * 1024


@contextmanager
def dial(api: Any, begin: bytes) -> Iterator[socket.socket]:
    """A connection that has sent `begin`."""
    with socket.create_connection((api.client.base_url.host, api.client.base_url.port), timeout=10) as line:
        line.sendall(begin)
        yield line


def resident_bytes() -> int:
    """Memory of this process, which the server shares."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def pour(line: socket.socket, piece: bytes, most: int) -> int:
    """Sends pieces until the server ends it, or `most` bytes; how many went out."""
    sent = 0
    try:
        while sent < most:
            line.sendall(piece)
            sent += len(piece)
    except OSError:
        pass
    return sent


def answer_of(line: socket.socket) -> bytes:
    received = b""
    try:
        while piece := line.recv(65_536):
            received += piece
    except OSError:
        pass
    return received


@pytest.mark.parametrize(
    "begin",
    [
        b"GET /healthz HTTP/1.1\r\nHost: x\r\nX-Endless: ",
        b"GET /",
        b"GET /healthz?q=",
        b"GET /healthz HTTP/1.1\r\nX-",
    ],
    ids=["a header's value", "the path", "the query", "a header's name"],
)
def test_an_endless_head_is_refused_and_costs_no_memory(api: Any, begin: bytes) -> None:
    before = resident_bytes()
    with dial(api, begin) as line:
        sent = pour(line, b"a" * 65_536, 64 * MIB)
        # What the kernels of both sides hold counts as sent.
        assert sent < 16 * MIB
        answer = answer_of(line)
    # Unread bytes may take the answer with them; what came of it is the refusal.
    assert answer == b"" or answer.startswith(b"HTTP/1.1 431 ")
    assert api.client.get("/healthz").status_code == 200
    assert resident_bytes() - before < 16 * MIB


def test_headers_without_end_are_refused_with_431(api: Any) -> None:
    with dial(api, b"GET /healthz HTTP/1.1\r\n") as line:
        line.sendall(b"".join(b"X-%d: %s\r\n" % (number, b"a" * 100) for number in range(640)))
        answer = answer_of(line)
    assert answer.startswith(b"HTTP/1.1 431 ")
    assert b"application/problem+json" in answer


def test_a_head_of_ordinary_size_passes(api: Any) -> None:
    assert api.client.get("/healthz", headers={"X-Long": "a" * 16_000}).status_code == 200


def test_requests_one_after_the_other_on_one_connection_have_a_limit_each(api: Any) -> None:
    for _ in range(20):
        assert api.client.get("/healthz", headers={"X-Long": "a" * 16_000}).status_code == 200


@pytest.mark.parametrize("ending", [b"", b"0\r\n"], ids=["chunks", "trailers"])
def test_a_body_that_goes_on_after_the_answer_ends_the_connection(api: Any, ending: bytes) -> None:
    head = b"GET /healthz HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n" + ending
    piece = b"X-T: " + b"a" * 8_000 + b"\r\n" if ending else b"1f40\r\n" + b"a" * 8_000 + b"\r\n"
    with dial(api, head) as line:
        began = time.monotonic()
        sent = pour(line, piece, 64 * MIB)
        assert sent < 8 * MIB
        assert time.monotonic() - began < connection.LINGER_S + 30
    assert api.client.get("/healthz").status_code == 200


def test_the_answer_arrives_although_the_body_has_not_ended(api: Any) -> None:
    head = b"GET /healthz HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n"
    with dial(api, head) as line:
        assert answer_of(line).startswith(b"HTTP/1.1 200 ")


def test_a_connection_serves_on_when_the_rest_of_a_body_comes_after_its_answer(api: Any) -> None:
    ask = b"GET /healthz HTTP/1.1\r\nHost: x\r\n"
    with dial(api, ask + b"Content-Length: 10\r\n\r\nhello") as line:
        assert line.recv(65_536).startswith(b"HTTP/1.1 200 ")
        line.sendall(b"world" + ask + b"\r\n")
        assert line.recv(65_536).startswith(b"HTTP/1.1 200 ")


def test_who_never_sends_a_whole_head_is_cut_off(api: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "HEAD_S", 0.3)
    for begin in (b"", b"GET /healthz HTTP/1.1\r\nHost"):
        with dial(api, begin) as line:
            assert answer_of(line) == b""
    assert api.client.get("/healthz").status_code == 200


def test_who_takes_nothing_of_an_answer_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "STALLED_S", 0.3)
    ended = threading.Event()

    async def endless(_scope: Any, _receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200})
        for _ in range(10_000):
            await send({"type": "http.response.body", "body": bytes(65_536), "more_body": True})
            # What uvicorn sends to a connection that is gone goes nowhere, at once.
            if not server.server_state.connections:
                break
        ended.set()

    config = uvicorn.Config(endless, http=connection.Connection, ws="none", lifespan="off", log_config=None)
    server = uvicorn.Server(config)
    listening = listen("127.0.0.1", 0, "")
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    try:
        with socket.create_connection(listening.getsockname(), timeout=10) as mute:
            mute.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            assert ended.wait(10)
        eventually(lambda: not server.server_state.connections)
    finally:
        server.should_exit = True
        thread.join(10)
        listening.close()


def test_a_stray_line_end_behind_a_request_does_not_cut_its_answer_off(
    api: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "HEAD_S", 0.3)
    monkeypatch.setattr("api.routes.live.COMMENT_EVERY_S", 0.2)
    with dial(api, b"GET /api/v1/live HTTP/1.1\r\nHost: x\r\n\r\n") as line:
        assert line.recv(65_536).startswith(b"HTTP/1.1 200 ")
        line.sendall(b"\r\n")
        # Well beyond the time that a head may take.
        assert all(line.recv(65_536) for _ in range(8))


def test_what_a_client_does_not_take_waits_in_small_buffers(api: Any) -> None:
    with dial(api, b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n") as line:
        assert line.recv(100).startswith(b"HTTP/1.1 200 ")
        (served,) = [
            one for one in api.server.server_state.connections if one.client[1] == line.getsockname()[1]
        ]
        accepted = served.transport.get_extra_info("socket")
        assert accepted.getsockopt(socket.IPPROTO_TCP, 25) == connection.UNSENT_BYTES
