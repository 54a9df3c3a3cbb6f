"""Which ink reads on the colour of a band."""

import re

_COLOR = re.compile(r"#([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})", re.IGNORECASE)


def ink_on(color: str) -> str:
    """Black or white, whichever has more contrast with `color`, "#rrggbb" (WCAG 2.2, relative luminance)."""
    match = _COLOR.fullmatch(color)
    if match is None:
        raise ValueError(f"{color!r} is not a colour as in #00e400")
    red, green, blue = (_linear(int(part, 16) / 255) for part in match.groups())
    return "#000000" if 0.2126 * red + 0.7152 * green + 0.0722 * blue > 0.179 else "#ffffff"


def _linear(part: float) -> float:
    return part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4
