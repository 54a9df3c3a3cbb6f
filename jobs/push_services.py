"""Push services of browsers, over HTTPS: to addresses of the internet only, whatever a name leads to."""

import socket
import ssl
from collections.abc import Callable, Mapping
from urllib.parse import urlsplit

from cityhub.parking.web_push import is_public

_TIMEOUT_S = 10


class NoAnswer(Exception):
    """The service was not reached, or may not be; the text holds no address of a browser."""


class PushServices:
    """Takes messages to whatever service a browser named."""

    def __init__(
        self, is_allowed: Callable[[str], bool] = is_public, context: ssl.SSLContext | None = None
    ) -> None:
        """`is_allowed`: may this IP address be connected to? `context`: whose certificates are believed."""
        self._is_allowed = is_allowed
        self._context = context

    def post(self, endpoint: str, headers: Mapping[str, str], body: bytes) -> int:
        """The status that the service answers with; raises NoAnswer. No redirect is followed."""
        # It loads much that only its command line needs.
        import httpx  # noqa: PLC0415

        parts = urlsplit(endpoint)
        host, port = parts.hostname or "", parts.port or 443
        address = self._address(host, port)
        there = f"[{address}]" if ":" in address else address
        path = f"{parts.path or '/'}{'?' + parts.query if parts.query else ''}"
        try:
            # To the address that was looked at: asked once more, its name could lead elsewhere. And by no proxy.
            with httpx.Client(
                verify=self._context or ssl.create_default_context(), trust_env=False
            ) as client:
                answer = client.post(
                    f"https://{there}:{port}{path}",
                    headers={**headers, "Host": parts.netloc},
                    content=body,
                    timeout=_TIMEOUT_S,
                    follow_redirects=False,
                    extensions={"sni_hostname": host},
                )
        except (httpx.HTTPError, httpx.InvalidURL, ssl.SSLError, OSError) as exc:
            raise NoAnswer(type(exc).__name__) from None
        return answer.status_code

    def _address(self, host: str, port: int) -> str:
        try:
            found = {info[4][0] for info in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)}
        except (OSError, UnicodeError):
            raise NoAnswer("its name is not known") from None
        addresses = sorted(str(address) for address in found)
        if not addresses or not all(self._is_allowed(address) for address in addresses):
            raise NoAnswer("its name leads to an address that is not of the internet")
        # Where both can be had, the older kind reaches everywhere.
        return next((address for address in addresses if ":" not in address), addresses[0])
