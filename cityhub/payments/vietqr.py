"""VietQR (NAPAS, EMVCo merchant-presented): the text of a code that every banking app can pay. Pure."""

import re

_LONGEST = 99
_BIN = re.compile(r"[0-9]{6}")
_ACCOUNT = re.compile(r"[A-Za-z0-9]{1,19}")
_PURPOSE = re.compile(r"[A-Za-z0-9 ]{1,25}")
_NAPAS = "A000000727"
_TO_ACCOUNT = "QRIBFTTA"
_DONG = "704"


def payload(bank: str, account: str, amount: int | None = None, purpose: str = "") -> str:
    """The text of the code. `bank`: six digits (BIN); `amount`: whole VND, None: the payer says; `purpose`: what is
    written into the transfer, where the payment's reference stands. ValueError for what no bank takes.
    """
    if not _BIN.fullmatch(bank) or not _ACCOUNT.fullmatch(account):
        raise ValueError("a bank has six digits, an account up to 19 letters and digits")
    if amount is not None and amount <= 0:
        raise ValueError("an amount is above zero")
    if purpose and not _PURPOSE.fullmatch(purpose):
        raise ValueError("a purpose has up to 25 letters, digits and blanks")
    receiver = _field("00", bank) + _field("01", account)
    text = _field("00", "01") + _field("01", "11" if amount is None and not purpose else "12")
    text += _field("38", _field("00", _NAPAS) + _field("01", receiver) + _field("02", _TO_ACCOUNT))
    text += _field("53", _DONG)
    if amount is not None:
        text += _field("54", str(amount))
    text += _field("58", "VN")
    if purpose:
        text += _field("62", _field("08", purpose))
    text += "6304"
    return text + f"{crc(text.encode()):04X}"


def crc(data: bytes) -> int:
    """CRC-16/CCITT-FALSE: polynomial 0x1021, begun with 0xFFFF."""
    register = 0xFFFF
    for byte in data:
        register ^= byte << 8
        for _ in range(8):
            register = (register << 1) ^ 0x1021 if register & 0x8000 else register << 1
        register &= 0xFFFF
    return register


def _field(name: str, value: str) -> str:
    length = len(value.encode())
    if length > _LONGEST:
        raise ValueError(f"field {name} is too long")
    return f"{name}{length:02}{value}"
