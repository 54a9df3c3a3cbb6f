"""Settings: read once, loud when wrong, silent about secrets."""

import pytest

from cityhub.config import mask_url, read_settings
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
        ("CITYHUB_TILES_URL", "https://tiles.example/map.png"),
    ],
)
def test_a_wrong_value_names_its_variable(monkeypatch: pytest.MonkeyPatch, variable: str, value: str) -> None:
    monkeypatch.setenv(variable, value)
    with pytest.raises(SettingsError, match=variable):
        read_settings()


def test_a_wrong_secret_is_not_repeated(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CITYHUB_MQTT_VERSION", "topsecret")
    with pytest.raises(SettingsError) as caught:
        read_settings()
    assert "topsecret" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("postgresql://hub:pass%40word@db:5432/hub", "postgresql://hub:***@db:5432/hub"),
        ("mqtts://:secret@broker", "mqtts://:***@broker"),
        ("mqtt://broker:1883", "mqtt://broker:1883"),
        ("host=db password=secret dbname=hub", "host=db password=*** dbname=hub"),
        (
            "postgresql://db/hub?password=secret&sslmode=require",
            "postgresql://db/hub?password=***&sslmode=require",
        ),
        ("", ""),
    ],
)
def test_passwords_are_masked(text: str, shown: str) -> None:
    assert mask_url(text) == shown


def test_settings_print_no_password() -> None:
    settings = read_settings(database_url="postgresql://hub:secret@db/hub", mqtt_url="mqtt://a:secret@b")
    assert "secret" not in repr(settings)
    assert "secret" not in str(settings.shown())
