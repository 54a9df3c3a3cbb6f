"""OpenAPI 3.1: what the routes share, and pages of documentation that ask no foreign host."""

import asyncio
import inspect
from collections.abc import Collection, Mapping, Sequence
from importlib import import_module
from pkgutil import iter_modules
from typing import Any

import msgspec
from fastapi import FastAPI, Request, Response
from fastapi.openapi.docs import get_swagger_ui_html
from msgspec import Struct

from api import answers
from api.access import from_memory, open_data, public
from api.answers.problems import Problem
from api.caching import answer
from api.problems import MEDIA_TYPE, NotReady
from cityhub.kinds import KINDS
from portal import content_security_policy

VENDOR = "/static/vendor/swagger-ui-dist"

DESCRIPTION = f"""
{", ".join(kind.name_en for kind in KINDS.values())} in Hanoi, live and as history.

Times are RFC 3339, answers use `+07:00`. Coordinates are WGS84; GeoJSON gives longitude first. Concentrations are
µg/m³, rain mm, street water cm, river and lake level m. Errors are `application/problem+json` (RFC 9457).
Lists come in pages: `next` is the path and query of the page after, to be resolved against this host, or null.

**Live stream.** `GET /api/v1/live?kinds=air,flood` answers Server-Sent Events: an event `latest` with
`{{"kind": ..., "summary": {{...}}, "features": [...]}}` whenever something changed, holding the kind in one figure and
only the Features that did. `Last-Event-ID` resumes; what is too old to resume is answered by the whole state. A comment
line comes every 15 seconds.

**Partners** with a key post observations to `/api/v1/observations`, tell of rights to park that they sold at
`/api/v1/parking/rights`, or of water samples at `/api/v1/water/{{station_id}}/samples`. Drivers need no key: who has
the token of a session, permit or wallet may change it.
"""

# Either will do.
KEY_SCHEMES: Mapping[str, Mapping[str, str]] = {
    "bearer": {"type": "http", "scheme": "bearer", "description": "The partner's key"},
    "key": {"type": "apiKey", "in": "header", "name": "X-API-Key", "description": "The partner's key"},
}


_SCHEMA = "#/components/schemas/{model}"


def install(app: FastAPI, *, has_packages: bool) -> None:
    """Add `/openapi.json` and `/docs` to an application whose routes are complete.

    `/docs` needs the npm packages. Neither waits for a thread of the pool.
    """
    document: list[bytes] = []

    @app.get("/openapi.json", include_in_schema=False)
    @from_memory
    @open_data
    async def openapi(request: Request) -> Response:
        if not document:
            document.append(await asyncio.to_thread(_document, app))
        return answer(request, document[0], max_age_s=300)

    @app.get("/docs", include_in_schema=False)
    @from_memory
    @public
    async def docs(request: Request) -> Response:
        if not has_packages:
            raise NotReady("The documentation cannot be shown at the moment; /openapi.json holds the same.")
        page = get_swagger_ui_html(
            openapi_url="/openapi.json",
            title=app.title,
            swagger_js_url=f"{VENDOR}/swagger-ui-bundle.js",
            swagger_css_url=f"{VENDOR}/swagger-ui.css",
            swagger_favicon_url=f"{VENDOR}/favicon-32x32.png",
            # Swagger UI asks a foreign validator when the hub does not run on localhost.
            swagger_ui_parameters={"validatorUrl": None},
        )
        html = bytes(page.body)
        shown = answer(request, html, max_age_s=300, media_type="text/html")
        shown.headers["Content-Security-Policy"] = content_security_policy(html.decode())
        return shown


def responses(
    *models: type[Struct],
    not_found: bool = False,
    media_type: str = "application/json",
    csv: bool = False,
    files: Collection[str] = (),
) -> dict[int | str, dict[str, Any]]:
    """What a route may answer: one of `models`, a file of a type of `files`, 304, or a problem."""
    schemas = [reference(model) for model in models]
    content: dict[str, Any] = {}
    if schemas or not files:
        content[media_type] = {"schema": _one_of(schemas)}
    if csv:
        content["text/csv"] = {"schema": {"type": "string"}}
    for file_type in sorted(files):
        content[file_type] = {"schema": {"type": "string", "format": "binary"}}
    documented: dict[int | str, dict[str, Any]] = {
        200: {
            "description": "\n\n".join(inspect.getdoc(model) or "" for model in models) or "As asked for",
            "content": content,
        },
        304: {"description": "The client's copy is good: `If-None-Match` names its `ETag`"},
        400: _problem("A parameter cannot be used; `errors` names it"),
        429: _problem("More requests than one address may send; try again after `Retry-After` seconds"),
        503: _problem("Not at the moment; try again after `Retry-After` seconds"),
        "default": _problem("Another problem, such as 405"),
    }
    if not_found:
        documented[404] = _problem("There is no such thing")
    return documented


