"""A Mosquitto broker of our own, for development and tests: local, without passwords, its queue on disk."""

import os
import signal
from dataclasses import dataclass
from pathlib import Path

from cityhub.errors import ServiceError
from tools.services.ports import wait_until_answers
from tools.services.processes import Running, Surroundings, last_lines, start

# Mosquitto drops queued messages past 1000 and keeps its queue only in memory unless told otherwise.
_CONFIGURATION = """\
listener {port} 127.0.0.1
allow_anonymous true
persistence true
persistence_location {folder}/
autosave_interval 10
max_queued_messages 0
max_queued_bytes 0
max_inflight_messages 0
set_tcp_nodelay true
log_dest stderr
log_type error
log_type warning
log_type notice
"""


@dataclass(frozen=True, slots=True)
class Broker:
    """Where the broker's program and data are."""

    program: Path
    data: Path
    surroundings: Surroundings
    log: Path
    port: int

    def start(self, dies_with_parent: bool) -> Running:
        """Starts the broker and waits until it takes connections; raises ServiceError."""
        self.data.mkdir(parents=True, exist_ok=True)
        inside = self.surroundings.inside
        configuration = self.data / "mosquitto.conf"
        configuration.write_text(_CONFIGURATION.format(port=self.port, folder=inside(self.data)))
        for path in (self.data, configuration):
            path.chmod(0o700 if path.is_dir() else 0o600)
            if self.surroundings.uid is not None and self.surroundings.gid is not None:
                os.chown(path, self.surroundings.uid, self.surroundings.gid)
        running = start(
            [inside(self.program), "-c", inside(configuration)],
            self.log,
            surroundings=self.surroundings,
            env={"PATH": "/usr/bin:/bin"},
            dies_with_parent=signal.SIGTERM if dies_with_parent else None,
        )
        if not wait_until_answers(self.port, 20, running.alive):
            running.stop()
            raise ServiceError(f"Mosquitto did not start: {last_lines(self.log, 3)}")
        return running
