"""docker-compose.yml says nothing that the code does not know: commands, variables, ports, files."""

import configparser
import importlib.util
import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from paho.mqtt.client import topic_matches_sub
from prometheus_client import CollectorRegistry, Gauge, start_http_server
from prometheus_client.metrics import MetricWrapperBase
from ruamel.yaml import YAML
from typer.main import get_command

from cityhub.config import Settings, read_settings
from cityhub.observing import mistaken_topics, topics
from cityhub.observing.decoded import REASONS
from cityhub.payments.ways import Ways

ROOT = Path(__file__).resolve().parents[2]
COMPOSE: dict[str, Any] = YAML(typ="safe").load((ROOT / "docker-compose.yml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = {name: service for name, service in SERVICES.items() if service["image"].startswith("cityhub:")}
# Of others, with pgBackRest put in.
DATABASE = {name: service for name, service in SERVICES.items() if service.get("user") == "70:70"}
DEFAULTS = Settings()
SECRETS: dict[str, dict[str, str]] = COMPOSE["secrets"]
# What `deploy/prepare` makes; tests/integration/test_deploy_configs.py runs it.
MADE_BY_PREPARE = {"./deploy/secrets/mosquitto", "./deploy/secrets/provisioning"}
# Passwords of sensors are what whoever runs this writes.
WRITES = {"devices": MADE_BY_PREPARE}
# What the files hold that it makes for the hub's own services.
HELD = {
    **{
        f"{program}_database_url": f"postgresql://{role}:made@timescaledb:5432/cityhub"
        for program, role in {
            "migrate": "cityhub",
            "backup": "postgres",
            "device": "cityhub",
            "ingest": "cityhub_ingest",
            "api": "cityhub_api",
            "jobs": "cityhub_jobs",
        }.items()
    },
    "mqtt_url": "mqtt://hanoi:made@mosquitto:1883",
    "api_keys": "",
    **dict.fromkeys(
        (
            *("vnpay_hash_secret", "momo_access_key", "momo_secret_key", "vietqr_webhook_secret"),
            *("payos_checksum_key", "casso_checksum_key", "sepay_api_key", "vietqr_vn_login"),
        ),
        "a-secret-of-32-signs-for-the-tests",
    ),
    "sms_webhook_secret": "",
    "oidc_client_secret": "a-secret-that-the-city-gave",
    "privacy_key": "a-long-random-text-for-the-tests",
    "vapid_private_key": "yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw",
}
PAYMENTS = {
    "CITYHUB_VNPAY_TMN_CODE": "HANOI001",
    "CITYHUB_RETURN_ORIGINS": "https://app.example",
    "CITYHUB_VNPAY_URL": "https://vnpay.test/pay",
    "CITYHUB_VNPAY_API_URL": "https://vnpay.test/api",
    "CITYHUB_MOMO_PARTNER_CODE": "MOMO",
    "CITYHUB_MOMO_URL": "https://momo.test/v2/gateway/api",
    "CITYHUB_VIETQR_BIN": "970416",
    "CITYHUB_VIETQR_ACCOUNT": "257678859",
    "CITYHUB_VIETQR_NAME": "HA NOI",
}
OIDC = {
    "CITYHUB_OIDC_ISSUER": "https://accounts.city.test",
    "CITYHUB_OIDC_CLIENT_ID": "hub",
    "CITYHUB_OIDC_ROLES": "city-it=admin,traffic=operator",
}

_VARIABLE = re.compile(r"\$\$|\$\{(?P<name>\w+)(?::(?P<mark>[-?])(?P<rest>[^}]*))?\}")


def _texts(node: object) -> Iterator[str]:
    """Every scalar of the compose file as text, keys left out."""
    if isinstance(node, dict):
        node = list(node.values())
    if isinstance(node, list):
        for item in node:
            yield from _texts(item)
    else:
        yield str(node)


def _interpolated(text: str, env: dict[str, str]) -> str:
    def value(match: re.Match[str]) -> str:
        if match[0] == "$$":
            return "$"
        given = env.get(match["name"], "")
        if not given and match["mark"] == "?":
            raise KeyError(match["name"])
        return given or (match["rest"] if match["mark"] == "-" else "")

    return _VARIABLE.sub(value, text)


def _example_env() -> dict[str, str]:
    lines = (ROOT / "deploy/env.example").read_text().splitlines()
    return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))


