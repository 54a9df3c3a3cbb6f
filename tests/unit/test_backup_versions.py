"""Which server, and which version of the hub, takes a backup."""

from dataclasses import replace

import pytest

from cityhub.store.backup import Origin, Taker, refusal

MADE = Origin(29, "apache", 17, "17.6", "2.19.3", ("cityhub",), {"sensor": 3})
HERE = Taker(17, "17.7", timescaledb=True, newest="2.19.3", licence="apache")


def test_the_same_versions_are_taken_and_so_is_an_earlier_schema() -> None:
    assert refusal(MADE, HERE, 29) is None
    assert refusal(replace(MADE, schema=12), HERE, 29) is None
    plain = replace(MADE, edition="plain", timescaledb=None)
    assert refusal(plain, replace(HERE, timescaledb=False, newest=None, licence=None), 29) is None


@pytest.mark.parametrize(
    ("made", "here", "word"),
    [
        (replace(MADE, schema=30), HERE, "newer program"),
        (replace(MADE, postgresql_major=16), HERE, "PostgreSQL 16, this server is 17.7"),
        (MADE, replace(HERE, timescaledb=False, newest="2.20.0"), "2.19.3, this server has 2.20.0"),
        (MADE, replace(HERE, timescaledb=False, newest=None, licence=None), "this server has none"),
        (replace(MADE, edition="timescale"), HERE, "licence"),
    ],
    ids=["schema", "PostgreSQL", "TimescaleDB", "plain", "licence"],
)
def test_other_versions_are_refused_in_clear_words(made: Origin, here: Taker, word: str) -> None:
    assert word in (refusal(made, here, 29) or "")


def test_a_backup_of_columns_is_taken_by_the_same_licence() -> None:
    assert refusal(replace(MADE, edition="timescale"), replace(HERE, licence="timescale"), 29) is None
