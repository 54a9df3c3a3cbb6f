"""Topics are written and read in one place."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cityhub.kinds import KINDS
from cityhub.observing import topics


@given(st.sampled_from(sorted(KINDS)), st.from_regex(topics.SENSOR_ID, fullmatch=True))
def test_what_is_written_is_read_back(kind: str, sensor_id: str) -> None:
    assert topics.parse("hanoi", topics.telemetry("hanoi", kind, sensor_id)) == topics.Address(  # type: ignore[arg-type]
        kind,  # type: ignore[arg-type]
        sensor_id,
        "telemetry",
    )
    status = topics.parse("hanoi", topics.status("hanoi", kind, sensor_id))  # type: ignore[arg-type]
    assert status is not None
    assert status.channel == "status"


@pytest.mark.parametrize(
    "topic",
    [
        "",
        "hanoi",
        "hanoi/air/air-1/telemetry/pm2_5/more",
        "hanoi/air/air-1/telemetry/",
        "hanoi/air/air-1/status/online",
        "hanoi/air/ab/telemetry/pm2_5",
        "hanoi/air/ab/telemetry",
        "hanoi/air/a_1/telemetry",
        "hanoi/air/air-1\n/telemetry",
        "hanoi/sound/air-1/telemetry",
        "hue/air/air-1/telemetry",
    ],
)
def test_other_topics_are_none(topic: str) -> None:
    assert topics.parse("hanoi", topic) is None


def test_a_topic_for_one_value_names_its_property() -> None:
    address = topics.parse("hanoi", "hanoi/air/air-1/telemetry/pm2_5")
    assert address == topics.Address("air", "air-1", "telemetry", "pm2_5")
