"""The HTTP server around the application: uvicorn with one worker, that ends live streams when told to stop."""

import os
import socket

import uvicorn
from fastapi import FastAPI

from api.app import create_app
from api.connection import Connection
from cityhub.config import Settings
from cityhub.errors import ServiceError

# Open downloads get so long to finish; live streams end at once.
SHUTDOWN_S = 5
BACKLOG = 2048


class Server(uvicorn.Server):
    """Closes the feed first: a live stream would otherwise hold up the shutdown until its time is over."""

    def __init__(self, app: FastAPI) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                loop="uvloop",
                http=Connection,
                ws="none",
                access_log=False,
                log_config=None,
                server_header=False,
                backlog=BACKLOG,
                timeout_graceful_shutdown=SHUTDOWN_S,
            )
        )
        self._app = app

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop listening, end the streams, let the other requests finish."""
        self._app.state.hub.feed.close()
        await super().shutdown(sockets)


def bind(host: str, port: int) -> socket.socket:
    """A listening socket; port 0 takes a free one. Raises ServiceError when that cannot be had."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=BACKLOG)
    except OSError as exc:
        raise ServiceError(
            f"cannot listen on {host} port {port}: {_reason(exc)};"
            " stop the other program or choose another port (--port, CITYHUB_API_PORT)"
        ) from exc


def _reason(exc: OSError) -> str:
    # The text of a failed name lookup has a numbering of its own.
    return str(exc.strerror) if exc.errno is None or exc.errno < 0 else os.strerror(exc.errno)


def serve(settings: Settings, host: str, port: int) -> None:
    """Serve until SIGINT or SIGTERM. Raises SettingsError without a database and ServiceError without a port."""
    app = create_app(settings)
    listening = bind(host, port)
    try:
        Server(app).run(sockets=[listening])
    finally:
        listening.close()
