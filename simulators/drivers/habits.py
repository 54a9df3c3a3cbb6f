"""Who a driver is and what that driver will do: everything follows from the seed and the driver's number. Pure."""

import random
from dataclasses import dataclass
from typing import Literal

Way = Literal["vnpay", "momo", "vietqr", "wallet"]
Mode = Literal["prepaid", "start_stop"]

# No province has this number.
PLATE_PREFIX = "00"
PHONE_PREFIX = "0500"
_SERIES = "ABCDEFGHKLMNPSTUVXYZ"
# How a driver types the same plate.
_WRITTEN = ("{area}{series}-{head}.{tail}", "{area}{series} {head}{tail}", "{area}{series}{head}{tail}")
_MINUTES = (30, 60, 60, 60, 90, 120, 120, 180, 240)


@dataclass(frozen=True, slots=True)
class Driver:
    """`stays_s`: how long the car stands, which may be longer than what is paid for; `asks`: minutes.

    `pays` False: asks for time and walks off. `asks_at_all` False: does not even do that. `mistyped`: the plate that
    is corrected afterwards. `extends`: minutes more, None for most; `cancels`: at the provider, then pays after all.
    """

    number: int
    vehicle: Literal["car", "motorbike"]
    plate: str
    mistyped: str | None
    phone: str | None
    way: Way
    mode: Mode
    asks: int
    stays_s: float
    asks_at_all: bool
    pays: bool
    cancels: bool
    extends: int | None

    @property
    def stops(self) -> bool:
        """Says so when leaving: always where that is what is paid for, else when much of the time is left."""
        return self.mode == "start_stop" or self.stays_s < 0.7 * 60 * self.asks


def driver(seed: int, number: int) -> Driver:
    """Driver `number` of the city with this seed: the same whenever asked."""
    dice = random.Random(f"{seed}/driver/{number}")  # noqa: S311 - habits, no secret
    vehicle: Literal["car", "motorbike"] = "motorbike" if dice.random() < 0.1 else "car"
    plate, wrong = _plate(dice, vehicle), _plate(dice, vehicle)
    asks = dice.choice(_MINUTES)
    temper = dice.random()
    # Some drop somebody off, most roughly keep to what they asked for, some overstay.
    share = dice.uniform(1.1, 2) if temper < 0.15 else dice.uniform(0.6, 1)
    stays_s = dice.uniform(30, 240) if temper > 0.7 else 60 * asks * share
    return Driver(
        number=number,
        vehicle=vehicle,
        plate=plate,
        mistyped=wrong if dice.random() < 0.08 else None,
        phone=f"{PHONE_PREFIX} {dice.randrange(1000):03} {dice.randrange(1000):03}"
        if dice.random() < 0.3
        else None,
        # A motorbike's price is below what providers take.
        way=_way(dice, vehicle),
        mode="start_stop" if dice.random() < 0.15 else "prepaid",
        asks=asks,
        stays_s=stays_s,
        asks_at_all=dice.random() >= 0.05,
        pays=dice.random() >= 0.07,
        cancels=dice.random() < 0.05,
        extends=dice.choice((30, 60)) if dice.random() < 0.2 else None,
    )


def _way(dice: random.Random, vehicle: str) -> Way:
    ways: tuple[Way, ...] = ("vietqr", "vnpay", "momo", "wallet")
    (chosen,) = dice.choices(ways, weights=(45, 20, 25, 10))
    return "wallet" if vehicle == "motorbike" else chosen


def _plate(dice: random.Random, vehicle: str) -> str:
    series = dice.choice(_SERIES) + (str(dice.randrange(1, 10)) if vehicle == "motorbike" else "")
    number = f"{dice.randrange(100_000):05}"
    return dice.choice(_WRITTEN).format(area=PLATE_PREFIX, series=series, head=number[:3], tail=number[3:])
