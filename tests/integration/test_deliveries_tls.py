"""A connection over TLS is read by one thread and acknowledged by another, as ingest does."""

import queue
import select
import shutil
import socket
import ssl
import struct
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from ingest.deliveries import DeliverySocket, Splitter
from ingest.message import Message

MESSAGES = 20_000
_PATIENCE_S = 60


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """A certificate for localhost with its key, in one file."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("no openssl on this machine")
    made = tmp_path / "server.pem"
    options = (
        "-x509",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:P-256",
        "-nodes",
        "-subj",
        "/CN=localhost",
    )
    names = ("-addext", "subjectAltName=DNS:localhost", "-keyout", str(made), "-out", str(tmp_path / "crt"))
    subprocess.run([openssl, "req", *options, *names], check=True, capture_output=True)
    made.write_bytes(made.read_bytes() + (tmp_path / "crt").read_bytes())
    return made


def publish(packet_id: int) -> bytes:
    body = (
        struct.pack(">H", 1)
        + b"t"
        + struct.pack(">HB", packet_id, 0)
        + b'{"values":{"pm2_5":%d}}' % packet_id
    )
    return bytes([0x32, len(body)]) + body


def serve(listener: socket.socket, certificate: Path) -> bytes:
    """As a broker: send all messages at once, and read until each is acknowledged."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    plain, _ = listener.accept()
    with context.wrap_socket(plain, server_side=True) as broker, ThreadPoolExecutor(1) as sender:
        broker.settimeout(_PATIENCE_S)
        sent = sender.submit(broker.sendall, b"".join(map(publish, range(1, MESSAGES + 1))))
        sent.result(_PATIENCE_S)
        acknowledged = b""
        while len(acknowledged) < 4 * MESSAGES:
            acknowledged += broker.recv(65_536)
    return acknowledged


def test_messages_and_acknowledgements_pass_each_other(certificate: Path) -> None:
    received: queue.SimpleQueue[list[Message]] = queue.SimpleQueue()
    with (
        socket.create_server(("127.0.0.1", 0)) as listener,
        ThreadPoolExecutor(2) as threads,
    ):
        broker = threads.submit(serve, listener, certificate)
        context = ssl.create_default_context(cafile=str(certificate))
        plain = socket.create_connection(listener.getsockname())
        line = context.wrap_socket(plain, server_hostname="localhost")
        line.setblocking(False)
        splitter = Splitter(version_5=True, connection=0, max_payload=1000)
        deliveries = DeliverySocket(line, splitter, received.put)

        def acknowledge() -> list[int]:
            done: list[int] = []
            while len(done) < MESSAGES:
                ids = [message.packet_id for message in received.get(timeout=_PATIENCE_S)]
                deliveries.acknowledge(ids)
                done += ids
            return done

        acknowledging = threads.submit(acknowledge)
        while not broker.done():
            if not deliveries.pending():
                select.select([deliveries], [deliveries] if deliveries.unsent() else [], [], 0.2)
            deliveries.flush()
            try:
                if deliveries.recv(1) == b"":
                    break
            except BlockingIOError:
                continue
        expected = list(range(1, MESSAGES + 1))
        assert acknowledging.result(_PATIENCE_S) == expected
        assert [id for _, _, id in struct.iter_unpack(">BBH", broker.result(_PATIENCE_S))] == expected
        deliveries.close()
