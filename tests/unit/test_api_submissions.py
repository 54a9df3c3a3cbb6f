"""What partners post: keys, media types, sizes, compression, and items that are judged one by one."""

import gzip
import json
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from fastapi import HTTPException
from hypothesis import given
from hypothesis import strategies as st
from starlette.datastructures import Headers

from api import bodies
from api.bodies import JSON, LINES, MAX_BYTES, MAX_ITEMS, MAX_MEMBERS, Form, Item, form_of, inflate, items
from api.intake import decode_posted
from cityhub.config import read_settings
from cityhub.errors import SettingsError
from cityhub.observing.decoded import Decoded, RegisteredSensor
from cityhub.observing.quality import FAULT

NOW = datetime(2026, 11, 22, 3, tzinfo=UTC)
TIME = "2026-11-22T10:00:00+07:00"
KNOWN = {"air-1": RegisteredSensor("air", None), "rain-1": RegisteredSensor("rain", None)}
KEYS = "ward-7:0123456789abcdef,lake.watch:fedcba9876543210"

ARRAY, ROWS, ZIPPED = Form(JSON, False), Form(LINES, False), Form(JSON, True)


def refused(call: Any, *given: Any) -> HTTPException:
    with pytest.raises(HTTPException) as caught:
        call(*given)
    return caught.value


@pytest.mark.parametrize(
    "text",
    [
        "hushhushhushhushhush",
        "ward-7:hushhushhushhus",
        "ward-7:hush hush hush hush",
        "ward-7:hushhushhushhushé",
        "ward 7:hushhushhushhush",
        ":hushhushhushhush",
        "ward-7:hushhushhushhush,",
        "ward-7:hushhushhushhush,ward-7:hushhushhushhush2",
        "ward-7:hushhushhushhush,ward-8:hushhushhushhush",
    ],
)
def test_keys_that_cannot_be_read_are_refused_and_not_repeated(
    monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    monkeypatch.setenv("CITYHUB_API_KEYS", text)
    with pytest.raises(SettingsError, match=r"^CITYHUB_API_KEYS: ") as caught:
        read_settings()
    assert "hush" not in str(caught.value)


def test_keys_are_masked_wherever_settings_are_shown() -> None:
    settings = read_settings(api_keys="ward-7:hush-0123456789:x, lake:hush-98765432100")
    assert settings.shown()["api_keys"] == "ward-7:***,lake:***"
    assert "hush" not in repr(settings) + str(settings) + str(settings.shown())
    assert read_settings().shown()["api_keys"] == ""


@pytest.mark.parametrize(
    ("headers", "form"),
    [
        ({"content-type": "application/json"}, ARRAY),
        ({"content-type": "Application/JSON; charset=utf-8", "content-length": str(MAX_BYTES)}, ARRAY),
        ({"content-type": "application/x-ndjson", "content-encoding": "identity"}, ROWS),
        ({"content-type": "application/json", "content-encoding": "GZIP"}, ZIPPED),
    ],
)
def test_the_headers_tell_how_the_body_is_written(headers: dict[str, str], form: Form) -> None:
    assert form_of(Headers(headers)) == form


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 415),
        ({"content-type": "text/csv"}, 415),
        ({"content-type": "application/jsonp"}, 415),
        ({"content-type": "application/json", "content-encoding": "br"}, 415),
        ({"content-type": "application/json", "content-encoding": "gzip, gzip"}, 415),
        ({"content-type": "application/json", "content-length": str(MAX_BYTES + 1)}, 413),
    ],
)
def test_other_bodies_are_refused_before_they_are_read(headers: dict[str, str], status: int) -> None:
    assert refused(form_of, Headers(headers)).status_code == status


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(st.lists(_JSON, max_size=6), st.sampled_from([None, 1]))
def test_an_array_is_read_element_by_element(documents: list[Any], indent: int | None) -> None:
    found = items(json.dumps(documents, indent=indent).encode(), ARRAY)
    assert [item.problem for item in found] == [None] * len(documents)
    # As texts, because NaN differs from itself.
    assert json.dumps([item.document for item in found]) == json.dumps(documents)
    assert [json.dumps(json.loads(item.payload)) for item in found] == [json.dumps(d) for d in documents]


@given(st.lists(_JSON, max_size=6))
def test_lines_are_read_one_by_one(documents: list[Any]) -> None:
    body = "\r\n\n".join(json.dumps(document) for document in documents).encode()
    assert json.dumps([item.document for item in items(body, ROWS)]) == json.dumps(documents)


