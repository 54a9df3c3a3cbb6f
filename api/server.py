"""The HTTP server around the application: uvicorn with one worker, that ends live streams when told to stop."""

import socket
import sys

import uvicorn
from fastapi import FastAPI

from api.app import create_app
from api.connection import Connection
from cityhub.config import Settings
from cityhub.listening import listen

# Threads that work in Python, for downloads and for what is shown, let the event loop go on after so long at most.
# By itself Python makes it wait 5 ms for each of them, several times a request.
SWITCH_S = 0.0005
# Open downloads get so long to finish; live streams end at once.
SHUTDOWN_S = 5
BACKLOG = 2048
_ADVICE = (
    "stop the other program there or choose another host and port"
    " (--host, --port, CITYHUB_API_HOST, CITYHUB_API_PORT)"
)


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
        self._app.state.hub.console.close()
        await super().shutdown(sockets)


def serve(settings: Settings, host: str, port: int) -> None:
    """Serve until SIGINT or SIGTERM. Raises SettingsError without a database and ServiceError without a port."""
    sys.setswitchinterval(SWITCH_S)
    app = create_app(settings)
    listening = listen(host, port, _ADVICE, backlog=BACKLOG)
    try:
        Server(app).run(sockets=[listening])
    finally:
        listening.close()
