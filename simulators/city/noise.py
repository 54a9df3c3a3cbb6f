"""Random numbers that depend only on their name: the same seed and key always give the same number.

So a model can be asked about any moment in any order, and back-fill and live agree.
"""

from hashlib import blake2b
from statistics import NormalDist

_INVERSE = NormalDist().inv_cdf
_STEPS = 2.0**64


def uniform(seed: int, *key: object) -> float:
    """A number strictly between 0 and 1 that belongs to `key`."""
    text = f"{seed}/{'/'.join(map(str, key))}"
    number = int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "big")
    return min(max((number + 0.5) / _STEPS, 1e-12), 1 - 1e-12)


def between(low: float, high: float, seed: int, *key: object) -> float:
    """A number between `low` and `high` that belongs to `key`."""
    return low + (high - low) * uniform(seed, *key)


class Noise:
    """Smooth random curve around 0 with standard deviation about 1; it turns once every `period_s` or so."""

    def __init__(self, seed: int, name: str, period_s: float) -> None:
        self._seed, self._name, self._period_s = seed, name, period_s
        self._index: int | None = None
        self._left = self._right = 0.0

    def at(self, t: float) -> float:
        position = t / self._period_s
        index = int(position // 1)
        if index != self._index:
            same = self._index is not None and index == self._index + 1
            self._left = self._right if same else self._node(index)
            self._right = self._node(index + 1)
            self._index = index
        share = position - index
        share = share * share * (3 - 2 * share)
        return self._left + (self._right - self._left) * share

    def _node(self, index: int) -> float:
        return 1.2 * _INVERSE(uniform(self._seed, self._name, index))
