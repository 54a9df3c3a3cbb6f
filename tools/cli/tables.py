"""Rows for people: tables as wide as the terminal, times of Hanoi, and no text that a terminal would obey."""

from collections.abc import Iterable
from datetime import datetime

from rich.console import Console
from rich.table import Table
from rich.text import Text

from cityhub.rfc3339 import HANOI_TIME

_WIDTH = 160  # where the output is no terminal


def show(columns: Iterable[str], rows: Iterable[Iterable[str]]) -> None:
    """Print a table; what the cells hold is shown as it is, never read as markup."""
    table = Table(*columns)
    for cells in rows:
        table.add_row(*(Text(printable(cell)) for cell in cells))
    console().print(table)


def console() -> Console:
    """As wide as the terminal, and wide where the output is none."""
    made = Console()
    if not made.is_terminal:
        made.width = _WIDTH
    return made


def printable(text: str) -> str:
    """A device may send control characters that a terminal would obey: they are shown as escapes."""
    return "".join(sign if sign.isprintable() else ascii(sign)[1:-1] for sign in text)


def local(time: datetime) -> str:
    """The time (aware) in Hanoi, to the second, with its offset."""
    return time.astimezone(HANOI_TIME).isoformat(sep=" ", timespec="seconds")
