"""Real files as live telemetry, through the broker like any sensor.

By default files are published as the sensors of `cityhub.catalogue.read(REPLAY_CATALOGUE)` and, for AirNow, as Hanoi's
`air-us-embassy`: load them into the hub before. A new format is a module with `read` and a row in `FORMATS`.
"""

from simulators.replay.formats import FORMATS
from simulators.replay.player import Replayed, run
from simulators.replay.record import Problem, Record, Row

__all__ = ["FORMATS", "Problem", "Record", "Replayed", "Row", "run"]
