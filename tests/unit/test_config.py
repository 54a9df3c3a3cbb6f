"""Settings: read once, loud when wrong, silent about secrets."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cityhub.config import read_settings
from cityhub.errors import SettingsError


def test_a_missing_setting_names_its_variable() -> None:
    with pytest.raises(SettingsError, match="CITYHUB_DATABASE_URL is not set"):
        read_settings().require("database_url")


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("CITYHUB_API_PORT", "http"),
        ("CITYHUB_API_PORT", "70000"),
        ("CITYHUB_RAW_RETENTION_DAYS", "0"),
        ("CITYHUB_TOPIC_PREFIX", "ha/noi"),
        ("CITYHUB_MQTT_VERSION", "4"),
        ("CITYHUB_TOPIC_PREFIX", ""),
        ("CITYHUB_TILES_URL", "https://tiles.example/map.png"),
        ("CITYHUB_TILES_URL", "tiles/{z}/{x}/{y}.png"),
        ("CITYHUB_TILES_URL", "https://[::1/{z}/{x}/{y}.png"),
        ("CITYHUB_TILES_URL", "https://tiles.example; script-src */{z}/{x}/{y}.png"),
        ("CITYHUB_MQTT_URL", "mqtt://host:abc"),
        ("CITYHUB_DATABASE_URL", "postgresql://db:abc/hub"),
        ("CITYHUB_READ_DATABASE_URL", "mysql://db/hub"),
        ("CITYHUB_API_URL", "127.0.0.1:8000"),
        ("CITYHUB_API_URL", ""),
        ("CITYHUB_API_HOST", ""),
        ("CITYHUB_API_HOST", "two words"),
        ("CITYHUB_INGEST_METRICS_HOST", "[::1]"),
        ("CITYHUB_INGEST_CLIENT_ID", ""),
        ("CITYHUB_INGEST_CLIENT_ID", "Hà Nội"),
        ("CITYHUB_INGEST_BATCH_MS", "1" + "0" * 30),
        ("CITYHUB_RAW_RETENTION_DAYS", "1" + "0" * 30),
        ("CITYHUB_QUARANTINE_MAX_ROWS", "9" * 5000),
        ("CITYHUB_EMBED_ORIGINS", "https://a.example; script-src *"),
        ("CITYHUB_EMBED_ORIGINS", "a.example"),
        ("CITYHUB_NOTICE", "not UTF-8: \udcff"),
        ("CITYHUB_API_KEYS", "partner"),
    ],
)
def test_a_wrong_value_names_its_variable(monkeypatch: pytest.MonkeyPatch, variable: str, value: str) -> None:
    monkeypatch.setenv(variable, value)
    with pytest.raises(SettingsError, match=variable) as caught:
        read_settings()
    assert "\n" not in str(caught.value)


SECRETS = st.text(st.sampled_from("aZ9%@:/?#[]\\'\" ,;=&\té\u2100"), min_size=1).map(
    lambda text: f"s3cr{text}et"
)


@pytest.mark.parametrize(
    ("variable", "form"),
    [
        ("mqtt_url", "mqtt://hub:{}@broker:1883"),
        ("database_url", "postgresql://hub:{}@db:5432/hub"),
        ("read_database_url", "host=db password={}"),
        ("api_url", "https://hub:{}@hub.example"),
    ],
)
@given(secret=SECRETS)
def test_whatever_a_password_holds_no_error_repeats_it(variable: str, form: str, secret: str) -> None:
    said = ""
    try:
        read_settings(**{variable: form.format(secret)})
    except SettingsError as exc:
        said = str(exc)
    assert "s3cr" not in said
    assert said == "" or said.startswith(f"CITYHUB_{variable.upper()}: ")


def test_a_wrong_secret_is_not_repeated(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CITYHUB_MQTT_VERSION", "topsecret")
    with pytest.raises(SettingsError) as caught:
        read_settings()
    assert "topsecret" not in str(caught.value)
