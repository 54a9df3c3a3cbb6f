"""What gateways do wrong follows from the seed, each kind at its share."""

import pytest

from cityhub.errors import InvalidInput
from simulators.gateways.misbehaviour import KINDS, POSSIBLE, Switch, parse, taken


def test_the_same_seed_does_the_same_things_wrong() -> None:
    def plans(seed: int) -> list[frozenset[str]]:
        switch = Switch(KINDS, 0.3, seed)
        return [frozenset(switch.plan("bank")) for _ in range(50)]

    assert plans(7) == plans(7) != plans(8)


def test_each_kind_has_its_share_and_cards_pay_no_part() -> None:
    switch = Switch(parse("double, lose,partial"), 0.2)
    found = [kind for _ in range(1_000) for kind in switch.plan("vnpay")]
    assert set(found) == {"double", "lose"}
    for kind in set(found):
        assert found.count(kind) / 1_000 == pytest.approx(0.2, abs=0.05)
    assert "partial" in POSSIBLE["bank"]


def test_one_gateway_moves_no_other() -> None:
    alone, both = Switch(KINDS), Switch(KINDS)
    expected = [alone.plan("momo") for _ in range(20)]
    found = []
    for _ in range(20):
        both.plan("vnpay")
        found.append(both.plan("momo"))
    assert found == expected


def test_behaving_is_the_rule() -> None:
    assert Switch(share=1).plan("vnpay") == frozenset()


@pytest.mark.parametrize("text", ["doubel", "double;lose"])
def test_other_words_are_refused(text: str) -> None:
    with pytest.raises(InvalidInput):
        parse(text)


def test_wrong_amounts_are_more_or_a_part() -> None:
    assert [taken(50_000, frozenset(plan)) for plan in ((), ("amount",), ("partial",))] == [
        50_000,
        51_000,
        25_000,
    ]
