"""What `./hub device` does to passwords: the broker's file and the record of it change together, or neither does."""

import os
import secrets
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import psycopg

from cityhub.config import Settings
from cityhub.devices import passwords
from cityhub.errors import NotFound, RuleBroken, ServiceError, SettingsError
from cityhub.kinds import KindName
from cityhub.store import connect, device_credentials
from tools.cli import broker_file, broker_witness, provisioning
from tools.cli.application import IS_CHECKOUT
from tools.cli.broker_file import BrokerFile
from tools.cli.who import on_record

# By whether they should have had one.
_REFUSALS = {
    False: "already with a password: {}; `./hub device rotate` gives another",
    True: "without a password: {}; `./hub device add` gives one",
}


@dataclass(frozen=True, slots=True)
class Place:
    """Where the broker's file is, and how the broker hears of a change. `pid_file`: None where it looks by itself."""

    settings: Settings
    file: Path
    pid_file: Path | None = None


@dataclass(frozen=True, slots=True)
class Given:
    """A sensor's new password; shown once."""

    sensor_id: str
    kind: KindName
    password: str


@dataclass(frozen=True, slots=True)
class Standing:
    """How the password of one user of the broker stands; `known` None: of no sensor."""

    name: str
    state: passwords.State
    known: device_credentials.Known | None


def place(settings: Settings, file: Path | None, pid_file: Path | None) -> Place:
    """By option, else by setting, else the one that deploy/prepare made in this checkout; raises SettingsError."""
    if file is None and settings.broker_users:
        file = Path(settings.broker_users)
    if file is None and IS_CHECKOUT:
        from tools.services.folders import checkout  # noqa: PLC0415 - not in the production image

        made = checkout() / "deploy/secrets/mosquitto/passwords"
        file = made if made.exists() else None
    if file is None:
        raise SettingsError(
            "CITYHUB_BROKER_USERS is not set: name the broker's password file, by it or by --password-file"
        )
    return Place(settings, file, pid_file)


class Desk:
    """The broker's file, held for as long as this is open: who comes meanwhile waits."""

    def __init__(self, where: Place, file: BrokerFile) -> None:
        self._where, self._file = where, file
        self._witness: str | None = None

    def renew(
        self, names: Sequence[str], out: Path | None, why: str, *, everybody: bool, has_one: bool
    ) -> list[Given]:
        """New passwords to sensors that have none, or with `has_one` to those that have; `everybody`: of the catalogue.

        `out`: a new file for who sets devices up. Raises RuleBroken when one has a password, or none, against that, and
        NotFound when one is not in the catalogue; nothing has changed then.
        """
        there = passwords.users(self._file.text)
        with provisioning.writing(out) as write, self._transaction() as conn:
            known = _known(conn)
            if everybody:
                names = [name for name in known if (name in there) is has_one]
            names = list(dict.fromkeys(names))
            for name in names:
                self._check_not_ours(name)
                if name not in known:
                    raise NotFound("sensor in the catalogue", name)
            if wrong := [name for name in names if (name in there) is not has_one]:
                raise RuleBroken("password", _REFUSALS[has_one].format(_listed(wrong)))
            given = [Given(name, known[name].kind, secrets.token_hex(24)) for name in names]
            lines = {one.sensor_id: _line(one.sensor_id, one.password) for one in given}
            marks = [(name, passwords.mark(entry)) for name, entry in lines.items()]
            note = device_credentials.rotate if has_one else device_credentials.give
            note(conn, marks, on_record(), datetime.now(UTC), why)
            if write is not None:
                prefix = self._where.settings.topic_prefix
                write(provisioning.row(one.sensor_id, one.kind, one.password, prefix) for one in given)
            if given:
                self._replace(lines)
        return given

    def revoke(self, names: Sequence[str], why: str) -> list[str]:
        """Returns who had a password until now. Raises NotFound for a name that neither a user nor a sensor has."""
        there = passwords.users(self._file.text)
        with self._transaction() as conn:
            known = _known(conn)
            for name in names:
                self._check_not_ours(name)
                if name not in there and name not in known:
                    raise NotFound("user of the broker or sensor", name)
            gone = [name for name in dict.fromkeys(names) if name in there or _is_on_record(known.get(name))]
            if gone:
                device_credentials.revoke(conn, gone, on_record(), datetime.now(UTC), why)
                self._replace({}, gone)
        return gone

    def confirm(self) -> str:
        """Has the broker read its file, and waits for it; what to say then. Raises ServiceError when it has not."""
        if self._witness is None:
            return ""
        if self._where.pid_file is not None:
            broker_witness.signal_process(self._where.pid_file)
        if not self._where.settings.mqtt_url:
            return "the broker goes by it when it has read its file again; CITYHUB_MQTT_URL would say when"
        broker = self._where.settings.broker()
        at = f"the broker at {broker.host}:{broker.port}"
        match broker_witness.ask(broker, self._witness, broker_witness.PATIENCE_S):
            case "read":
                return f"{at} goes by it"
            case "anybody":
                return f"{at} lets anybody in: it does not read {self._file.path}"
            case "silent":
                raise ServiceError(
                    f"{at} does not answer; {self._file.path} is as it should be, for its next start"
                )
            case "unread":
                raise ServiceError(
                    f"{at} has not read {self._file.path} yet: send it HUP (`docker compose kill -s HUP mosquitto`)"
                )

    @contextmanager
    def _transaction(self) -> Iterator[psycopg.Connection]:
        """A transaction; the file is put back unless that is committed."""
        try:
            with connect(self._where.settings.require("database_url"), "cityhub-device") as conn:
                yield conn
        except BaseException:
            if self._witness is not None:
                self._file.put_back()
                self._witness = None
            raise

    def _replace(self, lines: Mapping[str, str], gone: Collection[str] = ()) -> None:
        self._witness = secrets.token_hex(24)
        witness = {passwords.WITNESS: _line(passwords.WITNESS, self._witness)}
        self._file.replace(passwords.changed(self._file.text, {**lines, **witness}, gone))

    def _check_not_ours(self, name: str) -> None:
        if passwords.is_hubs_own(name, self._where.settings.topic_prefix):
            raise RuleBroken("name", f"{name} is a user of the hub's own: `deploy/prepare` looks after it")


@contextmanager
def desk(where: Place) -> Iterator[Desk]:
    """Opens the file for changes; raises ServiceError."""
    with broker_file.held(where.file) as file:
        yield Desk(where, file)


def standing(where: Place) -> list[Standing]:
    """Every sensor of the catalogue and every other user of the broker that is not the hub's own, by name."""
    there = passwords.users(broker_file.read(where.file))
    with connect(where.settings.require("database_url"), "cityhub-device") as conn:
        known = _known(conn)
    found = [
        Standing(name, passwords.state(there.get(name), one.mark, is_revoked=one.revoked_at is not None), one)
        for name, one in known.items()
    ]
    prefix = where.settings.topic_prefix
    strangers = [name for name in there if name not in known and not passwords.is_hubs_own(name, prefix)]
    return sorted(
        (*found, *(Standing(name, "stranger", None) for name in strangers)), key=lambda one: one.name
    )


def _known(conn: psycopg.Connection) -> dict[str, device_credentials.Known]:
    return {one.sensor_id: one for one in device_credentials.all(conn)}


def _is_on_record(known: device_credentials.Known | None) -> bool:
    return known is not None and known.given_at is not None and known.revoked_at is None


def _line(name: str, password: str) -> str:
    return passwords.line(name, password, os.urandom(passwords.SALT_BYTES))


def _listed(names: Sequence[str], most: int = 5) -> str:
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more
