"""A new kind of sensor is a file and a line in cityhub/kinds, and data: everything else follows.

As a developer would do it: in a copy of the checkout, run by the real programs.
"""

import difflib
import json
import os
import shutil
import subprocess
import sys
import threading
import tomllib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Page, expect

from tests.waiting import eventually

pytestmark = pytest.mark.e2e
CHECKOUT = Path(__file__).parents[2]
SOON_MS = 15_000

NOISE = '''"""Noise beside streets."""

from cityhub.kinds.model import Band, Change, Flat, Kind, table
from cityhub.kinds.model import ObservedProperty as P

KIND = Kind(
    "noise",
    "Tiếng ồn",
    "Noise",
    table(P("l_aeq", "dB", 20, 140, "mean", "Mức ồn L_Aeq", "Noise level L_Aeq", 1, Change(30, 100), Flat(6))),
    "l_aeq",
    "dB",
    "Mức ồn tương đương",
    "Equivalent noise level",
    (
        Band(0, "#2e8b57", "dưới 55", "below 55"),
        Band(55, "#f2c500", "55 đến dưới 70", "55 to below 70"),
        Band(70, "#ff0000", "từ 70", "70 and above"),
    ),
    "Mốc 70 dB là giới hạn ban ngày của QCVN 26:2010/BTNMT.",
    "70 dB is the limit by day of QCVN 26:2010/BTNMT.",
)
'''
SENSORS = """\
id,name_vi,name_en,lat,lon,basis
noise-nga-tu-so,Ngã Tư Sở,Nga Tu So,21.0033,105.8206,approximate
noise-hang-dao,Hàng Đào,Hang Dao,21.0349,105.8507,approximate
"""
LOUD, QUIET = "noise-nga-tu-so", "noise-hang-dao"


