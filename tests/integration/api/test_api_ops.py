"""The console of operations on a real hub: trouble, and that somebody knows of it."""

import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import httpx
import psycopg
import pytest

from cityhub.config import read_settings
from cityhub.devices import trouble as rules
from cityhub.kinds import KINDS
from cityhub.observing.decoded import Rejected
from cityhub.observing.quality import FLATLINE
from cityhub.ops.rates import Counted
from cityhub.store import (
    acknowledgements,
    batches,
    connect,
    device_credentials,
    ingest_rates,
    jobs,
    payments,
    quarantine,
    sensors,
    trouble,
)
from cityhub.store.quarantine import Entry
from portal.staff.frame import moment
from tests import role_keys
from tests.integration.api.conftest import RunningApi, running
from tests.waiting import eventually

NOW = datetime.now(UTC).replace(microsecond=0)
MINUTE = timedelta(minutes=1)
SCOPES = {
    "operator": "ops:read+ops:write",
    "viewer": "ops:read",
    "finance": "ops:read+money:write",
    "inspector": "enforcement:read",
}
SILENT, STALE, FLAT, WEAK = "air-us-embassy", "air-hang-dau", "air-kim-lien", "air-my-dinh"


@pytest.fixture(scope="module", autouse=True)
def _clock() -> None:
    """The time when these tests run, which may be long after they were collected."""
    global NOW  # noqa: PLW0603
    NOW = datetime.now(UTC).replace(microsecond=0)


@pytest.fixture(scope="module")
def api(database_url: str) -> Iterator[RunningApi]:
    settings = read_settings(
        database_url=database_url,
        rate_per_minute=0,
        key_rate_per_minute=0,
        api_keys=role_keys.in_settings(SCOPES),
    )
    # What a test has just stored it also sees.
    with pytest.MonkeyPatch.context() as patch, running(settings) as api:
        patch.setattr("api.looks.WAIT_AFTER", timedelta())
        yield api


@pytest.fixture(scope="module")
def conn(database_url: str) -> Iterator[psycopg.Connection]:
    with connect(database_url, "tests", autocommit=True) as conn:
        ids = sensors.datastream_ids(conn)
        for sensor, at in (
            (SILENT, NOW - 500 * MINUTE),
            (STALE, NOW - 400 * MINUTE),
            (FLAT, NOW),
            (WEAK, NOW),
        ):
            with conn.transaction():
                rows = [(ids[sensor, "pm2_5"], at, 20.0, 0), (ids[sensor, "battery"], at, 12.0, 0)]
                batches.add(conn, rows if sensor == WEAK else rows[:1])
        conn.execute("UPDATE latest SET stored_at = time WHERE datastream_id = %s", (ids[SILENT, "pm2_5"],))
        conn.execute(
            "UPDATE latest SET quality = %s, since = %s WHERE datastream_id = %s",
            (FLATLINE, NOW - 90 * MINUTE, ids[FLAT, "pm2_5"]),
        )
        yield conn


@pytest.fixture
def see(api: RunningApi, conn: psycopg.Connection) -> Callable[..., httpx.Response]:
    del conn

    def ask(path: str = "/ops", who: str = "operator", **asked: object) -> httpx.Response:
        headers = role_keys.headers(who)
        return api.client.get(path, params={"lang": "en", **asked}, headers=headers)

    return ask


@pytest.fixture
def send(api: RunningApi, conn: psycopg.Connection) -> Callable[..., httpx.Response]:
    del conn

    def post(path: str, who: str = "operator", **form: object) -> httpx.Response:
        headers = role_keys.headers(who)
        return api.client.post(path, data={"lang": "en", **form}, headers=headers)

    return post


def told(page: httpx.Response) -> list[tuple[str, str]]:
    """What the page says of which sensor."""
    assert page.status_code == 200, page.text
    return re.findall(r'<h3>([^<]+) · <a href="/ops/devices/([a-z0-9-]+)\?', page.text)


