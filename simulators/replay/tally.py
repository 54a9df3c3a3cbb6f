"""What a replay did, counted while it runs."""

import sys
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from simulators.replay.record import Problem, Record, Row

# Problems told one by one; after that they are only counted.
_TOLD = 20


@dataclass(frozen=True, slots=True)
class Replayed:
    """What a replay did. `repeated`: messages with the time of the one before in their series, also published.

    `problems`: rows that cannot be published; `left_out`: messages that are not meant to be. `stopped`: it was told to
    end before its file did.
    """

    rows: int
    published: int
    acknowledged: int
    refused: int
    repeated: int
    problems: Mapping[str, int]
    seconds: float
    left_out: Mapping[str, int] = field(default_factory=dict)
    stopped: bool = False

    def lines(self) -> list[str]:
        """The summary as it is printed."""
        found = [
            f"{self.rows} rows read in {self.seconds:.1f} s, {self.published} messages published,"
            f" {self.acknowledged} acknowledged, {self.refused} refused"
        ]
        if self.repeated:
            found.append(
                f"{self.repeated} messages repeat the time of the one before; the hub keeps the first"
            )
        found.extend(f"skipped {count}: {reason}" for reason, count in sorted(self.problems.items()))
        found.extend(f"left out {count}: {reason}" for reason, count in sorted(self.left_out.items()))
        return found


@dataclass(slots=True)
class Tally:
    """Counts while the file is read, and tells problems as they come, unless it is `silent`."""

    file: str
    silent: bool = False
    rows: int = 0
    repeated: int = 0
    problems: Counter[str] = field(default_factory=Counter)
    left_out: Counter[str] = field(default_factory=Counter)
    _told: int = 0
    _last: dict[tuple[str, str], datetime] = field(default_factory=dict)

    def row(self, row: Row) -> None:
        """Count one row with its problems."""
        self.rows += 1
        for problem in row.problems:
            self.problem(problem)
        for record in row.records:
            if isinstance(record, Record):
                series = (record.kind, record.key)
                self.repeated += self._last.get(series) == record.time
                self._last[series] = record.time

    def problem(self, problem: Problem) -> None:
        """Count a problem; the first ones are told."""
        column = "" if problem.column is None else f"column {problem.column!r} "
        self.problems[column + problem.reason] += 1
        self._told += 1
        if self.silent:
            return
        if self._told <= _TOLD:
            print(f"{self.file}, {problem}: skipped", file=sys.stderr)
        elif self._told == _TOLD + 1:
            print(f"{self.file}: more problems follow, they are only counted", file=sys.stderr)
