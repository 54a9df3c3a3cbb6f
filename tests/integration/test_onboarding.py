"""A device that nobody registered, from its first message to its values in the public answer, while ingest goes on."""

import json
import re
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import psycopg
import pytest
from paho.mqtt.publish import multiple

from cityhub.catalogue import read
from cityhub.config import Settings
from cityhub.observing.decoded import Reason, Rejected
from cityhub.observing.payloads.mapping_fields import Field
from cityhub.onboarding.candidate import Candidate
from cityhub.store import catalogue as store_catalogue
from cityhub.store import connect, quarantine, registration, sensors, trouble
from cityhub.store.quarantine import Entry
from jobs.tasks import tasks
from tests import role_keys
from tests.integration.api.conftest import RunningApi, running
from tests.integration.test_jobs import working
from tests.waiting import eventually

SCOPES = {"operator": "ops:read+ops:write", "viewer": "ops:read"}
STRAY = "air-stray"
DESCRIBED = {
    "name_vi": "Ngã tư Sở",
    "name_en": "So Crossing",
    "lat": "21.003",
    "lon": "105.82",
    "basis": "approximate",
}


def fields_of(page: httpx.Response) -> dict[str, str]:
    """What a browser without scripts would send of the page's last form."""
    form = page.text[page.text.rindex("<form") :]
    found = {
        name: unescape(value)
        for name, value in re.findall(r'<input[^>]*name="([^"]+)"[^>]*?value="([^"]*)"', form)
    }
    found |= dict.fromkeys(re.findall(r'<input type="checkbox" name="([^"]+)" checked', form), "on")
    for name, options in re.findall(r'<select name="([^"]+)"[^>]*>(.*?)</select>', form, re.S):
        chosen = re.findall(r'value="([^"]*)" selected', options)
        found[name] = chosen[0] if chosen else ""
    return found


class Pages:
    """Asks for pages and sends forms as somebody."""

    def __init__(self, api: RunningApi) -> None:
        self._api = api

    def see(self, path: str, who: str = "operator", **asked: object) -> httpx.Response:
        return self._api.client.get(path, params={"lang": "en", **asked}, headers=self._headers(who))

    def send(self, path: str, form: dict[str, str], who: str = "operator") -> httpx.Response:
        return self._api.client.post(path, data={"lang": "en", **form}, headers=self._headers(who))

    def upload(self, path: str, content: bytes, who: str) -> httpx.Response:
        return self._api.client.post(
            path, params={"lang": "en"}, files={"file": ("list.csv", content)}, headers=self._headers(who)
        )

    def latest(self, kind: str, sensor_id: str) -> dict[str, Any] | None:
        features = self._api.client.get(f"/api/v1/latest/{kind}").json()["features"]
        return next((one["properties"] for one in features if one["id"] == sensor_id), None)

    @staticmethod
    def _headers(who: str) -> dict[str, str]:
        return role_keys.headers(who)


@pytest.fixture
def settings(settings_for: Callable[..., Settings]) -> Settings:
    return settings_for(api_keys=role_keys.in_settings(SCOPES), jobs_metrics_port=0)


@pytest.fixture
def pages(settings: Settings) -> Iterator[Pages]:
    with running(settings) as api:
        yield Pages(api)


@pytest.fixture
def conn(database_url: str) -> Iterator[psycopg.Connection]:
    with connect(database_url, "tests", autocommit=True) as conn:
        yield conn


@pytest.fixture
def publish(settings: Settings) -> Callable[..., None]:
    address = urlsplit(settings.require("mqtt_url"))

    def send(kind: str, sensor_id: str, *documents: object) -> None:
        topic = f"{settings.topic_prefix}/{kind}/{sensor_id}/telemetry"
        multiple(
            [{"topic": topic, "payload": json.dumps(one), "qos": 1} for one in documents],
            hostname=address.hostname or "",
            port=address.port or 0,
        )

    return send


