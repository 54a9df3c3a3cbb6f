"""Each program does its work with its own role of the database, and that role can do nothing else."""

import json
import subprocess
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID, uuid4

import psycopg
import pytest
from paho.mqtt.publish import multiple
from psycopg import sql
from psycopg.errors import InsufficientPrivilege
from pydantic import SecretStr

from api.sms_orders import Incoming, take
from cityhub.catalogue import read
from cityhub.config import Settings
from cityhub.kinds import KINDS
from cityhub.observing.decoded import Rejected
from cityhub.observing.payloads.mapping_fields import Field
from cityhub.observing.quality import RANGE, TOTAL
from cityhub.onboarding.candidate import Candidate
from cityhub.onboarding.listing import lines_of
from cityhub.onboarding.place_candidate import NewPlace
from cityhub.onboarding.sheets import Row
from cityhub.ops.console import Asked, Reach
from cityhub.parking.plates import normalise
from cityhub.parking.web_push import Subscription
from cityhub.payments.credits import Credit
from cityhub.payments.invoices import Answer
from cityhub.store import (
    acknowledgements,
    batches,
    connect,
    console_batches,
    console_reach,
    corrections,
    credits,
    idempotency,
    identities,
    ingest_rates,
    invoices,
    jobs,
    ledger,
    maintenance,
    migrations,
    new_places,
    payments,
    people,
    privileges,
    push,
    quarantine,
    raw_messages,
    refunds,
    registration,
    sensor_lists,
    sensors,
    sessions,
    settlement,
    sms_inbox,
    sms_outbox,
    statuses,
    tariffs,
    trouble,
)
from cityhub.store.counters import TotalRow
from cityhub.store.quarantine import Entry
from cityhub.store.registry import Registry
from jobs import air_forecasts, days, flood_forecasts, retention, review
from jobs import quarantine as quarantine_job
from jobs.tasks import tasks
from tests.conftest import Services
from tests.integration.roles import PROGRAMS, database_with_roles
from tests.integration.test_jobs import working
from tests.waiting import eventually

HUB = "https://h.vn"
AIR = "air-us-embassy"
DAY = timedelta(days=1)


@pytest.fixture(scope="module")
def urls(services: Services) -> Iterator[dict[str, str]]:
    with database_with_roles(services) as urls:
        yield urls


@pytest.fixture
def owner(urls: dict[str, str]) -> Iterator[psycopg.Connection]:
    with connect(urls["owner"], "tests", autocommit=True) as conn:
        yield conn


@pytest.fixture
def as_program(urls: dict[str, str]) -> Callable[[str], AbstractContextManager[psycopg.Connection]]:
    """A connection of the driver's own, so that a refusal keeps its name."""
    return lambda program: psycopg.connect(urls[program], autocommit=True)


def count(conn: psycopg.Connection, query: str) -> int:
    [(number,)] = conn.execute(query).fetchall()  # type: ignore[arg-type]
    return int(number)


def value(time: datetime, **values: float) -> dict[str, Any]:
    return {"time": time.isoformat(), "values": values}


