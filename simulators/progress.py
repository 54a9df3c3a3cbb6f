"""Tells a person how a long run goes: a bar on a terminal, else a line every ten seconds, always on stderr."""

import sys
import time
from collections.abc import Callable
from types import TracebackType
from typing import Self, TextIO

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn, TimeRemainingColumn

_LINE_EVERY_S = 10.0
_BAR_EVERY_S = 0.1


class Display:
    """`show(done, note)` as often as you like; `done` counts up to `total` (None: no end known)."""

    def __init__(
        self,
        title: str,
        total: float | None,
        stream: TextIO | None = None,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._title, self._total, self._now = title, total, now
        self._stream = sys.stderr if stream is None else stream
        self._bar: Progress | None = None
        self._task: TaskID | None = None
        if self._stream.isatty():
            columns = [TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[note]}")]
            columns += [TimeRemainingColumn() if total is not None else TimeElapsedColumn()]
            self._bar = Progress(*columns, console=Console(file=self._stream), transient=False)
            self._task = self._bar.add_task(title, total=total, note="")
        self._started = self._shown = now()

    def __enter__(self) -> Self:
        if self._bar is not None:
            self._bar.start()
        return self

    def __exit__(
        self, _type: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        if self._bar is not None:
            self._bar.stop()

    def show(self, done: float, note: str) -> None:
        """Say where the run stands, not more often than is useful."""
        now = self._now()
        if now - self._shown < (_LINE_EVERY_S if self._bar is None else _BAR_EVERY_S):
            return
        self._shown = now
        if self._bar is not None and self._task is not None:
            self._bar.update(self._task, completed=done, note=note)
        else:
            print(f"{self._title}: {note}{self._remaining(done, now)}", file=self._stream, flush=True)

    def finish(self, note: str) -> None:
        """Fill the bar; without a terminal this says nothing, the summary does."""
        if self._bar is not None and self._task is not None:
            self._bar.update(self._task, completed=self._total or 0, note=note)

    def _remaining(self, done: float, now: float) -> str:
        if self._total is None or done <= 0:
            return ""
        left = (now - self._started) * max(self._total - done, 0) / done
        return f", {100 * done / self._total:.0f} %, about {left:.0f} s left"
