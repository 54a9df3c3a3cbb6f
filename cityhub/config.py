"""Settings, read once from the environment (prefix CITYHUB_) or from files that it names (setting_files.py).

What holds a secret has a type that never prints it.
"""

import os
import re
from collections.abc import Callable
from functools import cache
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from cityhub import addresses, api_keys, push_keys, setting_files
from cityhub.addresses import Broker
from cityhub.errors import SettingsError
from cityhub.masking import SecretKeys, SecretUrl, checked, mask, plain


def _checked(check: Callable[[str], object]) -> AfterValidator:
    """A text that may be left empty, and else has to pass `check`, whose ValueError says what is wrong."""

    def validate(text: str) -> str:
        if text:
            check(text)
        return text

    return AfterValidator(validate)


def _matching(pattern: str, words: str) -> AfterValidator:
    """A text that matches as a whole; `words` say what it has to be."""

    def validate(text: str) -> str:
        if re.fullmatch(pattern, text) is None:
            raise ValueError(words)
        return text

    return AfterValidator(validate)


_Terminal = Annotated[str, _matching(r"([A-Za-z0-9]{8})?", "must be eight letters and digits")]
_Bank = Annotated[str, _matching(r"([0-9]{6})?", "must be the six digits of the bank (BIN)")]
_Account = Annotated[str, _matching(r"([A-Za-z0-9]{1,19})?", "must be up to 19 letters and digits")]
_Limits = Annotated[
    str,
    _matching(
        r"([a-z]+=\d{1,3}(\.\d)?:\d{1,3}(\.\d)?(, ?|$))*",
        "must be VEHICLE=CAUTION:CLOSED in cm, parted by commas, as in car=15:30",
    ),
]
_Roles = Annotated[
    str,
    _matching(
        r"([^,]*[^,\s]=(viewer|inspector|operator|finance|admin)(, ?|$))*",
        "must be VALUE=ROLE, parted by commas, of our roles, as in city-it=admin,traffic=operator",
    ),
]
_Database = Annotated[SecretUrl, AfterValidator(checked(addresses.check_database))]
_Broker = Annotated[SecretUrl, AfterValidator(checked(addresses.broker))]
_Web = Annotated[SecretUrl, AfterValidator(checked(addresses.check_web))]
_Host = Annotated[str, Field(min_length=1), AfterValidator(addresses.host)]


