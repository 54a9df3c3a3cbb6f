"""Forms of pages: what a browser without scripts sends, and how it is answered."""

import re
from datetime import UTC, datetime
from typing import Annotated
from urllib.parse import parse_qsl

from fastapi import Depends, HTTPException, Request, Response

from api.bodies import receive
from api.problems import ProviderFailed
from cityhub.errors import CityHubError, InvalidInput, NotFound, RuleBroken
from cityhub.words import Language
from portal import Page

FORM = "application/x-www-form-urlencoded"
_FORM_BYTES, _MOST_FIELDS = 4_096, 20
# A mapping of 200 fields, five inputs each, and the rest of its form.
_LONG_FORM_BYTES, _MOST_FIELDS_OF_LONG = 131_072, 1_300
_LENGTH = re.compile(r"[0-9]{1,5}")

# A page of troubles that are all chosen, or all areas of the city.
_LISTS_BYTES, _MOST_CHOICES = 32_768, 400

Form = dict[str, str]
# A form in which several of a kind can be chosen.
Lists = dict[str, list[str]]


async def form_of(request: Request, most_bytes: int, most_fields: int) -> Form:
    """The fields of a form; the last one counts where one comes twice. Raises as `_fields`."""
    return dict(await _fields(request, most_bytes, most_fields))


async def _fields(request: Request, most_bytes: int, most_fields: int) -> list[tuple[str, str]]:
    """Every field of a form.

    Raises InvalidInput for too many, HTTPException 413 for too much, 415 for what no form of this hub sends: what is
    taken for a form in another guise could be sent by pages of other sites, where browsers ask no leave for it.
    """
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    body = await receive(request, most_bytes)
    if body and media_type != FORM:
        raise HTTPException(415, f"Content-Type must be {FORM}", {"Accept": FORM})
    try:
        return parse_qsl(body.decode("utf-8", "replace"), max_num_fields=most_fields, keep_blank_values=True)
    except ValueError:
        raise InvalidInput("body", f"has more than {most_fields} fields") from None


async def _form(request: Request) -> Form:
    return await form_of(request, _FORM_BYTES, _MOST_FIELDS)


async def _long_form(request: Request) -> Form:
    return await form_of(request, _LONG_FORM_BYTES, _MOST_FIELDS_OF_LONG)


Filled = Annotated[Form, Depends(_form)]
# A form with a line for each of many things.
LongFilled = Annotated[Form, Depends(_long_form)]


async def _lists(request: Request) -> Lists:
    found: Lists = {}
    for name, value in await _fields(request, _LISTS_BYTES, _MOST_CHOICES):
        found.setdefault(name, []).append(value)
    return found


Chosen = Annotated[Lists, Depends(_lists)]


def single(lists: Lists) -> Form:
    """The last value of each field."""
    return {name: values[-1] for name, values in lists.items()}


def name_of(error: CityHubError) -> str:
    """The rule or field that an error is about, as pages know it."""
    match error:
        case RuleBroken():
            return "wallet" if error.rule == "wallet_has_enough" else error.rule
        case InvalidInput():
            return "wallet" if error.field == "wallet_token" else error.field
        case NotFound():
            return error.noun
        case ProviderFailed():
            return "provider_failed"
    return "other"


def lead_to_permit(token: str, language: Language) -> Response:
    """On to the page of a permit."""
    return Response(
        status_code=303, headers={"Location": f"/r/{token}?lang={language}", "Cache-Control": "no-store"}
    )


def lead_to(token: str, language: Language) -> Response:
    """On to the page of a session."""
    return Response(
        status_code=303, headers={"Location": f"/p/{token}?lang={language}", "Cache-Control": "no-store"}
    )


def page_answer(page: Page, status: int = 200) -> Response:
    """A page that is made for this request and kept by nobody."""
    headers = {
        "Cache-Control": "no-store",
        "Content-Language": page.language,
        "Content-Security-Policy": page.policy,
    }
    return Response(page.content.body, status, headers, page.content.media_type)


def this_second() -> datetime:
    """The time, as sessions count it."""
    return datetime.now(UTC).replace(microsecond=0)


def minutes_of(form: Form) -> int:
    """The minutes of a form; 0, which nobody can have, for what is no number."""
    written = form.get("minutes", "")
    return int(written) if _LENGTH.fullmatch(written) else 0
