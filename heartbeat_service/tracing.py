"""Tracing of beats, configured by the standard OTEL_ variables; needs the extra ``otel``.

LangSmith needs no setup here: LangGraph reads LANGSMITH_TRACING and its other variables itself.
"""

from __future__ import annotations

import asyncio
import importlib.util
import logging
import os
import threading
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager

from heartbeat_service.spans import End, NoTracing, langsmith_traces, silent_client

FLUSH = 5.0
"""Seconds that a stopping process waits for unsent traces."""
CUT = 1.0
"""Further seconds that an exporter has to end after it was told to give up."""
ENDPOINTS = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
REMEDY = (
    'Traces are asked for by OTEL_ variables, but cannot be made; pip install "langgraph-heartbeat[otel]".'
)
_NEEDED = (
    "opentelemetry.sdk",
    "opentelemetry.exporter.otlp.proto.http",
    "openinference.instrumentation.langchain",
)

logger = logging.getLogger("heartbeat")


def wanted(environ: Mapping[str, str]) -> tuple[str, ...]:
    """Return the exporters that the OTEL_ variables name; an empty tuple means no tracing."""
    if environ.get("OTEL_SDK_DISABLED", "").strip().lower() == "true":
        return ()
    default = "otlp" if any(environ.get(name) for name in ENDPOINTS) else ""
    names = environ.get("OTEL_TRACES_EXPORTER", "").strip() or default
    return tuple(name.strip() for name in names.split(",") if name.strip() not in {"", "none"})


@asynccontextmanager
async def open_tracing() -> AsyncIterator[NoTracing]:
    """Trace beats while the context is open, if the environment asks for it.

    On exit, unsent traces are sent for at most ``FLUSH`` seconds, then dropped. Errors in the variables are logged,
    and the beats run without tracing.
    """
    tracing, ends = await asyncio.to_thread(_start)
    ends += _langsmith()
    try:
        yield tracing
    finally:
        if ends:
            await _finish(ends)


async def _finish(ends: Sequence[End]) -> None:
    sending = [_begin(end.send) for end in ends]
    await _join(sending, FLUSH)
    if not any(thread.is_alive() for thread in sending):
        return
    said = "traces could not be sent within %g s and are lost"
    logger.warning(said, FLUSH, extra={"action": "tracing_lost"})
    # Otherwise the exporter would keep retrying and logging errors in an app that continues to run.
    cutting = [_begin(end.cut) for end, thread in zip(ends, sending, strict=True) if thread.is_alive()]
    await _join([*cutting, *sending], CUT)


def _begin(work: Callable[[], object]) -> threading.Thread:
    # A daemon thread, which the process does not wait for at exit: the collector may never answer.
    thread = threading.Thread(target=work, name="heartbeat-traces", daemon=True)
    thread.start()
    return thread


async def _join(threads: Sequence[threading.Thread], seconds: float) -> None:
    until = time.monotonic() + seconds
    for thread in threads:
        await asyncio.to_thread(thread.join, max(0.0, until - time.monotonic()))


def _start() -> tuple[NoTracing, list[End]]:
    exporters = wanted(os.environ)
    if not exporters:
        return NoTracing(), []
    if not all(_is_installed(name) for name in _NEEDED):
        logger.warning(REMEDY, extra={"action": "tracing_off"})
        return NoTracing(), []
    from heartbeat_service.telemetry import TelemetryError, start

    try:
        tracing, end = start(exporters)
    except TelemetryError as error:
        logger.warning("There will be no traces: %s", error, extra={"action": "tracing_off"})
        return NoTracing(), []
    return tracing, [end]


def _is_installed(module: str) -> bool:
    try:
        return importlib.util.find_spec(module) is not None
    except ModuleNotFoundError:  # its parent package is missing
        return False


def _langsmith() -> list[End]:
    """Return the shutdown that sends LangSmith's remaining traces, if LangSmith tracing is on."""
    if not langsmith_traces():
        return []
    from langchain_core.tracers.langchain import wait_for_all_tracers

    def send() -> None:
        wait_for_all_tracers()
        silent_client().flush()

    return [End(send)]
