"""Several ingestors on one machine: processes that share the messages, each with a session of its own.

The first has the client id of a lone ingestor, so that going from one to several and back leaves no session behind.
"""

import os
import signal
import subprocess
import sys
import time
from types import FrameType

import structlog

from cityhub.config import Settings
from cityhub.errors import ServiceError
from cityhub.services.processes import dying_with_parent

_log = structlog.get_logger()

MOST = 8
_RESTART_S = 0.5
_PATIENCE_S = 20


def run(config: Settings, count: int) -> None:
    """Run `count` ingestors until SIGTERM or ctrl-C; one that ends is started again, its session waits for it.

    Raises ServiceError when the broker cannot share messages, or when a worker cannot begin.
    """
    if config.mqtt_version != "5":
        raise ServiceError(
            "several ingestors need shared subscriptions (MQTT 5), this broker speaks MQTT 3.1.1:"
            " run it without --workers"
        )
    stopping = False

    def stop(_number: int, _frame: FrameType | None) -> None:
        nonlocal stopping
        stopping = True

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    workers = {number: _start(config, number) for number in range(1, count + 1)}
    # After the others took over: what a former run with more workers left at the broker.
    leaving = _start(config, count + 1, "ingest.leaving")
    try:
        while not stopping:
            time.sleep(0.1)
            for number, worker in workers.items():
                if worker.poll() is not None and not stopping:
                    _log.error(
                        "a worker ended and is started again", worker=number, exit_code=worker.returncode
                    )
                    time.sleep(_RESTART_S)
                    workers[number] = _start(config, number)
    finally:
        processes = [*workers.values(), leaving]
        for process in processes:
            process.terminate()
        for process in processes:
            try:
                process.wait(_PATIENCE_S)
            except subprocess.TimeoutExpired:
                process.kill()


def client_id(config: Settings, number: int) -> str:
    """The MQTT client id of worker `number`, which begins at 1."""
    return config.ingest_client_id if number == 1 else f"{config.ingest_client_id}-{number}"


def _start(config: Settings, number: int, module: str = "ingest") -> "subprocess.Popen[bytes]":
    port = config.ingest_metrics_port
    environment = {
        **os.environ,
        "CITYHUB_INGEST_CLIENT_ID": client_id(config, number)
        if module == "ingest"
        else config.ingest_client_id,
        "CITYHUB_INGEST_SHARED": "true",
        "CITYHUB_INGEST_METRICS_PORT": str(port + number - 1 if port else 0),
    }
    return subprocess.Popen(  # noqa: S603 - fixed programs
        [sys.executable, "-m", module, str(number)],
        env=environment,
        stdin=subprocess.DEVNULL,
        preexec_fn=dying_with_parent(signal.SIGTERM),  # noqa: PLW1509 - no threads run here
    )
