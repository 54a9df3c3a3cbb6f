"""Real files as live telemetry, through the broker like any sensor.

The sensors that files are published as by default are `cityhub.catalogue.read(REPLAY)` and, for AirNow, Hanoi's
`air-us-embassy`: load them into the hub before. A new format is a module with `read` and a row in `FORMATS`.
"""

from simulators.replay.formats import FORMATS
from simulators.replay.player import Replayed, run
from simulators.replay.record import Problem, Record, Row

__all__ = ["FORMATS", "Problem", "Record", "Replayed", "Row", "run"]
