"""The formats that files can be replayed from, by the name that the command line gives them."""

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import TextIO

from simulators.replay import airnow, birmingham, ea, jsonl, prsa
from simulators.replay.record import Row

# A reader takes the text and the name to use in errors, and gives the rows as they come.
Reader = Callable[[TextIO, str], Iterator[Row]]

FORMATS: Mapping[str, Reader] = MappingProxyType(
    {
        "airnow": airnow.read,
        "prsa": prsa.read,
        "ea": ea.read,
        "birmingham": birmingham.read,
        "jsonl": jsonl.read,
    }
)
