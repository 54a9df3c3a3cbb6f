"""Drivers who park and pay at a hub, over its public HTTP API and its providers' pages only.

Their plates begin with 00, a number of no province; their phones with 0500, which no subscriber has.
"""

from simulators.drivers.crowd import Crowd, Pace, check, in_background
from simulators.drivers.visit import Arrival

__all__ = ["Arrival", "Crowd", "Pace", "check", "in_background"]