def test_each_trouble_has_its_own_name_and_says_since_when_why_and_what_to_do(
    see: Callable[..., httpx.Response],
) -> None:
    page = see(kind="air")
    found = dict(reversed(one) for one in told(page))
    assert {found[one] for one in (SILENT, STALE, FLAT, WEAK)} == {
        "Silent",
        "Old times",
        "Unchanged",
        "Low battery",
    }
    assert found[SILENT] == "Silent"
    article = page.text[page.text.index(SILENT) :]
    assert "8 hours ago" in article[:900]
    assert "network, power, or a defect" in article[:900]
    assert page.headers["cache-control"] == "private, no-store"
    assert "Im lặng" in see(lang="vi").text


def test_how_fast_messages_come_is_told_by_kind(
    see: Callable[..., httpx.Response], conn: psycopg.Connection
) -> None:
    minute = NOW.replace(second=0) - MINUTE
    counted = {(minute, "water"): Counted.of(500, 10, [0.2] * 400), (minute, "none"): Counted.of(5, 5, [])}
    ingest_rates.add(conn, counted)
    ingest_rates.add(conn, counted)
    page = see().text
    row = page[page.index('<tbody id="rates-of-kinds"') :]
    assert re.search(rf"{KINDS['water'].name_en}</th><td>200</td><td>4</td><td>0.18 s · 0.25 s</td>", row)
    assert "of no kind</th><td>2</td><td>2</td><td>–</td>" in row
    assert "0 to 100 messages a minute" in row
    assert "Nhận dữ liệu theo loại" in see(lang="vi").text


def test_who_said_goodbye_is_silent_until_it_is_heard_again(conn: psycopg.Connection) -> None:
    sensor = "air-pham-van-dong"
    [(now,)] = conn.execute("SELECT now()").fetchall()
    id = sensors.datastream_ids(conn)[sensor, "pm2_5"]
    with conn.transaction():
        batches.add(conn, [(id, now, 20.0, 0)])
    heard = "UPDATE latest SET stored_at = %s WHERE datastream_id = %s"
    conn.execute(heard, (now, id))
    assert trouble.of_sensor(conn, sensor, now) == []
    # Its last word was stored in the batch of its goodbye.
    told_at = now - timedelta(seconds=2)
    conn.execute(
        "INSERT INTO sensor_status (sensor_id, online, told_at) VALUES (%s, false, %s)", (sensor, told_at)
    )
    [line] = trouble.of_sensor(conn, sensor, now)
    assert (line.code, rules.cause(line.code, line.device)) == ("silent", "goodbye")
    # It is back, and does not say so.
    conn.execute(heard, (told_at + rules.STORED_WITHIN + timedelta(seconds=1), id))
    assert trouble.of_sensor(conn, sensor, now + MINUTE) == []
    conn.execute("DELETE FROM sensor_status WHERE sensor_id = %s", (sensor,))


def test_filters_and_pages(see: Callable[..., httpx.Response]) -> None:
    assert told(see(code="stale")) == [("Old times", STALE)]
    assert told(see(code="stale", kind="rain")) == []
    everything = told(see())
    assert len(everything) == 50
    assert "Page 1 of " in see().text
    more = told(see(page=2))
    assert more
    assert not set(more) & set(everything)
    # What stood on a page may be done meanwhile: then it is the last that there is.
    assert told(see(page=900))
    assert see(page=0).status_code == 400
    assert see(state="bad").status_code == 400


