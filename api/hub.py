"""What the API holds while it runs, and how its snapshots come out of the store."""

import asyncio
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

import msgspec
from fastapi import Request

from api.air_fields import AirFields
from api.bulk import Bulk
from api.console_feed import ConsoleFeed
from api.door import Door
from api.feed import Feed, wire
from api.holdings import Counting
from api.intake import Intake
from api.looks import Looks
from api.metrics import Metrics
from api.offers import Offers
from api.oidc.provider import Provider
from api.pools import Pools
from api.post_turns import PostTurns
from api.problems import NotReady
from api.provider_calls import ProviderCalls
from api.recent_air import RecentAir
from api.recent_rain import RecentRain
from api.snapshots import Snapshot
from api.updater import Updater
from cityhub.config import Settings
from cityhub.errors import SettingsError
from cityhub.flood import passability
from cityhub.kinds import KindName
from cityhub.latest import Changes, Feature, State
from cityhub.parking.web_push import Keys
from cityhub.payments.ways import Ways
from cityhub.store import Pool, latest
from cityhub.tracing import Tracing
from cityhub.water.wqi import Rules as WaterRules
from portal import Glance, Glances, HomeView


class WholeState:
    """A kind's whole state as an event, None before its first snapshot. Made once a snapshot, for all clients."""

    def __init__(self, snapshots: Mapping[KindName, Snapshot]) -> None:
        self._snapshots = snapshots
        self._made: dict[KindName, tuple[Snapshot, bytes]] = {}

    def __call__(self, kind: KindName) -> bytes | None:
        found = self._snapshots.get(kind)
        if found is None:
            return None
        made = self._made.get(kind)
        if made is None or made[0] is not found:
            data = event_data(found, list(found.features.values()))
            made = self._made[kind] = (found, wire("latest", data, None))
        return made[1]


@dataclass(frozen=True, slots=True)
class Hub:
    """The open parts of one running API; routes find it at `hub_of(request)`."""

    settings: Settings
    pools: Pools
    updater: Updater
    feed: Feed
    whole_state: WholeState
    air_fields: AirFields
    metrics: Metrics
    intake: Intake | None
    ways: Ways
    bulk: Bulk
    looks: Looks
    console: ConsoleFeed
    counting: Counting = field(default_factory=Counting)
    offers: Offers = field(default_factory=Offers)
    calls: ProviderCalls = field(default_factory=ProviderCalls)
    changes: Changes = field(default_factory=Changes)
    recent_air: RecentAir = field(default_factory=RecentAir)
    recent_rain: RecentRain = field(default_factory=RecentRain)
    push_keys: Keys | None = None
    picture_turns: PostTurns = field(default_factory=PostTurns)
    door: Door = field(default_factory=lambda: Door(0))
    city: Provider | None = None
    tracing: Tracing | None = None

    @property
    def push_key(self) -> str | None:
        """What a browser that is to be told something is told first; None where none can be."""
        return None if self.push_keys is None else self.push_keys.public

    async def close_outward(self) -> None:
        """Close what reaches others: providers, and who collects traces."""
        await self.calls.close()
        if self.city is not None:
            await self.city.close()
        if self.tracing is not None:
            await asyncio.to_thread(self.tracing.close)

    def snapshot(self, kind: KindName) -> Snapshot:
        """The newest snapshot; raises NotReady before the first."""
        found = self.updater.snapshots.get(kind)
        if found is None:
            raise NotReady("The hub has not read its first data yet; try again shortly.")
        return found


def hub_of(request: Request) -> Hub:
    """The hub that answers `request`."""
    hub: Hub = request.app.state.hub
    return hub


def rules_of(settings: Settings) -> latest.Rules:
    """The rules of the newest state as the operator set them. Raises SettingsError."""
    try:
        return latest.Rules(flood=passability.read(settings.flood_limits), water=WaterRules.of(settings))
    except ValueError as exc:
        raise SettingsError(f"CITYHUB_FLOOD_LIMITS: {exc}") from None


def reader(pool: Pool, rules: latest.Rules) -> Callable[[KindName], State]:
    """A function that reads one kind's newest state in one transaction, by these rules; for one thread."""
    newest = latest.Reader(rules)

    def read(kind: KindName) -> State:
        with pool.connection() as conn:
            return newest.state(conn, kind, datetime.now(UTC))

    return read


def event_data(snapshot: Snapshot, features: list[Feature]) -> str:
    """The data of a `latest` event: the summary of a kind, and those of its Features that are to be told."""
    told = {"kind": snapshot.kind, "summary": snapshot.summary, "features": features}
    return msgspec.json.encode(told).decode()


def glances(hub: Hub) -> Glances:
    """The kinds that have a snapshot, as the pages show them."""
    return {
        kind: Glance(found.built_at, found.summary, found.features.values())
        for kind, found in hub.updater.snapshots.copy().items()
    }


def home_view(hub: Hub) -> HomeView:
    """The first page's view of this moment."""
    return HomeView(glances(hub), hub.changes.found(datetime.now(UTC)), hub.changes.since)


def gauges(hub: Hub) -> Iterator[tuple[KindName, float]]:
    """Age in seconds of each kind's snapshot."""
    now = datetime.now(UTC)
    for kind, found in list(hub.updater.snapshots.items()):
        yield kind, (now - found.built_at).total_seconds()
