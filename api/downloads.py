"""Tables as CSV of any length in constant memory."""

import csv
import io
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from datetime import date
from typing import TypeVar

from fastapi import Response
from fastapi.responses import StreamingResponse
from msgspec import Struct
from msgspec.structs import astuple
from starlette.concurrency import run_in_threadpool

from api.pools import Turns

_FORMULA = ("=", "+", "-", "@", "\t", "\r")

_Row = TypeVar("_Row", bound=Struct)
_Key = TypeVar("_Key")


def csv_text(
    columns: type[Struct],
    page: Callable[[_Key | None, int], Sequence[_Row]],
    key: Callable[[_Row], _Key],
    page_rows: int,
) -> Iterator[str]:
    """A header with the fields of `columns`, then every row. `page(after, limit)` reads what follows the row of key
    `after`.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(columns.__struct_fields__)
    after: _Key | None = None
    while True:
        rows = page(after, page_rows)
        writer.writerows([_cell(value) for value in astuple(row)] for row in rows)
        yield text.getvalue()
        if len(rows) < page_rows:
            return
        after = key(rows[-1])
        text.seek(0)
        text.truncate()


def _cell(value: object) -> object:
    """As the value is written in JSON, but for names in a list, which stand beside each other, and null: nothing.

    A text that a spreadsheet would take for a formula has an apostrophe before it, which spreadsheets do not show.
    """
    if isinstance(value, date):
        return value.isoformat()
    text = " ".join(value) if isinstance(value, list) else value
    return f"'{text}" if isinstance(text, str) and text.startswith(_FORMULA) else text


def csv_answer(
    begin: Callable[[], Iterator[str]], filename: str, turns: Turns, *, only_headers: bool
) -> Response:
    """The text that `begin` reads, as a download; `only_headers`: nothing is read.

    The beginning is read in the turn that the request has, each further piece in a turn of its own. Raises what
    reading the beginning raises, so that a database that is down still gives a proper error.
    """
    text: Iterator[str] = iter(()) if only_headers else begin()
    first = next(text, "")
    return StreamingResponse(
        _pieces(first, text, turns),
        media_type="text/csv; charset=utf-8",
        headers={
            "Content-Disposition": f'attachment; filename="{filename}"',
            # An entity tag would need the whole file before its first line is sent.
            "Cache-Control": "no-store",
        },
    )


async def _pieces(first: str, text: Iterator[str], turns: Turns) -> AsyncIterator[str]:
    piece: str | None = first
    while piece is not None:
        yield piece
        async with turns.turn():
            piece = await run_in_threadpool(next, text, None)
