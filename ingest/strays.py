"""Messages beside the hub's own topics, which ingest sees to tell of them: one of each topic, which is cheap."""

from ingest import metrics

_MOST = 10_000
_LENGTH = 200


class Strays:
    """One per link. Beyond so many topics, others are only counted."""

    def __init__(self, prefix: str, most: int = _MOST) -> None:
        self._below = f"{prefix}/"
        self._most = most
        self._seen: set[str] = set()

    def lets_in(self, topic: str) -> bool:
        """Is this one of the hub's own, or a stray that was not seen before?"""
        if topic.startswith(self._below):
            return True
        metrics.STRAYS.inc()
        known = topic[:_LENGTH]
        if known in self._seen or len(self._seen) >= self._most:
            return False
        self._seen.add(known)
        return True
