"""A device's own names of fields as a form has them: each with a property, a factor and an offset."""

import re
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from cityhub.kinds import DEVICE_PROPERTIES, KINDS, KindName
from cityhub.observing.payloads import mapping_fields
from cityhub.observing.payloads.mapping_fields import ENVELOPE, BadMapping, Field, Fields
from cityhub.onboarding import seen

# In the place of a property: the field is left out, and is no mistake.
LEFT_OUT = "-"
# As many as a mapping may have, and as many names again as a device is seen to send.
MOST_ROWS = mapping_fields.MOST_FIELDS + seen.MOST_FIELDS
_NUMBER = re.compile(r"[+-]?[0-9]{1,17}([.,][0-9]{1,20})?([eE][+-]?[0-9]{1,2})?")


class Fault(NamedTuple):
    """What of a form cannot be used: the name of its field, why (a code that has words), and more about it."""

    field: str
    code: str
    detail: str = ""


class Line(NamedTuple):
    """A field as the form has it. `property` is empty for what stays as it is."""

    name: str
    property: str = ""
    factor: str = "1"
    offset: str = "0"
    is_counter: bool = False


def lines_of(form: Mapping[str, str]) -> list[Line]:
    """The lines of a form, `name_0`, `property_0` and so on."""
    return [
        Line(
            form[f"name_{at}"],
            form.get(f"property_{at}", ""),
            form.get(f"factor_{at}", "").strip() or "1",
            form.get(f"offset_{at}", "").strip() or "0",
            form.get(f"counter_{at}") == "on",
        )
        for at in range(MOST_ROWS)
        if form.get(f"name_{at}")
    ]


def lines_for(fields: Fields, names: Iterable[str]) -> list[Line]:
    """The lines of a mapping that stands, and of names that it does not have."""
    told = [
        Line(name, LEFT_OUT)
        if field is None
        else Line(name, field.property, _text(field.scale), _text(field.offset), field.counter)
        for name, field in fields.items()
    ]
    return told + [Line(name) for name in names if mapping_fields.key(name) not in fields]


def targets(kind: KindName) -> list[str]:
    """What a field of a device of this kind can be."""
    return [
        *KINDS[kind].properties,
        *DEVICE_PROPERTIES,
        *(name for name in ENVELOPE if name not in DEVICE_PROPERTIES),
    ]


def mapping_of(
    kind: KindName, lines: Iterable[Line], *, is_bare: bool, standing: Fields | None = None
) -> Fields | list[Fault] | None:
    """The mapping that the lines describe, None where none is needed, or what is wrong with them.

    `is_bare`: the device sends bare objects, which are only read with a mapping. Where a counter of the mapping that
    stands rolls over is kept.
    """
    known = targets(kind)
    faults: list[Fault] = []
    document: dict[str, Any] = {}
    taken: dict[str, str] = {}
    for line in lines:
        if line.property == "":
            continue
        if line.property == LEFT_OUT:
            document[line.name] = None
            continue
        factor, offset = _number(line.factor), _number(line.offset)
        if line.property not in known:
            faults.append(Fault(line.name, "property", line.property[:40]))
        elif taken.setdefault(line.property, line.name) != line.name:
            faults.append(Fault(line.name, "twice", taken[line.property]))
        elif factor is None or offset is None or factor == 0:
            faults.append(Fault(line.name, "factor"))
        else:
            document[line.name] = {
                "property": line.property, "scale": factor, "offset": offset, "counter": line.is_counter,
                "rolls_over_at": _rolls_over_at(line, standing),
            }  # fmt: skip
    if faults:
        return faults
    try:
        fields = mapping_fields.parse(document)
    except BadMapping as exc:
        return [Fault("mapping", "mapping", str(exc))]
    says_something = any(field != Field(name) for name, field in fields.items())
    return fields if is_bare or says_something else None


def _rolls_over_at(line: Line, standing: Fields | None) -> float | None:
    before = (standing or {}).get(mapping_fields.key(line.name))
    return before.rolls_over_at if before is not None and line.is_counter else None


def _text(number: float) -> str:
    """Read again it is the same number."""
    return repr(number).removesuffix(".0")


def _number(text: str) -> float | None:
    return float(text.replace(",", ".")) if _NUMBER.fullmatch(text) else None