def test_a_stray_device_becomes_a_sensor_in_three_steps_and_ingest_is_not_started_again(
    settings: Settings,
    pages: Pages,
    conn: psycopg.Connection,
    publish: Callable[..., None],
    start_ingest: Callable[[Settings], "subprocess.Popen[bytes]"],
) -> None:
    start_ingest(settings)
    # A bare object under names of its own.
    publish("air", STRAY, {"PM25": 31.5, "NO2_ppb": 20, "lux": 3}, {"PM25": 33.5, "NO2_ppb": 21, "fw": "1.2"})
    eventually(lambda: bool(registration.groups(conn)))
    eventually(lambda: registration.groups(conn)[0].messages == 2)

    console = pages.see("/ops", "viewer").text
    assert "1 device sends that nobody registered" in console
    assert 'href="/ops/new?lang=en"' in console
    listed = pages.see("/ops/new", "viewer").text
    assert "Unknown · 2 messages · looks like: Air quality" in listed
    assert f'<a href="/ops/new/air/{STRAY}?lang=en">' in listed

    first = pages.see(f"/ops/new/air/{STRAY}")
    form = fields_of(first)
    guessed = {form[f"name_{at}"]: form[f"property_{at}"] for at in range(3)}
    assert guessed == {"PM25": "pm2_5", "NO2_ppb": "no2", "lux": ""}
    assert "This name tells of another unit" in first.text
    assert "<button>" not in pages.see(f"/ops/new/air/{STRAY}", "viewer").text
    assert pages.send(f"/ops/new/air/{STRAY}/preview", form, "viewer").status_code == 403
    assert pages.send(f"/ops/new/air/{STRAY}", form, "viewer").status_code == 403

    wrong = pages.send(f"/ops/new/air/{STRAY}/preview", form | DESCRIBED | {"lat": "105.82", "lon": "21.003"})
    assert wrong.status_code == 422
    assert "Latitude: latitude and longitude seem to be swapped" in wrong.text
    form |= DESCRIBED | {"factor_1": "1.88"}
    preview = pages.send(f"/ops/new/air/{STRAY}/preview", form)
    assert preview.status_code == 200, preview.text
    for words in (
        "Tried the newest 2 messages: 1 can be read",
        '<td class="figure">31.5</td>',
        '<td class="figure">37.6</td>',
        "lux",
    ):
        assert words in preview.text
    assert registration.groups(conn)[0].messages == 2, "nothing is written yet"
    kept = fields_of(preview)
    assert kept["factor_1"] == "1.88"
    again = pages.send(f"/ops/new/air/{STRAY}/preview", kept | {"go": "edit"})
    assert fields_of(again) | {"lang": "en"} == form | {"lang": "en"}

    refused = pages.send(f"/ops/new/air/{STRAY}", kept | {"why": " "})
    assert (refused.status_code, "Why: is missing" in refused.text) == (422, True)
    with working(settings, tasks(settings)):
        done = pages.send(f"/ops/new/air/{STRAY}", kept | {"why": "new post"})
        assert done.headers["location"] == f"/ops/devices/{STRAY}?lang=en&said=registered"
        eventually(lambda: (pages.latest("air", STRAY) or {}).get("values", {}).get("pm2_5") == 33.5, 30)
    found = pages.latest("air", STRAY)
    assert found is not None
    assert (found["name"], round(found["values"]["no2"], 2)) == ("Ngã tư Sở", 39.48)
    # The same ingest takes what comes now.
    publish("air", STRAY, {"PM25": 40.5})
    eventually(lambda: (pages.latest("air", STRAY) or {}).get("values", {}).get("pm2_5") == 40.5, 30)

    trail = conn.execute(
        "SELECT who, action, after ->> 'name_vi', why FROM audit_entry WHERE object = %s",
        (f"sensor:{STRAY}",),
    ).fetchall()
    assert trail == [("key:operator", "sensor registered", "Ngã tư Sở", "new post")]
    assert STRAY not in pages.see("/ops/new").text
    assert pages.see(f"/ops/new/air/{STRAY}").headers["location"].startswith(f"/ops/devices/{STRAY}")
    late = pages.send(f"/ops/new/air/{STRAY}", kept | {"why": "once more"})
    assert (late.status_code, "somebody has registered this id already" in late.text) == (422, True)


