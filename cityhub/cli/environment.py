"""Which database and broker a command uses: the settings', else those of an instance running in this checkout."""

import os
import sys

from cityhub.config import Settings, read_settings
from cityhub.services.instance import Instance, Kind

_NAMES = ("demo", "dev")
_KINDS: tuple[Kind, ...] = ("private", "embedded")


def running_instance() -> Instance | None:
    """The instance of this checkout that runs, the newest if several do."""
    found = []
    for name in _NAMES:
        for kind in _KINDS:
            instance = Instance(name, kind)
            if len(processes := instance.processes()) == 2:
                found.append((min(process.birth for process in processes.values()), instance))
    return max(found, key=lambda pair: pair[0])[1] if found else None


def connected_settings() -> Settings:
    """The process's settings; what neither URL names is taken from a running instance, said on stderr.

    The environment is completed, so that programs reading it afterwards see the same servers.
    """
    given = read_settings()
    if given.database_url or given.mqtt_url:
        return given
    instance = running_instance()
    endpoints = instance.endpoints() if instance is not None else None
    if instance is None or endpoints is None:
        return given
    print(f"hub: using the running {instance.name} services ({endpoints.words})", file=sys.stderr)
    os.environ.update(endpoints.environment())
    return read_settings()
