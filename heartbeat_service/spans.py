"""The span of each beat, and the shutdown of tracing; OpenTelemetry is imported only if there is a tracer."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from heartbeat.store.views import BeatView
from heartbeat.text import utc
from heartbeat.vocabulary import BeatStatus

if TYPE_CHECKING:
    from opentelemetry.trace import Span, Tracer


@dataclass(frozen=True)
class End:
    """The shutdown of an exporter: ``send`` blocks until all traces are sent, ``cut`` makes ``send`` give up."""

    send: Callable[[], object]
    cut: Callable[[], object] = lambda: None


class NoTracing:
    """Traces nothing."""

    def beat(self, thread_id: str, beat_id: int) -> AbstractContextManager[None]:
        """Return a context manager that does nothing."""
        return nullcontext()

    def finished(self, beat: BeatView) -> None:
        """Record nothing."""


@dataclass(frozen=True)
class Tracing(NoTracing):
    """Opens a span for each beat, the parent of the spans of LangGraph and the model."""

    tracer: Tracer

    def beat(self, thread_id: str, beat_id: int) -> AbstractContextManager[None]:
        """Return a context manager that opens the span of a beat."""
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
        """Record the outcome on the span of the running beat."""
        from opentelemetry.trace import StatusCode

        span = _span.get()
        if span is None:
            return  # refused at admission, so there was no run
        span.set_attributes({"heartbeat.trigger": beat.trigger, "heartbeat.status": beat.status})
        if beat.slot is not None:
            span.set_attribute("heartbeat.slot", utc(beat.slot))
        if beat.reason is not None:
            span.set_attribute("heartbeat.reason", beat.reason)
        if beat.status == BeatStatus.FAILED:
            span.set_status(StatusCode.ERROR, None if beat.private else beat.summary)


_span: ContextVar[Span | None] = ContextVar("heartbeat_span", default=None)


@contextmanager
def hidden_from_langsmith() -> Iterator[None]:
    """Let LangSmith, where it traces, see of the runs in this context neither inputs nor outputs."""
    if not langsmith_traces():
        yield
        return
    from langsmith import tracing_context

    with tracing_context(client=silent_client()):
        yield


@cache
def silent_client() -> Any:
    """Return the client of LangSmith that sends neither inputs nor outputs."""
    from langsmith import Client

    return Client(hide_inputs=True, hide_outputs=True)


def langsmith_traces() -> bool:
    """Return whether the environment lets LangSmith trace."""
    return any(os.environ.get(name, "").lower() == "true" for name in _LANGSMITH)


_LANGSMITH = ("LANGSMITH_TRACING", "LANGSMITH_TRACING_V2", "LANGCHAIN_TRACING", "LANGCHAIN_TRACING_V2")
