"""Whatever the OpenAPI document allows, and much that it does not, is answered as it says."""

from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, settings
from schemathesis.config import SchemathesisConfig
from schemathesis.specs.openapi import checks

from api.app import create_app
from api.documentation import describe
from cityhub.config import read_settings

schemathesis.serializer.alias("application/x-ndjson", "text/plain")

# A span that ends before it starts is well-formed by the document, and rightly refused.
_NOT_TOLD_BY_A_SCHEMA = [checks.positive_data_acceptance]

# Of a post each item is judged by itself: a bad one is told in the answer, and the status is 207.
_NOT_TOLD_BY_A_STATUS = [*_NOT_TOLD_BY_A_SCHEMA, checks.negative_data_rejection]

KEY = "0123456789abcdef-schema"

_bounded = settings(
    max_examples=25,
    deadline=None,
    derandomize=True,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)


def _schema(**parameters: str) -> Any:
    """The document of an application that is never started; `parameters` are always given as they are here."""
    document = describe(create_app(read_settings(database_url="postgresql://never-used")))
    return schemathesis.openapi.from_dict(
        document, config=SchemathesisConfig.from_dict({"parameters": parameters})
    )


anything = _schema()
a_real_sensor = _schema(sensor_id="air-trung-yen-3", property="pm2_5")


@anything.parametrize()
@_bounded
def test_every_request_is_answered_as_documented(case: Any, api: Any) -> None:
    case.call_and_validate(base_url=api.url, excluded_checks=_NOT_TOLD_BY_A_SCHEMA, timeout=10)


@a_real_sensor.include(path_regex=r"\{sensor_id\}").parametrize()
@_bounded
def test_every_request_about_a_real_sensor_is_answered_as_documented(case: Any, api: Any) -> None:
    case.call_and_validate(base_url=api.url, excluded_checks=_NOT_TOLD_BY_A_SCHEMA, timeout=10)


@pytest.fixture(scope="module")
def open_api(run_api: Any, database_url: str) -> Iterator[Any]:
    """A server that takes posts with KEY."""
    with run_api(
        read_settings(
            database_url=database_url,
            api_keys=f"schema:{KEY}:observations:write+parking:write+water:write+flood:write",
        )
    ) as api:
        yield api


@anything.include(method="POST").parametrize()
@_bounded
def test_every_post_with_a_key_is_answered_as_documented(case: Any, open_api: Any) -> None:
    case.call_and_validate(
        base_url=open_api.url,
        excluded_checks=_NOT_TOLD_BY_A_STATUS,
        headers={"Authorization": f"Bearer {KEY}"},
        timeout=10,
    )


@anything.include(method="POST").parametrize()
@_bounded
def test_every_post_without_a_key_is_answered_as_documented(case: Any, open_api: Any) -> None:
    case.call_and_validate(base_url=open_api.url, excluded_checks=_NOT_TOLD_BY_A_STATUS, timeout=10)
