"""A run whose messages the broker did not all take says so and fails."""

import json
from pathlib import Path

import pytest

from cityhub.config import read_settings
from cityhub.errors import ServiceError
from simulators import simulate
from simulators.publish import Publisher
from simulators.replay import player
from tools.cli import main

SETTINGS = read_settings(mqtt_url="mqtt://user:secret@127.0.0.1:1")
FILE = "captured.jsonl"


class Refusing(Publisher):
    """A publisher whose broker refuses every second message."""

    def _connect(self, timeout_s: float) -> None:
        pass

    def publish(self, topic: str, payload: bytes, *, retain: bool = False) -> None:  # noqa: ARG002
        self.published += 1
        if self.published % 2:
            self.refused += 1
        else:
            self.acknowledged += 1


class Silent(Refusing):
    """A publisher whose broker never answers."""

    def publish(self, topic: str, payload: bytes, *, retain: bool = False) -> None:  # noqa: ARG002
        self.published += 1

    def drain(self, timeout_s: float = 30.0) -> bool:  # noqa: ARG002
        return False


@pytest.mark.parametrize("made", [Refusing, Silent])
def test_messages_that_were_not_acknowledged_are_a_failure(made: type[Publisher]) -> None:
    publisher = made(SETTINGS)
    for _ in range(3):
        publisher.publish("topic", b"")
    with pytest.raises(ServiceError, match=r"published 3, acknowledged [01], refused [02]") as caught:
        publisher.finish()
    assert "secret" not in str(caught.value)
    assert "\n" not in str(caught.value)


def test_all_acknowledged_or_stopped_by_the_user_is_none() -> None:
    Refusing(SETTINGS).finish()
    stopped = Silent(SETTINGS, stopped=lambda: True)
    stopped.publish("topic", b"")
    stopped.finish()


@pytest.mark.parametrize("made", [Refusing, Silent])
@pytest.mark.parametrize(
    "arguments", [["simulate", "--days", "0.02", "--for", "0"], ["replay", FILE, "--as", "jsonl"]]
)
def test_simulate_and_replay_exit_with_1(
    made: type[Publisher],
    arguments: list[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CITYHUB_MQTT_URL", "mqtt://user:secret@127.0.0.1:1")
    monkeypatch.setattr(simulate, "Publisher", made)
    monkeypatch.setattr(player, "Publisher", made)
    line = {"kind": "air", "sensor_id": "air-one", "time": 1795316400, "values": {"pm2_5": 1}}
    Path(FILE).write_text(json.dumps(line) + "\n")
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    out, err = capsys.readouterr()
    assert ended.value.code == 1
    assert out == ""
    assert "did not take every message: published" in err.splitlines()[-1]
