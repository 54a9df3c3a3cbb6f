"""Passwords of the siege's sensors, by the command that gives them in production."""

import csv
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from cityhub.errors import ServiceError
from tools.services.production_broker import ProductionBroker


@dataclass(frozen=True, slots=True)
class Devices:
    """`./hub device` for one running broker. `folder`: for its files."""

    broker: ProductionBroker
    database_url: str
    folder: Path

    def give(self) -> dict[str, str]:
        """Passwords by sensor, for all of the catalogue; raises ServiceError."""
        out = self.folder / "passwords.csv"
        self._run("add", "--all", "--csv", str(out))
        with out.open(newline="") as file:
            return {row["username"]: row["password"] for row in csv.DictReader(file)}

    def rotate(self, sensor: str) -> str:
        """Another password for it. Returns what went wrong, empty when the broker goes by it."""
        try:
            self._run("rotate", sensor)
        except ServiceError as exc:
            return str(exc)
        return ""

    def _run(self, *arguments: str) -> None:
        running = self.broker.running
        if running is None:
            raise ServiceError("the siege's broker does not run")
        number = self.folder / "mosquitto.pid"
        number.write_text(str(running.pid))
        files = ["--password-file", str(self.broker.folder / "secrets/passwords"), "--pid-file", str(number)]
        done = subprocess.run(  # noqa: S603 - our own program
            [sys.executable, "-m", "tools", "device", *arguments, *files],
            capture_output=True,
            text=True,
            check=False,
            env=os.environ
            | {
                "CITYHUB_DATABASE_URL": self.database_url,
                "CITYHUB_MQTT_URL": f"mqtt://127.0.0.1:{self.broker.port}",
            },
        )
        if done.returncode != 0:
            raise ServiceError(f"./hub device {arguments[0]}: {done.stderr.strip()}")
