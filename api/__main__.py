"""`python -m api`: the HTTP server."""

import contextlib
import sys

from api.server import serve
from cityhub import config, logs
from cityhub.config import Settings
from cityhub.errors import CityHubError
from cityhub.logs import get_logger


def main(settings: Settings | None = None, host: str | None = None, port: int | None = None) -> None:
    """Serve until interrupted; `host` and `port` go before the settings. Raises CityHubError when it cannot start."""
    settings = settings or config.settings()
    logs.configure(settings, "api")
    host = settings.api_host if host is None else host
    port = settings.api_port if port is None else port
    get_logger().info("api starts", host=host, port=port)
    with contextlib.suppress(KeyboardInterrupt):
        serve(settings, host, port)


if __name__ == "__main__":
    try:
        main()
    except CityHubError as error:
        sys.exit(f"api: {error}")