def test_ingest_stores_and_quarantines_with_its_own_role(
    urls: dict[str, str],
    owner: psycopg.Connection,
    settings_for: Callable[..., Settings],
    start_ingest: Callable[[Settings], "subprocess.Popen[bytes]"],
) -> None:
    settings = settings_for(database_url=urls["ingest"])
    raw_messages.begin(owner, AIR, "lan", "why", datetime.now(UTC))
    start_ingest(settings)
    now = datetime.now(UTC).replace(microsecond=0)
    told = f"{settings.topic_prefix}/air/{AIR}"
    # Two chunks, a duplicate, a late one, a datastream that the catalogue does not list, a word of its state, rubbish.
    messages = [
        value(now - timedelta(minutes=2), pm2_5=12),
        value(now - timedelta(minutes=2), pm2_5=12),
        value(now - 30 * DAY, pm2_5=13),
        value(now - timedelta(minutes=1), pm2_5=14) | {"rssi": -70},
    ]
    address = urlsplit(settings.require("mqtt_url"))
    multiple(
        [
            *({"topic": f"{told}/telemetry", "payload": json.dumps(one), "qos": 1} for one in messages),
            {"topic": f"{told}/status", "payload": json.dumps({"online": True}), "qos": 1},
            *({"topic": f"{told}/telemetry", "payload": "{", "qos": 1} for _ in range(2)),
        ],
        hostname=address.hostname or "",
        port=address.port or 0,
    )
    eventually(lambda: count(owner, "SELECT count(*) FROM observation") >= 4)
    eventually(lambda: count(owner, "SELECT coalesce(sum(n), 0) FROM quarantine WHERE reason = 'json'") == 2)
    eventually(lambda: count(owner, "SELECT count(*) FROM sensor_status") == 1)
    assert count(owner, "SELECT count(*) FROM raw_message") == 7
    assert count(owner, "SELECT sum(messages) FROM ingest_minute") >= 1


@pytest.mark.parametrize("program", PROGRAMS)
def test_jobs_keep_days_of_the_air_and_whoever_stores_forgets_them(
    urls: dict[str, str],
    owner: psycopg.Connection,
    settings_for: Callable[..., Settings],
    program: str,
) -> None:
    id = sensors.datastream_ids(owner)["air-hang-dau", "pm2_5"]
    kept = "SELECT count(*) FROM air_day"
    noon = datetime.now(UTC).replace(hour=5, minute=0, second=0, microsecond=0) - 5 * DAY
    # Each program's readings at minutes of its own.
    at = noon + timedelta(minutes=PROGRAMS.index(program))
    with connect(urls["ingest"], "tests") as conn:
        batches.add(conn, [(id, at, 12.0, 0)])
    days.run(settings_for(database_url=urls["jobs"]))
    whole = count(owner, kept)
    assert whole >= 4
    with connect(urls[program], "tests") as conn:
        batches.add(conn, [(id, at + timedelta(seconds=30), 40.0, 0)])
    assert count(owner, kept) == whole - 1


@pytest.mark.parametrize("program", PROGRAMS)
def test_every_program_stores_with_all_that_belongs_to_it(
    urls: dict[str, str], owner: psycopg.Connection, program: str
) -> None:
    """Counters, reports that look like running totals, what is newer than the newest known, a duplicate."""
    now = datetime.now(UTC).replace(microsecond=0)
    with connect(urls[program], "tests", autocommit=True) as conn:
        registry = Registry()
        registry.refresh(conn)
        gauges = sorted(id for id, sensor in registry.known.items() if sensor.kind == "rain")
        first = 2 * PROGRAMS.index(program)
        id, counted = (registry.datastream_id(conn, sensor, "rain") for sensor in gauges[first : first + 2])
        assert registry.datastream_id(conn, gauges[first], "rssi")
        before = count(owner, "SELECT count(*) FROM correction")
        reports = [(id, now - timedelta(minutes=minutes), 90.0, 0) for minutes in (30, 20, 10)]
        rain = KINDS["rain"].properties["rain"]
        totals = [
            TotalRow(counted, now - timedelta(minutes=minutes), 100.0 - minutes, 0, rain, None)
            for minutes in (9, 4)
        ]
        with conn.transaction():
            added = batches.add(conn, [*reports, reports[0]], registry.limits, totals)
        assert (added.stored, added.duplicates) == (4, 2)
        assert {flag.flags for flag in added.found} >= {RANGE | TOTAL}
        assert count(owner, "SELECT count(*) FROM correction") == before + 1
        owner.execute(
            "INSERT INTO observation (datastream_id, time, value, quality) VALUES (%s, %s, 1, 0)", (id, now)
        )
        with conn.transaction():
            assert batches.add(conn, [(id, now, 1.0, 0)]).duplicates == 1


