"""Topics that nearly are the hub's: how they are seen at all, and what is wrong with them, in words.

The hub subscribes to everything below its prefix. What a device publishes beside it, because of a slash too many or
letters of another case, would be seen by nobody, and the device would believe that all is well.
"""

from cityhub.kinds import KINDS
from cityhub.observing import topics

_LONGEST = 100
_LEVELS = 3


def subscriptions(prefix: str) -> list[str]:
    """Filters for the mistakes that can be told beforehand. None overlaps with the hub's own, or a broker would send
    all messages twice.
    """
    found = [f"/{prefix}/#", *(f"{written}/#" for written in _other_cases(prefix))]
    for kind in KINDS:
        found += [f"{kind}/+/telemetry", f"/{kind}/+/telemetry"]
    return [one for one in found if not one.startswith(f"{prefix}/")]


def writable(prefix: str) -> list[str]:
    """Mistaken topics on which a sensor may publish so that it is told, with Mosquitto's `%u` in the place of its id.

    One by one, as its own (topics.writable), and only those of its values.
    """
    found = []
    for kind in KINDS:
        own = topics.telemetry(prefix, kind, "%u")
        below = own.removeprefix(f"{prefix}/")
        found += [f"/{own}", f"{own}/", below]
        found += [f"{written}/{below}" for written in _other_cases(prefix)]
        found.append(topics.telemetry(prefix, kind.capitalize(), "%u"))
    return found


def fault(prefix: str, topic: str) -> str:
    """What is wrong with a topic that is none of the hub's, and which was meant where that can be guessed."""
    shown = topic if len(topic) <= _LONGEST else topic[:_LONGEST] + "…"
    meant = _meant(prefix, topic)
    if meant is not None:
        return f"{shown}: {' and '.join(_differences(prefix, topic))}; write {meant}"
    return f"{shown}: {_unclear(prefix, topic)}"


def _other_cases(text: str) -> list[str]:
    return [case for case in dict.fromkeys((text.lower(), text.upper(), text.capitalize())) if case != text]


def _meant(prefix: str, topic: str) -> str | None:
    """The topic of the hub's that this one is but for slashes, blanks, case and an absent prefix."""
    words = [word for word in (level.strip() for level in topic.split("/")) if word]
    if words and words[0].lower() == prefix.lower():
        words = words[1:]
    if len(words) < _LEVELS:
        return None
    kind, sensor_id, channel, *rest = words
    meant = "/".join([prefix, kind.lower(), sensor_id.lower().replace("_", "-"), channel.lower(), *rest])
    return meant if topics.parse(prefix, meant) is not None else None


def _differences(prefix: str, topic: str) -> list[str]:
    found = []
    if topic.startswith("/"):
        found.append("it begins with a slash")
    if topic.endswith("/"):
        found.append("it ends with a slash")
    if "//" in topic.strip("/"):
        found.append("a level is empty")
    levels = [level for level in topic.split("/") if level]
    if levels[0].strip().lower() != prefix.lower():
        found.append(f"the first level, {prefix}, is missing")
    if any(level != level.strip() for level in levels):
        found.append("a level has blanks around it")
    written = [level.strip() for level in levels]
    if written[0].lower() == prefix.lower():
        found += ["the prefix is written in another case"] if written[0] != prefix else []
        written = written[1:]
    if any(level != level.lower() for level in written[:_LEVELS]):
        found.append("kinds, ids and channels have no capital letters")
    if len(written) > 1 and "_" in written[1]:
        found.append("an id has hyphens and no underscores")
    return found or ["it is written otherwise"]


def _unclear(prefix: str, topic: str) -> str:
    levels = topic.split("/")
    if len(levels) > 1 and levels[0] == prefix and levels[1] not in KINDS:
        return f"there is no kind {levels[1][:40]!r}, only {', '.join(KINDS)}"
    if len(levels) > _LEVELS and levels[1] in KINDS and not topics.SENSOR_ID.fullmatch(levels[2]):
        return f"{levels[2][:70]!r} is no sensor id: 3 to 64 of a-z, 0-9 and hyphen"
    return f"topics are {prefix}/KIND/SENSOR/telemetry, .../telemetry/PROPERTY and .../status"
