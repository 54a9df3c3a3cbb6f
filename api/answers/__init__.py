"""Answers as they are sent: an object of one of these classes is encoded as it is, and the class is its schema in the
OpenAPI document. Every field is always there; more may come.
"""

from typing import Annotated

from msgspec import Meta

NextPage = Annotated[
    str,
    Meta(
        description="URL reference of the page after this one: path and query, without scheme and host",
        pattern="^/api/v1/",
        extra_json_schema={"format": "uri-reference"},
    ),
]
# A part of a whole.
Share = Annotated[float, Meta(ge=0, le=1)]
