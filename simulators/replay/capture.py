"""A line of a recording: a message as `mosquitto_sub -F %J`, `-F %j` or another subscriber wrote it down.

`%J` writes the payload as JSON, `%j` as a text that holds it. Both say in `payloadlen` how long it was, in `tst` when
it came, and in `retain` whether the broker had kept it. What is neither JSON nor text can be written in hexadecimal
digits: `-F '{"tst":"%I","topic":"%t","retain":%r,"payload_hex":"%x"}'`.
"""

import base64
import binascii
import json
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import Any

import msgspec

from cityhub.observing import topics
from cityhub.observing.json_values import moment
from simulators.replay.record import Captured

# As the raw JSON of each field of a line.
Fields = Mapping[str, msgspec.Raw]

# mosquitto_sub: 2026-11-25T21:20:29.856703Z+0000 before 2.0.12, without that Z since; %I has no fraction.
_TIME = re.compile(
    r"(?P<day>\d{4}-\d\d-\d\d)[Tt ](?P<time>\d\d:\d\d:\d\d)(?P<fraction>\.\d{1,9})?"
    r"(?:[Zz]?(?P<sign>[+-])(?P<hours>\d\d):?(?P<minutes>\d\d)?|[Zz])",
    re.ASCII,
)
_SECONDS = re.compile(r"\d{9,12}(\.\d+)?", re.ASCII)


class Unusable(Exception):
    """Why a line cannot be published, and in which of its fields the reason lies."""

    def __init__(self, column: str | None, reason: str, value: object = "") -> None:
        super().__init__(reason)
        self.column, self.reason, self.value = column, reason, str(value)


def message(fields: Fields) -> Captured:
    """The message in a line that has a topic. Raises Unusable."""
    topic = value(fields, "topic")
    if not isinstance(topic, str) or not topic:
        raise Unusable("topic", "is not a text", topic)
    prefix = topic.partition("/")[0]
    return Captured(
        topic=topic,
        address=topics.parse(prefix, topic) if prefix else None,
        payload=_payload(fields),
        recorded_at=_recorded_at(value(fields, "tst")),
        kept=value(fields, "retain") in (1, True),
    )


def value(fields: Fields, name: str) -> Any:
    """The field's value, None when the line does not have it. What is no UTF-8 comes as lone surrogates."""
    raw = fields.get(name)
    if raw is None:
        return None
    try:
        return msgspec.json.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError):
        pass
    try:
        return json.loads(bytes(raw).decode("utf-8", "surrogateescape"))
    except (ValueError, RecursionError):
        raise Unusable(name, "cannot be read") from None


def _payload(fields: Fields) -> bytes:
    for name, decode in _WRITTEN.items():
        if name in fields:
            written = value(fields, name)
            try:
                return decode(written)
            except (TypeError, ValueError, binascii.Error):
                raise Unusable(name, "cannot be decoded", written) from None
    if "payload" not in fields:
        raise Unusable("payload", "is missing")
    raw = bytes(fields["payload"])
    length = value(fields, "payloadlen")
    if raw == b"null":
        return raw if length == len(raw) else b""
    if not raw.startswith(b'"'):
        return raw
    text = _text(value(fields, "payload"))
    if not isinstance(length, int) or length == len(text):
        return text
    if length == len(raw):
        # The payload was itself a text in quotes, and %J writes it as such.
        return raw
    raise Unusable(
        "payload",
        f"is {len(text)} bytes of a message of {length}: mosquitto_sub ends a text at a zero byte; record with"
        " payload_hex",
    )


def _text(written: str) -> bytes:
    try:
        return written.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        raise Unusable("payload", "has half of a surrogate pair") from None


_WRITTEN: Mapping[str, Callable[[Any], bytes]] = MappingProxyType(
    {"payload_hex": bytes.fromhex, "payload_base64": lambda text: base64.b64decode(text, validate=True)}
)


def _recorded_at(written: Any) -> datetime | None:
    if written is None:
        return None
    try:
        if isinstance(written, str) and (found := _TIME.fullmatch(written)):
            return _local(found)
        if isinstance(written, str) and _SECONDS.fullmatch(written):
            written = float(written)
        return moment(written)
    except (ValueError, OverflowError):
        raise Unusable("tst", "is no time with an offset", written) from None


def _local(found: "re.Match[str]") -> datetime:
    time = datetime.fromisoformat(f"{found['day']}T{found['time']}{found['fraction'] or ''}")
    offset = timedelta(hours=int(found["hours"] or 0), minutes=int(found["minutes"] or 0))
    return (time - offset if found["sign"] == "+" else time + offset).replace(tzinfo=UTC)