def test_a_broken_line_leaves_its_neighbours_alone() -> None:
    found = items(b'{"a": 1}\n{"a": \n\xff\n' + b"[" * 100_000 + b'\n{"a": 2}', ROWS)
    assert [item.problem is None for item in found] == [True, False, False, False, True]
    assert found[1].problem == "no JSON: it is cut off at its end, after character 5"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{}",
        b"null",
        b"[",
        b"[1",
        b"[1,",
        b"[1,]",
        b"[1 2]",
        b"[1] 2",
        b"[nan nan]",
        b"\xff",
        b"\xef\xbb\xbf{}",
        b"[" * 100_000,
        b"[nan, " + b"[" * 100_000,
    ],
)
def test_what_is_no_array_is_refused_in_plain_words(body: bytes) -> None:
    error = refused(items, body, ARRAY)
    assert error.status_code == 400
    assert not any(word in error.detail for word in ("Expecting", "char ", "codec", "utf-8", "recursion"))


BAD = ["nan", "-inf", "Infinity", "1.#QNAN", "", "1e999", "9" * 5_000]


@pytest.mark.parametrize("literal", BAD, ids=lambda text: text[:10] or "nothing")
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("form", [ARRAY, ROWS], ids=["array", "lines"])
def test_a_bad_value_takes_neither_its_item_nor_the_others_along(
    literal: str, encoding: str, form: Form
) -> None:
    good, bad = (
        json.dumps(air()),
        json.dumps(air(values={"pm10": 60.1, "pm2_5": "?"})).replace('"?"', literal),
    )
    text = f"[{good}, {bad},\n{good}]" if form is ARRAY else f"{good}\n{bad}\n{good}"
    found = items(text.encode(encoding), form)
    decoded = [decode_posted(item, NOW, KNOWN, "hanoi", 100_000) for item in found]
    assert [[o.value for o in one.observations] for one in decoded] == [[35.2], [60.1], [35.2]]
    assert [[part.reason for part in one.rejected] for one in decoded] == [[], ["not_a_number"], []]


def test_zero_bytes_end_a_body_and_a_line() -> None:
    assert len(items(b"[1, 2]\0\0", ARRAY)) == 2
    assert [item.document for item in items(b"1\0\n2\0\0\n3", ROWS)] == [1, 2, 3]
    assert refused(items, b"[1, 2\0, 3]", ARRAY).status_code == 400


@given(st.binary(max_size=200), st.sampled_from([ARRAY, ROWS, ZIPPED]))
def test_any_bytes_are_items_or_refused(body: bytes, form: Form) -> None:
    try:
        found = items(body, form)
    except HTTPException as error:
        statuses = {error.status_code}
    else:
        statuses = {200 if isinstance(item, Item) else 500 for item in found}
    assert statuses <= {200, 400}


def test_too_many_items_are_refused() -> None:
    assert len(items(b"[" + b"0," * (MAX_ITEMS - 1) + b"0]", ARRAY)) == MAX_ITEMS
    assert len(items(b"0\n" * MAX_ITEMS, ROWS)) == MAX_ITEMS
    assert refused(items, b"[" + b"0," * MAX_ITEMS + b"0]", ARRAY).status_code == 413
    assert refused(items, b"0\n" * (MAX_ITEMS + 1), ROWS).status_code == 413


def test_gzip_of_one_or_more_members_is_unpacked() -> None:
    assert inflate(gzip.compress(b"[1,") + gzip.compress(b"2]")) == b"[1,2]"


def test_gzip_that_unpacks_to_too_much_is_refused() -> None:
    assert len(inflate(gzip.compress(bytes(MAX_BYTES)))) == MAX_BYTES
    assert refused(inflate, gzip.compress(bytes(MAX_BYTES + 1))).status_code == 413
    assert refused(inflate, gzip.compress(bytes(MAX_BYTES)) + gzip.compress(b" ")).status_code == 413


@given(st.lists(st.binary(max_size=3_000), min_size=1, max_size=40))
def test_gzip_of_any_members_is_unpacked(parts: list[bytes]) -> None:
    assert inflate(b"".join(map(gzip.compress, parts))) == b"".join(parts)


