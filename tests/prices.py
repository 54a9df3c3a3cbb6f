"""A tariff that is the same at every hour of every day, for tests that run by the real clock."""

from datetime import datetime, timedelta

import psycopg

from cityhub.parking.tariffs.model import Collection, RateLine, RateTable, Refund, TariffFile
from cityhub.rfc3339 import HANOI_TIME
from cityhub.store import tariffs

HOUR = 25_000


def save_flat(conn: psycopg.Connection) -> None:
    """From the day before yesterday on: a car `HOUR` an hour, a motorbike 4,000 a stay, at the places of Hanoi."""

    def line(**values: object) -> RateLine:
        return RateLine(**{"rule_vi": "Giá thử", "rule_en": "Test price", **values})  # type: ignore[arg-type]

    def all_day(vehicle: str, rate: RateLine) -> Collection:
        return Collection(vehicles=(vehicle,), begins="00:00", ends="24:00", lines=(rate,), reset="stay")

    table = RateTable(
        version="test-flat",
        # What a test began an hour ago may have begun yesterday.
        valid_from=datetime.now(HANOI_TIME).date() - timedelta(days=2),
        source="tests",
        maximum_stay=4_320,
        # So that midnight, whenever tests run, is no other turn.
        crossing="follow_through",
        refund=Refund(of="unused"),
        collections=(
            all_day("car", line(increment=60, price=HOUR)),
            all_day("motorbike", line(increment="turn", price=4_000)),
        ),
    )
    tariffs.save(conn, TariffFile(zone="hanoi-inner", rate_tables=(table,)))
