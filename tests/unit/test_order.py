"""Long files of tests start first, and the list of them is true."""

from tests.order import LONG, TESTS, rank


def test_every_long_file_is_there() -> None:
    assert [name for name in LONG if not (TESTS / name).is_file()] == []
    assert len(set(LONG)) == len(LONG)


def test_long_files_come_first_and_rules_last() -> None:
    files = ["unit/test_words.py", "integration/test_ledger.py", LONG[1], "e2e/test_new.py", LONG[0]]
    ordered = sorted(files, key=lambda name: rank(TESTS / name))
    assert ordered == [
        LONG[0],
        LONG[1],
        "e2e/test_new.py",
        "integration/test_ledger.py",
        "unit/test_words.py",
    ]
