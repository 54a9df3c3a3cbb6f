"""Free memory goes back to the system.

glibc keeps what threads freed in the arena of each of them: a flood of large requests left the process twice as large
as before, for good.
"""

import asyncio
import ctypes
from collections.abc import Callable
from contextlib import suppress

EVERY_S = 20.0


async def give_back_again_and_again() -> None:
    """Until it is cancelled. Nothing where the C library cannot do that (musl, macOS)."""
    trim = _trim()
    while trim is not None:
        await asyncio.sleep(EVERY_S)
        # It takes some milliseconds, in which other threads go on (ctypes lets them).
        await asyncio.to_thread(trim, 0)


def _trim() -> Callable[[int], object] | None:
    with suppress(OSError, AttributeError):
        found: Callable[[int], object] = ctypes.CDLL(None).malloc_trim
        return found
    return None
