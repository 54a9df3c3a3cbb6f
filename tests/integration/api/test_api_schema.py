"""Whatever the OpenAPI document allows, and much that it does not, is answered as it says."""

from typing import Any

import schemathesis
from hypothesis import HealthCheck, Phase, settings
from schemathesis.config import SchemathesisConfig
from schemathesis.specs.openapi import checks

from api.app import create_app
from api.documentation import describe
from cityhub.config import read_settings

# A span that ends before it starts is well-formed by the document, and rightly refused.
_NOT_TOLD_BY_A_SCHEMA = [checks.positive_data_acceptance]

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
