"""The state of the hub itself."""

from typing import Literal

from msgspec import Struct


class Health(Struct, frozen=True):
    """The process is alive, or ready."""

    status: Literal["ok"]
