"""Traces for OpenTelemetry, where CITYHUB_OTLP_URL names a collector (OTLP over HTTP); without it nothing is loaded.

Of a request and of a job one span each, told when it is over. What a span says comes from closed lists and from the hub
itself: routes, not addresses; tasks, not their arguments. Nothing of what people sent: plates, tokens, queries.
"""

import threading
from collections.abc import Mapping
from importlib.util import find_spec
from typing import TYPE_CHECKING

import cityhub
from cityhub.config import Settings
from cityhub.errors import SettingsError

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider

# What is not told by then is lost: a collector that is away holds up no end of a process.
GRACE_S = 3.0
_TIMEOUT_S = 5


class Tracing:
    """Tells a collector of spans, in the background. To be closed."""

    def __init__(self, provider: "TracerProvider") -> None:
        # Ours alone. As the provider of the whole process, FastAPI would tell of paths and queries by itself.
        self._provider = provider
        self._tracer = provider.get_tracer("cityhub", cityhub.__version__)

    @classmethod
    def of(cls, settings: Settings, program: str) -> "Tracing | None":
        """None without a collector. It takes a third of a second and a thread. Raises SettingsError."""
        check(settings)
        if not settings.otlp_url:
            return None
        # Nobody waits for it who has no collector.
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter  # noqa: PLC0415
        from opentelemetry.sdk.resources import Resource  # noqa: PLC0415
        from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415
        from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415

        resource = Resource.create(
            {"service.namespace": "cityhub", "service.name": program, "service.version": cityhub.__version__}
        )
        endpoint = f"{settings.otlp_url.get_secret_value().rstrip('/')}/v1/traces"
        provider = TracerProvider(resource=resource, shutdown_on_exit=False)
        provider.add_span_processor(
            BatchSpanProcessor(OTLPSpanExporter(endpoint=endpoint, timeout=_TIMEOUT_S))
        )
        return cls(provider)

    def request(self, method: str, route: str, status: int, request_id: str, began_ns: int) -> None:
        """A request that was answered with `status` (0: not at all); `route`: as the application declares it."""
        told: dict[str, str | int] = {
            "http.request.method": method,
            "http.route": route,
            "cityhub.request_id": request_id,
        }
        if status:
            told["http.response.status_code"] = status
        failed = str(status) if status >= 500 else None if status else "no answer"
        self._tell(f"{method} {route}", began_ns, told, failed, is_request=True)

    def job(self, task: str, id: int | None, run: int, began_ns: int, failed: str | None) -> None:
        """A run of a job that ended; `failed`: the kind of what went wrong."""
        told: dict[str, str | int] = {"cityhub.task": task, "cityhub.job": id or 0, "cityhub.run": run}
        self._tell(f"job {task}", began_ns, told, failed, is_request=False)

    def close(self) -> None:
        """Tell what is left, for GRACE_S at most."""
        ending = threading.Thread(target=self._provider.shutdown, daemon=True)
        ending.start()
        ending.join(GRACE_S)

    def _tell(
        self,
        name: str,
        began_ns: int,
        told: Mapping[str, str | int],
        failed: str | None,
        *,
        is_request: bool,
    ) -> None:
        from opentelemetry.context import Context  # noqa: PLC0415
        from opentelemetry.trace import SpanKind, StatusCode  # noqa: PLC0415

        kind = SpanKind.SERVER if is_request else SpanKind.CONSUMER
        # Of no trace of anybody else: what strangers send decides nothing about what is kept.
        span = self._tracer.start_span(
            name, context=Context(), kind=kind, start_time=began_ns, attributes=told
        )
        if failed is not None:
            span.set_attribute("error.type", failed)
            span.set_status(StatusCode.ERROR)
        span.end()


def check(settings: Settings) -> None:
    """Raises SettingsError where a collector is named and OpenTelemetry is not installed."""
    if settings.otlp_url and (
        find_spec("opentelemetry.sdk") is None or find_spec("opentelemetry.exporter") is None
    ):
        raise SettingsError(
            "CITYHUB_OTLP_URL is set, but OpenTelemetry is not installed: install requirements-otel.lock"
        )
