"""What browsers report of pages' policies: both shapes are read, nothing private of them, and garbage harms nothing."""

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.policy_reports import DIRECTIVES, MANY, ONE, Kept, read
from api.routes.policy_reports import LINES_PER_MINUTE, Lines
from cityhub.errors import InvalidInput

# As Firefox and Chromium send them.
OLD = {
    "csp-report": {
        "document-uri": "https://hub.test/p/tok3nOfSomebody?lang=vi",
        "referrer": "https://hub.test/parking",
        "violated-directive": "script-src-elem",
        "effective-directive": "script-src-elem",
        "original-policy": "default-src 'self'",
        "disposition": "enforce",
        "blocked-uri": "https://evil.test/a.js?plate=30A12345",
        "status-code": 200,
        "script-sample": "alert('30A12345')",
    }
}
NEW = {
    "age": 5,
    "body": {
        "blockedURL": "inline",
        "columnNumber": 7,
        "disposition": "enforce",
        "documentURL": "https://hub.test/air",
        "effectiveDirective": "style-src-attr",
        "lineNumber": 1,
        "originalPolicy": "default-src 'self'",
        "sample": "",
        "statusCode": 200,
    },
    "type": "csp-violation",
    "url": "https://hub.test/air",
    "user_agent": "Mozilla/5.0",
}


def encoded(document: Any) -> bytes:
    return msgspec.json.encode(document)


def test_both_shapes_are_read_and_what_is_private_is_left_out() -> None:
    assert read(encoded(OLD), ONE) == [Kept("script-src-elem", "evil.test", "/p/tok3nOfSomebody")]
    assert read(encoded([NEW, NEW | {"type": "deprecation"}]), MANY) == [
        Kept("style-src-attr", "inline", "/air")
    ]


@pytest.mark.parametrize(
    ("blocked", "told"),
    [
        ("https://user:secret@evil.test:8443/x", "evil.test:8443"),
        ("data", "data"),
        ("data:text/html,secret", "data"),
        ("chrome-extension://abcdef/secret.js", "extension"),
        ("moz-extension://abcdef", "extension"),
        ("https://" + "a" * 300 + ".test/", "other"),
        ("https://[broken/", "other"),
        ("https://evil.test\r\nlevel=error", "other"),
        ("", "other"),
        (None, "other"),
        ({"x": 1}, "other"),
    ],
)
def test_of_what_was_kept_out_its_host_or_sort_is_told(blocked: Any, told: str) -> None:
    [found] = read(encoded({"csp-report": OLD["csp-report"] | {"blocked-uri": blocked}}), ONE)
    assert found.blocked == told


def test_a_directive_is_of_a_closed_list() -> None:
    old = {"violated-directive": "img-src 'self' data:", "document-uri": "x"}
    assert read(encoded({"csp-report": old}), ONE)[0].directive == "img-src"
    for name in ("plate-30A12345", "", 7, None):
        assert read(encoded({"csp-report": {"effective-directive": name}}), ONE)[0].directive == "other"


@pytest.mark.parametrize("media_type", [ONE, MANY])
@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"7", b"null", b'"x"', b"[1]", b'{"csp-report":7}', b"\xff\xfe", b"[" * 20_000, b"\x00"],
)
def test_what_no_browser_sends_is_refused(body: bytes, media_type: str) -> None:
    with pytest.raises(InvalidInput):
        read(body, media_type)


def test_more_than_a_browser_gathers_is_refused() -> None:
    assert len(read(encoded([NEW] * 50), MANY)) == 50
    with pytest.raises(InvalidInput, match="more than 50"):
        read(encoded([NEW] * 51), MANY)


@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.text(max_size=20),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(["csp-report", "body", "type", "blockedURL", "document-uri"]),
                inner,
                max_size=3,
            )
        ),
    ),
    st.sampled_from([ONE, MANY]),
)
def test_any_document_is_read_or_refused(document: Any, media_type: str) -> None:
    try:
        found = read(encoded(document), media_type)
    except InvalidInput:
        return
    assert all(one.directive in DIRECTIVES | {"other"} for one in found)


def test_a_flood_of_reports_writes_few_lines() -> None:
    lines = Lines()
    assert sum(lines.take(59.9) for _ in range(1_000)) == LINES_PER_MINUTE
    assert lines.take(60.0)


def test_bytes_that_are_no_text_are_no_json() -> None:
    for media_type in (ONE, MANY):
        with pytest.raises(InvalidInput):
            read(b'{"csp-report": {"document-uri": "\xff"}}', media_type)
