"""Python's collector of reference cycles, told how ingest uses memory."""

import gc

# A batch of 10,000 messages is some 200,000 objects, all needed until its commit and none of them in a cycle. With the
# default of 700 they were looked at again and again, which was a quarter of a worker's CPU.
_NEW_OBJECTS = 200_000


def collect_seldom() -> None:
    """For a process that stores, once its modules are loaded."""
    gc.freeze()
    gc.enable()
    gc.set_threshold(_NEW_OBJECTS, 10, 10)
