"""Who may use a route. Each is declared public or by what it needs; what is not declared is denied.

    @router.get("/api/v1/kinds")
    @open_data
    async def kinds(request: Request) -> Response: ...

Declarations stand on endpoints, below the router's decorator.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from fastapi import FastAPI, Request
from fastapi.routing import iter_route_contexts

from cityhub.api_keys import Scope
from cityhub.errors import Forbidden

_Endpoint = TypeVar("_Endpoint", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class Caller:
    """Who sends a request, and what it may do.

    `is_person`: somebody in a browser; not `is_ready` before they chose a password and second factor of their own.
    """

    name: str
    scopes: frozenset[Scope]
    is_person: bool = False
    is_ready: bool = True

    @property
    def on_record(self) -> str:
        """How the audit trail names them: a key is nobody's name."""
        return self.name if self.is_person else f"key:{self.name}"


@dataclass(frozen=True, slots=True)
class Access:
    """`scope`: what the caller must be allowed, None for everybody; `is_for_people`: for whoever signed in.

    `any_site`: scripts of other sites may read it (CORS); only of what is for everybody, and only by GET.
    `is_counted`: it costs the database work, so nobody gets it without end (api.rates).
    """

    scope: Scope | None = None
    any_site: bool = False
    is_counted: bool = True
    is_for_people: bool = False

    @property
    def is_public(self) -> bool:
        """May everybody use it?"""
        return self.scope is None and not self.is_for_people

    def check(self, caller: Caller) -> None:
        """Raises Forbidden when the caller may not."""
        if self.is_for_people and not caller.is_person:
            raise Forbidden("This is for people who signed in, not for keys")
        if self.scope is None:
            return
        if not caller.is_ready:
            raise NotReadyYet("Choose a password and a second factor of your own first, at /account")
        if self.scope not in caller.scopes:
            whose = "Your role" if caller.is_person else "This key"
            raise Forbidden(f"{whose} is not good for {self.scope}")


class NotReadyYet(Forbidden):
    """A person has to choose a password or a second factor first."""


PUBLIC = Access()
OPEN_DATA = Access(any_site=True)
HOT_OPEN_DATA = Access(any_site=True, is_counted=False)


def public(endpoint: _Endpoint) -> _Endpoint:
    """For everybody, on pages of this hub."""
    return _declare(endpoint, PUBLIC)


def open_data(endpoint: _Endpoint) -> _Endpoint:
    """For everybody, also for scripts on pages of other sites."""
    return _declare(endpoint, OPEN_DATA)


def from_memory(endpoint: _Endpoint) -> _Endpoint:
    """Answers without the database, so it is not counted. Stands above the declaration of who may use it."""
    return _declare(endpoint, replace(endpoint.__dict__["access"], is_counted=False))


def signed_by_sender(endpoint: _Endpoint) -> _Endpoint:
    """For whoever signs what is sent. Not counted: what is not genuine costs the database nothing, what is must not be
    refused, however much comes from one address. Stands above the declaration of who may use it.
    """
    return from_memory(endpoint)


def protected(scope: Scope) -> Callable[[_Endpoint], _Endpoint]:
    """For callers whose key is good for `scope`; `caller_of` tells who it is."""
    return lambda endpoint: _declare(endpoint, Access(scope))


def for_people_with(scope: Scope) -> Callable[[_Endpoint], _Endpoint]:
    """For whoever signed in and is good for `scope`; for no key."""
    return lambda endpoint: _declare(endpoint, Access(scope, is_for_people=True))


def for_people(endpoint: _Endpoint) -> _Endpoint:
    """For whoever signed in, whatever their role."""
    return _declare(endpoint, Access(is_for_people=True))


def _declare(endpoint: _Endpoint, access: Access) -> _Endpoint:
    endpoint.__dict__["access"] = access
    return endpoint


def caller_of(request: Request) -> Caller:
    """Who sends a request to a protected route."""
    caller: Caller = request.state.caller
    return caller


@dataclass(frozen=True, slots=True)
class Rule:
    """A route as `Rules` knows it. `methods`: None for all; `access`: None where nothing is declared.

    `begins`: what every path of it begins with; comparing that is a tenth of the work of the pattern.
    """

    path: str
    pattern: re.Pattern[str]
    methods: frozenset[str] | None
    access: Access | None
    begins: str = ""

    def takes(self, method: str) -> bool:
        """Does the route take this method?"""
        return self.methods is None or method in self.methods


class Rules:
    """The declarations of an application's routes, found by path as its router finds the routes."""

    def __init__(self, rules: Iterable[Rule]) -> None:
        self.rules = tuple(rules)

    @classmethod
    def of(cls, app: FastAPI) -> "Rules":
        """Those of an application that is complete: a route added later is found by nobody."""
        return cls(
            Rule(
                str(route.path),
                route.path_regex,
                None if route.methods is None else frozenset(route.methods),
                getattr(route.endpoint, "access", None),
                str(route.path).partition("{")[0],
            )
            for route in iter_route_contexts(app.routes)
        )

    def methods(self, path: str) -> list[str]:
        """The methods that the routes of a path take, by name."""
        return sorted(
            {method for rule in self.rules if rule.pattern.match(path) for method in rule.methods or ()}
        )

    def find(self, method: str, path: str) -> Rule | None:
        """The rule of the route that answers, one that takes another method if none takes this one, or None."""
        other = None
        for rule in self.rules:
            if path.startswith(rule.begins) and rule.pattern.match(path):
                if rule.takes(method):
                    return rule
                other = other or rule
        return other