def test_every_table_is_somebodys_work_or_the_owners_on_purpose(owner: psycopg.Connection) -> None:
    """A new table needs a decision: cityhub/store/privileges.sql."""
    owners = {
        name
        for (name,) in owner.execute(
            "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'v', 'p')"
            " AND NOT EXISTS (SELECT FROM pg_depend WHERE objid = pg_class.oid AND deptype = 'e')"
            " AND NOT has_any_column_privilege(current_user || '_ingest', oid, 'SELECT')"
            " AND NOT has_any_column_privilege(current_user || '_api', oid, 'SELECT')"
            " AND NOT has_any_column_privilege(current_user || '_jobs', oid, 'SELECT')"
        )
    }
    # The register is written by people who may see whose data it is, with `./hub privacy`.
    assert owners == {"privacy_request"}


def test_jobs_review_remove_and_replay_with_their_own_role(
    urls: dict[str, str], owner: psycopg.Connection, settings_for: Callable[..., Settings]
) -> None:
    now = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    with connect(urls["owner"], "tests") as conn:
        id = sensors.ensure_datastream(conn, "rain-hoan-kiem", "rain", "rain")
        number = sensors.ensure_datastream(conn, "rain-hoan-kiem", "rain", "seq")
        hours = [now - timedelta(hours=hour) for hour in range(1, 30)]
        batches.add(
            conn,
            [
                *((id, time, 1.0, 0) for time in hours),
                *((number, time, float(-k), 0) for k, time in enumerate(hours, start=-99)),
                (id, now - 500 * DAY, 1.0, 0),
            ],
        )
    settings = settings_for(database_url=urls["jobs"], jobs_metrics_port=0)
    topic = f"{settings.topic_prefix}/air/{AIR}/telemetry"
    good = json.dumps(value(now - timedelta(hours=2), pm10=7)).encode()
    bad = b"{"
    with connect(urls["owner"], "tests") as conn:
        quarantine.add(
            conn,
            [
                Entry(topic, text, len(text), Rejected("unknown_sensor", "was unknown", AIR), now)
                for text in (good, bad)
            ],
        )
        old = Entry(topic, b"[", 1, Rejected("json", "old", AIR), now - 500 * DAY)
        quarantine.add(conn, [old])
    with connect(urls["jobs"], "tests", autocommit=True) as conn:
        assert review.review(conn, datetime.now(UTC)) is not None
        assert corrections.apply(
            conn,
            corrections.Correction(id, now - 3 * DAY, now, "tests", "out of range", set_bits=1),
        )
        assert (
            quarantine_job.replay(conn, settings.topic_prefix, 262_144, reason="unknown_sensor").stored == 1
        )
    with connect(urls["jobs"], "tests") as conn:
        raw_messages.forget(conn, now)
        kept = settings.model_copy(update={"privacy_key": SecretStr("a key")})
        assert retention.apply(conn, kept, datetime.now(UTC)).observations >= 1
    with connect(urls["jobs"], "tests", autocommit=True) as conn:
        assert air_forecasts.learn(conn, datetime.now(UTC)) > 0
        air_forecasts.tell(conn, datetime.now(UTC))
        assert flood_forecasts.learn(conn, datetime.now(UTC)) > 0
    assert count(owner, "SELECT count(*) FROM observation WHERE time < now() - INTERVAL '450 days'") == 0
    assert count(owner, "SELECT count(*) FROM quarantine WHERE detail = 'old'") == 0
    assert count(owner, "SELECT count(*) FROM sensor_day") > 0
    assert count(owner, "SELECT count(*) FROM sequence_hour") > 0
    # As `./hub jobs`: procrastinate's own tables, its periodic work, and the end of each job.
    with working(settings, tasks(settings)):
        with connect(urls["jobs"], "tests", autocommit=True) as conn:
            jobs.add(conn, "quarantine_replay", {"reason": "json"})
            jobs.add(conn, "retention", {"timestamp": 0}, lock="retention", queueing_lock="retention")
        eventually(
            lambda: count(owner, "SELECT count(*) FROM procrastinate_jobs WHERE status = 'succeeded'") >= 2,
            60,
        )
        assert count(owner, "SELECT count(*) FROM procrastinate_jobs WHERE status = 'failed'") == 0


