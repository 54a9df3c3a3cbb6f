"""The one way in which tests wait for what other threads and programs do."""

import time
from collections.abc import Callable
from typing import TypeVar

Found = TypeVar("Found")


def eventually(
    look: Callable[[], Found], seconds: float = 20, *, told: Callable[[], object] = lambda: "never came about"
) -> Found:
    """What `look()` returns as soon as that is true of it; fails after so many seconds with what `told()` says.

    An assertion that fails inside `look` is no answer yet, and what is told in the end.
    """
    end = time.monotonic() + seconds
    while True:
        try:
            if found := look():
                return found
        except AssertionError:
            if time.monotonic() > end:
                raise
        assert time.monotonic() < end, f"after {seconds:g} s: {told()}"
        time.sleep(0.02)
