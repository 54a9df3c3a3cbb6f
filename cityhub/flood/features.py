"""What the public sees of a flood point: how deep the water is, who can pass, which way it goes and since when."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from dataclasses import field as field_of
from datetime import datetime, timedelta
from typing import Literal, NamedTuple

from msgspec import field

from cityhub.devices.status import earliest, next_change
from cityhub.flood.classes import Trend, depth_class, trend_word
from cityhub.flood.forecast import NAME, Learnt, NoForecast, forecast
from cityhub.flood.nearby import Near
from cityhub.flood.passability import VEHICLES, Limits, Passable, Vehicle
from cityhub.flood.reports import Report
from cityhub.flood.risk import GaugeHour, NoRisk, Risk, near, risk
from cityhub.flood.shown import DepthAhead, Expected, FloodForecast, FloodSeen, Ground
from cityhub.flood.water import Water
from cityhub.kinds import KINDS
from cityhub.kinds.figures import derived
from cityhub.latest.feature import OLD, Feature, Properties, ValueFlag, feature, marker
from cityhub.latest.kept import Make
from cityhub.latest.sensors import measured
from cityhub.model import SensorState
from cityhub.observing.quality import is_rejected
from cityhub.rfc3339 import LocalTime, at_local_time

# Why a figure is null: nothing came yet; the point measures no depth on the street; the newest value is not good; it
# is too old; too few readings make no trend; the street is not flooded.
Why = (
    Literal["no_reports", "not_measured", "rejected", "old", "few_readings", "not_flooded"]
    | NoRisk
    | NoForecast
)


class FloodProperties(Properties, frozen=True):
    """A flood point: what every sensor shows, and `depth` in cm, null where it is unknown or too old.

    `class` is a project class, `class_level` from 0 (below 10 cm) to 4. `passable` by vehicle, a project rule:
    `passable_ground` says from which depth and on what ground. `trend` in cm/h, of the level where no depth is
    measured. `since`: flooded (10 cm and more) without a break since then. `risk`: what the last hour's rain lets
    expect by the city's scenario for the point (project rule). `forecast`: depths to come, null where there is nothing
    that beats the persistence of the newest. `report`: what staff saw within six hours. `why` says of what is null why
    it is.
    """

    times: dict[str, LocalTime]
    quality: dict[str, list[ValueFlag]]
    depth: float | None
    class_: str | None = field(name="class")
    class_en: str | None
    class_level: int | None
    passable: dict[Vehicle, Passable | None]
    passable_ground: Mapping[Vehicle, Ground]
    trend: float | None
    trend_word: Trend | None
    since: LocalTime | None
    risk: Expected | None
    forecast: FloodForecast | None
    report: FloodSeen | None
    why: dict[str, Why]


_UNKNOWN = Water()


@dataclass(frozen=True, slots=True)
class Around:
    """What is known beside the newest readings: `water` by sensor id, absent where nothing came for a day; `gauges`
    with their rain of the last hour; `models` and the newest `reports` by sensor id.
    """

    water: Mapping[str, Water] = field_of(default_factory=dict)
    gauges: Sequence[GaugeHour] = ()
    models: Mapping[str, Learnt] = field_of(default_factory=dict)
    reports: Mapping[str, Report] = field_of(default_factory=dict)


def features(points: Iterable[SensorState], around: Around, limits: Limits, now: datetime) -> list[Feature]:
    """One Feature per point; `now` is aware."""
    make = maker(limits)
    found = by_point(points, around, lambda lon, lat: near(lon, lat, around.gauges))
    return [make(of_point, now)[0] for _, of_point in found]


class PointState(NamedTuple):
    """What a point's Feature is made of: its readings and what is known beside them."""

    point: SensorState
    water: Water
    nearby: Sequence[GaugeHour]
    learnt: Learnt | None
    report: Report | None


def by_point(points: Iterable[SensorState], around: Around, near: Near) -> Iterator[tuple[str, PointState]]:
    """Points by id with what is known around them; `near`: finds the gauges near one."""
    for point in points:
        sensor = point.sensor
        id = sensor.id
        yield (
            id,
            PointState(
                point,
                around.water.get(id, _UNKNOWN),
                near(sensor.lon, sensor.lat),
                around.models.get(id),
                around.reports.get(id),
            ),
        )


def maker(limits: Limits) -> Make[PointState]:
    """Makes the Feature of a point, and tells until when it stays so but for its age, if nothing new comes."""
    grounds = {
        vehicle: Ground(limit.caution_cm, limit.closed_cm, limit.ground_vi, limit.ground_en)
        for vehicle, limit in limits.by_vehicle.items()
    }

    def make(of_point: PointState, now: datetime) -> tuple[Feature, datetime | None]:
        point, report = of_point.point, of_point.report
        until = next_change((one.time for one in point.readings), point.sensor.interval_s, now)
        return _feature(of_point, limits, grounds, now), earliest(
            until, None if report is None else report.next_minute(now)
        )

    return make