def _one_of(schemas: Sequence[dict[str, str]]) -> dict[str, Any]:
    """Any object where no class of api.answers says more."""
    if not schemas:
        return {"type": "object"}
    return schemas[0] if len(schemas) == 1 else {"anyOf": schemas}


def post_responses(model: type[Struct]) -> dict[int | str, dict[str, Any]]:
    """What a route that takes a body may answer: `model` with status 207, or a problem."""
    refused = _problem("No key, or a wrong one")
    refused["headers"] = {"WWW-Authenticate": {"required": True, "schema": {"type": "string"}}}
    return {
        207: {
            "description": inspect.getdoc(model),
            "content": {"application/json": {"schema": reference(model)}},
        },
        400: _problem("The body cannot be read, or a parameter cannot be used; nothing is stored"),
        401: refused,
        403: _problem("No keys are configured: this hub takes no observations over HTTP"),
        408: _problem("The body took too long; nothing is stored"),
        413: _problem("Too many bytes or items; nothing is stored"),
        415: _problem("Another media type or coding; nothing is stored"),
        429: _problem("More requests than one key may send; try again after `Retry-After` seconds"),
        503: _problem("Not at the moment; send the same again after `Retry-After` seconds"),
        "default": _problem("Another problem, such as 405"),
    }


def asked_responses(
    model: type[Struct], status: int = 200, *, not_found: bool = False
) -> dict[int | str, dict[str, Any]]:
    """What a route that takes one small JSON document may answer: `model` with `status`, or a problem."""
    documented: dict[int | str, dict[str, Any]] = {
        status: {
            "description": inspect.getdoc(model),
            "content": {"application/json": {"schema": reference(model)}},
        },
        400: _problem("The body cannot be read, or a field cannot be used; `errors` names it"),
        408: _problem("The body took too long"),
        413: _problem("Too many bytes"),
        415: _problem("Another media type than JSON"),
        422: _problem("A rule forbids it; `rule` names it"),
        429: _problem("More requests than one address may send; try again after `Retry-After` seconds"),
        503: _problem("Not at the moment; try again after `Retry-After` seconds"),
        "default": _problem("Another problem, such as 405"),
    }
    if not_found:
        documented[404] = _problem("There is no such thing")
    return documented


def keyed_responses(
    documented: dict[int | str, dict[str, Any]], *, conflict: str = "It does not go with what is stored"
) -> dict[int | str, dict[str, Any]]:
    """The same of a route that needs a key."""
    refused = _problem("No key, or a wrong one")
    refused["headers"] = {"WWW-Authenticate": {"required": True, "schema": {"type": "string"}}}
    forbidden = _problem("The key is not good for this, or no keys are configured")
    return {**documented, 401: refused, 403: forbidden, 409: _problem(conflict)}


def request_body(model: type[Struct], *, is_required: bool = True) -> dict[str, Any]:
    """The body of a route that takes one JSON document."""
    return {
        "requestBody": {
            "required": is_required,
            "content": {"application/json": {"schema": reference(model)}},
        }
    }


def reference(model: type[Struct]) -> dict[str, str]:
    """The schema of a class of api.answers, to be named in the document."""
    return {"$ref": _SCHEMA.format(model=model.__name__)}


def _problem(description: str) -> dict[str, Any]:
    return {"description": description, "content": {MEDIA_TYPE: {"schema": reference(Problem)}}}


def _document(app: FastAPI) -> bytes:
    return msgspec.json.encode(describe(app))


def describe(app: FastAPI) -> dict[str, Any]:
    """FastAPI's document with the schemas that the routes name."""
    document = app.openapi()
    components = document.setdefault("components", {})
    components["schemas"] = _schemas()
    components["securitySchemes"] = KEY_SCHEMES
    return document


def _schemas() -> dict[str, Any]:
    """The schemas of every class of api.answers and of what those are made of."""
    modules = [import_module(f"{answers.__name__}.{found.name}") for found in iter_modules(answers.__path__)]
    classes = {one for module in modules for _, one in inspect.getmembers(module, inspect.isclass)}
    structs = sorted(
        (one for one in classes - {Struct} if issubclass(one, Struct)), key=lambda one: one.__name__
    )
    _, schemas = msgspec.json.schema_components(structs, ref_template=_SCHEMA.format(model="{name}"))
    for schema in schemas.values():
        # A docstring as it stands in the code is indented.
        schema["description"] = inspect.cleandoc(schema.get("description", ""))
    return schemas
