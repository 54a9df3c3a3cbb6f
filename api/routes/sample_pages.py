"""The form for water samples: for who has a key, or is signed in and may.

A key comes with the form, so a page elsewhere has nothing to send it with; and what a browser says comes from another
site is refused, key or cookie.
"""

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from api.access import Access, Caller, from_memory, public
from api.hub import glances, hub_of
from api.keys import Keys
from api.page_forms import Form, form_of, page_answer
from api.routes.pages import AcceptLanguage, AskedLanguage
from api.samples import Told, tell
from api.sign_in import caller, check_same_origin
from cityhub.errors import Forbidden, InvalidInput, NotFound, Unauthenticated
from cityhub.rfc3339 import HANOI_TIME
from cityhub.store.samples import ToldOtherwise
from cityhub.water.parameters import PARAMETERS
from cityhub.water.samples import Result, result
from cityhub.words import Language, choose_language
from maps.browser import in_language
from portal import Portal
from portal.staff import SampleForm, sample_form_html
from portal.staff.samples import Problem

_FORM_BYTES, _MOST_FIELDS = 32_768, 120
# What the rules of a sample call a field, as the form knows it.
_FIELDS: dict[str, Problem] = {
    "sampled_at": "sampled_at",
    "laboratory": "laboratory",
    "reference": "reference",
    "results": "results",
}


class Refused(Exception):
    """The form cannot be taken as it is."""

    def __init__(self, problem: Problem, parameter: str = "", status: int = 422) -> None:
        super().__init__(problem)
        self.problem, self.parameter, self.status = problem, parameter, status


async def _form(request: Request) -> Form:
    return await form_of(request, _FORM_BYTES, _MOST_FIELDS)


def create_router(portal: Portal, keys: Keys) -> APIRouter:
    """The routes to the form; `keys` are the partners'."""
    router = APIRouter(include_in_schema=False)

    @router.get("/water/samples/new")
    @from_memory
    @public
    async def empty(
        request: Request, lang: AskedLanguage = None, accept_language: AcceptLanguage = None
    ) -> Response:
        """The empty form."""
        language = choose_language(lang, accept_language)
        form = SampleForm(_stations(request, language))
        return page_answer(portal.drawn(language, sample_form_html, form))

    @router.post("/water/samples/new")
    @public
    async def send(
        request: Request, form: Annotated[Form, Depends(_form)], accept_language: AcceptLanguage = None
    ) -> Response:
        """Tell of the sample; the form again, with what is wrong, where it cannot be taken."""
        language = choose_language(form.get("lang"), accept_language)
        key = form.pop("key", "").strip()
        stations, now = _stations(request, language), datetime.now(UTC)
        try:
            told = _told(form, (await _caller(request, keys, key)).name)
            sample, is_new = await hub_of(request).pools.write(lambda conn: tell(conn, told, now))
        except Refused as refused:
            problem, parameter, status = refused.problem, refused.parameter, refused.status
        except InvalidInput as error:
            problem, parameter, status = _FIELDS.get(error.field, "results"), "", 422
        except NotFound:
            problem, parameter, status = "station", "", 422
        except ToldOtherwise:
            problem, parameter, status = "told_otherwise", "", 409
        else:
            done = SampleForm(stations, outcome="new" if is_new else "known", sample_id=sample.id)
            return page_answer(portal.drawn(language, sample_form_html, done), 201 if is_new else 200)
        again = SampleForm(stations, form, problem, parameter)
        return page_answer(portal.drawn(language, sample_form_html, again), status)

    return router


def _stations(request: Request, language: Language) -> list[tuple[str, str]]:
    glance = glances(hub_of(request)).get("water")
    found = [] if glance is None else sorted(glance.features, key=lambda feature: feature.id)
    return [
        (
            feature.id,
            in_language(
                feature.properties.name, feature.properties.name_en or feature.properties.name, language
            ),
        )
        for feature in found
    ]


async def _caller(request: Request, keys: Keys, key: str) -> Caller:
    """Whose key it is or, without one, who is signed in in this browser; raises Refused."""
    scope = request.scope
    try:
        check_same_origin(scope)
    except Forbidden:
        raise Refused("foreign", status=403) from None
    if key:
        if not key.isascii():
            raise Refused("key", status=403)
        scope = {**scope, "headers": [(b"x-api-key", key.encode())]}
    try:
        found = await caller(scope, keys, hub_of(request))
        Access("water:write").check(found)
    except (Unauthenticated, Forbidden):
        raise Refused("key", status=403) from None
    return found


def _told(form: Form, told_by: str) -> Told:
    return Told(
        form.get("station_id", ""),
        _local_time(form.get("sampled_at", "")),
        form.get("laboratory", "")[:200],
        form.get("reference", "")[:100],
        told_by,
        _results(form),
    )


def _local_time(text: str) -> datetime:
    """The time that a browser sent, of Viet Nam; raises Refused."""
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        raise Refused("sampled_at") from None
    return time if time.tzinfo is not None else time.replace(tzinfo=HANOI_TIME)


def _results(form: Form) -> list[Result]:
    found = []
    for name, known in PARAMETERS.items():
        value = form.get(f"value-{name}", "").strip()
        if not value:
            continue
        try:
            found.append(result(name, value, known.unit, form.get(f"method-{name}", "")[:200]))
        except InvalidInput as error:
            raise Refused("method" if error.field == "method" else "value", name) from None
    return found
