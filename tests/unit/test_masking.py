"""Secrets: masked by their type when printed, and wherever a text quotes one."""

import pickle
import time
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, SecretStr

from cityhub.config import Settings, read_settings
from cityhub.masking import SecretKeys, SecretUrl, mask, plain


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("postgresql://hub:pass%40word@db:5432/hub", "postgresql://hub:***@db:5432/hub"),
        ("postgresql://hub@db/hub", "postgresql://hub@db/hub"),
        ("mqtts://:hush@broker", "mqtts://:***@broker"),
        ("mqtt://hush-token@broker:1883", "mqtt://***@broker:1883"),
        ("mqtt://broker:1883", "mqtt://broker:1883"),
        ("postgresql://hub:hu/sh@db/hub", "postgresql://hub:***@db/hub"),
        ("postgresql://hub:hu@sh@db/hub", "postgresql://hub:***@db/hub"),
        ("mqtt://u:hush@a:1,mqtt://u:hush@b:2", "mqtt://u:***@b:2"),
        ("host=db password=hush dbname=hub", "host=db password=*** dbname=hub"),
        ("host=db password='hu sh' dbname=hub", "host=db password=*** dbname=hub"),
        (r"password='hu\' sh' dbname=hub", "password=*** dbname=hub"),
        (
            "postgresql://db/hub?password=hush&sslmode=require",
            "postgresql://db/hub?password=***&sslmode=require",
        ),
        ("GET /payments/vnpay/return?vnp_SecureHash=ab&vnp_TxnRef=7", None),
        ("Client error for url 'https://pay.example/query?token=hush&plate=30A12345'", None),
        ("Authorization: Bearer hush-hush", "Authorization: Bearer ***"),
        ("checks passed: 3, bypass: on", "checks passed: 3, bypass: on"),
        ("sent with Apikey hush-hush to the bank", "sent with Apikey *** to the bank"),
        ('{"token": "hush", "n": 1}', '{"token": ***, "n": 1}'),
        ("/p/hush is over", "/p/*** is over"),
        ("/api/v1/parking/sessions/hush/extend", "/api/v1/parking/sessions/***/extend"),
        ("/api/v1/enforcement/plates/30A-123.45", "/api/v1/enforcement/plates/***"),
        ("https://tile.example/{z}/{x}/{y}@2x.png", "https://tile.example/{z}/{x}/{y}@2x.png"),
        ("Is it ready? Yes: 3 of 4.", "Is it ready? Yes: 3 of 4."),
        ("hanoi/air/air-1/telemetry", "hanoi/air/air-1/telemetry"),
        ("", ""),
    ],
)
def test_a_text_loses_its_secrets_and_nothing_else(text: str, shown: str | None) -> None:
    masked = mask(text)
    if shown is not None:
        assert masked == shown
    for secret in ("hush", "hu sh", "30A", "=ab", "=7"):
        assert secret not in masked
    assert mask(masked) == masked


PASSWORD = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=4, max_size=20).map(
    lambda text: f"hush{text}hush"
)


@given(PASSWORD, st.sampled_from(["postgresql", "mqtt", "mqtts", "http"]), st.booleans())
def test_no_password_of_a_url_is_shown_however_it_is_written(
    password: str, scheme: str, escaped: bool
) -> None:
    written = quote(password, safe="") if escaped else password
    for text in (f"{scheme}://hub:{written}@db:5432/hub", f"lost {scheme}://hub:{written}@db, again"):
        assert "hush" not in mask(text)
    assert "hush" not in str(SecretUrl(f"{scheme}://hub:{written}@db:5432/hub"))


@pytest.mark.parametrize(
    "piece", ["/", "a", "a:", "://", "://a:", "/?", "?a=", "token", "=", "'", "\\'", "/p/"]
)
def test_a_long_text_takes_no_longer_than_its_length(piece: str) -> None:
    began = time.process_time()
    mask(piece * 100_000)
    # With the square of the length it would be hours.
    assert time.process_time() - began < 10


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("postgresql://hub:hush@db:5432/hub", "postgresql://hub:***@db:5432/hub"),
        ("host=db user=hub password='hu sh' sslcert=/home/hush", "host=db user=hub password=*** sslcert=***"),
        ("hush", "***"),
        ("", ""),
    ],
)
def test_an_address_shows_where_and_as_whom(text: str, shown: str) -> None:
    secret = SecretUrl(text)
    assert str(secret) == f"{secret}" == shown
    assert "hush" not in repr(secret) + repr([secret])
    assert secret.get_secret_value() == plain(secret) == text
    assert bool(secret) == bool(text)


def test_keys_show_their_names() -> None:
    assert str(SecretKeys("ward-7:hush, lake:hush")) == "ward-7:***,lake:***"
    assert str(SecretKeys("")) == ""


def test_settings_print_no_secret() -> None:
    settings = read_settings(
        database_url="postgresql://hub:hush@db/hub",
        read_database_url="host=replica password=hush",
        mqtt_url="mqtt://a:hush@b",
        api_url="https://maps:hush@hub.example",
        api_keys="ward-7:hushhushhushhush",
    )
    for printed in (repr(settings), str(settings), str(settings.shown()), str(settings.model_dump())):
        assert "hush" not in printed
    assert settings.model_dump_json().count("hush") == 0


def test_who_needs_the_plain_text_asks_for_it() -> None:
    settings = read_settings(database_url="postgresql://hub:hush@db/hub", topic_prefix="hanoi")
    assert settings.require("database_url") == "postgresql://hub:hush@db/hub"
    assert settings.require("topic_prefix") == "hanoi"
    assert settings.environment() == {
        "CITYHUB_DATABASE_URL": "postgresql://hub:hush@db/hub",
        "CITYHUB_TOPIC_PREFIX": "hanoi",
    }


class Later(Settings):
    """Settings as they will be, whose names say nothing."""

    vnpay_hash: SecretStr = SecretStr("")
    bank: SecretUrl = SecretUrl("")


def test_a_setting_is_masked_because_of_its_type() -> None:
    shown = Later(vnpay_hash=SecretStr("hush"), bank=SecretUrl("https://hub:hush@bank.example")).shown()
    assert shown["vnpay_hash"] == "**********"
    assert shown["bank"] == "https://hub:***@bank.example"
    assert Later().shown()["vnpay_hash"] == ""


# Told to every visitor.
NO_SECRETS = {"tiles_url", "data_licence_url"}


def test_every_setting_that_may_hold_a_secret_has_such_a_type() -> None:
    suspicious = ("key", "secret", "password", "token", "url", "hash", "credential")
    for name, field in Settings.model_fields.items():
        if name in NO_SECRETS or name.startswith(("rate_", "key_rate_")):
            continue
        if any(word in name for word in suspicious):
            assert isinstance(field.get_default(), SecretStr), name


def test_a_secret_survives_what_processes_do_with_settings() -> None:
    class Holder(BaseModel):
        url: SecretUrl

    holder = Holder(url=SecretUrl("mqtt://a:hush@b"))
    assert Holder.model_validate({"url": "mqtt://a:hush@b"}) == holder
    assert pickle.loads(pickle.dumps(holder.url)) == holder.url  # noqa: S301 - our own
    assert "hush" not in holder.model_dump_json()