def test_who_acknowledges_says_what_and_until_when_and_it_can_be_undone(
    see: Callable[..., httpx.Response], send: Callable[..., httpx.Response], conn: psycopg.Connection
) -> None:
    form = {"subject": f"sensor:{STALE}", "code": "stale", "hours": "24", "note": "NTP <set>"}
    sent = send("/ops/troubles/acknowledge", **form, back="/ops?lang=en&state=open&code=stale")
    assert sent.status_code == 303, sent.text
    assert sent.headers["location"] == "/ops?lang=en&state=open&code=stale&said=acknowledged"
    assert told(see(code="stale")) == []
    page = see(code="stale", state="acknowledged")
    assert told(page) == [("Old times", STALE)]
    assert "key:operator knows" in page.text
    assert "NTP &lt;set&gt;" in page.text
    [number] = re.findall(r'name="id" value="(\d+)"', page.text)
    assert send("/ops/troubles/undo", id=number).status_code == 303
    assert send("/ops/troubles/undo", id=number).status_code == 404
    assert told(see(code="stale")) == [("Old times", STALE)]
    trail = conn.execute(
        "SELECT who, action, why, before ->> 'note' FROM audit_entry WHERE object = %s ORDER BY id",
        (f"sensor:{STALE}",),
    ).fetchall()
    assert trail == [
        ("key:operator", "trouble acknowledged", "NTP <set>", None),
        ("key:operator", "acknowledgement undone", "", "NTP <set>"),
    ]


def test_a_trouble_that_begins_anew_is_nobodys_again(
    see: Callable[..., httpx.Response], send: Callable[..., httpx.Response], conn: psycopg.Connection
) -> None:
    form = {"subject": f"sensor:{SILENT}", "code": "silent", "hours": "168", "note": "a car is under way"}
    assert send("/ops/troubles/acknowledge", **form).status_code == 303
    assert SILENT not in see(code="silent", kind="air").text
    later = datetime.now(UTC) + timedelta(days=1)
    [line] = trouble.of_sensor(conn, SILENT, later)
    assert line.state == "acknowledged"
    conn.execute(
        "UPDATE latest SET stored_at = now() + INTERVAL '1 hour' WHERE datastream_id = %s",
        (sensors.datastream_ids(conn)[SILENT, "pm2_5"],),
    )
    [line] = trouble.of_sensor(conn, SILENT, later)
    assert (line.code, line.state) == ("silent", "open")


def test_roles_see_and_do_what_is_theirs(
    see: Callable[..., httpx.Response], send: Callable[..., httpx.Response]
) -> None:
    assert see(who="inspector").status_code == 403
    page = see(who="viewer")
    assert page.status_code == 200
    assert "/ops/troubles/acknowledge" not in page.text
    form = {"subject": f"sensor:{STALE}", "code": "stale", "hours": "24", "note": "x"}
    assert send("/ops/troubles/acknowledge", who="viewer", **form).status_code == 403
    assert 'href="/ops/money' not in page.text
    assert 'href="/ops/money' in see(who="finance").text


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"note": " "}, 400),
        ({"hours": "5"}, 400),
        ({"code": "tired"}, 400),
        ({"subject": "sensor:nobody"}, 404),
        ({"subject": "person:admin"}, 400),
        ({"subject": "hub"}, 400),
    ],
)
def test_what_cannot_be_acknowledged_is_refused(
    send: Callable[..., httpx.Response], change: dict[str, str], status: int
) -> None:
    form = {"subject": f"sensor:{STALE}", "code": "stale", "hours": "24", "note": "x"}
    assert send("/ops/troubles/acknowledge", **(form | change)).status_code == status


def test_nobody_is_led_away_from_here(send: Callable[..., httpx.Response]) -> None:
    form = {"subject": "hub", "code": "lag", "hours": "4", "note": "x"}
    for back in ("https://evil.test", "//evil.test", "/\\evil.test", "/logout"):
        sent = send("/ops/troubles/acknowledge", **form, back=back)
        assert sent.headers["location"] == "/ops?said=acknowledged"


