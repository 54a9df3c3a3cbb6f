"""What an attacker is given: addresses of this machine, and what a sensor or a partner has been given."""

import socket
import ssl
from dataclasses import dataclass

# Which of the keys is good for pictures.
PICTURES = 2


@dataclass(frozen=True, slots=True)
class Target:
    """The hub under attack. Everything listens on 127.0.0.1.

    `passwords`: of the sensors that attackers own. `keys`: of two partners, and of one who may send pictures of
    `flood_point`. `person`: the name of somebody who works with the hub. `authority`: the path of a certificate.
    """

    api_port: int
    tls_port: int
    metrics_port: int
    authority: str
    passwords: dict[str, str]
    keys: tuple[str, str, str]
    person: str
    flood_point: str

    def http(self, begin: bytes = b"", receive_bytes: int | None = None) -> socket.socket:
        """A connection to the API that has sent `begin`; `receive_bytes` makes its receive buffer so small."""
        line = socket.socket()
        if receive_bytes is not None:
            line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_bytes)
        line.settimeout(10)
        line.connect(("127.0.0.1", self.api_port))
        if begin:
            line.sendall(begin)
        return line

    def tls(self) -> ssl.SSLSocket:
        """A connection to the sensors' listener of the broker."""
        context = ssl.create_default_context(cafile=self.authority)
        line = socket.create_connection(("127.0.0.1", self.tls_port), timeout=10)
        return context.wrap_socket(line, server_hostname="localhost")
