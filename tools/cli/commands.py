"""Every command of the hub: importing a file registers its commands."""

from importlib import import_module

from tools.cli.application import IS_CHECKOUT, app

__all__ = ["app"]

_EVERYWHERE = (
    "accounts",
    "backup",
    "boundaries",
    "breaches",
    "catalogue",
    "device",
    "health",
    "invoices",
    "money",
    "ledger",
    "privacy",
    "programs",
    "quality",
    "quarantine",
    "store",
    "tariff",
)
_IN_A_CHECKOUT = ("audit", "bench", "chaos", "checks", "demo", "doctor", "services", "siege", "simulators")

for _name in (*_EVERYWHERE, *(_IN_A_CHECKOUT if IS_CHECKOUT else ())):
    import_module(f"tools.cli.{_name}")
