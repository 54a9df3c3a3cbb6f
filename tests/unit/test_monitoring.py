"""Alerts and dashboards ask for metrics that exist, Prometheus asks where they are told, rules do what they say."""

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
from prometheus_client.metrics import MetricWrapperBase
from ruamel.yaml import YAML

import ingest.metrics
import jobs.metrics
from api.metrics import Metrics
from tools.services import promtool

ROOT = Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "deploy"
DASHBOARDS = sorted((DEPLOY / "grafana/dashboards").glob("*.json"))
# What Prometheus makes itself.
PROMETHEUS = {"up", "ALERTS"}


def read(name: str) -> Any:
    return YAML(typ="safe").load((DEPLOY / name).read_text())


RULES = read("prometheus/alerts.yml")["groups"][0]["rules"]
COMPOSE = YAML(typ="safe").load((ROOT / "docker-compose.yml").read_text())


def exposed() -> dict[str, set[str]]:
    """The names that a query may use, as the programs expose them, and the labels of each."""
    wrappers = [
        one
        for owner in (ingest.metrics, jobs.metrics, Metrics())
        for one in vars(owner).values()
        if isinstance(one, MetricWrapperBase)
    ]
    found: dict[str, set[str]] = {}
    for one in wrappers:
        (metric,) = one.collect()
        labels = set(one._labelnames)
        endings = {"counter": ("_total",), "histogram": ("_bucket", "_sum", "_count")}.get(metric.type, ("",))
        for ending in endings:
            found[metric.name + ending] = labels | ({"le"} if ending == "_bucket" else set())
    return found


EXPOSED = exposed()


def queries() -> list[tuple[str, str]]:
    alerts = [(rule["alert"], rule["expr"]) for rule in RULES]
    panels = [
        (f"{file.stem}: {panel['title']}", target["expr"])
        for file in DASHBOARDS
        for panel in json.loads(file.read_text())["panels"]
        for target in panel["targets"]
    ]
    assert panels
    return alerts + panels


@pytest.mark.parametrize(("where", "query"), queries(), ids=lambda text: text if ":" in text else None)
def test_every_query_names_metrics_and_labels_that_exist(where: str, query: str) -> None:
    names = set(re.findall(r"\b(cityhub_\w+|up|ALERTS)\b", query))
    assert names, where
    assert names <= EXPOSED.keys() | PROMETHEUS
    if names & PROMETHEUS:
        return
    labels = {
        label.strip() for listed in re.findall(r"\bby \(([^)]*)\)", query) for label in listed.split(",")
    } | set(re.findall(r"[{,](\w+)=", query))
    for name in names:
        assert labels <= EXPOSED[name] | {"job"}, (where, name)


def test_every_alert_says_what_is_wrong_and_what_to_do() -> None:
    for rule in RULES:
        assert rule["labels"]["severity"] in ("page", "ticket")
        assert set(rule["annotations"]) == {"summary", "do"}, rule["alert"]
    assert len({rule["alert"] for rule in RULES}) == len(RULES)


@pytest.mark.parametrize("file", DASHBOARDS, ids=lambda file: file.stem)
def test_a_dashboard_uses_the_source_that_is_provisioned_and_no_two_panels_overlap(file: Path) -> None:
    board = json.loads(file.read_text())
    source = read("grafana/datasource.yml")["datasources"][0]["uid"]
    assert {panel["datasource"]["uid"] for panel in board["panels"]} == {source}
    cells = [
        (x, y)
        for panel in board["panels"]
        for grid in [panel["gridPos"]]
        for x in range(grid["x"], grid["x"] + grid["w"])
        for y in range(grid["y"], grid["y"] + grid["h"])
    ]
    assert len(cells) == len(set(cells))
    assert max(x for x, _ in cells) < 24
    assert len({panel["id"] for panel in board["panels"]}) == len(board["panels"])


def test_prometheus_asks_where_the_programs_answer_and_in_a_network_that_they_share() -> None:
    services = COMPOSE["services"]
    targets = {
        job["job_name"]: target
        for job in read("prometheus/prometheus.yml")["scrape_configs"]
        for static in job["static_configs"]
        for target in static["targets"]
    }
    for name, target in targets.items():
        host, port = target.split(":")
        environment = services[host]["environment"]
        prefix = "CITYHUB_API" if name == "api" else f"CITYHUB_{name.upper()}_METRICS"
        assert int(environment[f"{prefix}_PORT"]) == int(port)
        assert environment[f"{prefix}_HOST"] == "0.0.0.0", "nobody else could ask"  # noqa: S104
        assert set(services[host]["networks"]) & set(services["prometheus"]["networks"])
    assert set(targets) == {"ingest", "api", "jobs"}
    source = read("grafana/datasource.yml")["datasources"][0]["url"]
    assert source == "http://prometheus:9090"
    assert set(services["grafana"]["networks"]) & set(services["prometheus"]["networks"])


def test_what_is_mounted_is_where_the_programs_look() -> None:
    services = COMPOSE["services"]
    inside = {mount.split(":")[1]: mount.split(":")[0] for mount in services["prometheus"]["volumes"]}
    assert inside[read("prometheus/prometheus.yml")["rule_files"][0]] == "./deploy/prometheus/alerts.yml"
    folder = read("grafana/provider.yml")["providers"][0]["options"]["path"]
    shown = {mount for mount in services["grafana"]["volumes"] if f":{folder}/" in mount}
    assert {Path(mount.split(":")[0]).name for mount in shown} == {file.name for file in DASHBOARDS}


@pytest.mark.parametrize(
    "arguments",
    [("check", "rules", "alerts.yml"), ("test", "rules", "alerts_test.yml")],
    ids=["the rules are well formed", "each alert comes when it should, and only then"],
)
def test_promtool_says_that(arguments: tuple[str, ...]) -> None:
    program = promtool.find()
    if program is None:
        pytest.skip("no promtool here: `./hub test` fetches Debian's")
    done = subprocess.run(
        [program, *arguments], cwd=DEPLOY / "prometheus", capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_alert_is_tried() -> None:
    tried = (DEPLOY / "prometheus/alerts_test.yml").read_text()
    assert set(re.findall(r'alertname="(\w+)"', tried)) == {rule["alert"] for rule in RULES}