def test_the_console_of_operations_works_with_the_role_of_the_api(
    as_program: Callable[[str], AbstractContextManager[psycopg.Connection]],
    owner: psycopg.Connection,
) -> None:
    now = datetime.now(UTC)
    people.add(owner, "console", "operator", "bốn từ không liên quan", now)
    person = people.by_name(owner, "console").id
    with as_program("api") as conn, conn.transaction():
        look = trouble.look(conn, now)
        trouble.of_hub(conn, now, look.summary)
        trouble.page(conn, look, Asked(), now, limit=50)
        trouble.sensors_in(conn, [area.id for area in trouble.areas(conn)])
        id = acknowledgements.acknowledge(conn, "hub", "lag", "lan", "seen", now, now + DAY)
        assert acknowledgements.standing(conn, now)["hub", "lag"].by == "lan"
        acknowledgements.undo(conn, id, "lan", now)
        for action in console_batches.ACTIONS:
            batch = console_batches.act(conn, uuid4(), action, look.wrong[:2], "lan", "x", now, now + DAY)
            console_batches.undo(conn, UUID(batch.id), "lan", now)
        console_batches.recent(conn, now)
        statuses.details(conn, AIR)
        for reach in (
            Reach(),
            Reach(areas=frozenset({"ward-one"})),
            Reach(kinds=frozenset({"air"})),
            Reach(),
        ):
            console_reach.save(conn, person, reach, now)
            assert console_reach.get(conn, person) == reach
        maintenance.begin(conn, AIR, "lan", "new probe", now, now + DAY)
        maintenance.end(conn, AIR, "lan", now + timedelta(hours=1))
        quarantine.list(conn)
        ingest_rates.recent(conn, now)
        raw_messages.begin(conn, AIR, "lan", "why", now)
        raw_messages.newest(conn, AIR, now)
        raw_messages.end(conn, AIR, "lan", now)
        jobs.by_task(conn)
        jobs.given_up(conn, 10)
        candidate = Candidate(replace(read().sensors[0], id="air-new"), {"PM25": Field("pm2_5")})
        registration.register(conn, candidate, "lan", "new post")
        place = replace(read().places[0], id="ltk-new")
        counter = next(one for one in read().sensors if one.id == read().places[0].id)
        counter = replace(counter, id="ltk-new", place_id="ltk-new")
        new_places.register(conn, NewPlace(place, counter), "lan", "new street")
        registration.map_names(
            conn, "air-new", None, "lan", "none", over=registration.mapping(conn, "air-new").id
        )
        assert registration.groups(conn) == []
        registration.mistaken(conn)
        assert registration.messages(conn, "air", "air-new") == []
        row = Row(2, ("air-new", "21.01", "105.81"))
        steps = sensor_lists.planned(conn, lines_of([Row(1, ("id", "lat", "lon")), row]))
        assert sensor_lists.apply(conn, steps, "lan", "moved") == {"new": 0, "change": 1, "late": 0}
        asked = quarantine.replay(conn, "json", None)
        assert asked is not None
        assert quarantine.replay(conn, "json", None) is None


