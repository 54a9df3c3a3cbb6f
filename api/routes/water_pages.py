"""The residents' page of West Lake's water."""

import asyncio
import math
import time
from collections.abc import Collection, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import psycopg
from fastapi import APIRouter, Request, Response

from api.access import from_memory, public
from api.answers.wqi import index_of
from api.hub import Hub, glances, hub_of
from api.routes.pages import FIGURES_S, AcceptLanguage, AskedLanguage, DrawnPages, page_answer
from api.routes.wqi import LENGTHS, spans
from cityhub.errors import CityHubError
from cityhub.latest import Feature
from cityhub.store import samples, wqi
from cityhub.water.features import WaterProperties
from cityhub.water.wqi import Rules
from cityhub.words import choose_language
from portal import Portal
from portal.residents import WaterDay, WaterHistory, WaterView, water_html

# Days go by slowly: the store is asked for them once a minute, whoever looks; sooner when a figure comes from a sample
# that was not read yet.
HISTORY_S, NEWS_S = 60.0, 2.0
FIRST_S = 0.5
DAYS = 30
# Samples that are listed; older ones are in the API.
SHOWN = 6

Histories = dict[str, WaterHistory]


class Kept:
    """The histories that were read last; read anew, behind the page's back, when they are a minute old."""

    def __init__(self) -> None:
        self._begun_at = -math.inf
        self._reading: asyncio.Task[None] | None = None
        self._found: Histories | None = None
        self._seen: frozenset[str] = frozenset()

    async def get(self, hub: Hub, features: Collection[Feature]) -> Histories | None:
        """By station; None where it was not read yet. Who begins the first reading, or one of news, waits a moment."""
        has_news = bool(samples_in(features) - self._seen)
        due_s = NEWS_S if has_news else HISTORY_S
        if time.monotonic() - self._begun_at >= due_s and (self._reading is None or self._reading.done()):
            self._begun_at = time.monotonic()
            self._reading = asyncio.create_task(self._read(hub, features))
            if self._found is None or has_news:
                await asyncio.wait([self._reading], timeout=FIRST_S)
        return self._found

    async def _read(self, hub: Hub, features: Collection[Feature]) -> None:
        rules, now, seen = Rules.of(hub.settings), datetime.now(UTC), samples_in(features)
        station_ids = [feature.id for feature in features]
        # The figures of the moment, out of memory, are shown all the same.
        with suppress(CityHubError):
            self._found = await hub.pools.read(lambda conn: histories(conn, station_ids, rules, now))
            self._seen = seen


def create_router(portal: Portal) -> APIRouter:
    """The routes to the page."""
    router = APIRouter(include_in_schema=False)
    drawn, kept = DrawnPages(), Kept()

    @router.get("/water")
    @from_memory
    @public
    async def water(
        request: Request, lang: AskedLanguage = None, accept_language: AcceptLanguage = None
    ) -> Response:
        """All sites, worst first."""
        hub, language = hub_of(request), choose_language(lang, accept_language)
        glance = glances(hub).get("water")
        found = await kept.get(hub, glance.features) if glance is not None else {}
        page = await drawn.get(
            language,
            lambda: portal.drawn(language, water_html, WaterView(glance, found, Rules.of(hub.settings))),
            for_s=FIGURES_S,
        )
        return page_answer(request, page)

    return router


def samples_in(features: Collection[Feature]) -> frozenset[str]:
    """The ids of the samples that figures come from."""
    return frozenset(
        figure.sample_id
        for feature in features
        if isinstance(feature.properties, WaterProperties)
        for figure in feature.properties.parameters.values()
        if figure.sample_id is not None
    )


def histories(conn: psycopg.Connection, station_ids: Sequence[str], rules: Rules, now: datetime) -> Histories:
    """The last 30 days, today included, and the newest samples of each station; `now` is aware."""
    starts = list(spans(now - timedelta(days=DAYS), now, "P1D"))
    begin = starts[0] - timedelta(days=rules.sample_days)
    taken = samples.of_stations(conn, begin, now, station_ids)
    found: Histories = {}
    for id in station_ids:
        means, own = wqi.means(conn, id, starts[0], now, "P1D"), taken.get(id, [])
        days = []
        for start in starts:
            index = index_of(start, start + LENGTHS["P1D"], means.get(start, {}), own, rules)
            days.append(WaterDay(start, index.vn_wqi, index.why, means.get(start, {})))
        found[id] = WaterHistory(days, own[:SHOWN])
    return found
