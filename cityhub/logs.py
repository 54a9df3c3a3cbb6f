"""Logging: JSON lines in production, readable on a terminal; passwords in URLs are masked on the way out."""

import logging
import sys
from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager
from typing import Any

from cityhub.config import Settings, mask_url


@contextmanager
def _unseen(package: str) -> Iterator[None]:
    """Within the block `package` is as if it were not installed, unless it is loaded already."""
    if package in sys.modules:
        yield
        return
    sys.modules[package] = None  # type: ignore[assignment]  # an import of it now fails
    try:
        yield
    finally:
        del sys.modules[package]


# Rich would be loaded for tracebacks in colour, which the hub does not print: a sixth of what ingest imports, in time.
with _unseen("rich"):
    import structlog

get_logger = structlog.get_logger
_SECRET_KEYS = ("password", "secret", "token", "api_key", "plate")


def configure(settings: Settings, program: str) -> None:
    """Send structlog and standard logging of this process to stderr in one format; `program` is in every line."""
    to_terminal = settings.log_format == "console" or (settings.log_format == "auto" and sys.stderr.isatty())

    def name_program(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        # Not a context variable: those belong to one thread, and paho logs on its own.
        event["program"] = program
        return event

    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        name_program,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
    ]
    renderer: structlog.typing.Processor = (
        # The default would print local variables with a traceback, and those may hold URLs with passwords.
        structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
        if to_terminal
        else structlog.processors.JSONRenderer(ensure_ascii=False)
    )
    if not to_terminal:
        shared.append(structlog.processors.format_exc_info)
    # After the traceback is text: it may quote a URL.
    shared.append(_mask)
    level = getattr(logging, settings.log_level.upper())
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    # Driver and server chatter is worth reading only when something is wrong.
    for chatty in ("uvicorn.access", "psycopg.pool"):
        logging.getLogger(chatty).setLevel(max(level, logging.WARNING))


def _mask(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    for key, value in event.items():
        if any(secret in key.lower() for secret in _SECRET_KEYS):
            event[key] = "***"
        elif isinstance(value, str) and ("://" in value or "password=" in value):
            event[key] = mask_url(value)
    return event
