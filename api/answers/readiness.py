"""The state of the hub itself."""

from typing import Literal

from msgspec import Struct


class Liveness(Struct, frozen=True):
    """The process is alive."""

    status: Literal["ok"]


class Readiness(Struct, frozen=True, omit_defaults=True):
    """The API can answer. `warnings`, where there are any: what is missing beside it."""

    status: Literal["ok"]
    warnings: tuple[str, ...] = ()
