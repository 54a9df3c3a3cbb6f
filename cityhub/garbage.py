"""Python's collector of reference cycles, told how a program uses memory."""

import gc


def collect_seldom(new_objects: int) -> None:
    """Once a program's modules are loaded: they are no garbage, and what is new is looked at by so many at a time.

    By default the collector looks at the newest 700 objects again and again, and at all there are whenever a quarter is
    new, which holds every thread up meanwhile.
    """
    gc.freeze()
    gc.enable()
    gc.set_threshold(new_objects, 10, 10)