@pytest.mark.parametrize("program", ["api", "jobs"])
def test_who_sells_and_settles_can_do_it_by_its_own_role(
    as_program: Callable[[str], AbstractContextManager[psycopg.Connection]],
    owner: psycopg.Connection,
    program: str,
) -> None:
    tariffs.save_all(owner)
    token, now = f"token-of-{program}-12345", datetime.now(UTC)
    with as_program(program) as conn, conn.transaction():
        asked = sessions.Asked("ltk-01", normalise("30A-123.45"), "car", 180)
        session = sessions.begin(conn, asked, now, token)
        wallet = payments.add_wallet(conn, str(uuid4()), token)
        for number, account in enumerate((("vnpay", None), ("vietqr", wallet.id)), start=1):
            payment = payments.add(
                conn, id=str(uuid4()), reference=f"CH{program.upper()}{number:08}", provider=account[0],
                amount=session.first.due, now=now, expires_at=now + DAY, client_address="127.0.0.1",
                session=(session.id, 1) if account[1] is None else None, wallet_id=account[1],
            )  # fmt: skip
            held = payments.by_reference(conn, payment.reference)
            assert held is not None
            assert (
                settlement.settle(
                    conn, held, amount=payment.amount, transaction=payment.reference, at=now, source="query"
                )
                == "booked"
            )
        _, back = sessions.stop(conn, token, now)
        refunds.request_for(conn, session.id, back, now)
        [demand] = refunds.to_send(conn, ["vnpay"])
        refunds.done(conn, demand, now)
        while (invoice := invoices.next_queued(conn)) is not None:
            invoices.answered(conn, invoice, Answer("coded"), now)
        assert count(conn, "SELECT count(*) FROM invoice WHERE state = 'adjusted'") > 0
        settlement.park(conn, "momo", f"lost-{program}", 5_000, "unknown_order", now)
        notice = credits.keep(conn, "ours", program.encode())
        credits.take(conn, "ours", notice, [Credit(program, 5_000, "", "", now)], now)
        idempotency.once(conn, "test", program, b"", lambda: (200, b""))
        idempotency.forget(conn, now + DAY)
        payments.expire(conn, now, DAY)
        sessions.lapse(conn, now)
        message = Incoming(f"sms-{program}", "+84912345678", program.encode(), "BX LTK01 30A12345 60 NHAC")
        assert f"{HUB}/p/" in take(conn, message, HUB, now)
        assert f"{HUB}/p/" in take(conn, message, HUB, now)
        sms_outbox.queue_reminders(conn, now)
        while (queued := sms_outbox.next_queued(conn, now)) is not None:
            sms_outbox.sent(conn, queued, b"token", now)
        running = sessions.begin(conn, asked, now, f"{token}-runs")
        sessions.paid(conn, running.id, 1, now)
        for _ in range(2):
            push.add(conn, running.token, Subscription("https://p.vn/x", b"k", b"a"), "vi", "push-1", now)
        due = push.next_due(conn, running.first.to_time - timedelta(minutes=9))  # type: ignore[operator]
        assert due is not None
        push.told(conn, due)
        if program == "jobs":
            assert push.forget(conn, now + DAY) == 2
            push.gone(conn, due)
            assert sms_outbox.expire(conn, now) == 0
            assert sms_outbox.forget(conn, now + DAY) == 2
            assert sms_inbox.forget(conn, now + DAY) == 2
        assert ledger.faults(conn) == []


