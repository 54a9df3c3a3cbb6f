"""Shapes of the hub's own health."""

from typing import Literal

from api.shapes import Shape


class Health(Shape):
    """The process is alive, or ready."""

    status: Literal["ok"]
