"""The wiring: one function makes the application, its lifespan opens and closes what it needs."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

import cityhub
from api import documentation, problems, routing
from api.air_fields import AirFields
from api.bulk import Bulk
from api.console_feed import ConsoleFeed, facts_of
from api.door import Door
from api.edge import Edge
from api.error_pages import ErrorPages
from api.feed import Feed
from api.hub import Hub, WholeState, event_data, reader, rules_of
from api.intake import open_intake
from api.keys import Keys
from api.looks import Looks
from api.memory import give_back_again_and_again
from api.metrics import Metrics
from api.oidc.provider import Provider
from api.pools import Pools
from api.rates import Rates
from api.snapshots import Snapshot
from api.updater import Updater
from cityhub import tracing
from cityhub.accounts.city_provider import CityProvider
from cityhub.config import Settings
from cityhub.garbage import collect_seldom
from cityhub.latest import Changes, Feature
from cityhub.masking import plain
from cityhub.parking.tariffs.calendar import prepare as prepare_calendar
from cityhub.parking.web_push import Keys as PushKeys
from cityhub.payments.ways import Ways
from cityhub.store import check_url
from cityhub.tracing import Tracing
from portal import Portal

# The first snapshots take some 50 ms. Without a database the API starts all the same and says so in /readyz.
FIRST_SNAPSHOTS_S = 3
# Of a download's rows there are many and none is in a cycle: by default they had all objects looked at once a second,
# for 100 ms, in which nobody was answered.
NEW_OBJECTS = 20_000


def create_app(settings: Settings) -> FastAPI:
    """The API as an ASGI application; nothing is opened before it starts. SettingsError without a usable database."""
    _check(settings)
    rules = rules_of(settings)
    metrics = Metrics()

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        loop = asyncio.get_running_loop()
        feed = Feed(time.time_ns() // 1000)

        changes = Changes()

        def publish(snapshot: Snapshot, found: list[Feature]) -> None:
            changes.note(snapshot.kind, found, snapshot.built_at)
            loop.call_soon_threadsafe(feed.publish, snapshot.kind, event_data(snapshot, found))

        pools = Pools(settings)
        updater = Updater(reader(pools.hot, rules), pools.listen, publish)
        looks = Looks()
        console = ConsoleFeed(pools, looks, lambda: facts_of(settings, updater))
        # Keys can be made at any time (`./hub apikey`).
        intake = open_intake(settings, metrics) if settings.database_url else None
        app.state.hub = Hub(
            settings,
            pools,
            updater,
            feed,
            WholeState(updater.snapshots),
            AirFields(updater.snapshots),
            metrics,
            intake,
            Ways.of(settings),
            Bulk(settings),
            looks,
            console,
            changes=changes,
            push_keys=PushKeys.of(settings),
            door=Door(settings.sign_in_rate_per_minute),
            city=Provider.of(settings),
            tracing=await asyncio.to_thread(Tracing.of, settings, "api"),
        )
        updater.start()
        app.state.hub.air_fields.start()
        try:
            await asyncio.to_thread(updater.built.wait, FIRST_SNAPSHOTS_S)
            async with _beside(portal):
                yield
        finally:
            feed.close()
            console.close()
            await app.state.hub.close_outward()
            await asyncio.to_thread(app.state.hub.air_fields.stop)
            await app.state.hub.bulk.close()
            await asyncio.to_thread(updater.stop)
            if intake is not None:
                await asyncio.to_thread(intake.close)
            await asyncio.to_thread(pools.close)

    app = FastAPI(
        title="City hub",
        version=cityhub.__version__,
        description=documentation.DESCRIPTION,
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        # FastAPI's own traces and logs would tell paths and queries, with plates and tokens in them (cityhub.tracing).
        telemetry={"tracing": False, "metrics": False, "logs": False, "auto_configure": False},
        # A redirect would lead wherever the Host header says.
        redirect_slashes=False,
        lifespan=lifespan,
    )
    portal = Portal(settings)
    keys = Keys.of(settings.api_keys.get_secret_value())
    rates = Rates(settings.rate_per_minute, settings.key_rate_per_minute)
    app.add_middleware(Edge, metrics=metrics, keys=keys, rates=rates)
    # Outside of the edge, so that it also sees the problems that the edge itself tells.
    app.add_middleware(ErrorPages, portal=portal)
    problems.install(app)
    routing.install(app, portal, keys)
    documentation.install(app, has_packages=portal.has_packages)
    return app


def _check(settings: Settings) -> None:
    """Raises SettingsError without a usable database, or where a part of the city's provider is missing."""
    if settings.api_keys or not settings.read_database_url:
        # A replica takes no observations.
        settings.require("database_url")
    for name in ("database_url", "read_database_url"):
        if url := plain(getattr(settings, name)):
            check_url(url, f"CITYHUB_{name.upper()}")
    CityProvider.of(settings)
    tracing.check(settings)


@asynccontextmanager
async def _beside(portal: Portal) -> AsyncIterator[None]:
    """What goes on while the application runs."""
    preparing = asyncio.create_task(asyncio.to_thread(_load, portal))
    giving_back = asyncio.create_task(give_back_again_and_again())
    try:
        yield
        await preparing
    finally:
        giving_back.cancel()


def _load(portal: Portal) -> None:
    """What is not needed for the first answers."""
    portal.prepare()
    prepare_calendar()
    collect_seldom(NEW_OBJECTS)