def test_a_device_is_seen_whole_and_maintenance_silences_it_until_it_ends(
    see: Callable[..., httpx.Response], send: Callable[..., httpx.Response], conn: psycopg.Connection
) -> None:
    page = see(f"/ops/devices/{FLAT}")
    assert page.status_code == 200, page.text
    for told_there in (
        "Unchanged",
        "PM2.5",
        "unchanged for too long",
        "its messages are not numbered",
        "<svg",
    ):
        assert told_there in page.text, told_there
    assert page.text.count("<rect") == 30
    assert "the device does not say" in page.text
    conn.execute("INSERT INTO device_said VALUES (%s, '1.4.2', '<b>', 90061, now())", (FLAT,))
    page = see(f"/ops/devices/{FLAT}")
    for said in ("1.4.2 · ", "&lt;b&gt; · had run 1 d 1 h 1 min"):
        assert said in page.text
    assert see("/ops/devices/nobody-there").status_code == 404
    path = f"/ops/devices/{FLAT}/maintenance"
    assert send(path, who="viewer", hours="4", note="x").status_code == 403
    assert send(path, hours="4", note=" ").status_code == 400
    assert send(path, hours="4", note="new probe").status_code == 303
    assert told(see(code="unchanged", kind="air")) == []
    assert told(see(code="unchanged", state="maintenance")) == [("Unchanged", FLAT)]
    page = see(f"/ops/devices/{FLAT}")
    assert "operator works on it until" in page.text
    assert "maintenance begun" in page.text
    assert "bắt đầu bảo trì" in see("/ops/audit", object=f"sensor:{FLAT}", lang="vi").text
    later = datetime.now(UTC) + timedelta(hours=5)
    conn.execute(
        "UPDATE latest SET stored_at = now() + INTERVAL '5 hours', time = now() + INTERVAL '5 hours'"
        " WHERE datastream_id = %s",
        (sensors.datastream_ids(conn)[FLAT, "pm2_5"],),
    )
    [line] = trouble.of_sensor(conn, FLAT, later)
    assert (line.code, line.state) == ("unchanged", "open")
    assert send(f"{path}/end").status_code == 303
    assert send(f"{path}/end").status_code == 404


def test_a_device_says_since_when_it_has_its_password_and_by_whom(
    see: Callable[..., httpx.Response], conn: psycopg.Connection
) -> None:
    at = datetime(2026, 11, 20, 3, tzinfo=UTC)
    english, vietnamese = moment("en"), moment("vi")
    assert "none on record" in see(f"/ops/devices/{WEAK}").text
    with conn.transaction():
        device_credentials.give(conn, [(WEAK, "m1")], "command line: lan", at, "new")
    page = see(f"/ops/devices/{WEAK}", who="viewer").text
    assert f"has one since {english(at)}, given by command line: lan" in page
    assert "last changed" not in page
    with conn.transaction():
        device_credentials.rotate(conn, [(WEAK, "m2")], "command line: minh", at + 60 * MINUTE, "stolen")
    page = see(f"/ops/devices/{WEAK}").text
    assert f"last changed {english(at + 60 * MINUTE)} by command line: minh" in page
    assert "password at the broker changed · stolen" in page
    with conn.transaction():
        device_credentials.revoke(conn, [WEAK], "command line: minh", at + 120 * MINUTE, "")
    page = see(f"/ops/devices/{WEAK}", lang="vi").text
    assert f"đã thu hồi {vietnamese(at + 120 * MINUTE)}, do command line: minh thực hiện" in page
    assert "command line: lan" not in page.partition("đã thu hồi")[2].partition("</dd>")[0]


