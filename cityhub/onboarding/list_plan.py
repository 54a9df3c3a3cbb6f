"""What a list of sensors would do to those that are registered. Pure; nothing is taken away by a list."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from cityhub.catalogue.model import Sensor
from cityhub.kinds import KINDS
from cityhub.onboarding.listing import Column, Line, Note, properties_of
from cityhub.onboarding.own_names import Fault

Action = Literal["new", "change", "same", "refused"]


@dataclass(frozen=True, slots=True)
class Step:
    """What would become of a row. `sensor`: as it would be; `changes`: by column, before and after."""

    line: Line
    action: Action
    sensor: Sensor | None = None
    changes: Mapping[str, tuple[Any, Any]] = field(default_factory=dict)
    faults: tuple[Fault, ...] = ()


def plan(
    lines: Iterable[Line],
    known: Mapping[str, Sensor],
    places: Mapping[str, int],
    *,
    taken: frozenset[str] = frozenset(),
) -> list[Step]:
    """What would become of each line. A blank cell leaves a sensor that is known as it is.

    `known`: sensors by id, as far as the lines name them; `places`: capacity by id of parking places; `taken`: ids of
    sensors that stand for a whole place, which a list does not change.
    """
    return [_step(line, known.get(line.id), places, is_place=line.id in taken) for line in lines]


def _step(line: Line, before: Sensor | None, places: Mapping[str, int], *, is_place: bool) -> Step:
    faults = list(line.faults)
    told = dict(line.told)
    if told.get("place_id") is not None and told["place_id"] not in places:
        faults.append(Fault("place_id", "place", str(told["place_id"])))
    kind = told.get("kind") if before is None else before.kind
    if kind not in (None, "parking"):
        faults += [
            Fault(name, "not_parking") for name in ("place_id", "capacity") if told.get(name) is not None
        ]
    if before is None:
        return _new(line, told, faults)
    if is_place:
        faults.append(Fault("id", "is_place"))
    if told.get("kind", before.kind) != before.kind:
        faults.append(Fault("kind", "other_kind", before.kind))
    if "properties" in told and "kind" not in told:
        told["properties"] = properties_of(before.kind, told["properties"], faults)
    if faults:
        return Step(line, "refused", faults=tuple(faults))
    after: dict[str, Any] = {name: value for name, value in told.items() if name not in ("id", "kind")}
    if "properties" in after:
        # What it measures already is not taken away: it has readings.
        after["properties"] = tuple(dict.fromkeys((*before.properties, *after["properties"])))
    changes = {
        name: (getattr(before, name), value)
        for name, value in after.items()
        if getattr(before, name) != value
    }
    if not changes:
        return Step(line, "same", before)
    if "basis" in changes:
        # As of a new one: a position is made up or it is not.
        after["illustrative"] = after["basis"] == "illustrative"
    return Step(line, "change", replace(before, **after), changes)


def _new(line: Line, told: Mapping[Column, Any], faults: list[Fault]) -> Step:
    faulty = {fault.field for fault in faults}
    for column in ("kind", "name_vi", "lat", "basis"):
        if column not in told and column not in faulty:
            faults.append(Fault(column, "missing"))
    if faults:
        return Step(line, "refused", faults=tuple(faults))
    kind = KINDS[told["kind"]]
    notes = line.notes if "name_en" in told else (*line.notes, Note("name_en_as", told["name_vi"]))
    sensor = Sensor(
        id=line.id,
        kind=kind.name,
        name_vi=told["name_vi"],
        name_en=told.get("name_en", told["name_vi"]),
        lat=told["lat"],
        lon=told["lon"],
        basis=told["basis"],
        basis_note=told.get("basis_note", ""),
        interval_s=told.get("interval_s", kind.interval_s),
        properties=told.get("properties") or kind.measures,
        place_id=told.get("place_id"),
        capacity=told.get("capacity"),
        illustrative=told["basis"] == "illustrative",
    )
    return Step(replace(line, notes=notes), "new", sensor)