def test_a_body_of_nothing_but_empty_members_is_refused_at_once() -> None:
    empty = gzip.compress(b"", mtime=0)
    before = time.process_time()
    assert refused(inflate, empty * (MAX_BYTES // len(empty))).status_code == 400
    # Quadratic, it took over a minute.
    assert time.process_time() - before < 5
    assert inflate(empty * MAX_MEMBERS + b"") == b""
    assert refused(inflate, empty * (MAX_MEMBERS + 1)).status_code == 400


@pytest.mark.parametrize("digits", ["9" * 401, "-" + "9" * 401, "1" + "0" * 100_000], ids=len)
@pytest.mark.parametrize("form", [ARRAY, ROWS])
def test_a_number_of_absurd_length_does_not_take_its_neighbours_along(digits: str, form: Form) -> None:
    good, bad = '{"sensor_id": "a"}', f'{{"values": {{"pm2_5": {digits}}}}}'
    body = f"[{good}, {bad}, {good}]" if form is ARRAY else f"{good}\n{bad}\n{good}"
    found = items(body.encode(), form)
    assert [one.problem for one in found] == [None] * 3
    assert [one.payload.decode() for one in found] == [good, bad, good]


@pytest.mark.parametrize(
    "body", [b"[]", gzip.compress(b"[]", mtime=0)[:-1], gzip.compress(b"[]", mtime=0) + b"x"]
)
def test_what_is_no_whole_gzip_is_refused(body: bytes) -> None:
    assert refused(inflate, body).status_code == 400


def judged(document: Any, **options: Any) -> Decoded:
    item = Item(json.dumps(document).encode(), document)
    return decode_posted(item, NOW, KNOWN, "hanoi", options.get("max_bytes", 1024))


def air(**fields: Any) -> dict[str, Any]:
    return {"sensor_id": "air-1", "time": TIME, "values": {"pm2_5": 35.2}, **fields}


@pytest.mark.parametrize("kind", [{}, {"kind": None}, {"kind": "air"}])
def test_an_item_is_judged_as_its_message(kind: dict[str, Any]) -> None:
    decoded = judged(air(battery=0, fault=["pm2_5"], **kind))
    assert not decoded.rejected
    assert [tuple(one) for one in decoded.observations] == [
        ("air-1", "pm2_5", NOW, 35.2, FAULT),
        ("air-1", "battery", NOW, 0.0, 0),
    ]


@pytest.mark.parametrize(
    ("document", "reason"),
    [
        (7, "schema"),
        ([air()], "schema"),
        ({"time": TIME, "values": {}}, "schema"),
        (air(sensor_id=7), "schema"),
        (air(kind="noise"), "schema"),
        (air(kind=["air"]), "schema"),
        (air(values=7), "schema"),
        (air(sensor_id="air-2"), "unknown_sensor"),
        (air(sensor_id="air-2", kind="air"), "unknown_sensor"),
        (air(kind="rain"), "unknown_sensor"),
        (air(sensor_id="air-1/status", kind="air"), "topic"),
        (air(sensor_id="\ud800", kind="air"), "topic"),
        (air(time=None), "time"),
        ({"sensor_id": "air-1", "values": {"pm2_5": 1}}, "time"),
        (air(time="yesterday"), "time"),
        (air(time=(NOW + timedelta(hours=1)).isoformat()), "future"),
        (air(values={"rain": 1}), "unknown_property"),
        (air(values={"pm2_5": float("nan")}), "not_a_number"),
        (air(note="x" * 1024), "too_large"),
    ],
)
def test_what_cannot_be_used_has_the_reason_of_the_quarantine(document: Any, reason: str) -> None:
    decoded = judged(document)
    assert [part.reason for part in decoded.rejected] == [reason]
    assert not decoded.observations


def test_a_line_that_is_no_json_is_an_item_with_that_reason() -> None:
    (item,) = items(b"{", ROWS)
    (part,) = decode_posted(item, NOW, KNOWN, "hanoi", 1024).rejected
    assert part.reason == "json"


@given(_JSON | st.dictionaries(st.sampled_from(["sensor_id", "kind", "time", "values", "fault"]), _JSON))
def test_any_item_is_judged_and_never_raises(document: Any) -> None:
    decoded = judged(document)
    assert decoded.rejected
    assert not decoded.observations


def test_the_limits_are_those_that_partners_are_told() -> None:
    page = (Path(__file__).resolve().parents[2] / "docs/install.md").read_text()
    assert f"at most {bodies.MAX_ITEMS:,} items and {bodies.MAX_BYTES >> 20} MiB" in page