def _feature(
    of_point: PointState, limits: Limits, grounds: Mapping[Vehicle, Ground], now: datetime
) -> Feature:
    point, water, nearby, learnt, report = of_point
    kind = KINDS["flood"]
    fields = measured(kind, point, now)
    sensor = point.sensor
    depth = fields["values"].get("depth")
    status = fields["status"]
    why: dict[str, Why] = {}
    unknown = _why_no_depth(point, fields["quality"].get("depth", ()), status)
    known = None if unknown is not None or depth is None else depth_class(depth)
    passable: dict[Vehicle, Passable | None] = dict.fromkeys(VEHICLES)
    if unknown is not None:
        why = dict.fromkeys(("depth", "class", "passable", "since"), unknown)
    elif depth is not None:
        passable |= limits.at(depth)
        if water.since is None:
            why["since"] = "not_flooded"
    # Of a depth that nobody measures any more nothing rises or falls.
    is_followed = status != "offline" and unknown != "old" and water.trend is not None
    trend = derived("depth", water.trend) if is_followed and water.trend is not None else None
    if trend is None:
        why["trend"] = "few_readings" if status != "offline" and unknown != "old" else (unknown or "old")
    expected = risk(
        sensor.attributes.get("scenario"),
        nearby,
        depth if unknown is None else None,
        is_confirmed=None if report is None else report.confirms(now),
    )
    if not isinstance(expected, Risk):
        why["risk"] = expected
    ahead: FloodForecast | Why = unknown or "few_readings"
    if unknown is None and depth is not None:
        ahead = _ahead(learnt, water, depth, nearby)
    if not isinstance(ahead, FloodForecast):
        why["forecast"] = ahead
    # A value that stopped on a sensor that goes on colours no marker; one of a sensor gone silent stays, in grey.
    shown_depth = None if status != "offline" and unknown is not None else depth
    shown = FloodProperties(
        **fields,
        depth=None if unknown is not None else depth,
        class_=None if known is None else known.name_vi,
        class_en=None if known is None else known.name_en,
        class_level=None if known is None else known.level,
        passable=passable,
        passable_ground=grounds,
        trend=trend,
        trend_word=None if trend is None else trend_word(trend),
        since=None if unknown is not None or water.since is None else at_local_time(water.since),
        risk=Expected.of(expected) if isinstance(expected, Risk) else None,
        forecast=ahead if isinstance(ahead, FloodForecast) else None,
        report=None if report is None or not report.is_shown(now) else _seen(report, now),
        why=why,
        marker=marker(kind, shown_depth, status),
    )
    return feature(point.sensor, shown)


def photo_path(report: Report) -> str | None:
    """Where the picture of a report is; None without one."""
    return f"/api/v1/flood/reports/{report.id}/photo" if report.has_photo else None


def _seen(report: Report, now: datetime) -> FloodSeen:
    return FloodSeen(
        report.id,
        report.state,
        report.depth,
        at_local_time(report.observed_at),
        max(0, (now - report.observed_at) // timedelta(minutes=1)),
        report.teller,
        photo_path(report),
    )


def _ahead(
    learnt: Learnt | None, water: Water, depth: float, nearby: Sequence[GaugeHour]
) -> FloodForecast | Why:
    if learnt is None:
        return "no_model"
    if learnt.model is None or water.time is None:
        return learnt.why or "few_readings"
    rain = [gauge.mm_1h for gauge in nearby if gauge.mm_1h is not None and gauge.is_enough]
    found = forecast(learnt.model, depth, water.change, sum(rain) / len(rain) if rain else None)
    if isinstance(found, str):
        return found
    horizons = {one.minutes: one for one in learnt.model.horizons}
    return FloodForecast(
        at_local_time(water.time),
        NAME,
        at_local_time(learnt.trained_at),
        at_local_time(learnt.start),
        at_local_time(learnt.end),
        [
            DepthAhead(
                one.minutes,
                at_local_time(water.time + timedelta(minutes=one.minutes)),
                one.depth,
                one.low,
                one.high,
                round(horizons[one.minutes].skill, 2),
                horizons[one.minutes].cases,
            )
            for one in found
        ],
    )


def _why_no_depth(point: SensorState, flags: Iterable[ValueFlag], status: str) -> Why | None:
    """Why nobody can say how deep the water is now; None where it is known."""
    reading = next((one for one in point.readings if one.property == "depth"), None)
    if reading is None:
        measures_other = any(one.property == "level" for one in point.readings)
        return "not_measured" if measures_other else "no_reports"
    if status == "offline" or OLD in flags:
        return "old"
    return "rejected" if is_rejected(reading.quality) else None
