"""Tables as CSV of any length in constant memory."""

import csv
import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import chain
from typing import Any, TypeVar

from fastapi import Response
from fastapi.responses import StreamingResponse

_Row = TypeVar("_Row")
_Key = TypeVar("_Key")


def csv_text(
    columns: Sequence[str],
    page: Callable[[_Key | None, int], Sequence[_Row]],
    tell: Callable[[_Row], Mapping[str, Any]],
    key: Callable[[_Row], _Key],
    page_rows: int,
) -> Iterator[str]:
    """A header, then every row as `tell` gives it. `page(after, limit)` reads what follows the row of key `after`."""
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, lineterminator="\r\n")
    writer.writeheader()
    after: _Key | None = None
    while True:
        rows = page(after, page_rows)
        writer.writerows(map(tell, rows))
        yield text.getvalue()
        if len(rows) < page_rows:
            return
        after = key(rows[-1])
        text.seek(0)
        text.truncate()


def csv_answer(begin: Callable[[], Iterator[str]], filename: str, *, only_headers: bool) -> Response:
    """The text that `begin` reads, as a download; `only_headers`: nothing is read.

    Raises what reading its beginning raises, so that a database that is down still gives a proper error.
    """
    text: Iterator[str] = iter(()) if only_headers else begin()
    first = next(text, "")
    return StreamingResponse(
        chain([first], text),
        media_type="text/csv; charset=utf-8",
        headers={
            "Content-Disposition": f'attachment; filename="{filename}"',
            # An entity tag would need the whole file before its first line is sent.
            "Cache-Control": "no-store",
        },
    )
