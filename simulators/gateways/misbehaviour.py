"""What gateways do wrong on purpose: chosen for each callback by a seed, so that a run can be had again. Pure."""

import random
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Literal, cast, get_args

from cityhub.errors import InvalidInput

Kind = Literal["double", "delay", "reorder", "forge", "lose", "amount", "partial"]
Gateway = Literal["vnpay", "momo", "bank"]

KINDS: tuple[Kind, ...] = get_args(Kind)
GATEWAYS: tuple[Gateway, ...] = get_args(Gateway)
NAMES: Mapping[Gateway, str] = MappingProxyType(
    {"vnpay": "VNPAY", "momo": "MoMo", "bank": "Ngân hàng / Bank"}
)
# Who pays by card or purse pays all or nothing; who types a transfer may type less.
POSSIBLE: Mapping[Gateway, tuple[Kind, ...]] = MappingProxyType(
    {"vnpay": KINDS[:-1], "momo": KINDS[:-1], "bank": KINDS}
)
# The payer is back before the hub is told.
LATE: frozenset[Kind] = frozenset({"delay", "reorder", "lose"})
SHARE = 0.3
_TOO_MUCH = 1_000


def parse(text: str) -> frozenset[Kind]:
    """Kinds from `double,lose`; raises InvalidInput."""
    names = {name.strip() for name in text.split(",") if name.strip()}
    if not names <= set(KINDS):
        raise InvalidInput("misbehave", f"is a list of {', '.join(KINDS)}")
    return frozenset(cast(set[Kind], names))


def taken(amount: int, plan: frozenset[Kind]) -> int:
    """What is taken of a payer, and told, of `amount` (VND): half of it, or something more."""
    if "partial" in plan:
        return max(amount // 2, 1)
    return amount + _TOO_MUCH if "amount" in plan else amount


class Switch:
    """Which kinds are on at which gateway, and for which `share` (0 to 1) of the callbacks each of them."""

    def __init__(self, kinds: Iterable[Kind] = (), share: float = SHARE, seed: int = 1) -> None:
        if not 0 <= share <= 1:
            raise InvalidInput("share", "must be from 0 to 1")
        kinds = frozenset(kinds)
        self.share = share
        self.on = {gateway: kinds & frozenset(POSSIBLE[gateway]) for gateway in GATEWAYS}
        self._seed = seed
        self._told = dict.fromkeys(GATEWAYS, 0)

    def turn(self, gateway: Gateway, kinds: Iterable[Kind]) -> None:
        """From now on these and no others."""
        self.on[gateway] = frozenset(kinds) & frozenset(POSSIBLE[gateway])

    def plan(self, gateway: Gateway) -> frozenset[Kind]:
        """What goes wrong with the next callback of this gateway."""
        self._told[gateway] += 1
        dice = random.Random(f"{self._seed}/{gateway}/{self._told[gateway]}")  # noqa: S311 - mischief, no secret
        # One throw for each kind, on or off: what is switched meanwhile moves no other.
        thrown = {kind: dice.random() < self.share for kind in KINDS}
        return frozenset(kind for kind in self.on[gateway] if thrown[kind])
