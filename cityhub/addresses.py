"""Addresses that people write into settings, taken apart once.

What is wrong with one is a ValueError in words that fit behind the setting's name and repeat no part of the address:
any part may belong to a password that was not written as a URL wants it.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass, field
from ipaddress import AddressValueError, IPv6Address
from urllib.parse import SplitResult, unquote_to_bytes, urlsplit

_MQTT_PORT, _MQTTS_PORT = 1883, 8883
_ESCAPES = "in a user name or password write % @ : / ? # [ ] as %25 %40 %3A %2F %3F %23 %5B %5D"
_MQTT = "must look like mqtt://host:1883 or mqtts://user:password@host:8883"
_POSTGRESQL = "must look like postgresql://user:password@host:5432/database"
_WEB = "must look like http://host:8000 or https://host"
_TILES = "must look like https://host/{z}/{x}/{y}.png or /path/{z}/{x}/{y}.png"
_HOST = re.compile(r"[A-Za-z0-9._-]{1,253}")
_WRONG_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})|%00")
_ENDPOINT = re.compile(r"(?:\[(?P<v6>[^]]*)\]|(?P<name>[^:@\[\]]*))(?::(?P<port>.*))?", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Broker:
    """Where an MQTT broker listens and who speaks to it. `tls`: with certificates of the system's authorities."""

    host: str
    port: int
    tls: bool
    username: str | None
    password: str | None = field(repr=False)


def broker(url: str) -> Broker:
    """The parts of `mqtt://host`, `mqtt://host:1883` or `mqtts://user:password@[::1]:8883`."""
    parts = _split(url, ("mqtt", "mqtts"), _MQTT)
    if parts.path not in ("", "/") or parts.query or parts.fragment:
        raise ValueError(f"{_MQTT}, with nothing behind the port; {_ESCAPES}")
    name, port = _endpoint(parts)
    tls = parts.scheme == "mqtts"
    return Broker(
        host=name,
        port=port or (_MQTTS_PORT if tls else _MQTT_PORT),
        tls=tls,
        username=_plain(parts.username, "user name"),
        password=_plain(parts.password, "password"),
    )


def check_database(text: str) -> None:
    """A PostgreSQL URL, or libpq's `host=... dbname=...`. What only libpq knows comes to light when connecting."""
    if text != text.strip() or not text.isprintable():
        raise ValueError(f"{_POSTGRESQL}, without spaces around it and line ends in it")
    scheme, is_url, rest = text.partition("://")
    if not is_url:
        if "=" not in text:
            raise ValueError(_POSTGRESQL)
        return
    if scheme not in ("postgresql", "postgres"):
        raise ValueError(_POSTGRESQL)
    # As libpq reads it: an @ before the first slash ends the user and password.
    authority = rest.partition("/")[0]
    credentials, has_credentials, hosts = authority.partition("@")
    if not has_credentials:
        credentials, hosts = "", authority
    if _WRONG_ESCAPE.search(credentials):
        raise ValueError(f"has a % that is followed by no two hexadecimal digits; {_ESCAPES}")
    # libpq tries several in turn, parted by commas; an empty one is this machine.
    for one in hosts.partition("?")[0].split(","):
        match = _ENDPOINT.fullmatch(one)
        if match is None:
            raise ValueError(f"{_POSTGRESQL}; {_ESCAPES}")
        if match["port"]:
            _port(match["port"])


def check_web(url: str) -> None:
    """The http or https URL of an API."""
    parts = _split(url, ("http", "https"), _WEB)
    _endpoint(parts)
    if parts.query or parts.fragment:
        raise ValueError(f"{_WEB}, with no ? or #")


def origins(text: str) -> frozenset[str]:
    """Origins, parted by commas, as `origin_of` gives them."""
    found = frozenset(part.strip() for part in text.split(",") if part.strip())
    for part in found:
        if origin_of(part) != part:
            raise ValueError("must be origins such as https://app.example, parted by commas")
    return found


def origin_of(url: str) -> str:
    """The origin of a web address (RFC 6454): http only on this machine. Raises ValueError for anything else."""
    parts = _split(url, ("http", "https"), _WEB)
    _endpoint(parts)
    if parts.username is not None or (
        parts.scheme == "http" and parts.hostname not in ("127.0.0.1", "localhost")
    ):
        raise ValueError(f"{_WEB}, with https and no user")
    return f"{parts.scheme}://{parts.netloc}".lower()


def check_issuer(url: str) -> None:
    """The issuer of a provider of identities: https, or http on this machine, with no query."""
    origin_of(url)
    check_web(url)


def check_tiles(template: str) -> None:
    """The template of map tiles: a URL, whose host may begin with {s}, or a path at the hub's own host."""
    if not all(part in template for part in ("{z}", "{x}", "{y}")):
        raise ValueError("must contain {z}, {x} and {y}")
    if template.startswith("/") and not template.startswith("//"):
        return
    _endpoint(_split(template.replace("{s}", "a"), ("http", "https"), _TILES))


def host(text: str) -> str:
    """The name or IP address of a machine, an IPv6 one without brackets."""
    if ":" in text:
        try:
            IPv6Address(text)
        except AddressValueError:
            raise ValueError("the host is no IPv6 address") from None
        return text
    try:
        name = text.encode("idna").decode()
    except UnicodeError:
        name = ""
    if not _HOST.fullmatch(name):
        raise ValueError("the host must be a name or an IP address")
    return text


def _split(url: str, schemes: Collection[str], form: str) -> SplitResult:
    # urlsplit drops tabs and line ends without a word.
    if any(sign.isspace() or not sign.isprintable() for sign in url):
        raise ValueError(f"{form}, without spaces; in a user name or password a space is %20")
    try:
        parts = urlsplit(url)
    except ValueError:
        raise ValueError(f"{form}; {_ESCAPES}") from None
    if parts.scheme not in schemes or not parts.netloc:
        raise ValueError(form)
    return parts


def _endpoint(parts: SplitResult) -> tuple[str, int | None]:
    """The host, and the port if one is written."""
    match = _ENDPOINT.fullmatch(parts.netloc.rpartition("@")[2])
    if match is None:
        raise ValueError(f"the host cannot be read; {_ESCAPES}")
    name = match["v6"] or match["name"]
    if not name:
        raise ValueError("the host is missing")
    return host(name), _port(match["port"]) if match["port"] else None


def _port(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 5 and 1 <= int(text) <= 65535):
        raise ValueError(f"the port must be a number from 1 to 65535; {_ESCAPES}")
    return int(text)


def _plain(text: str | None, what: str) -> str | None:
    if text is None:
        return None
    if _WRONG_ESCAPE.search(text):
        raise ValueError(f"the {what} has a % that is followed by no two hexadecimal digits; {_ESCAPES}")
    try:
        return unquote_to_bytes(text).decode()
    except UnicodeDecodeError:
        raise ValueError(f"the {what} is not UTF-8") from None