def run(folder: Path, *command: str, **environment: str) -> str:
    """What `./hub` with this command says, run from the folder."""
    done = subprocess.run(
        [sys.executable, "-m", "tools", *command],
        cwd=folder,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the checkout's packages with the kind in it: one file, one line, and a catalogue file."""
    folder = tmp_path_factory.mktemp("checkout")
    project = tomllib.loads((CHECKOUT / "pyproject.toml").read_text("utf-8"))
    for package in project["tool"]["setuptools"]["packages"]["find"]["include"]:
        name = package.removesuffix("*")
        shutil.copytree(CHECKOUT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    kinds = folder / "cityhub" / "kinds"
    (kinds / "noise.py").write_text(NOISE, "utf-8")
    before = (kinds / "__init__.py").read_text("utf-8")
    after = before.replace('"parking"', '"parking", "noise"')
    (kinds / "__init__.py").write_text(after, "utf-8")
    changes = [line for line in difflib.ndiff(before.splitlines(), after.splitlines()) if line[0] == "+"]
    assert len(changes) == 1
    (folder / "cityhub" / "catalogue" / "hanoi" / "noise.csv").write_text(SENSORS, "utf-8")
    return folder


@pytest.fixture(scope="module")
def running_hub(
    services: Any,
    empty_database_url: str,
    checkout: Path,
    run_hub: Callable[..., AbstractContextManager[Any]],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Any]:
    """The copy's own migrate, catalogue, ingest and API."""
    run(checkout, "migrate", CITYHUB_DATABASE_URL=empty_database_url)
    run(checkout, "catalogue", "load", CITYHUB_DATABASE_URL=empty_database_url)
    with run_hub(services, empty_database_url, tmp_path_factory.mktemp("hub"), checkout) as hub:
        yield hub


@pytest.fixture(scope="module")
def measured(running_hub: Any) -> datetime:
    """When the loud sensor first reported; then came a value that cannot be, and one that jumps."""
    start = datetime.now(UTC).replace(microsecond=0) - timedelta(minutes=3)
    for minute, level in enumerate((63.1, 250.0, 101.5)):
        running_hub.report("noise", LOUD, taken=start + timedelta(minutes=minute), l_aeq=level)
    eventually(lambda: len(history(running_hub, start)) == 3)
    return start


def get(hub: Any, path: str) -> Any:
    return httpx.get(hub.url + path, timeout=60).raise_for_status().json()


def history(hub: Any, start: datetime) -> Any:
    span = f"start={start:%Y-%m-%dT%H:%M:%SZ}&end={start + timedelta(hours=1):%Y-%m-%dT%H:%M:%SZ}"
    return get(hub, f"/api/v1/sensors/{LOUD}/observations?property=l_aeq&{span}")["rows"]


def test_its_values_are_stored_and_judged(running_hub: Any, measured: datetime) -> None:
    found = [(row["value"], row["quality"]) for row in history(running_hub, measured)]
    assert found == [(63.1, []), (250.0, ["range"]), (101.5, ["rate"])]


@pytest.mark.usefixtures("measured")
def test_it_is_listed(running_hub: Any) -> None:
    kind = get(running_hub, "/api/v1/kinds")["kinds"][-1]
    assert (kind["kind"], kind["name_en"], [p["unit"] for p in kind["properties"]]) == (
        "noise",
        "Noise",
        ["dB"],
    )
    sensors = get(running_hub, "/api/v1/sensors?kind=noise")["sensors"]
    assert [(sensor["id"], sensor["interval_s"]) for sensor in sensors] == [(QUIET, 60), (LOUD, 60)]
    streams = {stream["property"]: stream for stream in sensors[1]["datastreams"]}
    assert (streams["l_aeq"]["name"], streams["l_aeq"]["latest"]["value"]) == ("Mức ồn L_Aeq", 101.5)
    document = get(running_hub, "/openapi.json")
    assert "noise" in document["components"]["schemas"]["KindInfo"]["properties"]["kind"]["enum"]


@pytest.mark.usefixtures("measured")
def test_its_newest_state_is_shown(running_hub: Any) -> None:
    quiet, loud = get(running_hub, "/api/v1/latest/noise")["features"]
    assert (quiet["id"], quiet["properties"]["status"]) == (QUIET, "offline")
    shown = loud["properties"]
    assert (shown["values"], shown["units"], shown["quality"]) == (
        {"l_aeq": 101.5},
        {"l_aeq": "dB"},
        {"l_aeq": ["rate"]},
    )
    assert (shown["marker"]["band"], shown["marker"]["color"]) == ("từ 70", "#ff0000")


@pytest.mark.usefixtures("measured")
def test_it_is_live(running_hub: Any) -> None:
    heard: list[Any] = []
    opened = threading.Event()

    def listen() -> None:
        with httpx.stream("GET", f"{running_hub.url}/api/v1/live?kinds=noise", timeout=20) as stream:
            for line in stream.iter_lines():
                opened.set()
                if line.startswith("data:"):
                    heard.append(json.loads(line.removeprefix("data:")))
                    return

    thread = threading.Thread(target=listen)
    thread.start()
    assert opened.wait(20)
    running_hub.report("noise", LOUD, l_aeq=98.0)
    thread.join(20)
    assert heard[0]["kind"] == "noise"
    assert [feature["id"] for feature in heard[0]["features"]] == [LOUD]


@pytest.mark.parametrize("path", ["/maps/noise", "/embed/noise"])
@pytest.mark.usefixtures("measured")
def test_it_has_a_map(path: str, open_page: Callable[..., Page], watch: Any) -> None:
    page = open_page(f"{path}?lang=vi")
    shown = page.locator(f'[data-sensor="{LOUD}"]')
    expect(shown).to_be_visible(timeout=SOON_MS)
    expect(page.locator("#legend")).to_contain_text("Mức ồn tương đương")
    expect(page.locator("#legend")).to_contain_text("55 đến dưới 70")
    shown.focus()
    page.keyboard.press("Enter")
    expect(page.locator(".reading")).to_contain_text("Mức ồn L_Aeq")
    expect(page.locator(".reading")).to_contain_text(" dB")
    assert watch.complaints == []


def test_it_is_on_the_first_page_and_followed_there(
    running_hub: Any, open_page: Callable[..., Page], watch: Any
) -> None:
    running_hub.report("noise", QUIET, l_aeq=48.2)
    running_hub.report("noise", LOUD, l_aeq=84.0)
    page = open_page("/?lang=vi")
    card = page.locator('.card[data-kind="noise"]')
    expect(card.locator("h2")).to_have_text("Tiếng ồn")
    expect(card.locator(".value")).to_have_text("84", timeout=SOON_MS)
    expect(card.locator(".unit")).to_have_text("dB")
    expect(card.locator(".caption")).to_have_text("Mức ồn tương đương, nơi cao nhất")
    expect(card.locator(".detail")).to_have_text("Tại Ngã Tư Sở")
    expect(card.locator(".alive")).to_have_text("2/2 điểm đang hoạt động")
    expect(card.locator(".dots circle")).to_have_count(2)
    running_hub.report("noise", LOUD, l_aeq=86.5)
    expect(card.locator(".value")).to_have_text("86,5", timeout=SOON_MS)
    expect(page.locator(".intro")).to_contain_text("Tiếng ồn")
    # A kind without a page of its own leads to its map.
    card.locator("a.page").click()
    expect(page).to_have_url(f"{running_hub.url}/maps/noise?lang=vi")
    assert watch.complaints == []


def test_its_sensors_may_publish_and_nobody_has_to_simulate_it(services: Any, checkout: Path) -> None:
    assert "pattern write hanoi/noise/%u/telemetry/l_aeq\n" in run(checkout, "device", "acl")
    run(
        checkout,
        *("simulate", "--for", "2", "--seed", "1"),
        CITYHUB_MQTT_URL=services.mqtt_url,
        CITYHUB_MQTT_VERSION=services.mqtt_version,
        CITYHUB_TOPIC_PREFIX="e2e-simulated",
    )
