"""Fields that devices send and the hub does not store: counted, and told once, so that a misspelt name is found."""

from collections.abc import Mapping, Sequence

from cityhub.logs import get_logger

_log = get_logger()

_MOST = 1_000


class IgnoredFields:
    """One per writer. Of each topic and set of names it tells once; beyond so many of them, no more."""

    def __init__(self, most: int = _MOST) -> None:
        self._most = most
        self._told: set[tuple[str, ...]] = set()

    def tell(self, names: Mapping[str, Sequence[str]]) -> None:
        """`names` by topic, as they were ignored in a batch."""
        for topic, found in names.items():
            key = (topic[:200], *sorted(set(found)))
            if key not in self._told and len(self._told) < self._most:
                self._told.add(key)
                _log.info("fields that the hub does not store", topic=key[0], fields=key[1:])
