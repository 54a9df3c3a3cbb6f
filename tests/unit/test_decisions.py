"""The numbers of decisions are names: what says "see decision 155" means one."""

import re
from pathlib import Path

_DECISIONS = Path(__file__).parents[2] / "docs" / "decisions.md"


def test_every_number_is_of_one_decision_and_none_is_left_out() -> None:
    numbers = [int(n) for n in re.findall(r"(?m)^(\d+)\. ", _DECISIONS.read_text(encoding="utf-8"))]
    assert sorted(numbers) == list(range(1, len(numbers) + 1))
