"""`Idempotency-Key`: a POST that is sent again does nothing again."""

import re
from collections.abc import Callable
from hashlib import sha256
from typing import Annotated

import msgspec
import psycopg
from fastapi import Header, Response

from cityhub.errors import InvalidInput
from cityhub.store import idempotency

_KEY = re.compile(r"[!-~]{1,200}")

IdempotencyKey = Annotated[
    str | None,
    Header(
        description="Chosen by the client, new for each thing it wants done. The same key with the same request again"
        " has the same answer, with another request 422. Kept for 48 hours"
    ),
]


def answer_once(
    conn: psycopg.Connection,
    scope: str,
    key: str | None,
    asked: msgspec.Struct | None,
    act: Callable[[], tuple[int, msgspec.Struct]],
) -> Response:
    """The answer of `act`, or the first to this key in `scope`; within the transaction of `conn`.

    Raises InvalidInput for a key that is none, RuleBroken for one that came with another request.
    """

    def encoded() -> tuple[int, bytes]:
        status, answer = act()
        return status, msgspec.json.encode(answer)

    if key is None:
        status, body = encoded()
    else:
        if not _KEY.fullmatch(key):
            raise InvalidInput("Idempotency-Key", "must have 1 to 200 visible ASCII characters")
        status, body = idempotency.once(
            conn, scope, key, sha256(msgspec.json.encode(asked)).digest(), encoded
        )
    return Response(body, status, {"Cache-Control": "no-store"}, "application/json")