def _filled_env() -> dict[str, str]:
    return {name: value or f"made-{name.lower()}" for name, value in _example_env().items()}


def _variables() -> dict[str, re.Match[str]]:
    found = (match for text in _texts(COMPOSE) for match in _VARIABLE.finditer(text))
    return {match["name"]: match for match in found if match["name"]}


def _environment(service: dict[str, Any]) -> dict[str, str]:
    empty = dict.fromkeys(
        [
            "CITYHUB_EMBED_ORIGINS",
            "CITYHUB_TILES_URL",
            "CITYHUB_TILES_ATTRIBUTION",
            "CITYHUB_SMS_DIR",
            "CITYHUB_OTLP_URL",
            "CITYHUB_INVOICE_DIR",
        ],
        "",
    )
    env = _filled_env() | empty | PAYMENTS | OIDC
    return {name: _interpolated(str(value), env) for name, value in service.get("environment", {}).items()}


def _secrets(service: dict[str, Any]) -> dict[str, str]:
    """The names of a service's secrets by the path they have inside."""
    listed = [{"source": one} if isinstance(one, str) else one for one in service.get("secrets", [])]
    return {f"/run/secrets/{one.get('target', one['source'])}": one["source"] for one in listed}


def _healthcheck(name: str) -> str:
    return " ".join(SERVICES[name]["healthcheck"]["test"])


def _broker_listeners() -> set[int]:
    text = (ROOT / "deploy/mosquitto/mosquitto.conf").read_text()
    return {int(port) for port in re.findall(r"^listener (\d+)$", text, re.MULTILINE)}


