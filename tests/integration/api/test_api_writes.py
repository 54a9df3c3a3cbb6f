"""Routes that write: the primary by declaration, and a constraint of the database as an answer."""

from typing import Any

import psycopg
import pytest
from fastapi import Response

from api.access import public
from api.pools import Reads, Writes
from cityhub.config import read_settings


@pytest.fixture(scope="module")
def confirming(database_url: str) -> str:
    """A table of payments of which each is confirmed once."""
    with psycopg.connect(database_url, autocommit=True) as conn:
        conn.execute("CREATE TABLE confirmed (payment int CONSTRAINT payment_confirmed_once UNIQUE)")
    return database_url


def install(app: Any) -> None:
    @app.post("/confirm/{payment}")
    @public
    def confirm(payment: int, pool: Writes) -> Response:
        with pool.connection() as conn:
            conn.execute("INSERT INTO confirmed VALUES (%s)", [payment])
        return Response(status_code=201)

    @app.post("/mistaken/{payment}")
    @public
    def mistaken(payment: int, pool: Reads) -> Response:
        with pool.connection() as conn:
            conn.execute("INSERT INTO confirmed VALUES (%s)", [payment])
        return Response(status_code=201)


def test_what_is_confirmed_already_is_a_conflict(run_api: Any, confirming: str) -> None:
    with run_api(read_settings(database_url=confirming), install) as api:
        assert api.client.post("/confirm/1").status_code == 201
        for _ in range(2):
            answer = api.client.post("/confirm/1")
            assert (answer.status_code, answer.headers["content-type"]) == (409, "application/problem+json")
            assert answer.json()["type"] == "urn:cityhub:problem:conflict"
            assert answer.json()["rule"] == "payment_confirmed_once"
            assert "duplicate key" not in answer.text
        assert api.client.post("/confirm/2").status_code == 201


def test_a_value_that_the_database_cannot_take_is_the_callers_affair(run_api: Any, confirming: str) -> None:
    with run_api(read_settings(database_url=confirming), install) as api:
        answer = api.client.post("/confirm/3000000000")
    assert (answer.status_code, answer.json()["type"]) == (422, "urn:cityhub:problem:refused")


def test_a_route_that_reads_cannot_write(run_api: Any, confirming: str) -> None:
    with run_api(read_settings(database_url=confirming), install) as api:
        assert api.client.post("/mistaken/7").status_code == 503
    with psycopg.connect(confirming) as conn:
        assert conn.execute("SELECT * FROM confirmed WHERE payment = 7").fetchall() == []


def test_an_instance_that_only_reads_says_so(run_api: Any, confirming: str) -> None:
    with run_api(read_settings(read_database_url=confirming), install) as api:
        answer = api.client.post("/confirm/9")
        assert (answer.status_code, answer.json()["status"]) == (503, 503)
        assert api.client.get("/api/v1/sensors").status_code == 200
