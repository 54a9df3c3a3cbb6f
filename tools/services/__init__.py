"""Private TimescaleDB and Mosquitto for development and tests, or an embedded fallback.

choice = choose("auto", settings, say=print)
endpoints = Instance("dev", choice.kind).start()
"""

from tools.services.choice import WANTED, Choice, Wanted, choose
from tools.services.instance import Endpoints, Instance

__all__ = ["WANTED", "Choice", "Endpoints", "Instance", "Wanted", "choose"]