def test_what_a_registered_device_calls_things_is_tried_before_it_counts(
    settings: Settings, pages: Pages, conn: psycopg.Connection
) -> None:
    sensor, topic = "air-hang-dau", f"{settings.topic_prefix}/air/air-hang-dau/telemetry"
    payload = json.dumps({"values": {"no2": 5, "Temp": 29.5, "lux": 3}}).encode()
    entry = Entry(
        topic, payload, len(payload), Rejected("unknown_property", "Temp; lux", sensor), datetime.now(UTC)
    )
    quarantine.add(conn, [entry])
    names = pages.see(f"/ops/devices/{sensor}/names")
    form = fields_of(names)
    guessed = {form[f"name_{at}"]: form[f"property_{at}"] for at in range(3)}
    assert guessed == {"no2": "no2", "Temp": "temperature", "lux": ""}
    assert pages.send(f"/ops/devices/{sensor}/names/preview", form, "viewer").status_code == 403
    assert pages.send(f"/ops/devices/{sensor}/names", form, "viewer").status_code == 403
    assert pages.send(f"/ops/devices/{sensor}/names/preview", form | {"factor_1": "x"}).status_code == 422
    tried = pages.send(f"/ops/devices/{sensor}/names/preview", form | {"property_2": "-"})
    assert "Nothing any more." in tried.text
    assert '<td class="figure">29.5</td>' in tried.text
    assert sensors.known(conn)[sensor].mapping is None, "nothing is written yet"
    with working(settings, tasks(settings)):
        saved = pages.send(f"/ops/devices/{sensor}/names", fields_of(tried) | {"why": "no light here"})
        assert saved.headers["location"].endswith("said=mapped")
        left = "SELECT count(*) FROM quarantine WHERE sensor_id = %s"
        eventually(lambda: conn.execute(left, (sensor,)).fetchone() == (0,))
    assert {one.property: one.value for one in sensors.datastreams(conn, [sensor])}["temperature"] == 29.5
    behind = pages.send(f"/ops/devices/{sensor}/names", fields_of(tried) | {"why": "from an old page"})
    assert (behind.status_code, "somebody else has changed this" in behind.text) == (422, True)
    assert "Saved by key:operator" in pages.see(f"/ops/devices/{sensor}/names").text
    [(before, after)] = conn.execute(
        "SELECT before -> 'mapping', after -> 'mapping' -> 'Temp' ->> 'property' FROM audit_entry"
        " WHERE object = %s AND action = 'names mapped'",
        (f"sensor:{sensor}",),
    ).fetchall()
    assert (before, after) == (None, "temperature")


def test_what_people_registered_outlives_the_catalogues_files_until_these_take_over(
    conn: psycopg.Connection,
) -> None:
    # One of files that are not loaded yet.
    one = replace(read().sensors[-1], id="thd-09-b99")
    files = replace(read(), sensors=(*read().sensors, one))
    moved = replace(one, name_vi="Tên mới", lat=21.01)
    with conn.transaction(force_rollback=True):
        registration.register(conn, Candidate(moved, {"PM25": Field("pm2_5")}), "lan", "swapped")
        saved = store_catalogue.save(conn, files)
        assert saved.kept == (moved.id,)
        assert sensors.get(conn, moved.id).name_vi == "Tên mới"
        # Also where somebody was faster than the look for it.
        assert sensors.save(conn, [one]) == 0
        assert sensors.get(conn, moved.id).name_vi == "Tên mới"
        other = files.sensors[-2].id
        registration.map_names(conn, other, {"t": None}, "lan", "x", over=None)
        assert store_catalogue.save(conn, files).kept == (moved.id,)
        assert sensors.known(conn)[other].mapping == {"t": None}, "files change neither"
        taken = store_catalogue.save(conn, files, take_over_by="command line: root")
        assert (taken.kept, taken.changed) == ((), 1)
        assert sensors.get(conn, moved.id).name_vi == files.sensors[-1].name_vi
        assert sensors.known(conn)[moved.id].mapping is None
        assert sensors.known(conn)[other].mapping is None
        assert store_catalogue.save(conn, files).changed == 0
        trail = conn.execute("SELECT object FROM audit_entry WHERE action LIKE 'taken over%'")
        assert {object for (object,) in trail} >= {f"sensor:{id}" for id in (moved.id, other)}