def test_the_compose_file_follows_the_compose_schema() -> None:
    check = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec"]
    done = subprocess.run(
        [*check, str(ROOT / "docker-compose.yml")], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("name", OURS)
def test_every_command_is_one_of_ours_and_exists(name: str) -> None:
    from tools.cli.commands import app

    python, option, module, *words = OURS[name]["command"]
    assert (python, option) == ("python", "-m"), "no shell"
    assert importlib.util.find_spec(f"{module}.__main__") is not None
    if module != "tools":
        assert not words
        return
    command: Any = get_command(app)
    while words and words[0] in getattr(command, "commands", {}):
        command = command.commands[words.pop(0)]
    assert not getattr(command, "commands", {}), "the words stop at a group of commands"
    assert set(words) <= {option for parameter in command.params for option in parameter.opts}


@pytest.mark.parametrize("name", OURS)
def test_every_cityhub_variable_is_a_setting_and_its_value_is_taken(
    name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    secrets = _secrets(OURS[name])
    environment = _environment(OURS[name])
    ours = {key for key in environment if key.startswith("CITYHUB_")}
    assert {key.removesuffix("_FILE") for key in ours} <= {
        f"CITYHUB_{field.upper()}" for field in Settings.model_fields
    }
    for key in ours:
        value = environment[key]
        if key.endswith("_FILE"):
            file = tmp_path / secrets.pop(value)
            file.write_text(HELD[file.name] + "\n")
            value = str(file)
        monkeypatch.setenv(key, value)
    assert secrets == {}, "mounted, but no setting reads it"
    settings = read_settings()
    assert settings.require("database_url").endswith("@timescaledb:5432/cityhub")
    if name == "ingest":
        assert settings.require("mqtt_url").endswith("@mosquitto:1883")
    if name == "api":
        # Filled in, every way of paying is offered; left empty, none but the wallet.
        assert Ways.of(settings).offered == ("vietqr", "vnpay", "momo", "wallet")


def test_every_service_of_ours_works_as_the_role_that_is_made_for_it() -> None:
    role = {
        name: re.split("[/:]+", HELD[_secrets(service)["/run/secrets/database_url"]])[1]
        for name, service in OURS.items()
    }
    assert role == {
        "migrate": "cityhub",
        "catalogue": "cityhub",
        "backup": "postgres",
        "devices": "cityhub",
        "ingest": "cityhub_ingest",
        "api": "cityhub_api",
        "jobs": "cityhub_jobs",
    }
    given = set(_secrets(SERVICES["timescaledb"]).values()) - {"pgbackrest_passphrase"}
    assert given == {f"{role}_password" for role in (*role.values(), "postgres")}


def test_secrets_are_files_that_only_their_service_has() -> None:
    assert {name: secret["file"].rpartition("/")[2] for name, secret in SECRETS.items()} == {
        name: name for name in SECRETS
    }
    users: dict[str, list[str]] = {name: [] for name in SECRETS}
    for service, definition in SERVICES.items():
        for secret in _secrets(definition).values():
            users[secret].append(service)
    shared = {name: services for name, services in users.items() if len(services) != 1}
    assert shared == {
        "migrate_database_url": ["migrate", "catalogue"],
        # One archives the log, the other makes the backups that it goes with.
        "pgbackrest_passphrase": ["timescaledb", "pgbackrest"],
        # Payers are sent to providers by one, and asked about by the other.
        **{name: ["api", "jobs"] for name in ("vnpay_hash_secret", "momo_access_key", "momo_secret_key")},
        # The jobs make tokens of phones with it, by which the API knows who writes.
        "sms_webhook_secret": ["api", "jobs"],
        # Browsers subscribe to one and are told by the other.
        "vapid_private_key": ["api", "jobs"],
    }


# Of others and of the hub itself, known to everybody.
ADDRESSES = {
    f"CITYHUB_{name}_URL"
    for name in ("TILES", "PUBLIC", "DATA_LICENCE", "VNPAY", "VNPAY_API", "MOMO", "OTLP")
}


def test_no_secret_is_in_an_environment_an_argument_or_the_example() -> None:
    telling = re.compile(r"PASSWORD|KEYS|SECRET|TOKEN|_URL$")
    for name, service in SERVICES.items():
        for variable in service.get("environment", {}):
            # Nobody is named in this one: the broker is asked by a user whose password is new each time.
            if (name, variable) == ("devices", "CITYHUB_MQTT_URL"):
                assert urlsplit(service["environment"][variable]).username is None
            elif telling.search(variable) and variable not in ADDRESSES:
                assert variable.endswith("_FILE"), (name, variable)
        told = " ".join(_texts([service.get("command", ""), service.get("healthcheck", "")]))
        assert "$" not in told.replace("$$", ""), name
    assert {name for name in _example_env() if telling.search(name)} == ADDRESSES - {"CITYHUB_PUBLIC_URL"}


def test_the_example_settings_name_exactly_the_variables_of_the_compose_file() -> None:
    assert set(_example_env()) == set(_variables())


def test_what_must_be_set_is_empty_in_the_example_and_stops_compose_when_missing() -> None:
    example = _example_env()
    required = {name for name, match in _variables().items() if match["mark"] == "?"}
    assert required == {"HUB_DOMAIN"}
    assert all(example[name] == "" for name in required)
    for name in required:
        env = _filled_env() | {name: ""}
        with pytest.raises(KeyError, match=name):
            [_interpolated(text, env) for text in _texts(COMPOSE)]


def test_optional_variables_have_the_default_of_the_code_everywhere() -> None:
    example = _example_env()
    for name, match in _variables().items():
        if name.endswith("_IMAGE"):
            assert example[name] == "", name
        elif match["mark"] == "-":
            default = str(getattr(DEFAULTS, name.removeprefix("CITYHUB_").lower()))
            assert (match["rest"], example[name]) == (default, default), name


def _image(service: dict[str, Any]) -> str:
    return _interpolated(service["image"], {})


def test_servers_are_pinned_to_a_version_and_name_no_registry() -> None:
    for service in SERVICES.values():
        name, _, tag = _image(service).partition(":")
        assert re.match(r"v?\d+\.\d+\.\d+", tag), service["image"]
        assert "." not in name.split("/")[0], service["image"]


def test_every_image_of_others_can_be_had_by_digest() -> None:
    for name, service in SERVICES.items():
        assert "build" in service or re.fullmatch(r"\$\{[A-Z]+_IMAGE:-[^}]+\}", service["image"]), name
    for name in ("api", "timescaledb"):
        build = SERVICES[name]["build"]
        bases = {name: _interpolated(text, {}) for name, text in build["args"].items()}
        dockerfile = (ROOT / build["context"] / "Dockerfile").read_text()
        assert dict(re.findall(r"^ARG (\w+_IMAGE)=(.+)$", dockerfile, re.MULTILINE)) == bases
        froms = re.findall(r"^FROM (\S+)", dockerfile, re.MULTILINE)
        assert {text.strip("${}") for text in froms} == set(bases)


def test_the_hub_image_carries_the_version_of_the_project() -> None:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    assert {service["image"] for service in OURS.values()} == {f"cityhub:{version}"}


def test_every_mounted_file_exists_and_cannot_be_written_from_inside() -> None:
    for name, service in SERVICES.items():
        for mount in service.get("volumes", []):
            source, _, mode = mount.split(":")[0], *mount.partition(":")[1:]
            if not source.startswith("."):
                assert source in COMPOSE["volumes"]
                continue
            assert source in MADE_BY_PREPARE or (ROOT / source).is_file(), source
            assert mode.endswith(":ro") or source in WRITES.get(name, ()), mount


def test_only_the_proxy_and_the_encrypted_broker_port_are_published() -> None:
    published = {name: service["ports"] for name, service in SERVICES.items() if "ports" in service}
    assert published == {
        "proxy": ["80:80", "443:443", "443:443/udp"],
        "mosquitto": ["8883:8883"],
        # From the machine itself only.
        "grafana": ["127.0.0.1:3000:3000"],
    }
    assert _broker_listeners() == {1883, 8883}
    assert not set(SERVICES["mosquitto"]["networks"]) & set(SERVICES["proxy"]["networks"])


def test_the_api_listens_where_the_proxy_and_the_health_check_look() -> None:
    environment = _environment(SERVICES["api"])
    port = int(environment["CITYHUB_API_PORT"])
    assert port == DEFAULTS.api_port
    assert environment["CITYHUB_API_HOST"] == "0.0.0.0"  # noqa: S104 - inside its container
    assert f"reverse_proxy api:{port} " in (ROOT / "deploy/Caddyfile").read_text()
    assert f"http://127.0.0.1:{port}/healthz" in _healthcheck("api")


@pytest.mark.parametrize("name", ["ingest", "jobs"])
def test_it_is_watched_on_the_port_it_opens(name: str) -> None:
    port = int(_environment(SERVICES[name])[f"CITYHUB_{name.upper()}_METRICS_PORT"])
    assert port == getattr(DEFAULTS, f"{name}_metrics_port")
    assert f"http://127.0.0.1:{port}/metrics" in _healthcheck(name)


@pytest.mark.parametrize(
    ("figure", "healthy"),
    [("1.0", True), ("0.0", False), (None, False)],
    ids=["connected", "cut off", "absent"],
)
@pytest.mark.parametrize("name", ["ingest", "jobs"])
def test_it_is_healthy_only_while_the_broker_or_the_database_is_there(
    name: str, figure: str | None, healthy: bool
) -> None:
    import ingest.metrics
    import jobs.metrics

    gauge = {"ingest": ingest.metrics.SUBSCRIBED, "jobs": jobs.metrics.DATABASE_UP}[name]
    registry = CollectorRegistry()
    if figure is not None:
        (told,) = gauge.collect()
        Gauge(told.name, told.documentation, registry=registry).set(float(figure))
    server, thread = start_http_server(0, "127.0.0.1", registry)
    try:
        start, program, option, script = SERVICES[name]["healthcheck"]["test"]
        assert (start, program, option) == ("CMD", "python", "-c")
        script = re.sub(r":\d{4}/", f":{server.server_port}/", script)
        done = subprocess.run([sys.executable, "-c", script], capture_output=True, check=False)
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
    assert (done.returncode, done.stderr) == (0 if healthy else 1, b"")


def test_the_database_and_the_broker_are_asked_whether_they_serve() -> None:
    asked = dict(re.findall(r"--(\w+)=(\S+)", _healthcheck("timescaledb")))
    url = urlsplit(HELD["migrate_database_url"])
    # Over TCP: while the image sets the database up, it listens on its socket only.
    assert asked["host"] == "127.0.0.1"
    assert (int(asked["port"]), asked["username"], f"/{asked['dbname']}") == (
        url.port,
        url.username,
        url.path,
    )
    port = re.search(r"-p (\d+) ", _healthcheck("mosquitto"))
    assert port is not None
    assert int(port[1]) in _broker_listeners()
    # Where mosquitto_sub finds its password.
    secrets = SERVICES["mosquitto"]["environment"]["XDG_CONFIG_HOME"]
    assert secrets in {mount.split(":")[1] for mount in SERVICES["mosquitto"]["volumes"]}


def test_both_that_run_pgbackrest_have_the_same_of_it_and_one_has_no_network() -> None:
    assert set(DATABASE) == {"timescaledb", "pgbackrest"}
    [image] = {service["image"] for service in DATABASE.values()}
    base = _interpolated(DATABASE["timescaledb"]["build"]["args"]["TIMESCALEDB_IMAGE"], {})
    assert image.rpartition(":")[2] == base.rpartition(":")[2].partition("-")[0], "two names of one release"
    assert DATABASE["pgbackrest"]["network_mode"] == "none"
    mounts = [{one.removesuffix(":ro") for one in service["volumes"]} for service in DATABASE.values()]
    shared, others = mounts[0] & mounts[1], mounts[0] ^ mounts[1]
    assert {one.partition(":")[2] for one in shared} == {
        "/var/lib/postgresql/data",
        "/var/run/postgresql",
        "/var/lib/pgbackrest",
        "/etc/pgbackrest/pgbackrest.conf",
    }
    assert {one.partition(":")[2] for one in others} == {
        "/docker-entrypoint-initdb.d/010_role.sql",
        "/etc/pgbackrest/schedule",
    }
    assert os.access(ROOT / "deploy/pgbackrest/schedule", os.X_OK)
    for service in DATABASE.values():
        environment = service["environment"]
        assert environment["PGBACKREST_CONFIG"] in {one.partition(":")[2] for one in shared}
        # It takes files that end in .conf, and there is one.
        folder = environment["PGBACKREST_CONFIG_INCLUDE_PATH"]
        assert [path for path in _secrets(service) if path.endswith(".conf")] == [
            f"{folder}/pgbackrest_passphrase.conf"
        ]


def test_the_configuration_of_pgbackrest_names_places_that_are_mounted() -> None:
    read = configparser.ConfigParser()
    read.read(ROOT / "deploy/pgbackrest/pgbackrest.conf")
    stanza = read[SERVICES["timescaledb"]["environment"]["PGBACKREST_STANZA"]]
    inside = {one.split(":")[1] for one in SERVICES["timescaledb"]["volumes"]}
    assert {stanza["pg1-path"], stanza["pg1-socket-path"], read["global"]["repo1-path"]} <= inside
    assert read["global"]["lock-path"].startswith(f"{stanza['pg1-socket-path']}/")
    assert read["global"]["repo1-cipher-type"] == "aes-256-cbc"
    assert not [name for name in read["global"] if "pass" in name], "secrets are files of their own"


def test_the_database_cannot_be_reached_from_outside_or_from_the_proxy() -> None:
    assert SERVICES["timescaledb"]["networks"] == ["backend"]
    assert "backend" not in SERVICES["proxy"]["networks"]
    assert COMPOSE["networks"]["backend"] == {"internal": True}
    used = {name for service in SERVICES.values() for name in service.get("networks", [])}
    assert used == set(COMPOSE["networks"])


@pytest.mark.parametrize("name", SERVICES)
def test_every_service_is_confined(name: str) -> None:
    service = SERVICES[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["mem_limit"]
    assert service["pids_limit"]
    assert service["logging"]["options"]["max-size"]


def test_services_wait_for_what_they_need() -> None:
    for name, service in SERVICES.items():
        for needed, how in service.get("depends_on", {}).items():
            other = SERVICES[needed]
            if how["condition"] == "service_healthy":
                assert "test" in other["healthcheck"], (name, needed)
            else:
                assert how["condition"] == "service_completed_successfully"
                assert "restart" not in other, f"{needed} would never complete"
    assert set(SERVICES["ingest"]["depends_on"]) == {"catalogue", "mosquitto"}
    assert set(SERVICES["catalogue"]["depends_on"]) == {"migrate"}


def test_the_broker_admits_the_topics_that_the_hub_knows() -> None:
    prefix = _environment(SERVICES["ingest"])["CITYHUB_TOPIC_PREFIX"]
    assert prefix == DEFAULTS.topic_prefix
    own = (ROOT / "deploy/mosquitto/hub-acl").read_text().splitlines()
    users = [line.removeprefix("user ") for line in own if line.startswith("user ")]
    # The first is ingest's, and its name is part of the topics that the pattern names.
    assert users == [prefix, "ingest", "monitor"]
    for user in users[:2]:
        assert own[own.index(f"user {user}") + 1] == f"topic read {topics.everything(prefix)}"
    read = [line.removeprefix("topic read ") for line in own if line.startswith("topic read ")]
    assert set(read) == {topics.everything(prefix), *mistaken_topics.subscriptions(prefix), "$SYS/#"}


def test_the_rights_of_devices_are_those_of_this_versions_kinds(capsys: pytest.CaptureFixture[str]) -> None:
    from tools.cli import main

    with pytest.raises(SystemExit):
        main(["device", "acl"])
    made = capsys.readouterr().out
    assert "hanoi/air/%u/telemetry" in made
    assert (ROOT / "deploy/mosquitto/device-acl").read_text() == made, (
        "a kind or property changed: ./hub device acl >deploy/mosquitto/device-acl"
    )


def test_a_pattern_reads_for_ingest_what_all_topics_of_its_sensors_are() -> None:
    own = (ROOT / "deploy/mosquitto/hub-acl").read_text().splitlines()
    prefix = DEFAULTS.topic_prefix
    read = [line.removeprefix("pattern read ") for line in own if line.startswith("pattern ")]
    assert all(one.startswith("%u/") for one in read)
    shapes = {one.replace("%u", prefix, 1) for one in read}
    written = [topic.replace("%u", "air-1") for topic in topics.writable(prefix)]
    assert [topic for topic in written if not any(topic_matches_sub(shape, topic) for shape in shapes)] == []


def test_devices_have_no_wildcard_that_would_let_them_keep_messages_without_end() -> None:
    lines = (ROOT / "deploy/mosquitto/device-acl").read_text().splitlines()
    rights = [line for line in lines if line and not line.startswith("#")]
    assert rights
    assert all(re.fullmatch(r"pattern write [A-Za-z0-9_/]+/%u/[a-z0-9_/]+", line) for line in rights)


def test_the_broker_is_started_so_that_sensors_wait_for_ingest() -> None:
    """What the script does: tests/integration/broker/test_broker_start.py."""
    broker = SERVICES["mosquitto"]
    (program,) = broker["command"]
    (mounted,) = (mount for mount in broker["volumes"] if mount.split(":")[1] == program)
    assert os.access(ROOT / mounted.split(":")[0], os.X_OK)
    assert broker["environment"]["TOPIC_PREFIX"] == _environment(SERVICES["ingest"])["CITYHUB_TOPIC_PREFIX"]


def test_the_broker_can_queue_without_limit_and_keep_its_senders() -> None:
    """Before 2.0.22 a queue without limit also ended the connection of who was refused (mosquitto.conf). What the
    configuration does is tried on a real broker: tests/integration/broker.
    """
    version = _image(SERVICES["mosquitto"]).rpartition(":")[2]
    assert tuple(map(int, version.split("."))) >= (2, 0, 22)


def test_the_broker_lets_the_hub_itself_name_what_is_too_large() -> None:
    text = (ROOT / "deploy/mosquitto/mosquitto.conf").read_text()
    limit = re.search(r"^max_packet_size (\d+)$", text, re.MULTILINE)
    assert limit is not None
    # A packet is its payload, its topic (at most 200 bytes here) and some bytes of its own.
    assert DEFAULTS.max_payload_bytes + 1024 <= int(limit[1]) <= DEFAULTS.max_payload_bytes + 16_384
    # It would be acknowledged to MQTT 3.1.1 clients and dropped.
    assert "message_size_limit" not in re.findall(r"^\w+", text, re.MULTILINE)


def test_the_broker_refuses_memory_before_the_container_is_killed_for_it() -> None:
    text = (ROOT / "deploy/mosquitto/mosquitto.conf").read_text()
    limit = re.search(r"^memory_limit (\d+)$", text, re.MULTILINE)
    assert limit is not None
    assert SERVICES["mosquitto"]["mem_limit"] == "2g"
    assert int(limit[1]) < 0.9 * 2 * 1024**3


def test_the_page_on_running_it_explains_every_quarantine_reason_and_metric() -> None:
    import ingest.metrics
    import jobs.metrics

    page = (ROOT / "docs/run.md").read_text()
    quarantine = page.split("## Quarantine")[1].split("\n## ")[0]
    assert tuple(re.findall(r"^\| `(\w+)` \|", quarantine, re.MULTILINE)) == REASONS
    ours = {
        metric.name + ("_total" if metric.type == "counter" else "")
        for metrics in (ingest.metrics, jobs.metrics)
        for one in vars(metrics).values()
        if isinstance(one, MetricWrapperBase)
        for metric in one.collect()
    }
    assert ours
    assert ours == set(re.findall(r"`(cityhub_(?!http_|snapshot_|live_)\w+)[`{]", page))


def test_every_file_that_the_operations_pages_name_exists_or_is_made() -> None:
    page = "".join(
        (ROOT / f"docs/{name}.md").read_text() for name in ("install", "run", "backup", "reference")
    )
    named = set(re.findall(r"\b(?:deploy|cityhub|tools|jobs)/[\w./-]*\w", page))
    made = {name for name in named if name.startswith("deploy/secrets")}
    assert "deploy/prepare" in named
    assert [name for name in named - made if not (ROOT / name).exists()] == []


def test_links_between_the_pages_of_the_documentation_lead_somewhere() -> None:
    pages = {page.name: page.read_text() for page in (ROOT / "docs").glob("*.md")}

    def anchors(text: str) -> set[str]:
        heads = re.findall(r"^#+ (.*)$", text, re.MULTILINE)
        return {re.sub(r"[^a-z0-9 _-]", "", head.lower()).replace(" ", "-") for head in heads}

    links = [
        (name, page or name, anchor)
        for name, text in pages.items()
        for page, anchor in re.findall(r"\]\(([\w-]+\.md)?#([\w-]+)\)", text)
    ]
    assert len(links) > 20
    assert [link for link in links if link[2] not in anchors(pages.get(link[1], ""))] == []