def test_refused_messages_are_browsed_seen_and_read_once_more(
    see: Callable[..., httpx.Response], send: Callable[..., httpx.Response], conn: psycopg.Connection
) -> None:
    with conn.transaction():
        quarantine.add(
            conn,
            [
                Entry(
                    f"hanoi/air/{SILENT}/telemetry",
                    b"<script>\xff{",
                    10,
                    Rejected("json", f"no JSON {n}", SILENT),
                    NOW,
                )
                for n in range(55)
            ],
        )
    page = see("/ops/quarantine", reason="json", sensor_id=SILENT)
    assert page.text.count("no JSON ") == 50
    [older] = re.findall(r'rel="next" href="([^"]+)"', page.text)
    before = older.rpartition("=")[2]
    assert see("/ops/quarantine", reason="json", sensor_id=SILENT, before=before).text.count("no JSON ") == 5
    assert "There is none" in see("/ops/quarantine", reason="schema").text
    [number, *_] = re.findall(r"/ops/quarantine/(\d+)", page.text)
    raw = see(f"/ops/quarantine/{number}").text
    assert "&lt;script&gt;\\xff{" in raw
    assert see("/ops/quarantine/999999999").status_code == 404
    assert "no JSON 54" in see(f"/ops/devices/{SILENT}").text
    asked = {"reason": "json", "sensor_id": SILENT}
    assert send("/ops/quarantine/replay", who="viewer", **asked).status_code == 403
    assert send("/ops/quarantine/replay", **asked).headers["location"].endswith("said=replay")
    assert send("/ops/quarantine/replay", **asked).headers["location"].endswith("said=replay_waits")
    assert send("/ops/quarantine/replay", reason="none").status_code == 400
    [(arguments,)] = conn.execute(
        "SELECT args FROM procrastinate_jobs WHERE task_name = 'quarantine_replay'"
    ).fetchall()
    assert arguments == asked
    page = see("/ops/jobs")
    assert "quarantine_replay" in page.text
    trail = see("/ops/audit", object="quarantine")
    assert trail.text.count("quarantine replayed") == 1
    assert see("/ops/audit", who="viewer").status_code == 403


def test_money_that_waits_is_placed_once_and_who_did_it_is_on_record(
    see: Callable[..., httpx.Response], send: Callable[..., httpx.Response], conn: psycopg.Connection
) -> None:
    def park(transaction: str) -> int:
        with conn.transaction():
            payments.park(conn, "vnpay", transaction, 25_000, "unknown_order")
        [(id,)] = conn.execute(
            "SELECT id FROM parked_money WHERE provider_reference = %s", (transaction,)
        ).fetchall()
        return int(id)

    first, second = park("ops-1"), park("ops-2")
    assert see("/ops/money").status_code == 403
    page = see("/ops/money", who="finance")
    assert page.text.count("25,000 ₫ · no such order") == 2
    assert "2 sums wait for a person" in see().text
    path = f"/ops/money/parked/{first}/returned"
    assert send(path, note="FT1").status_code == 403
    assert send(path, who="finance", note="").status_code == 400
    assert send(path, who="finance", note="FT1").headers["location"] == "/ops/money?said=returned"
    assert send(path, who="finance", note="FT1").status_code == 422
    placed = send(f"/ops/money/parked/{second}/wallet", who="finance", note="his own")
    assert placed.status_code == 200
    [code] = re.findall(r"<strong>([\w-]{20,})</strong>", placed.text)
    with conn.transaction():
        assert payments.wallet(conn, code).balance == 25_000
    assert (
        send(f"/ops/money/parked/{second}/wallet", who="finance", note="x", code="nobody").status_code == 404
    )
    assert "no such order" not in see("/ops/money", who="finance").text
    trail = conn.execute(
        "SELECT who, action, before ->> 'state', after ->> 'state', why FROM audit_entry"
        " WHERE object = ANY(%s) ORDER BY id",
        ([f"parked:{first}", f"parked:{second}"],),
    ).fetchall()
    assert trail == [
        ("key:finance", "parked money returned", "waiting", "returned", "FT1"),
        ("key:finance", "parked money to a wallet", "waiting", "wallet", "his own"),
    ]
    assert code not in str(conn.execute("SELECT before, after FROM audit_entry").fetchall())
    # What money went where is not for who runs the sensors.
    assert f"parked:{first}" not in see("/ops/audit").text


def test_what_background_work_gave_up_is_told(
    see: Callable[..., httpx.Response], conn: psycopg.Connection
) -> None:
    id = jobs.add(conn, "retention", {})
    conn.execute("UPDATE procrastinate_jobs SET status = 'doing' WHERE id = %s", (id,))
    conn.execute("SELECT procrastinate_finish_job_v1(%s, 'failed', false)", (id,))
    assert "1 job gave up" in see().text
    assert f"number {id}, tried again" in see("/ops/jobs").text