def test_odd_devices_are_listed_and_odd_addresses_are_not_found(
    settings: Settings, pages: Pages, conn: psycopg.Connection
) -> None:
    now, prefix = datetime.now(UTC), settings.topic_prefix

    def kept(topic: str, payload: bytes, reason: Reason, sensor: str | None) -> Entry:
        return Entry(topic, payload, len(payload), Rejected(reason, f"<b>{topic}", sensor), now)

    odd = json.dumps({"values": {"depth": 1e300, "<i>": "\0"}}).encode()
    embassy = f"{prefix}/rain/air-us-embassy/telemetry"
    entries = [
        kept(embassy, b'{"values": {"rain": 1}}', "unknown_sensor", "air-us-embassy"),
        kept(f"{prefix}/rain/odd-1/telemetry", odd, "unknown_sensor", "odd-1"),
        kept(f"{prefix}/water/odd-2/status", b'{"online": true}', "unknown_sensor", "odd-2"),
        kept(f"/{prefix}/air/odd-3/telemetry", b"{}", "topic", None),
    ]
    quarantine.add(conn, entries)
    listed = pages.see("/ops/new").text
    assert "This id is registered as another kind (Air quality)" in listed
    assert "its topic says Rainfall, but what it sends looks like: Street flooding" in listed
    assert f"&lt;b&gt;/{prefix}/air/odd-3/telemetry" in listed
    assert "<b>" not in listed
    assert "<i>" not in listed
    first = pages.see("/ops/new/rain/odd-1")
    assert "looks like Street flooding" in first.text
    form = fields_of(first) | DESCRIBED | {"name_0": "depth", "property_0": "rain"}
    assert "1e+300" in pages.send("/ops/new/rain/odd-1/preview", form).text
    assert pages.see("/ops/new/water/odd-2").status_code == 200
    assert pages.see("/ops/new/water/nobody-at-all").status_code == 404
    assert pages.see("/ops/new/noise/odd-2").status_code == 400
    assert pages.see("/ops/new/water/ODD").status_code == 400
    assert pages.see("/ops/new", page=0).status_code == 400
    assert pages.see("/ops/devices/nobody/names").status_code == 404
    assert pages.send("/ops/devices/nobody/names", {}).status_code == 404
    assert pages.send("/ops/new/rain/odd-1", {}).status_code == 422
    many = {f"x{at}": "" for at in range(1_301)}
    assert pages.send("/ops/new/rain/odd-1/preview", many).status_code == 400
    assert pages.send("/ops/new/rain/odd-1/preview", {"x": "x" * 140_000}).status_code == 413
    asked = DESCRIBED | {"measures_rain": "on", "same_as": "\0", "name_0": "a\0b", "property_0": "rain"}
    assert pages.send("/ops/new/rain/odd-1/preview", asked).status_code == 422


LIST = (
    "mã;loại;tên;vĩ độ;kinh độ;nguồn tọa độ\n"
    "RAIN_LIST_1;mưa;Cầu Giấy;21,03;105,80;gần đúng theo tên đường hoặc khu vực\n"
    "rain-list-2;mưa;Láng;105,80;21,02;approximate\n"
    "air-us-embassy;;Tên mới;21,0217;105,8190;\n"
)


