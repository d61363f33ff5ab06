"""Run plug-in code in a daemon thread, so that its caller can stop waiting for it."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from contextvars import copy_context
from threading import Thread
from typing import TypeVar

T = TypeVar("T")


def run_in_daemon_thread(work: Callable[[], T], name: str) -> Future[T]:
    """Start ``work`` in a new daemon thread and return its future.

    A ``BaseException`` such as ``SystemExit`` is set on the future as a ``RuntimeError``.
    """
    future: Future[T] = Future()
    # A caller that stops waiting would cancel it, and the thread could not set its result any more.
    future.set_running_or_notify_cancel()

    def run() -> None:
        try:
            future.set_result(work())
        except BaseException as error:  # noqa: BLE001 - passed to the waiting thread
            # A plug-in that calls sys.exit must not end the process.
            future.set_exception(error if isinstance(error, Exception) else RuntimeError(repr(error)))

    # A daemon thread, because hanging work must not keep the process alive.
    Thread(target=copy_context().run, args=(run,), name=name, daemon=True).start()
    return future
