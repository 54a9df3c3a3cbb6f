"""How a person of a test signs in."""

import secrets
from datetime import UTC, datetime

import httpx
import psycopg

from cityhub.store import people

FIRST, OWN = "the first of them all", "bốn từ không liên quan"
HTML = {"Accept": "text/html"}


def viewer(conn: psycopg.Connection) -> str:
    """The name of a new viewer with a first password."""
    name = f"v{secrets.token_hex(4)}"
    with conn.transaction():
        people.add(conn, name, "viewer", FIRST, datetime.now(UTC))
    return name


def sign_in(browser: httpx.Client, name: str, password: str = FIRST, **more: str) -> httpx.Response:
    """The answer to the form at the door."""
    return browser.post("/login", data={"name": name, "password": password, **more})
