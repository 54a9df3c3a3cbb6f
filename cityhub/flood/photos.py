"""Pictures that staff send: checked, turned upright, made smaller and drawn anew: nothing but the picture stays.

What a phone writes beside a picture (where, when, by which device) is not in what is kept. Pillow is loaded by the
first picture.
"""

import io
import struct
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final

from cityhub.errors import InvalidInput

MOST_BYTES: Final = 5 * 1024 * 1024
MEDIA_TYPES: Final = ("image/jpeg", "image/png", "image/webp")
# A small file may say that it is a huge picture: it is asked how large it is before it is unpacked. A JPEG, as cameras
# make them, is unpacked no larger than it is needed; the others are unpacked whole, a WebP twice.
_MOST_PIXELS: Final = {"JPEG": 40_000_000, "MPO": 40_000_000}
_MOST_PIXELS_WHOLE: Final = 16_000_000
# A progressive JPEG may tell the same picture in thousands of scans, of some sixty bytes and thirty milliseconds each.
# Encoders make about ten.
_SCAN: Final = b"\xff\xda"
_MOST_SCANS: Final = 64
# What is kept: enough to see how deep the water is.
_EDGE: Final = 1600
_QUALITY: Final = 80
# Unpacked a picture takes a hundred megabytes or two: one at a time, and by one thread, which keeps some of that
# (malloc).
_DRAWING: Final = ThreadPoolExecutor(1, "drawing")


@dataclass(frozen=True, slots=True)
class Photo:
    """A JPEG without any words beside it, in pixels upright."""

    body: bytes
    width: int
    height: int


def cleaned(body: bytes) -> Photo:
    """The picture drawn anew. Raises InvalidInput for what is no picture of MEDIA_TYPES, or too large a one."""
    return _DRAWING.submit(_cleaned, body).result()


def _cleaned(body: bytes) -> Photo:
    from PIL import Image, ImageOps, UnidentifiedImageError  # noqa: PLC0415 - see above

    try:
        with Image.open(io.BytesIO(body), formats=("JPEG", "PNG", "WEBP")) as opened:
            most = _MOST_PIXELS.get(opened.format or "", _MOST_PIXELS_WHOLE)
            if opened.width * opened.height > most:
                raise InvalidInput("photo", f"has more than {most // 1_000_000} million pixels")
            if opened.format in _MOST_PIXELS and body.count(_SCAN) > _MOST_SCANS:
                raise InvalidInput("photo", f"has more than {_MOST_SCANS} scans")
            opened.draft("RGB", (_EDGE, _EDGE))
            small = opened.convert("RGB")
            # Before it is turned: what is small is copied cheaply.
            small.thumbnail((_EDGE, _EDGE))
            upright = ImageOps.exif_transpose(small)
    except (
        UnidentifiedImageError,
        OSError,
        SyntaxError,
        ValueError,
        struct.error,
        Image.DecompressionBombError,
    ):
        raise InvalidInput("photo", "is no picture that can be read: send JPEG, PNG or WebP") from None
    # A new one, since what was read keeps what stood beside it.
    drawn = Image.frombytes("RGB", upright.size, upright.tobytes())
    out = io.BytesIO()
    drawn.save(out, "JPEG", quality=_QUALITY, optimize=True)
    return Photo(out.getvalue(), drawn.width, drawn.height)
