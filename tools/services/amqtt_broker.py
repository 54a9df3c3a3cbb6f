"""The embedded MQTT 3.1.1 broker, a process of its own: `python -m tools.services.amqtt_broker PORT`.

For who can have neither Mosquitto nor containers. It keeps sessions while it runs, not on disk, and has no
shared subscriptions.
"""

import asyncio
import logging
import signal
import sys
from pathlib import Path

from cityhub.errors import ServiceError
from tools.services.ports import wait_until_answers
from tools.services.processes import Running, last_lines, start

MQTT_VERSION = "3.1.1"


def start_broker(port: int, log: Path, dies_with_parent: bool) -> Running:
    """Starts the broker on 127.0.0.1:`port` and waits until it takes connections; raises ServiceError."""
    running = start(
        [sys.executable, "-m", "tools.services.amqtt_broker", str(port)],
        log,
        dies_with_parent=signal.SIGTERM if dies_with_parent else None,
    )
    if not wait_until_answers(port, 20, running.alive):
        running.stop()
        raise ServiceError(f"the embedded broker did not start: {last_lines(log, 2)}")
    return running


async def serve(port: int) -> None:
    """Serves until SIGTERM or SIGINT."""
    from amqtt.broker import Broker  # noqa: PLC0415 - only this process needs it

    broker = Broker(
        {
            "listeners": {"default": {"type": "tcp", "bind": f"127.0.0.1:{port}"}},
            "plugins": {"tools.services.amqtt_guests.GuestsPlugin": {}},
        }
    )
    await broker.start()
    enough = asyncio.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(name, enough.set)
    await enough.wait()
    await broker.shutdown()


def main() -> None:
    """The program's entry."""
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    asyncio.run(serve(int(sys.argv[1])))


if __name__ == "__main__":
    main()
