"""What a command is doing, on stderr: a live line with seconds on a terminal, else one line per step."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn


class Step:
    """A step under way. `say` tells what it is at; `result` is shown when it is done."""

    def __init__(self, title: str, live: Progress | None) -> None:
        self._title, self._live = title, live
        self._task = None if live is None else live.add_task(title)
        self.result = ""

    def say(self, text: str) -> None:
        """Shows `text` beside the title while the step runs."""
        if self._live is not None and self._task is not None:
            self._live.update(self._task, description=f"{self._title}: {text}")


class Steps:
    """Shows the steps of one command, one after the other."""

    def __init__(self) -> None:
        self._console = Console(stderr=True, highlight=False)

    @contextmanager
    def step(self, title: str) -> Iterator[Step]:
        """Shows `title` while the block runs, then a tick (or a cross, when it raises) with the seconds."""
        began = time.monotonic()
        live = self._live()
        if live is not None:
            live.start()
        step = Step(title, live)
        mark, style = "✗", "red"
        try:
            yield step
            mark, style = "✓", "green"
        finally:
            if live is not None:
                live.stop()
            detail = f": {step.result}" if step.result else ""
            seconds = time.monotonic() - began
            self._console.print(f"[{style}]{mark}[/] ", end="")
            self._console.print(f"{title}{detail} ({seconds:.1f} s)", markup=False, soft_wrap=True)
            sys.stderr.flush()

    def line(self, text: str) -> None:
        """One line of its own."""
        self._console.print(text, markup=False, soft_wrap=True)

    def _live(self) -> Progress | None:
        if not self._console.is_terminal:
            return None
        columns = (SpinnerColumn(), TextColumn("{task.description}", markup=False), TimeElapsedColumn())
        return Progress(*columns, console=self._console, transient=True)
