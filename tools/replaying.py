"""`./hub replay`: publishes a file like the sensors of the world outside, then looks at what the hub made of it."""

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from cityhub.catalogue import REPLAY_CATALOGUE, read
from cityhub.config import Settings
from cityhub.errors import ServiceError
from cityhub.observing.decoded import RegisteredSensor
from cityhub.store import catalogue, connect, sensors
from simulators.replay import Replay, Replayed, prepare
from tools import outcome
from tools.outcome import Expected, Outcome


@dataclass(frozen=True, slots=True)
class Options:
    """As of the command."""

    file: Path
    format: str
    to: str | None = None
    speed: float | None = None
    shift_to_now: bool = False


def run(settings: Settings, options: Options) -> Iterator[str]:
    """Publish and give the lines of the summary. Raises CityHubError, also when nothing was stored."""
    if not settings.database_url:
        print(
            "hub: CITYHUB_DATABASE_URL is not set: the sensors of foreign files are taken to be loaded"
            " (./hub catalogue load cityhub/catalogue/replay), and nobody looks at what is stored",
            file=sys.stderr,
        )
        yield from _published(options, _prepared(settings, options, {}).publish())
        return
    with connect(settings.require("database_url"), "cityhub-replay", autocommit=True) as conn:
        # Off public lists; without them what the file holds would end in quarantine.
        catalogue.save(conn, read(REPLAY_CATALOGUE))
        known = sensors.known(conn, settings.raw_retention_days, replays=settings.accept_replays)
        replay = _prepared(settings, options, known)
        hoped = outcome.expected(replay.messages(), settings, known)
        watch = outcome.Watch(conn, hoped)
        done = replay.publish()
        yield from _published(options, done)
        if done.stopped:
            return
        found = watch.wait()
        yield found.line()
        if not found.stored and not hoped.statuses:
            raise ServiceError(f"{options.file}: nothing was stored: {_why(found, hoped)}")


def _prepared(settings: Settings, options: Options, known: dict[str, RegisteredSensor]) -> Replay:
    return prepare(
        settings,
        file=options.file,
        format=options.format,
        to=options.to,
        speed=options.speed,
        shift_to_now=options.shift_to_now,
        mappings={id: sensor.mapping for id, sensor in known.items() if sensor.mapping is not None},
    )


def _published(options: Options, done: Replayed) -> Iterator[str]:
    yield from done.lines()
    if not done.published and not done.stopped:
        raise ServiceError(f"{options.file}: nothing in it can be published, so nothing was stored")


def _why(found: Outcome, hoped: Expected) -> str:
    if found.quarantined:
        return "see `./hub quarantine list`"
    if found.duplicates and not found.absent:
        return "all of it is there already"
    if hoped.values or hoped.rejected:
        return "does ingest run, with this broker, topic prefix and database?"
    return "its messages hold no values"