def test_who_acknowledges_twice_undoes_both(
    see: Callable[..., httpx.Response], send: Callable[..., httpx.Response], conn: psycopg.Connection
) -> None:
    form = {"subject": f"sensor:{STALE}", "code": "stale", "hours": "4", "note": "again"}
    for _ in range(2):
        assert send("/ops/troubles/acknowledge", **form).status_code == 303
    standing = "SELECT id FROM trouble_acknowledgement WHERE subject = %s AND undone_at IS NULL"
    [(number,)] = conn.execute(standing, (form["subject"],)).fetchall()
    assert send("/ops/troubles/undo", id=str(number)).status_code == 303
    assert ("Old times", STALE) in told(see(code="stale"))


def test_sensors_and_days_are_seen_at_once_the_least_complete_first(
    see: Callable[..., httpx.Response], conn: psycopg.Connection
) -> None:
    for sensor, share in ((STALE, 0.2), (FLAT, 1.0)):
        conn.execute(
            "INSERT INTO sensor_day (sensor_id, day, interval_s, expected, reports, completeness, missing, n_rejected,"
            " updated_at) VALUES (%s, (now() AT TIME ZONE 'Asia/Ho_Chi_Minh')::date - 1, 3600, 10, 2, %s, 7, 0, now())",
            (sensor, share),
        )
    page = see("/ops/completeness", kind="air")
    assert page.status_code == 200, page.text
    rows = re.findall(r'href="/ops/devices/([a-z0-9-]+)\?.*?</tr>', page.text)
    assert rows[:2] == [STALE, FLAT]
    assert '<td class="few">20</td><td>7</td>' in page.text
    assert '<td class="full">100</td>' in page.text
    assert 'rel="next"' in see("/ops/completeness").text
    assert see("/ops/completeness", page=900).status_code == 200
    assert see("/ops/completeness", who="inspector").status_code == 403
    conn.execute("DELETE FROM sensor_day")


def batch(choices: list[str], **form: str) -> dict[str, object]:
    """A form in which some are chosen."""
    return {"id": str(uuid4()), "action": "acknowledge", "hours": "4", "note": "all", "on": choices} | form


def test_many_are_acknowledged_at_once_each_on_record_and_undone_at_once(
    see: Callable[..., httpx.Response], send: Callable[..., httpx.Response], conn: psycopg.Connection
) -> None:
    page = see(kind="water")
    choices = re.findall(r'name="on" value="([^"]+)"', page.text)
    assert len(choices) == len(told(page)) > 1
    form = batch([*choices, "nobody:silent"], kind="water")
    bulk, counted = "/ops/troubles/bulk", "SELECT count(*) FROM audit_entry WHERE after ->> 'batch' = %s"
    for _ in range(2):
        sent = send(bulk, **form, back="/ops?lang=en&kind=water")
        assert sent.headers["location"] == "/ops?lang=en&kind=water&said=bulk", sent.text
        assert conn.execute(counted, (form["id"],)).fetchall() == [(len(choices),)]
    page = see(kind="water")
    assert told(page) == []
    assert f"took note of {len(choices)} troubles" in page.text
    # What is no trouble was taken by nobody.
    assert "had been taken by others" not in page.text
    assert len(told(see(kind="water", state="acknowledged"))) == len(choices)
    # What others have taken is theirs.
    again = batch(choices)
    assert send(bulk, **again).headers["location"].endswith("said=bulk_none")
    assert send(f"{bulk}/undo", who="viewer", id=form["id"]).status_code == 403
    for _ in range(2):
        assert send(f"{bulk}/undo", id=form["id"]).headers["location"].endswith("said=bulk_undone")
    assert len(told(see(kind="water"))) == len(choices)
    # The old form, from the browser's history.
    assert send(bulk, **form).headers["location"].endswith("said=bulk_used")
    assert len(told(see(kind="water"))) == len(choices)
    undone = "SELECT count(*) FROM audit_entry WHERE before ->> 'batch' = %s"
    assert conn.execute(undone, (form["id"],)).fetchall() == [(len(choices),)]
    assert send(f"{bulk}/undo", id=str(uuid4())).status_code == 404


