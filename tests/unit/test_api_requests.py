"""What comes in: cursors, entity tags, boxes, points, times, kinds."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from fastapi import Request
from hypothesis import given
from hypothesis import strategies as st

from api import cursors
from api.caching import etag_of, is_known
from api.history import LONGEST, Question
from api.parameters import parse_bbox, parse_near, parse_time
from api.routes.live import parse_event_id, parse_kinds
from api.snapshots import takes_gzip
from cityhub.errors import InvalidInput
from cityhub.kinds import KINDS

FILTERS = {"list": "sensors", "kind": "air", "near": (21.0, 105.8)}


@given(st.floats(0, 2e7), st.from_regex(r"[a-z0-9-]{3,64}", fullmatch=True))
def test_a_cursor_gives_back_its_key(distance_m: float, sensor_id: str) -> None:
    cursor = cursors.encode(FILTERS, (distance_m, sensor_id))
    assert cursors.decode(cursor, FILTERS, tuple[float, str]) == (distance_m, sensor_id)


def test_a_cursor_needs_no_escaping_in_a_url() -> None:
    assert set(cursors.encode(FILTERS, (1.5, "air-x"))) <= set(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    )


def asked(path: str, query: str, host: str) -> Request:
    headers = [(b"host", host.encode())]
    return Request({"type": "http", "path": path, "query_string": query.encode(), "headers": headers})


@pytest.mark.parametrize("host", ["hub.example", "evil.example/x?", "[", ""])
def test_the_next_page_is_a_path_whatever_the_host_header_says(host: str) -> None:
    request = asked(
        "/api/v1/sensors", "near=21.02,105.85&limit=2&cursor=old&start=2026-03-01T00:00:00%2B07:00", host
    )
    assert cursors.next_page(request, "new-1_") == (
        "/api/v1/sensors?near=21.02%2C105.85&limit=2&start=2026-03-01T00%3A00%3A00%2B07%3A00&cursor=new-1_"
    )


def test_a_cursor_of_another_query_is_refused() -> None:
    cursor = cursors.encode(FILTERS, (1.5, "air-x"))
    with pytest.raises(InvalidInput, match="another query") as caught:
        cursors.decode(cursor, {**FILTERS, "kind": "rain"}, tuple[float, str])
    assert caught.value.field == "cursor"


@given(st.text())
def test_any_text_is_a_cursor_or_refused_by_name(text: str) -> None:
    with pytest.raises(InvalidInput, match=r"^cursor: "):
        cursors.decode(text, FILTERS, tuple[float, str])


def test_a_cursor_with_a_key_of_another_shape_is_refused() -> None:
    with pytest.raises(InvalidInput, match=r"^cursor: "):
        cursors.decode(cursors.encode(FILTERS, ("air-x",)), FILTERS, tuple[float, str])


@given(st.binary(), st.binary())
def test_entity_tags_differ_exactly_when_bodies_do(one: bytes, other: bytes) -> None:
    assert (etag_of(one) == etag_of(other)) == (one == other)


@pytest.mark.parametrize("header", ["*", ' "a" ', 'W/"a"', '"b", "a"', '"b",W/"a"'])
def test_if_none_match_names_the_tag_alone_in_a_list_or_weakly(header: str) -> None:
    assert is_known(header, '"a"')


@pytest.mark.parametrize("header", [None, "", "a", '"b"', '"ab"', '"b", W/"c"'])
def test_if_none_match_of_other_tags_does_not(header: str | None) -> None:
    assert not is_known(header, '"a"')


@pytest.mark.parametrize("header", ["gzip", "br, GZIP;q=0.5", "*", "gzip;q=1.0, *;q=0"])
def test_gzip_is_taken(header: str) -> None:
    assert takes_gzip(header)


@pytest.mark.parametrize("header", ["", "br", "gzip;q=0", "gzip; q=0.0, *", "identity"])
def test_gzip_is_not_taken(header: str) -> None:
    assert not takes_gzip(header)


def test_a_box_is_four_numbers() -> None:
    assert parse_bbox("105.7, 20.9,105.9,21.1") == (105.7, 20.9, 105.9, 21.1)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "1,2,3",
        "1,2,3,4,5",
        "a,b,c,d",
        "1,2,nan,4",
        "1,2,inf,4",
        "1,2,1e1,4",
        "5,2,1,4",
        "1,5,2,4",
        "1,2,181,4",
    ],
)
def test_a_bad_box_is_refused_by_name(text: str) -> None:
    with pytest.raises(InvalidInput, match=r"^bbox: "):
        parse_bbox(text)


def test_a_point_is_latitude_then_longitude() -> None:
    assert parse_near("21.02,105.85") == (21.02, 105.85)


@pytest.mark.parametrize("text", ["105.85,21.02", "21", "21,", "nan,0", "21,105,0", "１,２"])
def test_a_bad_point_is_refused_by_name(text: str) -> None:
    with pytest.raises(InvalidInput, match=r"^near: "):
        parse_near(text)


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-22T10:00:00+07:00",
        "2026-11-22T10:00:00 07:00",
        "2026-11-22t10:00+07:00",
        "2026-11-22 03:00:00Z",
        "2026-11-22T03:00:00.000000000z",
        "2026-11-21T22:00:00-05:00",
    ],
)
def test_times_are_understood_with_any_offset_and_with_a_blank_for_a_plus(text: str) -> None:
    assert parse_time("start", text) == datetime(2026, 11, 22, 3, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "now",
        "2026-11-22",
        "2026-11-22T10:00:00",
        "20261122T100000Z",
        "2026-W47-7T10:00:00Z",
        "2026-02-30T10:00:00Z",
        "2026-11-22T25:00:00Z",
        "2026-11-22T10:00:60Z",
        "2026-11-22T10:00:00+25:00",
        "0000-01-01T00:00:00Z",
        "0001-01-01T00:00:00Z",
        "9999-12-31T23:59:59Z",
        "1764000000",
        "2026-11-22T10:00:00Z\0",
        "２０２６-11-22T10:00:00Z",
    ],
)
def test_what_is_no_rfc_3339_time_of_our_age_is_refused_by_name(text: str) -> None:
    with pytest.raises(InvalidInput, match=r"^start: "):
        parse_time("start", text)


@given(
    st.integers(2 * 86_400 * 10**6, 229 * 365 * 86_400 * 10**6),
    st.integers(-1439, 1439).map(lambda minutes: timezone(timedelta(minutes=minutes))),
)
def test_every_time_survives_being_written_and_read(microseconds: int, zone: timezone) -> None:
    time = (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=microseconds)).astimezone(zone)
    assert parse_time("start", time.isoformat()) == time


def test_a_span_must_have_a_length() -> None:
    moment = datetime(2026, 11, 22, tzinfo=UTC)
    with pytest.raises(InvalidInput, match=r"^end: must be after start"):
        Question("air-x", "pm2_5", moment, moment, "raw").check()


@pytest.mark.parametrize("step", list(LONGEST))
def test_a_span_has_a_longest_length(step: str) -> None:
    start = datetime(1990, 1, 1, tzinfo=UTC)
    longest = LONGEST[step]  # type: ignore[index]
    Question("air-x", "pm2_5", start, start + longest, step).check()  # type: ignore[arg-type]
    with pytest.raises(InvalidInput, match=r"^end: at most"):
        Question("air-x", "pm2_5", start, start + longest + timedelta(seconds=1), step).check()  # type: ignore[arg-type]


def test_kinds_are_all_or_those_named() -> None:
    assert parse_kinds(None) == tuple(KINDS)
    assert parse_kinds("flood, air") == ("air", "flood")


@pytest.mark.parametrize("text", ["", "air,", "noise", "air;rain"])
def test_unknown_kinds_are_refused_by_name(text: str) -> None:
    with pytest.raises(InvalidInput, match=r"^kinds: "):
        parse_kinds(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (None, None),
        ("", None),
        ("1795355400308074", 1795355400308074),
        ("-1", 0),
        ("x", 0),
        ("9" * 99, 0),
        ("²", 0),
    ],
)
def test_an_event_id_is_a_number_or_long_past(text: str | None, expected: int | None) -> None:
    assert parse_event_id(text) == expected
