"""The OpenAPI document is whole: what it refers to is there, and everything says what it is."""

from collections.abc import Iterator
from typing import Any

import pytest

from api.app import create_app
from api.documentation import describe
from cityhub.config import read_settings
from cityhub.kinds import KINDS


@pytest.fixture(scope="module")
def document() -> Any:
    return describe(create_app(read_settings(database_url="postgresql://never-used")))


def references(part: Any) -> Iterator[str]:
    """Every `$ref` in a part of the document."""
    if isinstance(part, dict):
        if "$ref" in part:
            yield part["$ref"]
        for inner in part.values():
            yield from references(inner)
    elif isinstance(part, list):
        for inner in part:
            yield from references(inner)


def test_every_reference_leads_to_a_schema(document: Any) -> None:
    found = set(references(document))
    assert len(found) > 20
    assert found <= {f"#/components/schemas/{name}" for name in document["components"]["schemas"]}


def test_every_schema_says_what_it_is_without_the_indentation_of_the_code(document: Any) -> None:
    for name, schema in document["components"]["schemas"].items():
        assert schema["description"], name
        assert "\n  " not in schema["description"], name


def test_answers_list_the_kinds_of_the_table(document: Any) -> None:
    schemas = document["components"]["schemas"]
    for holder in ("KindInfo", "Sensor", "LatestCollection", "SensorProperties", "HealthDay"):
        assert schemas[holder]["properties"]["kind"]["enum"] == sorted(KINDS), holder


def test_times_and_pages_are_told_by_their_formats(document: Any) -> None:
    schemas = document["components"]["schemas"]
    assert schemas["RawRow"]["properties"]["time"] == {"type": "string", "format": "date-time"}
    assert schemas["HealthDay"]["properties"]["day"] == {"type": "string", "format": "date"}
    page = schemas["Sensors"]["properties"]["next"]["anyOf"][0]
    assert (page["format"], page["pattern"]) == ("uri-reference", "^/api/v1/")
