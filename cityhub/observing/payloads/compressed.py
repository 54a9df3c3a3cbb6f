"""gzip (RFC 1952) with a bound on what comes out of it."""

import zlib

MAGIC = b"\x1f\x8b"
_GZIP = 16 + zlib.MAX_WBITS


class TooLarge(Exception):
    """More would come out than the bound allows; it was not unpacked."""


def unpack(payload: bytes, max_bytes: int) -> bytes:
    """The content of a gzip body of one member. Raises TooLarge, or ValueError when it is broken.

    Memory and time are bounded by `max_bytes`, whatever the body would unpack to.
    """
    unpacker = zlib.decompressobj(_GZIP)
    try:
        content = unpacker.decompress(payload, max_bytes + 1)
    except zlib.error:
        raise ValueError("broken gzip: its content is damaged") from None
    if len(content) > max_bytes:
        raise TooLarge(f"unpacks to more than {max_bytes} bytes")
    if not unpacker.eof:
        raise ValueError("broken gzip: it ends too early")
    if unpacker.unused_data:
        raise ValueError("broken gzip: something follows its end")
    return content
