"""The span of each beat, and how tracing ends; OpenTelemetry is imported only where there is a tracer."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING

from heartbeat.store.views import BeatView
from heartbeat.text import utc
from heartbeat.vocabulary import BeatStatus

if TYPE_CHECKING:
    from opentelemetry.trace import Span, Tracer


@dataclass(frozen=True)
class End:
    """How traces end: ``send`` waits until all are sent, ``cut`` lets it give up."""

    send: Callable[[], object]
    cut: Callable[[], object] = lambda: None


class NoTracing:
    """Traces nothing."""

    def beat(self, thread_id: str, beat_id: int) -> AbstractContextManager[None]:
        """Run a beat as it is."""
        return nullcontext()

    def finished(self, beat: BeatView) -> None:
        """Note nothing."""


@dataclass(frozen=True)
class Tracing(NoTracing):
    """Gives each beat a span; those of LangGraph and of the model lie in it."""

    tracer: Tracer

    def beat(self, thread_id: str, beat_id: int) -> AbstractContextManager[None]:
        """Run a beat in its span."""
        return self._beat(thread_id, beat_id)

    @contextmanager
    def _beat(self, thread_id: str, beat_id: int) -> Iterator[None]:
        attributes: dict[str, str | int] = {"heartbeat.thread": thread_id, "heartbeat.beat": beat_id}
        with self.tracer.start_as_current_span(
            "beat", attributes=attributes, record_exception=False, set_status_on_exception=False
        ) as span:
            token = _span.set(span)
            try:
                yield
            finally:
                _span.reset(token)

    def finished(self, beat: BeatView) -> None:
        """Note on the span of the running beat what it came to."""
        from opentelemetry.trace import StatusCode

        span = _span.get()
        if span is None:
            return  # stopped at admission: there was no run
        span.set_attributes({"heartbeat.trigger": beat.trigger, "heartbeat.status": beat.status})
        if beat.slot is not None:
            span.set_attribute("heartbeat.slot", utc(beat.slot))
        if beat.reason is not None:
            span.set_attribute("heartbeat.reason", beat.reason)
        if beat.status == BeatStatus.FAILED:
            span.set_status(StatusCode.ERROR, beat.summary)


_span: ContextVar[Span | None] = ContextVar("heartbeat_span", default=None)
