"""Errors (RFC 9457)."""

from msgspec import Struct


class FieldFault(Struct, frozen=True):
    """What is wrong with one field of the request."""

    field: str
    problem: str


class Problem(Struct, frozen=True, omit_defaults=True):
    """Problem details. `errors` is there for faults of fields, `rule` where a rule or constraint forbids it."""

    type: str
    title: str
    status: int
    detail: str
    errors: list[FieldFault] = []
    rule: str | None = None