def test_a_list_is_looked_at_and_then_applied_and_bad_rows_harm_no_good_ones(
    pages: Pages, conn: psycopg.Connection
) -> None:
    def upload(content: bytes, who: str = "operator") -> httpx.Response:
        return pages.upload("/ops/new/list/preview", content, who)

    assert "multipart/form-data" in pages.see("/ops/new/list").text
    assert "multipart/form-data" not in pages.see("/ops/new/list", "viewer").text
    assert upload(LIST.encode(), "viewer").status_code == 403
    assert upload(b"PK\x03\x04").status_code == 422
    assert "save it as .xlsx" in upload(b"\xd0\xcf\x11\xe0").text
    assert pages.send("/ops/new/list/preview", {"file": "x"}).status_code == 415
    looked = upload(LIST.encode())
    assert looked.status_code == 200, looked.text
    for words in (
        "id taken as: RAIN_LIST_1 → rain-list-1",
        "latitude and longitude seem to be swapped",
        "Tên mới",
    ):
        assert words in looked.text
    form = fields_of(looked)
    form["rows"] = unescape(re.findall(r"<textarea[^>]*>(.*?)</textarea>", looked.text, re.S)[0])
    known = sensors.known(conn)
    assert "rain-list-1" not in known, "nothing is written yet"
    assert pages.send("/ops/new/list", form, "viewer").status_code == 403
    assert pages.send("/ops/new/list", form).status_code == 422, "somebody says why"
    assert pages.send("/ops/new/list", form | {"why": "x", "digest": "y"}).status_code == 409
    assert pages.send("/ops/new/list", form | {"why": "x", "rows": "garbage"}).status_code == 422
    done = pages.send("/ops/new/list", form | {"why": "tender 4"})
    assert done.headers["location"].endswith("new=1&changed=1&late=0")
    assert "1 sensors registered, 1 changed" in pages.see("/ops/new/list", new=1, changed=1).text
    assert sensors.get(conn, "rain-list-1").name_vi == "Cầu Giấy"
    assert sensors.get(conn, "air-us-embassy").name_vi == "Tên mới"
    assert "rain-list-2" not in sensors.known(conn)
    assert store_catalogue.save(conn, read()).kept == ("air-us-embassy",)
    [(before, after, why)] = conn.execute(
        "SELECT before ->> 'name_vi', after ->> 'name_vi', why FROM audit_entry WHERE action = 'sensor changed'"
    ).fetchall()
    assert (before != after, after, why) == (True, "Tên mới", "tender 4")
    again = upload(LIST.encode())
    assert "There is nothing to apply." in again.text


def test_the_command_says_what_each_row_would_do_and_does_it(
    hub: Callable[..., tuple[object, str, str]], conn: psycopg.Connection, tmp_path: Path
) -> None:
    file = tmp_path / "sensors.csv"
    file.write_text(LIST.replace("list", "cli").replace("LIST", "CLI"), encoding="utf-8")
    code, out, _ = hub("catalogue", "import", str(file), "--dry-run")
    assert (code, "would add 1" in out, "refuse 1; nothing was written" in out) == (1, True, True)
    assert "row 3  rain-cli-2  refused  Latitude: latitude and longitude seem to be swapped" in out
    assert "rain-cli-1" not in sensors.known(conn)
    code, _, err = hub("catalogue", "import", str(file))
    assert (code, "--why" in err) == (2, True)
    assert "rain-cli-1" not in sensors.known(conn)
    code, out, _ = hub("catalogue", "import", str(file), "--why", "tender 4")
    assert (code, "added 1" in out) == (1, True)
    assert "rain-cli-1" in sensors.known(conn)
    file.write_text("a,b\n1,2\n", encoding="utf-8")
    code, _, err = hub("catalogue", "import", str(file), "--why", "tender 4")
    assert (code, "No heading with id" in err) == (1, True)
    code, _, err = hub("catalogue", "import", str(tmp_path / "none.xlsx"), "--dry-run")
    assert (code, "cannot be read" in err) == (1, True)


def test_another_message_of_a_device_is_no_other_device(conn: psycopg.Connection) -> None:
    now = datetime.now(UTC)

    with conn.transaction(force_rollback=True):
        conn.execute("DELETE FROM quarantine")
        for minute in range(3):
            unknown = Rejected("unknown_sensor", "air-other", "air-other")
            at = now - timedelta(minutes=10 - minute)
            quarantine.add(conn, [Entry("hanoi/air/air-other/telemetry", b"%d" % minute, 1, unknown, at)])
        found = trouble.of_hub(conn, now, trouble.look(conn, now).summary)
        # Who knows of it goes on knowing.
        assert (found.new_devices, found.new_devices_newest) == (1, now - timedelta(minutes=10))


def test_a_sensor_that_sends_under_another_kind_is_counted_as_it_is_listed(conn: psycopg.Connection) -> None:
    now = datetime.now(UTC)
    with conn.transaction(force_rollback=True):
        conn.execute("DELETE FROM quarantine")
        # Under its own kind too, before it was registered: that is no other device.
        for kind in ("rain", "air"):
            unknown = Rejected("unknown_sensor", kind, "air-kim-lien")
            quarantine.add(conn, [Entry(f"hanoi/{kind}/air-kim-lien/telemetry", b"{}", 2, unknown, now)])
        [group] = registration.groups(conn)
        assert (group.kind, group.known_as) == ("rain", "air")
        assert trouble.of_hub(conn, now, trouble.look(conn, now).summary).new_devices == 1
