"""Classes of vehicles that places take and tariffs price."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from cityhub.errors import InvalidInput


@dataclass(frozen=True, slots=True)
class Vehicle:
    """A class of vehicles. `priced_as`: whose tariff holds where one has none of its own."""

    name: str
    name_vi: str
    name_en: str
    priced_as: str


VEHICLES: Mapping[str, Vehicle] = MappingProxyType(
    {
        vehicle.name: vehicle
        for vehicle in (
            Vehicle("car", "Ô tô đến 9 chỗ", "Car, up to 9 seats", "car"),
            Vehicle("car_large", "Ô tô trên 9 chỗ, xe tải", "Car with more than 9 seats, lorry", "car_large"),
            Vehicle("motorbike", "Xe máy", "Motorbike", "motorbike"),
            Vehicle("ev", "Ô tô điện đến 9 chỗ", "Electric car, up to 9 seats", "car"),
            Vehicle("disabled", "Ô tô của người khuyết tật", "Car of a disabled person", "car"),
        )
    }
)


def known(name: str) -> Vehicle:
    """The class of that name; raises InvalidInput."""
    try:
        return VEHICLES[name]
    except KeyError:
        raise InvalidInput("vehicle", f"must be one of {', '.join(VEHICLES)}") from None
