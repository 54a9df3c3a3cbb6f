"""A program that ends with the one that started it. Linux only: prctl(PR_SET_PDEATHSIG) tells it of that end."""

import ctypes
import os
import signal

_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None, use_errno=True)


def follow_parent(parent: int, how: signal.Signals) -> None:
    """For a program itself, first of all: it gets `how` when `parent`, which started it, ends, however it ends.

    Linux looks at the thread of `parent` that started it: that one must live as long.
    """
    _libc.prctl(_PR_SET_PDEATHSIG, int(how), 0, 0, 0)
    if os.getppid() != parent:
        os._exit(1)