def test_what_somebody_else_takes_at_the_same_moment_stays_theirs(
    see: Callable[..., httpx.Response], send: Callable[..., httpx.Response], conn: psycopg.Connection
) -> None:
    choices = re.findall(r'name="on" value="([^"]+)"', see(kind="water").text)
    sensor_id, _, code = choices[0].partition(":")
    now = datetime.now(UTC)
    waiting = (
        "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
        " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
    )
    form = batch(choices)
    with ThreadPoolExecutor(1) as pool:
        with conn.transaction():
            acknowledgements.acknowledge(
                conn, f"sensor:{sensor_id}", code, "lan", "mine", now, now + timedelta(hours=1)
            )
            sent = pool.submit(send, "/ops/troubles/bulk", **form)
            # It judges what is free when the other is done.
            eventually(lambda: conn.execute(waiting).fetchall() == [(1,)])
        answer = sent.result()
    assert answer.headers["location"].endswith("said=bulk")
    counts = "SELECT n, skipped FROM console_batch WHERE id = %s"
    assert conn.execute(counts, (form["id"],)).fetchall() == [(len(choices) - 1, 1)]
    standing = acknowledgements.standing(conn, datetime.now(UTC), f"sensor:{sensor_id}")
    assert standing[f"sensor:{sensor_id}", code].by == "lan"
    assert "1 more had been taken by others" in see(kind="water").text
    conn.execute("UPDATE trouble_acknowledgement SET undone_at = now()")


def test_all_of_a_filter_are_maintained_at_once_also_on_other_pages(
    see: Callable[..., httpx.Response], send: Callable[..., httpx.Response], conn: psycopg.Connection
) -> None:
    asked = {"code": "silent", "kind": "parking"}
    [found] = re.findall(r"All ([\d,]+) troubles of this filter", see(**asked).text)
    count = int(found.replace(",", ""))
    assert count > 50
    form = batch([], action="maintenance", all="1", **asked)
    assert send("/ops/troubles/bulk", **form).headers["location"].endswith("said=bulk")
    assert told(see(**asked)) == []
    assert f"{found} sensors in maintenance" in see().text
    assert send("/ops/troubles/bulk/undo", id=form["id"]).status_code == 303
    assert f"All {found} troubles of this filter" in see(**asked).text
    conn.execute("UPDATE console_batch SET undone_at = NULL, made_at = made_at - INTERVAL '2 hours'")
    assert send("/ops/troubles/bulk/undo", id=form["id"]).status_code == 404


@pytest.mark.parametrize(
    "change",
    [
        {"id": "1"},
        {"action": "delete"},
        {"note": " "},
        {"hours": "1"},
        {"state": "gone"},
        {"code": "tired"},
        {"kind": "snow"},
        {"area": "a\0"},
        {"on": ["x"] * 500},
    ],
)
def test_many_at_once_are_refused_as_one_is(
    send: Callable[..., httpx.Response], change: dict[str, str]
) -> None:
    assert send("/ops/troubles/bulk", **(batch([]) | change)).status_code == 400


def test_a_filter_by_area_lists_what_stands_there(
    see: Callable[..., httpx.Response], conn: psycopg.Connection
) -> None:
    [(set_id,)] = conn.execute(
        "INSERT INTO area_set (level, source) VALUES ('ward', 'test') RETURNING id"
    ).fetchall()
    area = (
        "INSERT INTO area VALUES (%s, 'ward-one', NULL, 'Một', 'One', 'Phường Một', 'One Ward', '{}', '{}')"
    )
    conn.execute(area, (set_id,))
    conn.execute(
        "INSERT INTO sensor_area (sensor_id, set_id, area_id) VALUES (%s, %s, 'ward-one')", (STALE, set_id)
    )
    try:
        page = see(area="ward-one")
        assert told(page) == [("Old times", STALE)]
        assert '<option value="ward-one" selected>One Ward</option>' in page.text
        assert told(see(area="nowhere")) == []
        assert see(area="x" * 101).status_code == 400
    finally:
        conn.execute("DELETE FROM area_set WHERE id = %s", (set_id,))
