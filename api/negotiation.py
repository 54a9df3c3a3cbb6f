"""Which form of a thing a client wants, by its header `Accept` (RFC 9110, section 12.5.1)."""

import re
from collections.abc import Sequence

from fastapi import HTTPException, Request

_RANGE = re.compile(
    r"\s*(\*/\*|[!#$%&'+.^_`|~0-9a-z-]+/(?:\*|[!#$%&'+.^_`|~0-9a-z-]+))\s*(?:;(.*))?", re.DOTALL
)
_WEIGHT = re.compile(r"0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?")


def best(accept: str, offered: Sequence[str]) -> str | None:
    """The media type of `offered` that `accept` weighs most, of equals the first; None when it takes none.

    Of a range that cannot be read nothing is known; a header of which nothing can be read takes everything. Parameters
    other than `q` are not looked at: each type is offered in one form.
    """
    weights = _weights(accept.lower())
    if not weights:
        return offered[0]
    weight, _, found = max((_weight(weights, name), -place, name) for place, name in enumerate(offered))
    return found if weight > 0 else None


def wanted(request: Request, offered: Sequence[str]) -> str:
    """The media type of `offered` to answer with. Raises HTTPException 406, which names what can be had."""
    found = best(",".join(request.headers.getlist("accept")), offered)
    if found is None:
        raise HTTPException(406, f"This can be had as {', '.join(offered)}", {"Vary": "Accept"})
    return found


def _weights(accept: str) -> dict[str, float]:
    found: dict[str, float] = {}
    for part in accept.split(","):
        match = _RANGE.fullmatch(part)
        if match is None:
            continue
        weight = _asked(match[2] or "")
        if weight is not None:
            found[match[1]] = max(weight, found.get(match[1], 0.0))
    return found


def _asked(parameters: str) -> float | None:
    """The value of `q`, 1 without one, None for one that is no weight."""
    for parameter in parameters.split(";"):
        name, _, value = parameter.partition("=")
        if name.strip() == "q":
            return float(value) if _WEIGHT.fullmatch(value := value.strip()) else None
    return 1.0


def _weight(weights: dict[str, float], name: str) -> float:
    """The range that says most about a type counts, whatever the others weigh."""
    for said in (name, f"{name.partition('/')[0]}/*", "*/*"):
        if said in weights:
            return weights[said]
    return 0.0
