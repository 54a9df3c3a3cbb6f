"""What was promised, held against what was measured. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

MIB = 1024 * 1024
# From issue to issue the same: see docs/operations.md.
VISIBLE_P99_MS = 2_000.0
PUBLIC_P99_MS = 250.0
AMONG_LISTENERS_P99_MS = 150.0
DOWNLOAD_MB_PER_S = 5.0
NOT_READY_S = 10.0
FRESH_S = 2.0
# Of who works with the hub: to be let in, and a page of the console.
SIGN_IN_P99_MS = 2_000.0
CONSOLE_P99_MS = 1_500.0
# The middle of either in the siege, beside that before it in the same run: so slow machines are judged alike.
OWNER_TIMES = 20.0


@dataclass(frozen=True, slots=True)
class Promise:
    """One promise: what was measured, what it had to be."""

    name: str
    kept: bool
    measured: str


def quantile(values: Sequence[float], share: float) -> float:
    """The value that `share` of them do not exceed; 0 for none."""
    ordered = sorted(values)
    return round(ordered[min(int(share * len(ordered)), len(ordered) - 1)], 1) if ordered else 0.0


def grown(before: Mapping[str, int], after: Mapping[str, int]) -> list[str]:
    """Parts that do not end with the memory (bytes) that they began with, as far as a garbage collector allows."""
    return [name for name, size in after.items() if size == 0 or size > 1.5 * before[name] + 96 * MIB]


def times(calm: float, besieged: float) -> float:
    """How many times as long it took, to a tenth; infinite where nothing was measured."""
    return round(besieged / calm, 1) if calm and besieged else float("inf")


def at_most(name: str, value: float, limit: float, unit: str = "") -> Promise:
    """`value` may be `limit` at most."""
    return Promise(name, value <= limit, f"{value:g}{unit}, at most {limit:g}{unit}")
