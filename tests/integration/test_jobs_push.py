"""Browsers are told before the end of a stay: over real TLS, to a push service of the test's own."""

import json
import ssl
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import psycopg
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from cryptography.x509.oid import NameOID

from cityhub.errors import RuleBroken
from cityhub.parking.web_push import Keys, Subscription
from cityhub.store import connect, push, sessions
from jobs.push_reminders import send
from jobs.push_services import NoAnswer, PushServices
from jobs.reminders import tidy
from tests.integration.test_jobs_reminders import MINUTE, NOW, paid
from tests.prices import save_flat

KEYS = Keys(b"\x01" * 32, "mailto:ops@example.vn")
AUTH = b"a" * 16


class Browser:
    """A browser's keys, with which it reads what its service brings."""

    def __init__(self) -> None:
        self._private = ec.generate_private_key(ec.SECP256R1())
        self.public = self._private.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)

    def read(self, body: bytes) -> Any:
        salt, size, sender, sealed = body[:16], body[20], body[21:86], body[86:]
        assert size == 65
        shared = self._private.exchange(
            ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), sender)
        )
        secret = HKDF(SHA256(), 32, AUTH, b"WebPush: info\x00" + self.public + sender).derive(shared)
        key = HKDF(SHA256(), 16, salt, b"Content-Encoding: aes128gcm\x00").derive(secret)
        nonce = HKDF(SHA256(), 12, salt, b"Content-Encoding: nonce\x00").derive(secret)
        text = AESGCM(key).decrypt(nonce, sealed, None)
        assert text[-1] == 2
        return json.loads(text[:-1])


class Service(ThreadingHTTPServer):
    """A push service on loopback that answers with `status` and notes what it was sent."""

    status = 201

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Taker)
        self.taken: list[tuple[str, dict[str, str], bytes]] = []

    def endpoint(self, name: str) -> str:
        return f"https://localhost:{self.server_port}/push/{name}"


class Taker(BaseHTTPRequestHandler):
    server: Service

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.taken.append(
            (self.path, {name.lower(): text for name, text in self.headers.items()}, body)
        )
        self.send_response(self.server.status)
        self.send_header("Location", "https://localhost/elsewhere")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:
        pass


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Key and certificate of `localhost` in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(datetime.now(UTC) - timedelta(days=1))
        .not_valid_after(datetime.now(UTC) + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, SHA256())
    )
    file = tmp_path_factory.mktemp("tls") / "localhost.pem"
    file.write_bytes(
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()) + made.public_bytes(Encoding.PEM)
    )
    return file


@pytest.fixture
def service(certificate: Path) -> Iterator[Service]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    server = Service()
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def door(certificate: Path) -> PushServices:
    """The real one, which may reach this machine and believes the test's certificate."""
    context = ssl.create_default_context(cafile=str(certificate))
    return PushServices(lambda address: address in ("127.0.0.1", "::1"), context)


@pytest.fixture
def conn(database_url: str) -> Iterator[psycopg.Connection]:
    with connect(database_url, "tests", autocommit=True) as conn:
        save_flat(conn)
        yield conn
        conn.execute("DELETE FROM push_subscription")


def subscribed(conn: psycopg.Connection, token: str, endpoint: str, browser: Browser | None = None) -> None:
    keys = (browser or Browser()).public
    with conn.transaction():
        push.add(conn, token, Subscription(endpoint, keys, AUTH), "vi", "push-1", NOW)


def test_a_browser_is_told_once_of_each_end_and_reads_it(
    conn: psycopg.Connection, service: Service, door: PushServices
) -> None:
    session, browser = paid(conn, 60, NOW, phone=None), Browser()
    for _ in range(2):
        subscribed(conn, session.token, service.endpoint("a"), browser)
    assert send(conn, door, KEYS, NOW + 49 * MINUTE) == 0
    assert [send(conn, door, KEYS, NOW + 50 * MINUTE) for _ in range(2)] == [1, 0]
    [(path, headers, body)] = service.taken
    assert path == "/push/a"
    told = browser.read(body)
    assert told["title"] == "Sắp hết giờ đỗ xe"
    assert told["path"] == f"/p/{session.token}?lang=vi"
    assert headers["authorization"].startswith("vapid t=")
    assert headers["host"] == f"localhost:{service.server_port}"
    assert (headers["content-encoding"], headers["urgency"], headers["ttl"]) == ("aes128gcm", "high", "600")
    assert session.token.encode() not in body
    with conn.transaction():
        longer = sessions.extend(conn, session.token, 60, NOW + 52 * MINUTE)
        sessions.paid(conn, session.id, longer.segments[-1].n, NOW + 52 * MINUTE)
    assert [send(conn, door, KEYS, NOW + n * MINUTE) for n in (53, 111, 112)] == [0, 1, 0]
    assert conn.execute(
        "SELECT purpose, wording FROM consent WHERE session_id = %s", (session.id,)
    ).fetchall() == [("remind_by_push", "push-1")]


