"""Which database and broker a command uses: the settings', else those of an instance running in this checkout."""

import os
import sys
from typing import TYPE_CHECKING

from cityhub.config import Settings, read_settings
from tools.cli.application import IS_CHECKOUT

if TYPE_CHECKING:
    from tools.services.instance import Instance

NAMES = ("demo", "dev")


def running_instance() -> "Instance | None":
    """The instance of this checkout that runs, the newest if several do."""
    from tools.services.instance import KINDS, Instance  # noqa: PLC0415 - not in the production image

    found = []
    for name in NAMES:
        for kind in KINDS:
            instance = Instance(name, kind)
            if len(processes := instance.processes()) == 2:
                found.append((min(process.birth for process in processes.values()), instance))
    return max(found, key=lambda pair: pair[0])[1] if found else None


def connected_settings() -> Settings:
    """The process's settings; what neither URL names is taken from a running instance, said on stderr.

    The environment is completed, so that programs reading it afterwards see the same servers.
    """
    given = read_settings()
    if given.database_url or given.mqtt_url or not IS_CHECKOUT:
        return given
    instance = running_instance()
    endpoints = instance.endpoints() if instance is not None else None
    if instance is None or endpoints is None:
        return given
    print(f"hub: using the running {instance.name} services ({endpoints.words})", file=sys.stderr)
    os.environ.update(endpoints.environment())
    return read_settings()
