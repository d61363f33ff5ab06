"""A courier: carries notices to one notifier in a thread of its own, so that one who hangs holds nobody."""

from __future__ import annotations

import logging
import queue
import threading

from heartbeat.store.notices import Notice
from heartbeat_service.notify.notifier import Notifier, NotSentError

ROOM = 100
"""Notices that may wait for one notifier."""

logger = logging.getLogger("heartbeat")


class Courier:
    """Its thread is a daemon: a process that ends does not wait for a notifier that hangs."""

    def __init__(self, notifier: Notifier) -> None:
        self.notifier = notifier
        self._queue: queue.Queue[Notice | None] = queue.Queue(ROOM)
        self._failing = False
        self._thread = threading.Thread(target=self._work, name="heartbeat-notify", daemon=True)
        self._thread.start()

    def carry(self, notice: Notice) -> None:
        """Take a notice along; never waits."""
        try:
            self._queue.put_nowait(notice)
        except queue.Full:
            self._failed(f"it is {ROOM} notices behind")

    def close(self, seconds: float) -> None:
        """Take no more; wait so many seconds at most for what is under way."""
        try:
            self._queue.put_nowait(None)
        except queue.Full:
            seconds = 0
        self.notifier.stop()
        self._thread.join(seconds)

    def _work(self) -> None:
        while (notice := self._queue.get()) is not None:
            try:
                self.notifier.send(notice)
            except NotSentError as error:
                self._failed(str(error))
            except Exception as error:  # noqa: BLE001 - its text may hold the address
                self._failed(f"an unexpected {type(error).__name__}")
            else:
                self._works()

    def _failed(self, why: str) -> None:
        # Once, until it works again: a dead service must not fill the log.
        if not self._failing:
            self._failing = True
            logger.error("%s fails: %s", self.notifier.name, why, extra={"action": "notify_failed"})

    def _works(self) -> None:
        if self._failing:
            self._failing = False
            logger.warning("%s works again", self.notifier.name, extra={"action": "notify_works"})
