"""Settings, read once from the environment (prefix CITYHUB_); secrets never appear when printed."""

import re
from functools import cache
from typing import Literal

from pydantic import Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from cityhub.errors import SettingsError


class Settings(BaseSettings):
    """Every setting with its default. `./hub doctor` prints this table."""

    model_config = SettingsConfigDict(env_prefix="CITYHUB_", extra="ignore", frozen=True)

    database_url: str = Field("", description="PostgreSQL or TimescaleDB to write to", repr=False)
    read_database_url: str = Field("", description="replica to read from; empty: database_url", repr=False)
    mqtt_url: str = Field(
        "", description="broker, mqtt://user:password@host:1883 or mqtts://host:8883", repr=False
    )
    mqtt_version: Literal["5", "3.1.1"] = Field("5", description="MQTT protocol version the broker speaks")
    topic_prefix: str = Field("hanoi", description="first level of every topic", pattern=r"^[A-Za-z0-9_-]+$")
    raw_retention_days: int = Field(400, description="days that raw observations are kept", ge=1)
    log_format: Literal["auto", "json", "console"] = Field("auto", description="auto: console on a terminal")
    log_level: Literal["debug", "info", "warning", "error"] = Field("info", description="least level logged")
    ingest_client_id: str = Field(
        "cityhub-ingest", description="MQTT client id; its session outlives restarts"
    )
    ingest_batch_size: int = Field(10_000, description="messages per transaction at most", ge=1)
    ingest_batch_ms: int = Field(250, description="milliseconds a message waits for its batch at most", ge=1)
    ingest_shared: bool = Field(
        False,
        description="shares the messages with ingestors of other client ids (MQTT 5; not for Mosquitto)",
    )
    ingest_metrics_port: int = Field(9101, description="ingest's own /metrics; 0: none", ge=0, le=65535)
    ingest_metrics_host: str = Field("127.0.0.1", description="address of ingest's own /metrics")
    max_payload_bytes: int = Field(262_144, description="larger MQTT payloads are quarantined", ge=1024)
    quarantine_max_rows: int = Field(100_000, description="rejected messages kept at most", ge=1)
    quarantine_max_mb: int = Field(1000, description="megabytes of rejected payloads kept at most", ge=1)
    quarantine_per_minute: int = Field(
        60, description="rejected messages kept a minute of each sensor and reason", ge=1
    )
    api_host: str = Field("127.0.0.1", description="address the API listens on")
    api_port: int = Field(8000, description="port the API listens on", ge=0, le=65535)
    api_keys: str = Field(
        "", description="partners that may POST observations, name:key,name:key; empty: nobody", repr=False
    )
    api_url: str = Field("http://127.0.0.1:8000", description="where `python -m maps` reads its data")
    tiles_url: str = Field("", description="map tiles template {z}/{x}/{y}; empty: the drawn base layer only")
    tiles_attribution: str = Field("", description="credit line the tiles' provider asks for")
    notice: str = Field("", description="banner shown on every page, e.g. that the data is simulated")
    assets_dir: str = Field(
        "", description="folder with the npm packages; empty: node_modules of this checkout"
    )

    @field_validator("tiles_url")
    @classmethod
    def _tiles_template(cls, value: str) -> str:
        if value and not all(part in value for part in ("{z}", "{x}", "{y}")):
            raise ValueError("must contain {z}, {x} and {y}")
        return value

    @field_validator("api_keys")
    @classmethod
    def _readable_keys(cls, value: str) -> str:
        read_keys(value)
        return value

    def require(self, name: str) -> str:
        """The text setting `name`, or SettingsError naming the variable to set."""
        value = str(getattr(self, name))
        if not value:
            raise SettingsError(
                f"CITYHUB_{name.upper()} is not set; start services with"
                ' `eval "$(./hub services env)"` or set it to a server of yours'
            )
        return value

    def shown(self) -> dict[str, str]:
        """Every setting as text fit to print: passwords in URLs and partners' keys are masked."""
        texts = {name: mask_url(str(getattr(self, name))) for name in type(self).model_fields}
        return {**texts, "api_keys": ",".join(f"{name}:***" for name in read_keys(self.api_keys))}


_PASSWORD = re.compile(r"(?P<keep>://[^:/@\s]*:)[^/\s]*@|(?P<pair>password=)[^&\s]+")


def mask_url(text: str) -> str:
    """`text` with every password of a URL or of a `password=` pair in it replaced by `***`."""
    return _PASSWORD.sub(lambda m: f"{m['keep']}***@" if m["keep"] else f"{m['pair']}***", text)


_PARTNER = re.compile(r"[A-Za-z0-9._-]{1,40}")
# Visible ASCII: it travels in a header, and a comma parts the pairs.
_KEY = re.compile(r"[!-+\--~]{16,200}")


def read_keys(text: str) -> dict[str, str]:
    """Keys by partner from `name:key,name:key`. Raises ValueError that repeats no key."""
    keys: dict[str, str] = {}
    for number, pair in enumerate(text.split(",") if text.strip() else (), start=1):
        name, colon, key = pair.strip().partition(":")
        if not colon or not _PARTNER.fullmatch(name):
            raise ValueError(f"pair {number} must be name:key, the name of letters, digits, '.', '_' and '-'")
        if not _KEY.fullmatch(key):
            raise ValueError(
                f"the key of {name} must have 16 to 200 visible ASCII characters without a comma"
            )
        if name in keys or key in keys.values():
            raise ValueError(f"pair {number} repeats a name or a key")
        keys[name] = key
    return keys


@cache
def settings() -> Settings:
    """The process's settings; raises SettingsError naming the variable that is wrong."""
    return read_settings()


def read_settings(**overrides: object) -> Settings:
    """Settings from the environment with `overrides` on top; raises SettingsError."""
    try:
        return Settings(**overrides)  # type: ignore[arg-type]
    except ValidationError as exc:
        first = exc.errors(include_input=False, include_url=False)[0]
        name = ".".join(str(part) for part in first["loc"]).upper()
        raise SettingsError(f"CITYHUB_{name}: {first['msg']}") from None
