"""Topics that are nearly the hub's: seen by a few filters, told in words, and each only once."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cityhub.kinds import KINDS
from cityhub.observing import mistaken_topics, topics
from cityhub.observing.decode import decode
from cityhub.observing.mistaken_topics import fault, subscriptions, writable
from ingest.strays import Strays
from tests.unit.test_decode import NOW

TOPIC = "hanoi/air/air-1/telemetry"


@pytest.mark.parametrize(
    ("topic", "words"),
    [
        (f"/{TOPIC}", "begins with a slash"),
        (f"//{TOPIC}", "begins with a slash"),
        (f"{TOPIC}/", "ends with a slash"),
        (f"/{TOPIC}/", "begins with a slash and it ends with a slash"),
        ("hanoi//air/air-1/telemetry", "a level is empty"),
        ("Hanoi/air/air-1/telemetry", "prefix is written in another case"),
        ("HANOI/air/air-1/telemetry", "prefix is written in another case"),
        ("hanoi/Air/air-1/telemetry", "no capital letters"),
        ("hanoi/air/AIR-1/telemetry", "no capital letters"),
        ("hanoi/air/air-1/Telemetry", "no capital letters"),
        ("hanoi/air/air_1/telemetry", "hyphens and no underscores"),
        ("hanoi /air/air-1/telemetry", "blanks"),
        ("hanoi/air/air-1/telemetry ", "blanks"),
        ("air/air-1/telemetry", "the first level, hanoi, is missing"),
        ("/air/air-1/telemetry", "begins with a slash and the first level, hanoi, is missing"),
    ],
)
def test_what_is_wrong_is_said_and_what_was_meant(topic: str, words: str) -> None:
    told = fault("hanoi", topic)
    assert words in told
    assert told.endswith(f"; write {TOPIC}")
    [rejected] = decode("hanoi", topic, b"{}", NOW, {}).rejected
    assert (rejected.reason, rejected.detail) == ("topic", told)


@pytest.mark.parametrize(
    ("topic", "words"),
    [
        ("hanoi/noise/air-1/telemetry", "no kind 'noise', only air, rain"),
        ("hanoi/air/a!/telemetry", "'a!' is no sensor id"),
        ("hanoi/air/air-1", "topics are hanoi/KIND/SENSOR/telemetry"),
        ("hanoi/air/air-1/data", "topics are hanoi/KIND/SENSOR/telemetry"),
        ("x" * 300, "topics are hanoi/KIND/SENSOR/telemetry"),
    ],
)
def test_where_it_cannot_be_guessed_the_rule_is_said(topic: str, words: str) -> None:
    told = fault("hanoi", topic)
    assert words in told
    assert "; write" not in told


@given(st.text(alphabet="/ hanoiHAir-1telmy_", max_size=60), st.sampled_from(["hanoi", "Hue", "a"]))
def test_any_topic_has_words(topic: str, prefix: str) -> None:
    if topics.parse(prefix, topic) is None:
        told = fault(prefix, topic)
        assert told.startswith(topic[:60])
        meant = re.search(r"; write (.*)$", told)
        assert meant is None or topics.parse(prefix, meant[1]) is not None


def matches(filter: str, topic: str) -> bool:
    """MQTT's matching of filters with `+` and `#`."""
    pattern = re.escape(filter).replace(r"\+", "[^/]*").replace("/\\#", "(/.*)?")
    return re.fullmatch(pattern, topic) is not None


@pytest.mark.parametrize("prefix", ["hanoi", "Hanoi", "HANOI", "air", "city-1"])
def test_no_filter_overlaps_with_the_hubs_own(prefix: str) -> None:
    for kind in KINDS:
        for topic in (topics.telemetry(prefix, kind, "a-1"), topics.status(prefix, kind, "a-1")):
            assert not [one for one in subscriptions(prefix) if matches(one, topic)]
    assert topics.everything(prefix) not in subscriptions(prefix)


@pytest.mark.parametrize("prefix", ["hanoi", "Hanoi"])
def test_what_a_sensor_may_write_by_mistake_is_seen_and_bounded(prefix: str) -> None:
    seen = [topics.everything(prefix), *subscriptions(prefix)]
    for pattern in writable(prefix):
        topic = pattern.replace("%u", "air-1")
        assert topics.parse(prefix, topic) is None
        assert [one for one in seen if matches(one, topic)]
        assert "; write" in mistaken_topics.fault(prefix, topic)
    assert len(writable(prefix)) <= 6 * len(KINDS)
    assert len(subscriptions(prefix)) <= 3 + 2 * len(KINDS)


def test_of_each_stray_topic_one_message_is_let_in_and_of_the_hubs_own_all() -> None:
    strays = Strays("hanoi", most=3)
    assert [strays.lets_in(TOPIC) for _ in range(3)] == [True] * 3
    assert [strays.lets_in(f"/{TOPIC}") for _ in range(3)] == [True, False, False]
    assert [strays.lets_in(f"Hanoi/{n}") for n in (1, 2, 3, 1)] == [True, True, False, False]
    assert strays.lets_in("hanoi/anything")
