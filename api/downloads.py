"""Tables as files of any length in constant memory."""

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
_Piece = TypeVar("_Piece", str, bytes)


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
        writer.writerows([cell(value) for value in astuple(row)] for row in rows)
        yield text.getvalue()
        if len(rows) < page_rows:
            return
        after = key(rows[-1])
        text.seek(0)
        text.truncate()


def cell(value: object) -> object:
    """As the value is written in JSON, but for names in a list, which stand beside each other, and null: nothing.

    A text that a spreadsheet would take for a formula has an apostrophe before it, which spreadsheets do not show.
    """
    if isinstance(value, date):
        return value.isoformat()
    text = " ".join(value) if isinstance(value, list) else value
    return f"'{text}" if isinstance(text, str) and text.startswith(_FORMULA) else text


def csv_answer(
    begin: Callable[[], Iterator[str]],
    filename: str,
    turns: Turns,
    *,
    only_headers: bool,
    links: Sequence[str] = (),
) -> Response:
    """The text that `begin` reads, as a download (`file_answer`)."""
    return file_answer(
        begin, "text/csv; charset=utf-8", filename, turns, only_headers=only_headers, links=links
    )


def file_answer(
    begin: Callable[[], Iterator[_Piece]],
    media_type: str,
    filename: str,
    turns: Turns,
    *,
    only_headers: bool,
    links: Sequence[str] = (),
) -> Response:
    """What `begin` reads, as a download; `only_headers`: nothing is read. `links`: values of the Link header.

    The beginning is read in the turn that the request has, each further piece in a turn of its own. Raises what
    reading the beginning raises, so that a database that is down still gives a proper error.
    """
    read: Iterator[_Piece] = iter(()) if only_headers else begin()
    first = next(read, None)
    headers = {
        "Content-Disposition": f'attachment; filename="{filename}"',
        # An entity tag would need the whole file before its first line is sent.
        "Cache-Control": "no-store",
    }
    if links:
        headers["Link"] = ", ".join(links)
    return StreamingResponse(_pieces(first, read, turns), media_type=media_type, headers=headers)


async def _pieces(first: _Piece | None, read: Iterator[_Piece], turns: Turns) -> AsyncIterator[_Piece]:
    piece = first
    while piece is not None:
        yield piece
        async with turns.turn():
            piece = await run_in_threadpool(next, read, None)
