"""What the doctor says of a real broker as production has it, and of the folder that it was prepared in."""

import shutil
from pathlib import Path

import pytest

from cityhub.config import read_settings
from tools.doctor import connections, deployment
from tools.doctor.findings import Finding
from tools.services.folders import checkout
from tools.services.production_broker import Production, ProductionBroker


def of_broker(url: str) -> list[Finding]:
    return [one for one in connections.findings(read_settings(mqtt_url=url)) if "broker" in one.what]


def test_a_broker_that_asks_for_passwords_is_left_alone(broker: ProductionBroker) -> None:
    plain = of_broker(f"mqtt://hanoi:whatever@127.0.0.1:{broker.port}")
    assert [(one.state, one.found) for one in plain] == [("good", "none, and none needed on one machine")]


def test_a_certificate_of_an_authority_that_this_system_does_not_know(
    broker: ProductionBroker, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = f"mqtts://hanoi:whatever@localhost:{broker.tls_port}"
    [strange] = of_broker(url)
    assert (strange.state, "SSL_CERT_FILE" in strange.advice) == ("bad", True)
    assert "is not trusted here" in strange.found
    monkeypatch.setenv("SSL_CERT_FILE", str(broker.authority))
    [known] = of_broker(url)
    assert known.state == "good"
    assert known.found.startswith("certificate for localhost, until ")
    # It is for the name, not for the address.
    [other] = of_broker(f"mqtts://hanoi:whatever@127.0.0.1:{broker.tls_port}")
    assert (other.state, "is for localhost and not for 127.0.0.1" in other.found) == ("bad", True)
    # The port beside it speaks without.
    [none] = of_broker(f"mqtts://hanoi:whatever@localhost:{broker.port}")
    assert (none.state, "and not with TLS" in none.found) == ("missing", True)


@pytest.fixture
def production(prepared: Production, tmp_path: Path) -> Path:
    """A checkout of its own, as it was prepared."""
    shutil.copytree(prepared.folder, tmp_path / "hub", copy_function=shutil.copy2)
    shutil.copy(checkout() / "docker-compose.yml", tmp_path / "hub")
    # Nobody is reached outside.
    settings = tmp_path / "hub/.env"
    settings.write_text(settings.read_text().replace("HUB_DOMAIN=localhost", "HUB_DOMAIN="))
    return tmp_path / "hub"


def wrong(folder: Path) -> dict[str, str]:
    """What is not good, by what it is of."""
    return {one.what: one.found for one in deployment.findings(folder) if one.state != "good"}


def test_what_prepare_made_is_good_but_for_the_key_that_should_be_elsewhere(production: Path) -> None:
    # It was made for localhost, and the settings of the test name no host.
    assert set(wrong(production)) == {"key of the authority", "the broker's certificate"}
    (production / ".env").write_text("HUB_DOMAIN=127.0.0.1\n")
    assert "is for localhost and not for 127.0.0.1" in wrong(production)["the broker's certificate"]
    (production / "deploy/secrets/ca.key").unlink()
    assert "key of the authority" not in wrong(production)


def test_passwords_without_rights_are_told(production: Path) -> None:
    acl = production / "deploy/secrets/mosquitto/acl"
    acl.write_text("# of another version\n" + acl.read_text())
    assert "not those of this version" in wrong(production)["rights at the broker"]
    acl.unlink()
    assert "may publish as any other" in wrong(production)["rights at the broker"]


def test_secrets_that_others_read_that_are_gone_or_shared(production: Path) -> None:
    secrets = production / "deploy/secrets"
    (secrets / "hub/mqtt_url").chmod(0o644)
    (secrets / "hub/privacy_key").unlink()
    (secrets / "grafana/grafana_password").write_text("admin\n")
    shutil.copy(secrets / "postgres/cityhub_api_password", secrets / "postgres/cityhub_jobs_password")
    with (production / ".env").open("a") as settings:
        settings.write("CITYHUB_VNPAY_HASH_SECRET=plainly\n")
    found = wrong(production)
    assert found["files with secrets"] == "hub/mqtt_url: others on this machine may read them"
    assert "missing: privacy_key" in found["secrets of production"]
    assert "tried first" in found["password of grafana_password"]
    assert "cityhub_api_password, cityhub_jobs_password" in found["shared password"]
    assert "CITYHUB_VNPAY_HASH_SECRET" in found[".env"]
    told_of = str(list(deployment.findings(production)))
    held = [file.read_text().strip() for file in secrets.rglob("*_password")]
    assert not [secret for secret in (*held, "plainly") if secret in told_of and secret != "admin"]


def test_a_certificate_that_is_not_of_its_key_or_authority(production: Path) -> None:
    mosquitto = production / "deploy/secrets/mosquitto"
    other = mosquitto / "server.key"
    kept = other.read_bytes()
    other.write_bytes((production / "deploy/secrets/ca.key").read_bytes())
    assert "is not of server.key" in wrong(production)["the broker's certificate"]
    other.write_bytes(kept)
    shutil.copy(mosquitto / "server.crt", production / "deploy/secrets/ca.crt")
    assert "not signed by ca.crt" in wrong(production)["the broker's certificate"]
    (mosquitto / "server.crt").write_text("nothing")
    assert "cannot be read" in wrong(production)["the broker's certificate"]


def test_what_no_program_could_read_stops_no_look(production: Path) -> None:
    (production / ".env").write_bytes(b"HUB_DOMAIN=\xff\xfe a b\nX\n=\n")
    secrets = production / "deploy/secrets"
    (secrets / "postgres/cityhub_password").write_bytes(b"\xff\xfe\x00")
    (secrets / "mosquitto/acl").write_bytes(b"\xff")
    (secrets / "ca.crt").unlink()
    (secrets / "hub/mqtt_url").unlink()
    (secrets / "hub/mqtt_url").symlink_to("nowhere")
    assert {"the broker's certificate", "rights at the broker", "secrets of production"} <= wrong(
        production
    ).keys()
