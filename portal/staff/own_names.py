"""A device's own names as forms show them, and what its messages would store."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple

from cityhub.kinds import DEVICE_PROPERTIES, KINDS, KindName
from cityhub.observing.quality import is_rejected
from cityhub.observing.quality import names as flag_names
from cityhub.onboarding.own_names import Fault, Line
from cityhub.onboarding.own_names import targets as known_targets
from cityhub.onboarding.seen import Seen
from cityhub.onboarding.trial import Trial
from cityhub.rfc3339 import at_local_time
from cityhub.words import Language, words_in
from cityhub.words.formats import number
from maps.browser import in_language
from portal.staff.device import flag_words
from portal.staff.quarantine import reason_words

_LARGE = 1e12


class Shown(NamedTuple):
    """A line of the form; `seen`: what stood there, None where nothing did; `is_unsure`: its factor is to be given."""

    line: Line
    seen: str | None
    example: str
    is_unsure: bool


def lines(
    given: Sequence[Line], seen: Mapping[str, Seen], unsure: Collection[str], language: Language
) -> list[Shown]:
    """The lines with what was seen of each."""
    return [
        Shown(one, _range(seen[one.name], language), seen[one.name].example, one.name in unsure)
        if one.name in seen
        else Shown(one, None, "", one.name in unsure)
        for one in given
    ]


def _range(seen: Seen, language: Language) -> str:
    words = words_in(language)
    if seen.low is None or seen.high is None:
        return words.gettext("names.seen", n=number(seen.n, 0, language))
    return words.gettext(
        "names.seen_between",
        n=number(seen.n, 0, language),
        low=_figure(seen.low, language),
        high=_figure(seen.high, language),
    )


def _figure(value: float, language: Language) -> str:
    """A device may send any number."""
    return number(value, 3, language) if abs(value) < _LARGE else f"{value:.3g}"


def targets(kind: KindName, language: Language) -> list[tuple[str, str]]:
    """What a field can be, with its unit."""
    words = words_in(language)
    extra = {"time": words.gettext("names.time"), "seq": words.gettext("names.seq")}
    return [(name, extra.get(name) or _with_unit(kind, name, language)) for name in known_targets(kind)]


def counts(kind: KindName) -> bool:
    """Does a device of this kind measure an amount, of which it may send the running total?"""
    return any(one.aggregation == "sum" for one in KINDS[kind].properties.values())


def named(kind: KindName, property: str, language: Language) -> str:
    """The property's name."""
    observed = KINDS[kind].properties.get(property) or DEVICE_PROPERTIES.get(property)
    return property if observed is None else in_language(observed.name_vi, observed.name_en, language)


def _with_unit(kind: KindName, property: str, language: Language) -> str:
    observed = KINDS[kind].properties.get(property) or DEVICE_PROPERTIES.get(property)
    unit = "" if observed is None or not observed.unit else f" ({observed.unit})"
    return f"{named(kind, property, language)}{unit}"


def trial(kind: KindName, found: Trial, language: Language) -> dict[str, Any]:
    """What came of a trial, for its template."""
    words, flags, reasons = words_in(language), flag_words(language), reason_words(language)
    return {
        "told": words.gettext(
            "names.tried",
            messages=number(found.messages, 0, language),
            good=number(found.good, 0, language),
            values=number(found.n_rows, 0, language),
        ),
        "rows": [
            {
                "when": f"{at_local_time(one.time):%H:%M:%S %d/%m/%Y}",
                "name": _with_unit(kind, one.property, language),
                "value": _figure(one.value, language),
                "flags": ", ".join(
                    [
                        *(flags[flag] for flag in flag_names(one.quality)),
                        *([words.gettext("names.total")] if one.is_total else []),
                    ]
                ),
                "is_rejected": is_rejected(one.quality),
            }
            for one in sorted(found.rows)
        ],
        "n_rows": found.n_rows,
        "refused": [
            {"reason": reasons[refusal.reason], "detail": refusal.detail, "n": number(n, 0, language)}
            for refusal, n in found.refused.items()
        ],
        "ignored": ", ".join(found.ignored),
        "cut": found.cut,
    }


# What they would add is in the library's or the parser's own English, or stands in the form already.
_NO_DETAIL = frozenset(
    {
        "missing",
        "text",
        "degrees",
        "interval",
        "capacity",
        "basis",
        "outside",
        "swapped",
        "zone",
        "issuer",
        "opening",
    }
)


def fault_words(faults: Sequence[Fault], language: Language) -> list[str]:
    """What is wrong, a sentence each."""
    words = words_in(language)
    labels = {
        "id": words.gettext("lists.id"),
        "kind": words.gettext("ops.kind"),
        "name_vi": words.gettext("new.name_vi"),
        "name_en": words.gettext("new.name_en"),
        "lat": words.gettext("new.lat"),
        "lon": words.gettext("new.lon"),
        "basis": words.gettext("new.basis"),
        "basis_note": words.gettext("new.basis_note"),
        "interval_s": words.gettext("new.interval"),
        "same_as": words.gettext("new.same_as"),
        "place_id": words.gettext("new.place"),
        "capacity": words.gettext("new.capacity"),
        "properties": words.gettext("new.measures"),
        "zone": words.gettext("places.zone"),
        "issuer": words.gettext("places.issuer"),
        "opening": words.gettext("places.opening"),
        "vehicles": words.gettext("places.vehicles"),
        "mapping": words.gettext("names.title"),
        "why": words.gettext("new.why"),
    }
    told = {
        "missing": words.gettext("fault.missing"),
        "text": words.gettext("fault.text"),
        "degrees": words.gettext("fault.degrees"),
        "outside": words.gettext("fault.outside"),
        "swapped": words.gettext("fault.swapped"),
        "basis": words.gettext("fault.basis"),
        "interval": words.gettext("fault.interval"),
        "same_as": words.gettext("fault.same_as"),
        "place": words.gettext("fault.place"),
        "not_parking": words.gettext("fault.not_parking"),
        "capacity": words.gettext("fault.capacity"),
        "properties": words.gettext("fault.properties"),
        "property": words.gettext("fault.property"),
        "twice": words.gettext("fault.twice"),
        "factor": words.gettext("fault.factor"),
        "mapping": words.gettext("fault.mapping"),
        "id": words.gettext("fault.id"),
        "kind": words.gettext("fault.kind"),
        "other_kind": words.gettext("fault.other_kind"),
        "row_twice": words.gettext("fault.row_twice"),
        "is_place": words.gettext("fault.is_place"),
        "registered": words.gettext("fault.registered"),
        "zone": words.gettext("fault.zone"),
        "no_tariff": words.gettext("fault.no_tariff"),
        "issuer": words.gettext("fault.issuer"),
        "opening": words.gettext("fault.opening"),
        "vehicles": words.gettext("fault.vehicles"),
        "mapped_meanwhile": words.gettext("fault.mapped_meanwhile"),
    }
    return [
        f"{labels.get(fault.field, fault.field)}: {told[fault.code]}"
        + (f" ({fault.detail})" if fault.detail and fault.code not in _NO_DETAIL else "")
        for fault in faults
    ]
