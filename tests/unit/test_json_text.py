"""Text that is nearly JSON: the good values are read, what is none is told, and a fault is named in plain words."""

import json
import math
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cityhub.observing import json_text
from cityhub.observing.decode import decode
from tests.unit.test_decode import NOW, SENSORS, read, reasons, values

NO_NUMBERS = [
    *("nan", "-nan", "+nan", "NAN", "NaN", "nan(0x8000)", "-nan(ind)"),
    *("inf", "-inf", "+inf", "Inf", "INF", "Infinity", "infinity", "-INFINITY"),
    *("1.#QNAN", "-1.#IND", "1.#INF", "1.#INF00", "1e999", "-1e400"),
    *("9" * 5_000, "-" + "9" * 5_000, "9" * 400, "1" * 100_000),
    *(
        "+5",
        ".5",
        "5.",
        "007",
        "0x1f",
        "1_000",
        "--",
        "-",
        "***",
        "ERR",
        "None",
        "NULL",
        "undefined",
        "True",
        "",
    ),
]


@pytest.mark.parametrize("literal", NO_NUMBERS, ids=lambda text: text[:20] or "nothing")
@pytest.mark.parametrize(
    "place", ['{"values": {"pm2_5": %s, "pm10": 60.1}}', '{"values":{"pm10":60.1,"pm2_5":%s}}']
)
def test_a_value_that_is_no_number_leaves_the_good_one_beside_it(literal: str, place: str) -> None:
    decoded = read((place % literal).encode())
    assert values(decoded) == {"pm10": 60.1}
    assert reasons(decoded) == ["not_a_number"]
    assert decoded.rejected[0].detail.startswith("pm2_5: ")


@pytest.mark.parametrize("literal", ["nan", "-inf", "1e999", "9" * 5000])
def test_a_bare_no_number_under_a_propertys_topic_is_told_as_such(literal: str) -> None:
    decoded = read(literal.encode(), "hanoi/air/air-1/telemetry/pm2_5")
    assert (reasons(decoded), decoded.observations) == (["not_a_number"], [])
    listed = read(f"[{literal}, 35.2]".encode(), "hanoi/air/air-1/telemetry/pm2_5")
    assert (reasons(listed), values(listed)) == (["not_a_number"], {"pm2_5": 35.2})


@pytest.mark.parametrize("field", ["time", "seq", "battery", "fault"])
def test_no_number_beside_the_values_is_told_too(field: str) -> None:
    decoded = read(f'{{"{field}": nan, "values": {{"pm10": 60.1}}}}'.encode())
    told = {"time": "time", "fault": "schema"}.get(field, "not_a_number")
    assert reasons(decoded) == [told]
    assert values(decoded) == ({"pm10": 60.1} if told == "not_a_number" else {})


GOOD = b'{"values": {"pm10": 60.1}}'


@pytest.mark.parametrize(
    "payload",
    [
        GOOD + b"\0",
        GOOD + b"\0" * 40,
        GOOD + b"\0left over from the message before",
        GOOD + b"\0\xff\xfe",
        b"\xef\xbb\xbf" + GOOD,
        b"\xef\xbb\xbf" + GOOD + b"\0",
        GOOD.decode().encode("utf-16"),
        GOOD.decode().encode("utf-16-le"),
        GOOD.decode().encode("utf-16-be"),
        b"\xfe\xff" + GOOD.decode().encode("utf-16-be"),
        GOOD.decode().encode("utf-16") + b"\0\0",
        GOOD.decode().encode("utf-32"),
        b'{"values": {"pm10": 60.1}, "site": "Kim M\xe3"}',
        b'{"values": {"pm10": 60.1}, "site": "a\tb\nc"}',
        b'{"values": {"pm10": 60.1}, "site": "C:\\logger\\x"}',
        b'{"values": {"pm10": 60.1}, "site": "\\u12"}',
    ],
)
def test_how_the_text_is_coded_takes_no_value_along(payload: bytes) -> None:
    decoded = read(payload)
    assert (values(decoded), decoded.rejected) == ({"pm10": 60.1}, [])


@pytest.mark.parametrize(
    ("payload", "words"),
    [
        (b"", "it is empty"),
        (b"\0\0", "it is empty"),
        (b"\x01\x02\xff", "binary data"),
        (b'{"values": {"pm10": 60.', "cut off at its end, after character 23"),
        (b'{"values": {"pm10": 60.1}', "cut off"),
        (b'{"site": "Kim', "cut off"),
        (b"{'values': {}}", "at character 2 a name in double quotes is expected; there stands \"'values'"),
        (b'{"values": {"pm10": 60.1},}', "at character 27 a name in double quotes"),
        (b'{"values": {"pm10" 60.1}}', "a colon is expected"),
        (b'{"values": {"pm10": 60.1 "pm2_5": 1}}', "a comma or the end"),
        (GOOD + b" and more", "something follows after the end; there stands 'and more'"),
        (b"pm10=60.1", "a value is expected; there stands 'pm10=60.1'"),
        (b"[" * 100_000, "nested too deeply"),
    ],
)
def test_a_fault_is_told_in_words_that_lead_to_it(payload: bytes, words: str) -> None:
    [rejected] = read(payload).rejected
    assert rejected.reason == "json"
    assert words in rejected.detail


PYTHONS_WORDS = re.compile(
    r"utf-8-sig|set_int_max|Expecting|codec|delimiter|\(char|recursion|zlib|Error -", re.I
)
scraps = st.sampled_from(
    [
        '{"values":{"pm10":60.1}}',
        "{",
        "}",
        "[",
        ",",
        ":",
        '"',
        "\\",
        "nan",
        "9" * 5000,
        "\0",
        "\ufeff",
        "x",
        "'",
        "1",
    ]
)


@given(
    st.lists(scraps, max_size=12).map("".join) | st.text(max_size=30), st.sampled_from(["utf-8", "utf-16"])
)
def test_no_fault_is_told_in_pythons_words(text: str, encoding: str) -> None:
    decoded = decode("hanoi", "hanoi/air/air-1/telemetry", text.encode(encoding, "replace"), NOW, SENSORS)
    for rejected in decoded.rejected:
        assert not PYTHONS_WORDS.search(rejected.detail.replace(text, ""))


documents = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=10,
)


@given(documents, st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]))
def test_json_is_read_as_it_is_in_any_coding(document: Any, encoding: str) -> None:
    text = json.dumps(document, ensure_ascii=True)
    assert json_text.read(text.encode(encoding)) == document
    assert json_text.mended(text) == text


@given(st.text(alphabet='{}[]":,\\nait1 .-\t', max_size=60))
def test_mending_reads_anything_that_json_reads_as_json_does(text: str) -> None:
    try:
        document = json.loads(text, strict=False)
    except ValueError:
        return
    assert repr(json_text.read(text.encode())) == repr(document)


@pytest.mark.parametrize(
    "text", ['"' + '\\"' * 120_000, ":" + " " * 200_000, "[," * 100_000, '{"a":' * 40_000 + "nan"]
)
def test_a_long_text_that_is_no_json_costs_no_more_than_its_length(text: str) -> None:
    with pytest.raises(json_text.BadJson):
        json_text.read(text.encode())


def test_a_whole_number_of_any_length_is_infinite_and_no_trouble() -> None:
    assert json_text.read(b"9" * 200_000) == math.inf