_RAW = "INSERT INTO observation (datastream_id, time, value, quality) VALUES (1, now(), 1, 0)"
_NOBODYS = [
    "DROP TABLE observation",
    "CREATE TABLE mine (id int)",
    "CREATE FUNCTION mine() RETURNS int LANGUAGE sql AS 'SELECT 1'",
    "ALTER TABLE sensor ADD COLUMN mine int",
    "ALTER FUNCTION remove_raw OWNER TO CURRENT_USER",
    "TRUNCATE observation",
    "TRUNCATE correction",
    "DELETE FROM observation",
    "DELETE FROM observation_hourly",
    "DELETE FROM latest",
    "DELETE FROM sensor",
    "DELETE FROM correction",
    "DELETE FROM sensor_day",
    "DELETE FROM schema_migration",
    "UPDATE observation SET value = 0",
    "UPDATE observation SET time = now()",
    "UPDATE observation_hourly SET hour = now()",
    "UPDATE correction SET made_by = 'somebody else'",
    # Nobody says when a correction was made.
    "INSERT INTO correction (made_at, made_by) VALUES (now() - INTERVAL '1 year', 'x')",
    "UPDATE schema_migration SET digest = ''",
    "UPDATE sensor SET listed = false",
    "UPDATE datastream SET sensor_id = 'air-us-embassy'",
    "INSERT INTO area (id) VALUES ('x')",
    "INSERT INTO schema_migration VALUES (99, 'x', 'x')",
    "LOCK TABLE latest IN ACCESS EXCLUSIVE MODE",
    "LOCK TABLE observation IN SHARE MODE",
    "COPY sensor TO PROGRAM 'true'",
    # The books, receipts and prices stay as they are.
    "UPDATE ledger_entry SET amount = 1",
    "DELETE FROM ledger_transaction",
    "UPDATE wallet SET balance = 1000000",
    "INSERT INTO wallet (id, token, balance) VALUES (gen_random_uuid(), 'x', 1000000)",
    "UPDATE receipt SET amount = 1",
    "DELETE FROM receipt",
    "DELETE FROM payment",
    "UPDATE segment SET to_time = now()",
    "UPDATE tariff SET zone = 'x'",
]
_REFUSED = {
    "ingest": [
        "INSERT INTO sensor (id) VALUES ('x')",
        "INSERT INTO sensor_mapping (sensor_id) VALUES ('x')",
        "SELECT * FROM correction",
        "SELECT * FROM procrastinate_jobs",
        "SELECT * FROM sensor_day",
        "SELECT plate FROM segment",
        "SELECT * FROM payment",
        "SELECT remove_raw(now() - INTERVAL '2 years', 1)",
        "UPDATE observation_hourly SET closed = true",
        "UPDATE quarantine SET payload = ''",
        "DELETE FROM quarantine",
        "INSERT INTO procrastinate_jobs (queue_name, task_name) VALUES ('a', 'a')",
    ],
    "api": [
        "INSERT INTO sensor (id, observed_since) VALUES ('x', now())",
        "UPDATE sensor SET kind = 'rain'",
        "UPDATE sensor_mapping SET fields = NULL",
        "DELETE FROM sensor_mapping",
        "UPDATE quarantine SET payload = ''",
        "DELETE FROM trouble_acknowledgement",
        "UPDATE trouble_acknowledgement SET note = 'x'",
        "UPDATE console_batch SET n = 0",
        "DELETE FROM console_batch",
        "UPDATE sensor_maintenance SET ends_at = now()",
        "DELETE FROM audit_entry",
        "INSERT INTO quarantine (topic) VALUES ('x')",
        "DELETE FROM quarantine",
        "SELECT args FROM procrastinate_jobs",
        "SELECT * FROM procrastinate_workers",
        "INSERT INTO procrastinate_jobs (queue_name, task_name) VALUES ('a', 'a')",
        "SELECT remove_raw(now() - INTERVAL '2 years', 1)",
        "UPDATE observation_hourly SET closed = true",
        "UPDATE sensor_status SET online = false",
        "UPDATE sensor_day SET reports = 0",
    ],
    "jobs": [
        "INSERT INTO sensor (id) VALUES ('x')",
        "INSERT INTO sensor_mapping (sensor_id) VALUES ('x')",
        "SELECT * FROM area",
        # Retention, but not of what is young.
        "SELECT remove_raw(now() + INTERVAL '1 day', 1)",
        "SELECT remove_raw(NULL, 1)",
        "TRUNCATE quarantine",
        "TRUNCATE procrastinate_jobs CASCADE",
    ],
}


@pytest.mark.parametrize(
    ("program", "statement"),
    [(program, statement) for program in PROGRAMS for statement in (*_NOBODYS, *_REFUSED[program])],
)
def test_what_a_role_must_not_do_is_refused(
    as_program: Callable[[str], AbstractContextManager[psycopg.Connection]], program: str, statement: str
) -> None:
    with as_program(program) as conn, pytest.raises(InsufficientPrivilege), conn.transaction():
        conn.execute(statement)  # type: ignore[arg-type]


