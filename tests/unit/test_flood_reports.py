"""What staff say of flood points, and the pictures that they send."""

import io
import struct
from datetime import UTC, datetime, timedelta

import pytest
from PIL import Image

from cityhub.errors import InvalidInput
from cityhub.flood.photos import cleaned
from cityhub.flood.reports import Report, State, check

NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("state", "depth", "ago"),
    [
        ("flooded", 20.0, 0 * HOUR),
        ("flooded", None, 23 * HOUR),
        ("dry", 0.0, HOUR),
        ("dry", None, -HOUR / 20),
    ],
)
def test_what_staff_can_have_seen(state: State, depth: float | None, ago: timedelta) -> None:
    check(state, depth, NOW - ago, NOW)


@pytest.mark.parametrize(
    ("state", "depth", "ago", "field"),
    [
        ("flooded", 20.0, -HOUR, "observed_at"),
        ("flooded", 20.0, 25 * HOUR, "observed_at"),
        ("flooded", -1.0, HOUR, "depth"),
        ("flooded", 301.0, HOUR, "depth"),
        ("flooded", float("nan"), HOUR, "depth"),
        ("dry", 5.0, HOUR, "depth"),
    ],
)
def test_what_nobody_can_have_seen_is_refused(state: State, depth: float, ago: timedelta, field: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        check(state, depth, NOW - ago, NOW)
    assert refused.value.field == field


def test_a_report_is_shown_for_six_hours_and_counts_for_two() -> None:
    report = Report("1", "flood-1", "flooded", None, NOW, "hsdc", "7", NOW, False)
    assert (report.is_shown(NOW + 5.9 * HOUR), report.is_shown(NOW + 6 * HOUR)) == (True, False)
    assert (report.confirms(NOW + 1.9 * HOUR), report.confirms(NOW + 2 * HOUR)) == (True, None)


def picture(width: int, height: int, form: str = "JPEG", orientation: int = 1) -> bytes:
    exif = Image.Exif()
    exif[0x0112] = orientation
    exif[0x010F] = "Secret Phone"
    exif.get_ifd(0x8825)[1] = "N"
    image = Image.new("RGB", (width, height), "navy")
    image.paste("red", (0, 0, width // 2, height // 2))
    out = io.BytesIO()
    image.save(out, form, exif=exif, comment=b"Secret note") if form == "JPEG" else image.save(
        out, form, exif=exif
    )
    return out.getvalue()


def with_broken_exif() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (64, 48)).save(out, "PNG", exif=b"Exif\0\0II*\0")
    return out.getvalue()


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
def test_a_picture_is_kept_without_what_a_phone_writes_beside_it(form: str) -> None:
    sent = picture(320, 200, form)
    assert b"Secret" in sent
    photo = cleaned(sent)
    assert b"Secret" not in photo.body
    kept = Image.open(io.BytesIO(photo.body))
    assert (kept.format, kept.size, dict(kept.getexif())) == ("JPEG", (320, 200), {})


def test_a_picture_is_upright_and_not_larger_than_it_need_be() -> None:
    photo = cleaned(picture(3200, 2000, orientation=6))
    assert (photo.width, photo.height) == (1000, 1600)
    red = Image.open(io.BytesIO(photo.body)).getpixel((900, 100))
    assert isinstance(red, tuple)
    assert red[0] > 200


@pytest.mark.parametrize(
    "body",
    [b"", b"\xff\xd8\xff", b"<svg/>", b"GIF89a" + bytes(40), picture(64, 64)[:300], with_broken_exif()],
)
def test_what_is_no_picture_is_refused(body: bytes) -> None:
    with pytest.raises(InvalidInput, match="no picture"):
        cleaned(body)


def test_a_small_file_of_a_huge_picture_is_not_unpacked() -> None:
    out = io.BytesIO()
    # Below what Pillow itself would refuse.
    Image.new("1", (9_000, 5_000)).save(out, "PNG")
    assert len(out.getvalue()) < 100_000
    with pytest.raises(InvalidInput, match="more than 16 million pixels"):
        cleaned(out.getvalue())


@pytest.mark.parametrize(
    ("width", "height", "words"), [(4_001, 4_000, "16 million"), (60_000, 60_000, "no picture")]
)
def test_a_webp_of_two_hundred_bytes_takes_no_hundreds_of_megabytes(
    width: int, height: int, words: str
) -> None:
    out = io.BytesIO()
    frames = [Image.new("RGB", (8, 8), color) for color in ("red", "blue")]
    frames[0].save(out, "WEBP", save_all=True, append_images=frames[1:])
    body = bytearray(out.getvalue())
    # The size of the canvas, as a file of frames that are smaller may tell it.
    assert body[12:16] == b"VP8X"
    body[24:30] = struct.pack("<I", width - 1)[:3] + struct.pack("<I", height - 1)[:3]
    with pytest.raises(InvalidInput, match=words):
        cleaned(bytes(body))


def test_a_jpeg_in_thousands_of_scans_is_not_unpacked() -> None:
    out = io.BytesIO()
    Image.new("L", (640, 480)).save(out, "JPEG", progressive=True)
    body = out.getvalue()
    assert cleaned(body).width == 640
    last = body[body.rindex(b"\xff\xc4") : -2]
    assert last.count(b"\xff\xda") == 1
    with pytest.raises(InvalidInput, match="more than 64 scans"):
        cleaned(body[:-2] + last * 2_000 + body[-2:])


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize(
    "more", [b"<script>alert(1)</script>", b"PK\x03\x04evil.php<?php evil(); ?>", b"%PDF-1.7 evil"]
)
def test_what_is_a_picture_and_something_else_too_is_kept_as_a_picture_alone(form: str, more: bytes) -> None:
    out = io.BytesIO()
    Image.new("RGB", (64, 48)).save(out, form, icc_profile=more)
    kept = cleaned(out.getvalue() + more).body
    assert more not in kept
    assert b"evil" not in kept
    assert (kept[:2], kept[-2:]) == (b"\xff\xd8", b"\xff\xd9")


@pytest.mark.parametrize("form", ["PNG", "WEBP"])
def test_other_pictures_are_upright_too(form: str) -> None:
    photo = cleaned(picture(3200, 2000, form, orientation=6))
    assert (photo.width, photo.height) == (1000, 1600)


@pytest.mark.parametrize("form", ["GIF", "TIFF", "BMP", "PDF", "ICO"])
def test_other_types_are_refused_whatever_they_are_called(form: str) -> None:
    out = io.BytesIO()
    Image.new("RGB", (64, 48)).save(out, form)
    with pytest.raises(InvalidInput, match="no picture"):
        cleaned(out.getvalue())


def test_a_key_is_named_and_a_person_is_not() -> None:
    def told(by: str) -> Report:
        return Report("1", "flood-a", "dry", None, NOW, by, "r", NOW, has_photo=False)

    assert told("key:hsdc").teller == "hsdc"
    assert told("lan").teller is None