class Settings(BaseSettings):
    """Every setting with its default. `./hub doctor` prints this table.

    A secret is a SecretStr, an address that may hold one a SecretUrl: the plain text has to be asked for, by `require`
    or `get_secret_value()`.
    """

    model_config = SettingsConfigDict(env_prefix="CITYHUB_", extra="ignore", frozen=True)

    database_url: _Database = Field(SecretUrl(""), description="PostgreSQL or TimescaleDB to write to")
    read_database_url: _Database = Field(
        SecretUrl(""), description="replica to read from; empty: database_url"
    )
    mqtt_url: _Broker = Field(
        SecretUrl(""), description="broker, mqtt://user:password@host:1883 or mqtts://host:8883"
    )
    broker_users: Annotated[str, _matching(r"(/.*)?", "must be an absolute path")] = Field(
        "",
        description="the broker's password file, for `./hub device`; empty: deploy/secrets/mosquitto/passwords",
    )
    mqtt_version: Literal["5", "3.1.1"] = Field("5", description="MQTT protocol version the broker speaks")
    topic_prefix: Annotated[
        str,
        _matching(r"[A-Za-z0-9_-]{1,64}", "must have 1 to 64 of the letters a-z, A-Z, digits, '_' and '-'"),
    ] = Field("hanoi", description="first level of every topic")
    raw_retention_days: int = Field(400, description="days that raw observations are kept", ge=1, le=36_500)
    log_format: Literal["auto", "json", "console"] = Field("auto", description="auto: console on a terminal")
    log_level: Literal["debug", "info", "warning", "error"] = Field("info", description="least level logged")
    otlp_url: _Web = Field(
        SecretUrl(""),
        description="OpenTelemetry collector that traces are sent to (OTLP over HTTP), http://host:4318; empty: none",
    )
    ingest_client_id: Annotated[
        str, _matching(r"[!-~]{1,200}", "must have 1 to 200 visible ASCII characters without spaces")
    ] = Field(
        "cityhub-ingest",
        description="MQTT client id; its session outlives restarts",
    )
    ingest_batch_size: int = Field(10_000, description="messages per transaction at most", ge=1, le=1_000_000)
    ingest_batch_ms: int = Field(
        250, description="milliseconds a message waits for its batch at most", ge=1, le=60_000
    )
    ingest_shared: bool = Field(
        False,
        description="shares the messages with ingestors of other client ids (MQTT 5; not for Mosquitto)",
    )
    ingest_metrics_port: int = Field(9101, description="ingest's own /metrics; 0: none", ge=0, le=65535)
    ingest_metrics_host: _Host = Field("127.0.0.1", description="address of ingest's own /metrics")
    jobs_metrics_port: int = Field(9102, description="background jobs' own /metrics; 0: none", ge=0, le=65535)
    jobs_metrics_host: _Host = Field("127.0.0.1", description="address of background jobs' own /metrics")
    watched_certificates: Annotated[
        str,
        _matching(r"([A-Za-z0-9._-]+:\d{1,5}(,|$))*", "must be HOST:PORT, parted by commas"),
    ] = Field("", description="whose certificates' ends jobs tell as a metric; empty: none")
    review_minutes: int = Field(
        5, description="minutes from one review of stored readings to the next", ge=1, le=59
    )
    wqi_aggregate: Literal["ab", "c"] = Field(
        "ab", description="VN_WQI: groups IV and V joined by a square root (ab), or a cube root (c)"
    )
    wqi_minimum_groups: int = Field(3, description="VN_WQI: groups of the five that it takes", ge=1, le=5)
    wqi_minimum_group_4: int = Field(
        3, description="VN_WQI: parameters of group IV that it takes", ge=1, le=8
    )
    wqi_sample_days: int = Field(
        31, description="VN_WQI: days for which a laboratory's sample counts", ge=1, le=366
    )
    wqi_sensor_hours: int = Field(
        1, description="VN_WQI: hours for which a station's reading counts", ge=1, le=168
    )
    aqi_day_hours: int = Field(
        18, description="hours with data that a day's VN_AQI needs (project rule)", ge=1, le=24
    )
    aqi_eight_hours: int = Field(
        6, description="hours with data that an 8-hour mean of ozone or CO needs (project rule)", ge=1, le=8
    )
    max_payload_bytes: int = Field(262_144, description="larger MQTT payloads are quarantined", ge=1024)
    accept_replays: bool = Field(
        True, description="takes messages marked as a replay although they are older than their sensor"
    )
    quarantine_max_rows: int = Field(100_000, description="rejected messages kept at most", ge=1)
    quarantine_max_mb: int = Field(1000, description="megabytes of rejected messages kept at most", ge=1)
    quarantine_per_minute: int = Field(
        60, description="rejected messages kept a minute of each sensor and reason", ge=1
    )
    api_host: _Host = Field("127.0.0.1", description="address the API listens on")
    api_port: int = Field(8000, description="port the API listens on", ge=0, le=65535)
    api_keys: SecretKeys = Field(
        SecretKeys(""),
        description="partners' keys, name:key or name:key:scope+scope, by commas; empty: nobody has one",
    )
    rate_per_minute: int = Field(
        1200, description="requests a minute that one address may put to the database; 0: no limit", ge=0
    )
    key_rate_per_minute: int = Field(600, description="requests a minute of one key; 0: no limit", ge=0)
    sign_in_rate_per_minute: int = Field(
        30, description="forms a minute that one address may send to /login; 0: no limit", ge=0
    )
    public_url: Annotated[_Web, Field(min_length=1)] = Field(
        SecretUrl("http://127.0.0.1:8000"), description="where payers and providers reach the hub"
    )
    return_origins: Annotated[str, _checked(addresses.origins)] = Field(
        "",
        description="origins (https://app.example,...) that payers may be sent back to by a payment's return_url",
    )
    vnpay_tmn_code: _Terminal = Field(
        "", description="VNPAY: the hub's terminal; empty: VNPAY is not offered"
    )
    vnpay_hash_secret: SecretStr = Field(SecretStr(""), description="VNPAY: what signatures are made with")
    vnpay_url: _Web = Field(SecretUrl(""), description="VNPAY: where payers are sent")
    vnpay_api_url: _Web = Field(SecretUrl(""), description="VNPAY: where questions and refunds are sent")
    momo_partner_code: str = Field("", description="MoMo: the hub's partner code; empty: MoMo is not offered")
    momo_access_key: SecretStr = Field(SecretStr(""), description="MoMo: part of what is signed")
    momo_secret_key: SecretStr = Field(SecretStr(""), description="MoMo: what signatures are made with")
    momo_url: _Web = Field(
        SecretUrl(""), description="MoMo: where payments are created, up to /v2/gateway/api"
    )
    vietqr_bin: _Bank = Field(
        "", description="VietQR: the bank of the account, six digits; empty: not offered"
    )
    vietqr_account: _Account = Field("", description="VietQR: the account that is paid into")
    vietqr_name: str = Field("", description="VietQR: whose account it is, as shown to the payer")
    vietqr_webhook_secret: SecretStr = Field(
        SecretStr(""), description="VietQR: key of credits in our own form"
    )
    payos_checksum_key: SecretStr = Field(SecretStr(""), description="VietQR: key of credits told by payOS")
    casso_checksum_key: SecretStr = Field(SecretStr(""), description="VietQR: key of credits told by Casso")
    sepay_api_key: SecretStr = Field(SecretStr(""), description="VietQR: key of credits told by SePay")
    vietqr_vn_login: SecretStr = Field(
        SecretStr(""), description="VietQR: user:password by which vietqr.vn asks for a token"
    )
    invoice_dir: Annotated[str, _matching(r"(/.*)?", "must be an absolute path")] = Field(
        "", description="folder that e-invoices are written to, a file each; empty: they stay queued"
    )
    sms_webhook_secret: SecretStr = Field(
        SecretStr(""), description="key of messages that the SMS gateway brings; empty: none are taken"
    )
    sms_dir: Annotated[str, _matching(r"(/.*)?", "must be an absolute path")] = Field(
        "", description="folder that messages to phones are written to, a file each; empty: none are sent"
    )
    second_factor: Literal["required", "optional"] = Field(
        "required", description="of operators, finance and admins at /login; optional: for a demo"
    )
    oidc_issuer: Annotated[str, _checked(addresses.check_issuer)] = Field(
        "",
        description="the city's provider of identities (OpenID Connect), its issuer; empty: none at /login",
    )
    oidc_client_id: Annotated[str, _matching(r"[!-~]{0,200}", "must be visible ASCII without spaces")] = (
        Field("", description="the hub's name at that provider")
    )
    oidc_client_secret: SecretStr = Field(
        SecretStr(""), description="the hub's secret at that provider; empty: a public client (PKCE alone)"
    )
    oidc_scope: Annotated[
        str, _matching(r"openid( [!-~]+)*", "must begin with openid, parted by single spaces")
    ] = Field("openid profile", description="what the hub asks that provider for, in words that it knows")
    oidc_role_claim: Annotated[str, _matching(r"\S{1,200}", "must be one word")] = Field(
        "roles", description="claim that carries roles or groups; one inside others as realm_access.roles"
    )
    oidc_roles: _Roles = Field(
        "",
        description="which role a value of that claim gives, as in city-it=admin,traffic=operator; the first counts",
    )
    oidc_second_factor: str = Field(
        "",
        description="amr or acr values by which that provider proves a second factor, by commas; empty: ours is asked",
    )
    oidc_label: Annotated[str, Field(max_length=60)] = Field(
        "", description="what is called so at /login; empty: the city's account"
    )
    privacy_key: SecretStr = Field(
        SecretStr(""),
        description="makes what stands in place of erased plates; keep it for ever. Empty: no plate is erased",
    )
    plate_retention_days: int = Field(
        365, description="days that a plate is kept after its session or permit was over", ge=1, le=3_660
    )
    vapid_private_key: Annotated[SecretStr, AfterValidator(checked(push_keys.read))] = Field(
        SecretStr(""),
        description="web push: the hub's private key, 32 bytes in base64url; empty: not offered",
    )
    vapid_subject: Annotated[
        str, _matching(r"((mailto:|https://)[!-~]{3,200})?", "must begin with mailto: or https://")
    ] = Field("", description="web push: whom push services may write to about the hub")
    api_url: Annotated[_Web, Field(min_length=1)] = Field(
        SecretUrl("http://127.0.0.1:8000"), description="where `python -m maps` reads its data"
    )
    tiles_url: Annotated[str, _checked(addresses.check_tiles)] = Field(
        "", description="map tiles template {z}/{x}/{y}; empty: the drawn base layer only"
    )
    tiles_attribution: str = Field("", description="credit line the tiles' provider asks for")
    map_area_level: Literal["", "province", "district", "ward", "quarter"] = Field(
        "", description="areas that maps outline; empty: the finest level in force that was imported"
    )
    flood_limits: _Limits = Field(
        "",
        description="who can pass, cm: caution from, closed from, as in car=15:30,motorbike=10:25; empty: project rule",
    )
    notice: str = Field("", description="banner shown on every page, e.g. that the data is simulated")
    data_licence: Annotated[str, Field(min_length=1)] = Field(
        "CC BY 4.0", description="licence that the hub's data is given under, by name"
    )
    data_licence_url: Annotated[str, _matching(r"https?://[!-~]{3,300}", "must be a web address")] = Field(
        "https://creativecommons.org/licenses/by/4.0/", description="where that licence is to be read"
    )
    data_publisher: Annotated[str, Field(min_length=1)] = Field(
        "City hub of Hanoi", description="who publishes the data, as catalogues of data name it"
    )
    data_dir: Annotated[str, _matching(r"(/.*)?", "must be an absolute path")] = Field(
        "",
        description="folder for files by kind and month; empty: one in the system's folder for temporary files",
    )
    data_dir_mb: int = Field(5000, description="megabytes that those files take at most", ge=100)
    embed_origins: Annotated[str, _checked(addresses.origins)] = Field(
        "", description="sites that may frame /embed/..., parted by commas, such as https://a.vn; empty: all"
    )
    assets_dir: str = Field(
        "", description="folder with the npm packages; empty: node_modules of this checkout"
    )

    @field_validator("*", mode="before")
    @classmethod
    def _text(cls, value: object) -> object:
        # Python carries what is no UTF-8 in the environment along as lone surrogates, which no page can hold.
        if isinstance(value, str) and any("\ud800" <= sign <= "\udfff" for sign in value):
            raise ValueError("is not UTF-8 text")
        return value

    @field_validator("api_keys")
    @classmethod
    def _readable_keys(cls, value: SecretKeys) -> SecretKeys:
        api_keys.read(value.get_secret_value())
        return value

    def require(self, name: str) -> str:
        """The plain text of setting `name`, or SettingsError naming the variable to set."""
        value = plain(getattr(self, name))
        if not value:
            raise SettingsError(
                f"CITYHUB_{name.upper()} is not set; start services with"
                ' `eval "$(./hub services env)"` or set it to a server of yours'
            )
        return value

    def broker(self) -> Broker:
        """The parts of mqtt_url; SettingsError when it is not set."""
        return addresses.broker(self.require("mqtt_url"))

    def shown(self) -> dict[str, str]:
        """Every setting as text fit to print. Secrets mask themselves; other texts are looked through all the same."""
        return {name: mask(str(getattr(self, name))) for name in type(self).model_fields}

    def environment(self) -> dict[str, str]:
        """The variables that give another process these settings, in plain text."""
        values = {name: getattr(self, name) for name in self.model_fields_set}
        return {f"CITYHUB_{name.upper()}": plain(value) for name, value in values.items()}


@cache
def settings() -> Settings:
    """The process's settings; raises SettingsError naming the variable that is wrong."""
    return read_settings()


def read_settings(**overrides: object) -> Settings:
    """Settings from the environment and the files that it names, with `overrides` on top; raises SettingsError."""
    files = setting_files.read(Settings.model_fields.keys() - overrides.keys(), os.environ)
    try:
        return Settings(**files, **overrides)  # type: ignore[arg-type]
    except ValidationError as exc:
        first = exc.errors(include_input=False, include_url=False)[0]
        name = ".".join(str(part) for part in first["loc"]).upper()
        raise SettingsError(f"CITYHUB_{name}: {first['msg'].removeprefix('Value error, ')}") from None