@pytest.mark.parametrize("program", PROGRAMS)
def test_no_role_reaches_what_the_database_keeps_the_chunks_in(
    as_program: Callable[[str], AbstractContextManager[psycopg.Connection]],
    services: Services,
    owner: psycopg.Connection,
    program: str,
) -> None:
    if services.edition == "plain":
        pytest.skip("chunks are TimescaleDB's")
    owner.execute(_RAW)
    with as_program(program) as conn:
        [(chunk,)] = conn.execute("SELECT show_chunks('observation')::text LIMIT 1").fetchall()
        for text in ("DROP TABLE {}", "TRUNCATE {}", "DELETE FROM {}", "UPDATE {} SET value = 0"):
            with pytest.raises(InsufficientPrivilege):
                conn.execute(sql.SQL(text).format(sql.SQL(chunk)))
        with pytest.raises(InsufficientPrivilege):
            conn.execute("SELECT drop_chunks('observation', older_than => now())")


def test_nothing_in_the_owners_function_is_looked_up_where_others_write(owner: psycopg.Connection) -> None:
    functions = owner.execute(
        "SELECT proname, proconfig FROM pg_proc p JOIN pg_roles r ON r.oid = p.proowner"
        " WHERE prosecdef AND r.rolname = current_user"
    ).fetchall()
    assert {name for name, _ in functions} == {
        "ledger_is_to_be_counted",
        "person_of_identity",
        "remove_raw",
        "replay_quarantine",
        "wallet_follows",
    }
    assert all(configuration == ["search_path=public, pg_temp"] for _, configuration in functions)
    assert count(owner, "SELECT count(*) FROM pg_namespace WHERE has_schema_privilege('public', oid, 'CREATE')"
                 " AND nspname = 'public'") == 0  # fmt: skip


def test_the_api_lets_in_whom_the_citys_provider_knows_and_makes_nobody_else(
    as_program: Callable[[str], AbstractContextManager[psycopg.Connection]], owner: psycopg.Connection
) -> None:
    now, identity = datetime.now(UTC), identities.Identity("https://accounts.test", "7f3a")
    people.add(owner, "local", "viewer", "the first of them all", now)
    with as_program("api") as conn:
        id = identities.person_of(conn, identity, "local", "operator", now)
        assert identities.find(conn, identity) == id
        assert people.by_id(conn, id).name == "local-2"
        assert identities.person_of(conn, identity, "local", "admin", now) == id
        for statement in (
            "INSERT INTO person (name, role, password, must_change, created_at, last_seen_at)"
            " VALUES ('thief', 'admin', '', false, now(), now())",
            "UPDATE person SET role = 'admin' WHERE name = 'local'",
            "INSERT INTO person_identity SELECT 'https://evil.test', 'x', id, now() FROM person WHERE name = 'local'",
            "UPDATE person_identity SET subject = 'x'",
        ):
            with pytest.raises(InsufficientPrivilege):
                conn.execute(statement)
    assert people.by_name(owner, "local").role == "viewer"
    for program in ("ingest", "jobs"):
        with as_program(program) as conn, pytest.raises(InsufficientPrivilege):
            identities.person_of(conn, identity, "thief", "admin", now)


def test_what_a_role_was_granted_beyond_its_work_is_taken_away_again(
    urls: dict[str, str], owner: psycopg.Connection
) -> None:
    api = f"{owner.info.user}_api"
    owner.execute(sql.SQL("GRANT DELETE ON correction TO {}").format(sql.Identifier(api)))
    owner.execute(sql.SQL("GRANT UPDATE (payload) ON quarantine TO {}").format(sql.Identifier(api)))
    migrations.migrate(urls["owner"])
    with psycopg.connect(urls["api"], autocommit=True) as conn:
        for statement in ("DELETE FROM correction", "UPDATE quarantine SET payload = ''"):
            with pytest.raises(InsufficientPrivilege):
                conn.execute(statement)
        assert conn.execute("SELECT count(*) FROM correction").fetchone() is not None


def test_where_there_are_no_roles_nothing_is_granted(database_url: str) -> None:
    with connect(database_url, "tests", autocommit=True) as conn:
        assert privileges.grant(conn) == []
