"""Domain errors as answers: one table, the nearest class counts, and nothing of the database's inside."""

import json
from typing import Any

import pytest
import structlog

from api import problems
from cityhub.errors import (
    CityHubError,
    Conflict,
    Forbidden,
    InvalidInput,
    MigrationError,
    NotFound,
    RuleBroken,
    StoreRefused,
    StoreUnavailable,
    Unauthenticated,
)

INSIDE = 'duplicate key value violates unique constraint "payment_confirmed_once"'


class AlreadyConfirmed(Conflict):
    """What a function of the store makes of a constraint that it knows."""

    def __init__(self) -> None:
        super().__init__("the payment is confirmed already", "payment_confirmed_once")


def told(error: CityHubError) -> tuple[int, dict[str, Any]]:
    answer = problems.of(error)
    assert answer.media_type == "application/problem+json"
    return answer.status_code, json.loads(bytes(answer.body))


@pytest.mark.parametrize(
    ("error", "status", "slug"),
    [
        (InvalidInput("limit", "too large"), 400, "invalid-input"),
        (Unauthenticated("no key"), 401, "unauthenticated"),
        (problems.WrongKey("another's"), 401, "unauthenticated"),
        (Forbidden("not yours"), 403, "forbidden"),
        (NotFound("sensor", "air-1"), 404, "not-found"),
        (Conflict(INSIDE, "payment_confirmed_once"), 409, "conflict"),
        (AlreadyConfirmed(), 409, "conflict"),
        (StoreRefused("value out of range"), 422, "refused"),
        (RuleBroken("idempotency_key", "the same key with another body"), 422, "rule-broken"),
        (StoreUnavailable("connection refused"), 503, "store-unavailable"),
        (problems.NotReady("not built"), 503, "not-ready"),
        (problems.TooManyReaders("busy"), 503, "too-many-readers"),
    ],
)
def test_each_error_has_its_status(error: CityHubError, status: int, slug: str) -> None:
    found, document = told(error)
    assert (found, document["status"], document["type"]) == (status, status, f"urn:cityhub:problem:{slug}")
    assert document["title"]
    assert document["detail"]


def test_a_conflict_names_its_constraint_and_quotes_no_database() -> None:
    _, document = told(Conflict(INSIDE, "payment_confirmed_once"))
    assert document["rule"] == "payment_confirmed_once"
    assert "duplicate key" not in json.dumps(document)


def test_an_error_of_the_domain_speaks_for_itself() -> None:
    _, document = told(AlreadyConfirmed())
    assert (document["detail"], document["rule"]) == (
        "the payment is confirmed already",
        "payment_confirmed_once",
    )


def test_who_is_not_known_is_asked_for_a_key() -> None:
    assert problems.of(Unauthenticated("?")).headers["www-authenticate"] == 'Bearer realm="cityhub"'
    assert "invalid_token" in problems.of(problems.WrongKey("?")).headers["www-authenticate"]


def test_what_may_pass_says_when_to_come_again() -> None:
    assert int(problems.of(StoreUnavailable("away")).headers["retry-after"]) > 0


def test_what_nobody_thought_of_tells_nothing() -> None:
    with structlog.testing.capture_logs() as logged:
        status, document = told(MigrationError("table x is missing"))
    assert status == 500
    assert "table x" not in json.dumps(document)
    assert [line["kind"] for line in logged] == ["MigrationError"]
