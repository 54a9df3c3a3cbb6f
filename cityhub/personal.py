"""Does a text that is kept for long, such as of the audit trail, name somebody's car or phone? Pure."""

from contextlib import suppress

from cityhub import phones
from cityhub.errors import InvalidInput
from cityhub.parking import plates


def is_plate_or_phone(text: str) -> bool:
    """Is all of it, but for what stands around it, a phone number or a plate of Viet Nam as people write them?"""
    text = text.strip("(),;:.\"'")
    with suppress(InvalidInput):
        return bool(phones.normalise(text))
    with suppress(InvalidInput):
        return not plates.normalise(text).is_odd
    return False
