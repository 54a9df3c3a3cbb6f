"""Real files as live telemetry, through the broker like any sensor.

By default files are published as the sensors of `cityhub.catalogue.read(REPLAY_CATALOGUE)` and, for AirNow, as Hanoi's
`air-us-embassy`: load them into the hub before. A recording goes to the sensors that it names. A new format is a module
with `read` and a row in `FORMATS`.
"""

from simulators.replay.formats import FORMATS
from simulators.replay.player import Replay
from simulators.replay.prepare import prepare
from simulators.replay.record import Captured, Problem, Record, Row
from simulators.replay.tally import Replayed

__all__ = ["FORMATS", "Captured", "Problem", "Record", "Replay", "Replayed", "Row", "prepare"]