def test_nobody_is_told_of_a_short_stay(
    conn: psycopg.Connection, service: Service, door: PushServices
) -> None:
    subscribed(conn, paid(conn, 14, NOW, phone=None).token, service.endpoint("a"))
    assert send(conn, door, KEYS, NOW + 5 * MINUTE) == 0


@pytest.mark.parametrize(("status", "left"), [(410, 0), (404, 0), (500, 1), (429, 1), (301, 1), (307, 1)])
def test_a_browser_that_is_gone_is_forgotten_and_one_that_is_busy_tried_again(
    conn: psycopg.Connection, service: Service, door: PushServices, status: int, left: int
) -> None:
    subscribed(conn, paid(conn, 60, NOW, phone=None).token, service.endpoint("a"))
    service.status = status
    assert send(conn, door, KEYS, NOW + 51 * MINUTE) == 0
    assert len(service.taken) == 1
    service.status = 201
    assert send(conn, door, KEYS, NOW + 52 * MINUTE) == left
    assert conn.execute("SELECT FROM push_subscription").rowcount == left


def test_a_service_that_is_away_is_asked_once_a_round_and_keeps_no_other_waiting(
    conn: psycopg.Connection, service: Service, door: PushServices, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    post = door.post

    def noted(endpoint: str, headers: Any, body: bytes) -> int:
        asked.append(endpoint)
        return post(endpoint, headers, body)

    monkeypatch.setattr(door, "post", noted)
    for n in range(3):
        # The name ends where no name can: nobody has it.
        subscribed(conn, paid(conn, 60, NOW, phone=None).token, f"https://away.invalid/{n}")
    subscribed(conn, paid(conn, 60, NOW, phone=None).token, service.endpoint("here"))
    assert send(conn, door, KEYS, NOW + 51 * MINUTE) == 1
    assert len(asked) == 2


def test_a_name_that_leads_to_this_machine_is_not_reached(conn: psycopg.Connection, service: Service) -> None:
    with pytest.raises(NoAnswer, match="not of the internet"):
        PushServices().post(service.endpoint("a"), {}, b"")
    subscribed(conn, paid(conn, 60, NOW, phone=None).token, service.endpoint("a"))
    assert send(conn, PushServices(), KEYS, NOW + 51 * MINUTE) == 0
    assert service.taken == []


def test_a_service_whose_certificate_nobody_vouches_for_is_not_told(service: Service) -> None:
    with pytest.raises(NoAnswer):
        PushServices(lambda _: True).post(service.endpoint("a"), {}, b"")
    assert service.taken == []


def test_a_browser_is_forgotten_with_its_stay(conn: psycopg.Connection, service: Service) -> None:
    over, stopped, running = (paid(conn, minutes, NOW, phone=None) for minutes in (30, 120, 120))
    for session in (over, stopped, running):
        subscribed(conn, session.token, service.endpoint(session.token))
    with conn.transaction():
        sessions.stop(conn, stopped.token, NOW + 5 * MINUTE)
    tidy(conn, NOW + 41 * MINUTE)
    assert conn.execute("SELECT session_id::text FROM push_subscription").fetchall() == [(running.id,)]


def test_only_a_stay_that_runs_takes_browsers_and_not_without_end(
    conn: psycopg.Connection, service: Service
) -> None:
    session = paid(conn, 60, NOW, phone=None)
    for n in range(5):
        subscribed(conn, session.token, service.endpoint(f"{n}"))
    with pytest.raises(RuleBroken, match="browsers are told already"):
        subscribed(conn, session.token, service.endpoint("one more"))
    old = paid(conn, 60, NOW - 90 * MINUTE, phone=None)
    with pytest.raises(RuleBroken, match="only a session that runs"):
        subscribed(conn, old.token, service.endpoint("a"))
