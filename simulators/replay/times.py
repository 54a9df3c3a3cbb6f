"""The times in a recorded message: read, moved, and given to a message that has none. All else stays byte for byte.

A message without a time of its own was measured when it was received. Published again as it is, it would count as
measured today; so it gets the time at which it was recorded.
"""

import gzip
import json
import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from cityhub.kinds import DEVICE_PROPERTIES, KINDS
from cityhub.observing import json_text, payloads
from cityhub.observing.json_values import moment
from cityhub.observing.payloads import compressed, senml
from cityhub.observing.payloads.mapping_fields import Fields
from cityhub.observing.payloads.parts import Context
from cityhub.observing.topics import Address

_MOST_BYTES = 16_000_000
_MILLISECONDS_FROM = 1e11
# Under these names network servers and the hub's own format say when something was measured or heard.
_NAMES = ("time", "received_at", "publishedAt")
_A_DAY = timedelta(days=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_NUMBER = r"-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?"


class Message:
    """A recorded payload with what has to be known to find its times; `mapping` is the sensor's, if it has one."""

    def __init__(self, payload: bytes, address: Address, mapping: Fields | None = None) -> None:
        self._payload, self._address, self._mapping = payload, address, mapping
        self._packed = payload.startswith(compressed.MAGIC)
        self._text: str | None = None
        self._document: Any = None
        try:
            content = compressed.unpack(payload, _MOST_BYTES) if self._packed else payload
            self._document = json_text.read(content)
            self._text = json_text.text(content)
        except (ValueError, compressed.TooLarge):
            # It goes out as it is, and is judged where it arrives.
            return

    def times(self) -> list[datetime]:
        """The times (aware) that it says of itself, in their order; none that counts from its receipt."""
        found = self._times(self._document, _EPOCH)
        later = self._times(self._document, _EPOCH + _A_DAY)
        return [one for one, other in zip(found, later, strict=True) if one is not None and one == other]

    def is_timeless(self) -> bool:
        """Would part of it count as measured when it is received? A status always does, and is no observation."""
        if self._text is None or self._address.channel == "status":
            return False
        return _is_timeless(self._parts(self._document, _EPOCH), self._parts(self._document, _EPOCH + _A_DAY))

    def dated(self, recorded_at: datetime | None, shift: timedelta) -> bytes:
        """The payload with its times moved by `shift`, and `recorded_at` moved too as that of what has none.

        The very bytes when there is nothing to change.
        """
        if self._text is None:
            return self._payload
        text = self._moved(self._text, shift) if shift else self._text
        if recorded_at is not None and self.is_timeless():
            text = self._given(text, recorded_at + shift)
        if text == self._text:
            return self._payload
        changed = text.encode("utf-8", "replace")
        return gzip.compress(changed, mtime=0) if self._packed else changed

    def _context(self, received_at: datetime) -> Context:
        properties = KINDS[self._address.kind].properties
        return Context(received_at, properties, self._mapping, self._address.property)

    def _parts(self, document: Any, received_at: datetime) -> list[Any]:
        return list(payloads.read(document, self._context(received_at)))

    def _times(self, document: Any, received_at: datetime) -> list[datetime | None]:
        if self._text is None:
            return []
        if self._address.channel == "status":
            return [_time_of(document)]
        return [_time_of(part) for part in self._parts(document, received_at)]

    def _moved(self, text: str, shift: timedelta) -> str:
        if self._is_senml(self._document):
            return _SENML_TIME.sub(lambda found: _moved_senml(found, shift), text)
        mapped = [name for name, field in (self._mapping or {}).items() if field and field.property == "time"]
        names = "|".join(re.escape(json.dumps(name, ensure_ascii=False)) for name in (*_NAMES, *mapped))
        pattern = rf'(?P<name>(?:{names})\s*:\s*)(?:"(?P<text>[^"\\]*)"|(?P<number>{_NUMBER}))'
        return re.sub(pattern, lambda found: found["name"] + _moved_value(found, shift), text)

    def _given(self, text: str, time: datetime) -> str:
        if self._is_senml(self._document):
            return _given_senml(text, time)
        if not isinstance(self._document, list):
            return self._given_one(text, time)
        pieces, end = [], 0
        for number, (first, last) in enumerate(_elements(text)):
            # As at their receipt: a list of reports that have no time was measured one after the other.
            one = self._given_one(text[first:last], time + timedelta(microseconds=number))
            pieces += [text[end:first], one]
            end = last
        return "".join(pieces) + text[end:]

    def _given_one(self, text: str, time: datetime) -> str:
        try:
            document = json_text.decoder.decode(text.strip("\ufeff\0 \t\r\n"))
        except ValueError:
            return text
        if not _is_timeless(self._parts(document, _EPOCH), self._parts(document, _EPOCH + _A_DAY)):
            return text
        written = time.isoformat()
        if not isinstance(document, dict):
            # Only under a property's topic is a bare value a message.
            return f'{{"time":"{written}","value":{text.strip()}}}' if self._address.property else text
        if not self._holds_values(document):
            return text
        if document.get("time", "") is None:
            return re.sub(r'("time"\s*:\s*)null', rf'\g<1>"{written}"', text, count=1)
        name = "received_at" if "uplink_message" in document else "time"
        return text.replace("{", f'{{"{name}":"{written}",', 1)

    def _holds_values(self, document: dict[str, Any]) -> bool:
        """Is it a message of a shape that the hub reads? What is none stays as it is."""
        if self._address.property is not None or "values" in document:
            return True
        if any(name in document for name in DEVICE_PROPERTIES):
            return True
        return any(form.recognise(document, self._context(_EPOCH)) for form in payloads.FORMATS)

    def _is_senml(self, document: Any) -> bool:
        context = self._context(_EPOCH)
        return context.property is None and senml.recognise(document, context)


def _is_timeless(found: list[Any], later: list[Any]) -> bool:
    """Read as if received at two times: what differs counts from its receipt."""
    return any(
        isinstance(one, dict) and (one.get("time") is None or one["time"] != other["time"])
        for one, other in zip(found, later, strict=True)
    )


def _time_of(part: Any) -> datetime | None:
    value = part.get("time") if isinstance(part, dict) else None
    try:
        return value if isinstance(value, datetime) else moment(value)
    except ValueError:
        return None


def _moved_value(found: "re.Match[str]", shift: timedelta) -> str:
    if found["text"] is not None:
        return json.dumps(_moved_text(found["text"], shift), ensure_ascii=False)
    return _moved_number(found["number"], shift)


def _moved_text(written: str, shift: timedelta) -> str:
    try:
        moment(written)
        moved = (datetime.fromisoformat(written.upper()) + shift).isoformat()
    except (ValueError, OverflowError):
        return written
    return moved.replace("+00:00", "Z") if written.endswith(("Z", "z")) else moved


def _moved_number(written: str, shift: timedelta) -> str:
    seconds = float(written)
    if abs(seconds) >= _MILLISECONDS_FROM:
        return str(round(seconds + shift / timedelta(milliseconds=1)))
    return f"{seconds + shift.total_seconds():.6f}"


_SENML_TIME = re.compile(rf'(?P<name>"b?t"\s*:\s*)(?P<number>{_NUMBER})')
_SENML_BASE_TIME = re.compile(rf'(?P<name>"bt"\s*:\s*)(?P<number>{_NUMBER})')


def _moved_senml(found: "re.Match[str]", shift: timedelta) -> str:
    if float(found["number"]) < senml.ABSOLUTE_FROM:
        return found[0]
    return found["name"] + _moved_number(found["number"], shift)


def _given_senml(text: str, time: datetime) -> str:
    """With `time` as what relative times count from; a list that has absolute ones too stays as it is."""
    if any(float(found["number"]) >= senml.ABSOLUTE_FROM for found in _SENML_TIME.finditer(text)):
        return text
    since_1970 = time - _EPOCH
    based = _SENML_BASE_TIME.sub(
        lambda found: found["name"] + _moved_number(found["number"], since_1970), text
    )
    first = next(iter(_elements(based)), None)
    if first is None or _SENML_BASE_TIME.search(based[slice(*first)]):
        return based
    return based.replace("{", f'{{"bt":{since_1970.total_seconds():.6f},', 1)


_SPACE = re.compile(r"[\s\ufeff]*")


def _elements(text: str) -> Iterable[tuple[int, int]]:
    """Where the elements of the list in `text` begin and end; as far as they can be read."""
    return _spans(text, text.index("[") + 1)


def _spans(text: str, place: int) -> Iterator[tuple[int, int]]:
    while True:
        first = _end(_SPACE, text, place)
        try:
            _, last = json_text.decoder.raw_decode(text, first)
        except (ValueError, RecursionError):
            return
        yield first, last
        place = _end(_SPACE, text, last)
        if text[place : place + 1] != ",":
            return
        place += 1


def _end(pattern: re.Pattern[str], text: str, place: int) -> int:
    found = pattern.match(text, place)
    return place if found is None else found.end()
