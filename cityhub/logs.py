"""Logging: JSON lines in production, readable on a terminal; what looks like a secret is masked on the way out."""

import io
import logging
import re
import sys
import threading
import warnings
from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager
from types import TracebackType
from typing import Any, TextIO

from cityhub.config import Settings
from cityhub.masking import MASK, mask


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
# What all lines of a request's task, or within a block, say as well; threads that work for it included.
in_every_line = structlog.contextvars.bind_contextvars
in_lines_of_block = structlog.contextvars.bound_contextvars
_SECRET_KEYS = ("password", "secret", "token", "api_key", "plate", "phone")
_PYTHONS_OWN = warnings.showwarning
# The database quotes the values of the row that it refuses.
_QUOTED = re.compile(
    r"^(DETAIL|CONTEXT|QUERY|STATEMENT):.*?(?=^(?:The above exception|During handling|Traceback)|\Z)",
    re.MULTILINE | re.DOTALL,
)


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
        structlog.dev.ConsoleRenderer(exception_formatter=_masked_traceback)
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
    # Driver and server chatter is worth reading only when something is wrong; some of it tells every URL asked.
    for chatty in ("uvicorn.access", "psycopg.pool", "httpx", "httpcore", "urllib3"):
        logging.getLogger(chatty).setLevel(max(level, logging.WARNING))
    _log_what_nobody_caught()


def _log_what_nobody_caught() -> None:
    """Python would print it as it is, beside the log: errors, those of destructors too, and warnings."""
    log = structlog.get_logger()

    def told(kind: type[BaseException], error: BaseException | None, traceback: TracebackType | None) -> None:
        if issubclass(kind, KeyboardInterrupt):
            sys.__excepthook__(kind, error or kind(), traceback)
        elif not issubclass(kind, SystemExit):
            log.error("unexpected", exc_info=(kind, error, traceback))

    def warned(
        message: Warning | str,
        category: type[Warning],
        filename: str,
        lineno: int,
        *_: object,
        **_more: object,
    ) -> None:
        log.warning("python warns", category=category.__name__, said=str(message), at=f"{filename}:{lineno}")

    # Whoever has put something in their place, such as a test runner, has a use for it.
    if sys.excepthook is sys.__excepthook__:
        sys.excepthook = told
    if threading.excepthook is threading.__excepthook__:
        threading.excepthook = lambda found: told(found.exc_type, found.exc_value, found.exc_traceback)
    if sys.unraisablehook is sys.__unraisablehook__:
        sys.unraisablehook = lambda found: told(found.exc_type, found.exc_value, found.exc_traceback)
    if warnings.showwarning is _PYTHONS_OWN:
        warnings.showwarning = warned


def _masked_traceback(out: TextIO, found: structlog.typing.ExcInfo) -> None:
    text = io.StringIO()
    structlog.dev.plain_traceback(text, found)
    out.write(_without_secrets(text.getvalue()))


def _without_secrets(text: str) -> str:
    return mask(_QUOTED.sub(rf"\1: {MASK}\n", text))


def _mask(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    for key, value in event.items():
        if any(secret in key.lower() for secret in _SECRET_KEYS):
            event[key] = MASK
        elif isinstance(value, str):
            event[key] = _without_secrets(value)
    return event
