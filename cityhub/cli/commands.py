"""Every command of the hub: importing the files below registers them."""

from cityhub.cli import (
    catalogue,
    chaos,
    checks,
    demo,
    doctor,
    health,
    programs,
    quality,
    quarantine,
    services,
    store,
)
from cityhub.cli.application import app

__all__ = [
    "app",
    "catalogue",
    "chaos",
    "checks",
    "demo",
    "doctor",
    "health",
    "programs",
    "quality",
    "quarantine",
    "services",
    "store",
]
