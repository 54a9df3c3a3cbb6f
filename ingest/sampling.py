"""How much of what is rejected is kept: of each source and reason so many a minute, the rest is only counted."""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import NamedTuple

_WINDOW_S = 60.0
_SOURCE_LENGTH = 200
_MAX_KEYS = 10_000


class Key(NamedTuple):
    """Who sent it (a sensor, or the topic where no sensor is known) and why it was rejected."""

    source: str
    reason: str


@dataclass(frozen=True, slots=True)
class Choice:
    """What `Sampler.choose` would keep: one answer a key asked for, and what that takes of the allowances."""

    kept: Sequence[bool]
    taken: Counter[Key]


class Sampler:
    """Allowances of `per_minute` a key. A key's minute begins with what it sends first.

    Memory is bounded: beyond `max_keys` keys within a minute, new ones share one allowance a reason.
    Choosing spends nothing until `settle`, so that a transaction that failed may choose again.
    """

    def __init__(self, per_minute: int, max_keys: int = _MAX_KEYS) -> None:
        self._per_minute = per_minute
        self._max_keys = max_keys
        # Key to (start of its minute, kept since); in order of the starts.
        self._windows: dict[Key, tuple[float, int]] = {}

    def choose(self, keys: Sequence[Key], now: float) -> Choice:
        """Decide for each of the keys, in order. `now`: seconds of a clock that never goes back."""
        self._forget(now)
        taken: Counter[Key] = Counter()
        kept = []
        room = self._max_keys - len(self._windows)
        for source, reason in keys:
            key = Key(source[:_SOURCE_LENGTH], reason)
            if key not in self._windows and key not in taken:
                if room > 0:
                    room -= 1
                else:
                    key = Key("", reason)
            _, used = self._windows.get(key, (now, 0))
            keep = used + taken[key] < self._per_minute
            taken[key] += keep
            kept.append(keep)
        return Choice(kept, taken)

    @property
    def keys(self) -> Collection[Key]:
        """Those it remembers, the shared ones among them; of their sources the beginning."""
        return self._windows.keys()

    def settle(self, choice: Choice, now: float) -> None:
        """Spend what `choice` took."""
        for key, count in choice.taken.items():
            start, used = self._windows.get(key, (now, 0))
            self._windows[key] = start, used + count

    def _forget(self, now: float) -> None:
        while self._windows:
            key, (start, _) = next(iter(self._windows.items()))
            if now - start < _WINDOW_S:
                return
            del self._windows[key]
