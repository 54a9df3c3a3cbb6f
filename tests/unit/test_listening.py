"""A port that cannot be had is one clear line."""

import socket

import pytest

from cityhub.errors import ServiceError
from cityhub.listening import listen


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "localhost"])
def test_a_port_is_listened_on(host: str) -> None:
    with listen(host, 0, "") as listening:
        socket.create_connection(listening.getsockname()[:2], timeout=5).close()


def test_a_port_that_is_taken() -> None:
    with listen("127.0.0.1", 0, "") as other:
        port = other.getsockname()[1]
        with pytest.raises(ServiceError) as caught:
            listen("127.0.0.1", port, "choose another")
    assert (
        str(caught.value) == f"cannot listen on 127.0.0.1 port {port}: Address already in use; choose another"
    )


@pytest.mark.parametrize(
    ("host", "port", "reason"),
    [
        ("127.0.0.1", 65536, "there is no such port"),
        ("127.0.0.1", -1, "there is no such port"),
        ("192.0.2.1", 0, "Cannot assign requested address"),
        ("a..b", 0, "the host must be a name or an IP address"),
        ("no-such-host.invalid", 0, "[A-Z]"),
    ],
)
def test_a_host_or_port_that_there_is_not(host: str, port: int, reason: str) -> None:
    with pytest.raises(ServiceError, match=f"^cannot listen on {host} port {port}: {reason}") as caught:
        listen(host, port, "choose another")
    assert str(caught.value).endswith("; choose another")
    assert "\n" not in str(caught.value)
