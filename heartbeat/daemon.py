"""Runs foreign code in a thread of its own, so that its caller can stop waiting for it."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from contextvars import copy_context
from threading import Thread
from typing import TypeVar

T = TypeVar("T")


def run_in_daemon_thread(work: Callable[[], T], name: str) -> Future[T]:
    """Start the work and return its future; what it raises is always an `Exception`."""
    future: Future[T] = Future()

    def run() -> None:
        try:
            future.set_result(work())
        except BaseException as error:  # noqa: BLE001 - carried to the thread that waits
            # Not as it is: a plug-in that exits must not end the process.
            future.set_exception(error if isinstance(error, Exception) else RuntimeError(repr(error)))

    # A daemon, because work that hangs must not keep the process from ending.
    Thread(target=copy_context().run, args=(run,), name=name, daemon=True).start()
    return future
