"""The shapes of answers, for the OpenAPI document only: answers are encoded without passing through these."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

NextPage = Annotated[
    str,
    Field(
        description="URL reference of the page after this one: path and query, without scheme and host",
        json_schema_extra={"format": "uri-reference", "pattern": "^/api/v1/"},
    ),
]


class Shape(BaseModel):
    """Every field is always there; more may come."""

    model_config = ConfigDict(json_schema_serialization_defaults_required=True)


class Fault(Shape):
    """What is wrong with one field."""

    field: str
    problem: str


class Problem(BaseModel):
    """RFC 9457 problem details; `errors` is there for faults of fields."""

    type: str
    title: str
    status: int
    detail: str
    errors: list[Fault] = Field(default_factory=list)
