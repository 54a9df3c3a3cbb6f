"""The one way in which tests wait for what other threads and programs do."""

import time
from collections.abc import Callable
from typing import TypeVar

Found = TypeVar("Found")


def eventually(
    look: Callable[[], Found],
    seconds: float = 40,
    *,
    told: Callable[[], object] = lambda: "it never came about",
    lives: Callable[[], bool] = lambda: True,
) -> Found:
    """What `look()` returns as soon as that is true of it. Fails with what `told()` says after so many seconds, or as
    soon as who should bring it about no longer `lives()`.
    """
    end = time.monotonic() + seconds
    while not (found := look()):
        assert lives(), f"it ended: {told()}"
        assert time.monotonic() < end, f"after {seconds:g} s: {told()}"
        time.sleep(0.02)
    return found
