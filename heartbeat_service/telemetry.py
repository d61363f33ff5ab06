"""OpenTelemetry set up from its standard variables, with secrets masked. Needs the extra ``otel``."""

from __future__ import annotations

import os
from collections.abc import Sequence
from importlib.metadata import entry_points
from typing import Any
from weakref import WeakSet

from openinference.instrumentation import TraceConfig
from openinference.instrumentation.langchain import LangChainInstrumentor
from opentelemetry import trace
from opentelemetry.sdk.resources import SERVICE_NAME, SERVICE_VERSION, Resource
from opentelemetry.sdk.trace import Event, ReadableSpan, Span, SpanLimits, SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.trace import Status
from opentelemetry.util.types import Attributes

import heartbeat
from heartbeat.instructions import mask_secrets
from heartbeat.secrecy import is_private
from heartbeat_service.spans import End, Tracing

LONGEST_VALUE = 8_192
"""Characters of one attribute; masking and sending each node's whole state would take longer than the beat."""
_NAMES = {SERVICE_NAME: "heartbeat", SERVICE_VERSION: heartbeat.__version__}
_LIMITS = ("OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT", "OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT")
_PROTOCOLS = ("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL")
_OTLP = {"http/protobuf": "otlp_proto_http", "grpc": "otlp_proto_grpc"}


class TelemetryError(Exception):
    """An exporter named by a variable cannot be made; the message names both."""


def start(exporters: Sequence[str]) -> tuple[Tracing, End]:
    """Return tracing with the named exporters, and its shutdown.

    In an app that has set up OpenTelemetry itself, the app's exporters are used and not shut down.

    Raises:
        TelemetryError: an exporter cannot be made.
    """
    provider = trace.get_tracer_provider()
    made = [] if isinstance(provider, TracerProvider) else [Masking(_exporter(name)) for name in exporters]
    own = _provider(made) if made else None
    used = own or provider
    if isinstance(provider, TracerProvider):
        _shield(provider)
    instrumentor = LangChainInstrumentor()
    instruments = not instrumentor.is_instrumented_by_opentelemetry
    if instruments:
        instrumentor.instrument(tracer_provider=used, config=Hiding())

    def send() -> None:
        if instruments:
            instrumentor.uninstrument()
        if own is not None:
            own.shutdown()

    def cut() -> None:
        # A processor cannot be interrupted, and waits for an exporter that retries; so the exporters are shut down.
        for exporter in made:
            exporter.shutdown()

    return Tracing(used.get_tracer("heartbeat", heartbeat.__version__)), End(send, cut)


_HARMLESS = ("openinference.", "llm.token_count.", "llm.model_name", "llm.provider", "llm.system", "session.")
"""Beginnings of the names of attributes that hold no text of what a run works on."""


class Hiding(TraceConfig):
    """Leaves out of the spans of runs that work on something private all that may hold a text of it."""

    def mask(self, key: str, value: Any, *, externalize: bool = True) -> Any:
        """Return the value that is recorded, None for none."""
        if is_private() and not key.startswith(_HARMLESS):
            return None
        return super().mask(key, value, externalize=externalize)


class _Noting(SpanProcessor):
    """Notes at the end of a span whether its run works on something private; its errors are left out then."""

    def on_end(self, span: ReadableSpan) -> None:
        """Note the span."""
        if is_private() and span.context is not None:
            _quiet[span.context.span_id] = None
            while len(_quiet) > _KEPT:
                del _quiet[next(iter(_quiet))]


class Shield(SpanProcessor):
    """Takes the texts of errors out of the spans of private runs, for the exporters of an app."""

    def _on_ending(self, span: Span) -> None:
        # Called before any processor is given the span, and the only call that may still change it.
        if is_private():
            span._events = [Event(each.name, {}, each.timestamp) for each in span.events]
            span._status = Status(span.status.status_code)


def _shield(provider: TracerProvider) -> None:
    """Add a shield to the provider of an app, once."""
    if provider not in _shielded:
        _shielded.add(provider)
        provider.add_span_processor(Shield())


_shielded: WeakSet[TracerProvider] = WeakSet()
_quiet: dict[int, None] = {}
"""Ids of the last spans of private runs that have ended; there are more than wait to be exported."""
_KEPT = 10_000


def _provider(exporters: Sequence[SpanExporter]) -> TracerProvider:
    limits = SpanLimits() if any(os.environ.get(name) for name in _LIMITS) else _short()
    resource = Resource.create({} if _names_itself() else _NAMES)
    # `End` shuts it down; an exit hook of the interpreter would wait for an unreachable collector.
    provider = TracerProvider(resource=resource, span_limits=limits, shutdown_on_exit=False)
    provider.add_span_processor(_Noting())
    for exporter in exporters:
        provider.add_span_processor(BatchSpanProcessor(exporter))
    return provider


def _names_itself() -> bool:
    given = os.environ.get("OTEL_RESOURCE_ATTRIBUTES", "")
    return bool(os.environ.get("OTEL_SERVICE_NAME")) or "service.name=" in given


def _short() -> SpanLimits:
    return SpanLimits(max_span_attribute_length=LONGEST_VALUE)


def _exporter(name: str) -> SpanExporter:
    variable, plugin = "OTEL_TRACES_EXPORTER", name
    if name == "otlp":
        protocol = next((os.environ[each] for each in _PROTOCOLS if os.environ.get(each)), "http/protobuf")
        variable, plugin = "OTEL_EXPORTER_OTLP_PROTOCOL", _OTLP.get(protocol, protocol)
    found = list(entry_points(group="opentelemetry_traces_exporter", name=plugin))
    if not found:
        known = ", ".join(sorted({each.name for each in entry_points(group="opentelemetry_traces_exporter")}))
        raise TelemetryError(
            f"{variable} asks for {plugin!r:.60}, which is not installed; installed: {known}"
        )
    try:
        exporter: SpanExporter = found[0].load()()
    except Exception as error:
        raise TelemetryError(mask_secrets(f"{variable}: {plugin} cannot be made: {error}")) from error
    return exporter


class Masking(SpanExporter):
    """Masks secrets in spans before another exporter sends them."""

    def __init__(self, exporter: SpanExporter) -> None:
        self._exporter = exporter
        self._over = False

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Export copies of the spans with secrets masked."""
        if self._over:
            return SpanExportResult.FAILURE
        return self._exporter.export([_masked(span, quiet=_is_quiet(span)) for span in spans])

    def shutdown(self) -> None:
        """Shut the exporter down once; later exports fail."""
        over, self._over = self._over, True
        if not over:
            self._exporter.shutdown()

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        """Flush the exporter."""
        return self._exporter.force_flush(timeout_millis)


def _is_quiet(span: ReadableSpan) -> bool:
    return span.context is not None and span.context.span_id in _quiet


def _masked(span: ReadableSpan, *, quiet: bool) -> ReadableSpan:
    said = None if quiet else span.status.description
    return ReadableSpan(
        name=span.name,
        context=span.context,
        parent=span.parent,
        resource=span.resource,
        attributes=_clean(span.attributes),
        events=[
            Event(each.name, {} if quiet else _clean(each.attributes), each.timestamp) for each in span.events
        ],
        links=span.links,
        kind=span.kind,
        status=Status(span.status.status_code, mask_secrets(said) if said else None),
        start_time=span.start_time,
        end_time=span.end_time,
        instrumentation_scope=span.instrumentation_scope,
    )


def _clean(attributes: Attributes) -> Attributes:
    return {
        name: mask_secrets(value) if isinstance(value, str) else value
        for name, value in (attributes or {}).items()
    }
