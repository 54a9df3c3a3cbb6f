"""Coverage-guided fuzz of the decoder: any bytes on any topic give observations or a quarantine reason.

    python tests/fuzz/fuzz_decode.py CORPUS_FOLDER [-max_total_time=60] [another option of libFuzzer]

The folder gets the recorded payloads as first inputs and keeps what the fuzz finds. The first byte of an input
chooses the topic, the rest is the payload. Needs atheris.
"""

import gzip
import math
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["cityhub"]):
    from cityhub.observing.decode import decode
    from cityhub.observing.decoded import REASONS, RegisteredSensor
    from cityhub.observing.payloads import mapping_fields

RECORDED = Path(__file__).parents[1] / "data" / "payloads"
NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
MAPPING = mapping_fields.loads((RECORDED / "vendor_air_box_mapping.json").read_text(encoding="utf-8"))
COUNTER = mapping_fields.parse(
    {"t": {"property": "rain", "scale": 0.2, "counter": True, "rolls_over_at": 65536}, "*": None}
)
SENSORS = {
    "air-1": RegisteredSensor("air", None),
    "air-2": RegisteredSensor("air", None, MAPPING),
    "flood-1": RegisteredSensor("flood", None),
    "bay-1": RegisteredSensor("parking", 100),
    "rain-1": RegisteredSensor("rain", None, COUNTER, earliest=datetime(2026, 1, 1, tzinfo=UTC)),
}
TOPICS = (
    "hanoi/air/air-1/telemetry",
    "hanoi/air/air-2/telemetry",
    "hanoi/flood/flood-1/telemetry",
    "hanoi/parking/bay-1/telemetry",
    "hanoi/air/air-1/telemetry/pm2_5",
    "hanoi/air/air-2/telemetry/t",
    "hanoi/air/air-1/status",
    "hanoi/rain/rain-1/telemetry",
    "hanoi/rain/rain-1/telemetry/t",
)
# Beyond the topics above, the payload's first line is the topic.
CHOICES = len(TOPICS) + 1
# A first byte from here on: the broker had kept the message.
_RETAINED = 128
OWN = b'{"time": "2026-11-22T10:00:00+07:00", "values": {"pm2_5": 35.2}, "battery": 87, "fault": ["pm10"]}'


def check(data: bytes) -> None:
    """Raises when decoding does, or when what it gives breaks a promise."""
    choice = data[0] % CHOICES if data else 0
    payload = data[1:]
    if choice < len(TOPICS):
        topic = TOPICS[choice]
    else:
        line, _, payload = payload.partition(b"\n")
        topic = line.decode(errors="surrogateescape")
    retained = bool(data) and data[0] >= _RETAINED
    decoded = decode("hanoi", topic, payload, NOW, SENSORS, max_bytes=65_536, retained=retained)
    for observation in (*decoded.observations, *decoded.totals):
        if not math.isfinite(observation.value):
            raise AssertionError(f"not finite: {observation}")
        if not datetime(2000, 1, 1, tzinfo=UTC) <= observation.time <= NOW + timedelta(minutes=5):
            raise AssertionError(f"time: {observation}")
    for rejected in decoded.rejected:
        rejected.detail.encode()
        if rejected.reason not in REASONS or len(rejected.detail) > 200 or "\x00" in rejected.detail:
            raise AssertionError(f"rejected: {rejected}")


def seed(folder: Path) -> None:
    """Write the recorded payloads, also packed, as first inputs."""
    payloads = [OWN, b"35.2", *(path.read_bytes() for path in sorted(RECORDED.glob("*.json")))]
    for number, payload in enumerate(payloads):
        for choice in range(CHOICES):
            (folder / f"{number}-{choice}").write_bytes(bytes([choice]) + payload)
        (folder / f"{number}-packed").write_bytes(b"\x00" + gzip.compress(payload, mtime=0))


def main() -> None:
    """Run libFuzzer with the arguments of the command line; it ends the process."""
    folders = [argument for argument in sys.argv[1:] if not argument.startswith("-")]
    if len(folders) != 1:
        sys.exit("usage: fuzz_decode.py CORPUS_FOLDER [-max_total_time=SECONDS]")
    corpus = Path(folders[0])
    corpus.mkdir(parents=True, exist_ok=True)
    seed(corpus)
    atheris.Setup(sys.argv, check)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
