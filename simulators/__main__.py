"""`python -m simulators simulate|replay ...`: the same functions as `./hub simulate` and `./hub replay`."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from cityhub.config import settings
from cityhub.errors import CityHubError
from simulators import replay, simulate
from simulators.city.faults import LEVELS

_SIMULATE_EXAMPLE = "example: python -m simulators simulate --days 1 --rate 50 --for 60 --storm --faults some"
_REPLAY_EXAMPLE = "example: python -m simulators replay pm25.csv.gz --as airnow --to air-us-embassy"


def parser() -> argparse.ArgumentParser:
    """The command line of both simulators."""
    top = argparse.ArgumentParser(prog="python -m simulators", description=__doc__)
    commands = top.add_subparsers(dest="command", required=True)
    city = commands.add_parser("simulate", help="the simulated city", epilog=_SIMULATE_EXAMPLE)
    city.add_argument("--rate", type=float, help="messages a second in all (default: each sensor's interval)")
    city.add_argument("--for", type=float, dest="for_s", metavar="S", help="seconds (default: until stopped)")
    city.add_argument("--seed", type=int, default=1, help="same seed, same city (default: 1)")
    city.add_argument("--storm", action="store_true", help="a heavy storm breaks now")
    city.add_argument(
        "--faults", choices=LEVELS, default="none", help="what devices do wrong (default: none)"
    )
    city.add_argument("--days", type=float, default=0, help="past days to publish first (default: 0)")
    files = commands.add_parser("replay", help="real files as telemetry", epilog=_REPLAY_EXAMPLE)
    files.add_argument("file", type=Path, help="the file, plain or .gz")
    files.add_argument("--as", dest="format", required=True, choices=sorted(replay.FORMATS))
    files.add_argument("--to", help="a sensor id, KEY=sensor,KEY=sensor, or a JSON file with such a map")
    files.add_argument("--speed", type=float, help="times real time (default: as fast as possible)")
    files.add_argument("--shift-to-now", action="store_true", help="move all times so that the newest is now")
    return top


def execute(arguments: Sequence[str] | None = None) -> list[str]:
    """Run what the arguments say and return the summary's lines; raises CityHubError."""
    chosen = parser().parse_args(arguments)
    if chosen.command == "simulate":
        return simulate.run(
            settings(),
            rate=chosen.rate,
            for_s=chosen.for_s,
            seed=chosen.seed,
            storm=chosen.storm,
            faults=chosen.faults,
            days=chosen.days,
        ).lines()
    return replay.run(
        settings(),
        file=chosen.file,
        format=chosen.format,
        to=chosen.to,
        speed=chosen.speed,
        shift_to_now=chosen.shift_to_now,
    ).lines()


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit code: 0 good, 1 failed with one line on stderr (argparse itself exits with 2 on wrong usage)."""
    try:
        print("\n".join(execute(arguments)))
    except CityHubError as exc:
        print(exc, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
