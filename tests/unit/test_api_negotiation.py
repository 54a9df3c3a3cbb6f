"""The form that a client wants, by its header Accept."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.negotiation import best

JSON, HTML, PDF = "application/json", "text/html", "application/pdf"
OFFERED = (JSON, HTML, PDF)
CHROMIUM = (
    "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,image/apng,*/*;q=0.8,"
    "application/signed-exchange;v=b3;q=0.7"
)


@pytest.mark.parametrize(
    ("accept", "found"),
    [
        ("", JSON),
        ("*/*", JSON),
        ("application/*", JSON),
        ("text/*", HTML),
        (CHROMIUM, HTML),
        ("application/pdf", PDF),
        ("APPLICATION/PDF", PDF),
        ("application/pdf, */*;q=0.1", PDF),
        ("application/pdf;q=0.5, text/html;q=0.4, application/json;q=0.3", PDF),
        # What says most about a type counts, also when it says less of it.
        ("application/*, application/json;q=0.2", PDF),
        ("*/*, application/json;q=0", HTML),
        ("*/*;q=0.1, application/json;q=0, text/html;q=0", PDF),
        ("text/html;charset=utf-8", HTML),
        ("application/json;odata=verbose ; q=0.9, text/html ; Q=0.8", JSON),
        ("text/html;q=0.5, text/html;q=0.9, application/json;q=0.7", HTML),
        ("image/png, text/html;q=0.001", HTML),
        # What cannot be read is not there.
        ("application/pdf;q=much, text/html;q=0.2", HTML),
        (",,, text/html ,,", HTML),
        ("nonsense", JSON),
        ("*/json, text/html;q=2", JSON),
    ],
)
def test_the_form_that_is_wanted_most(accept: str, found: str) -> None:
    assert best(accept, OFFERED) == found


@pytest.mark.parametrize(
    "accept", ["image/png", "text/csv, image/*", "*/*;q=0", "text/html;q=0", "text/html;q=0.000"]
)
def test_what_is_not_there_is_none(accept: str) -> None:
    assert best(accept, OFFERED) is None


@given(st.text(max_size=60) | st.text(alphabet="*/;q=01., text/html", max_size=60))
def test_every_header_has_an_answer(accept: str) -> None:
    assert best(accept, OFFERED) in (*OFFERED, None)
