"""Health of the two databases of a process, checked every few seconds and on demand."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from heartbeat.instructions import mask_secrets
from heartbeat.notice import Notice
from heartbeat.store.failure import Failure, FailureKind
from heartbeat.store.notices import SPACING
from heartbeat.store.place import Place
from heartbeat.vocabulary import NoticeKind

FRESH = 0.5
"""Seconds for which the result of a check is reused."""
CONFIRMED = 1.0
"""Seconds before a missing file is checked once more; only then does a process exit."""

logger = logging.getLogger("heartbeat")


@dataclass
class Health:
    """Checks the databases and reports each change once: in the log, and as a notice through ``tell``.

    ``failures`` holds the result of the last check, by the name of the database. ``lost`` is set when a file was
    removed or replaced: the file that this process has open is then not the one that other processes open.
    """

    places: Mapping[str, Place]
    clock: Callable[[], datetime]
    tell: Callable[[Notice], None]
    poll: float = 5.0
    failures: Mapping[str, Failure] = field(default_factory=dict, init=False)
    lost: Failure | None = field(default=None, init=False)
    _looked: float | None = field(default=None, init=False)
    _logged: Failure | None = field(default=None, init=False)
    _told_at: datetime | None = field(default=None, init=False)
    _is_told: bool = field(default=False, init=False)

    @property
    def failure(self) -> Failure | None:
        """The first failure of the last check."""
        return next(iter(self.failures.values()), None)

    def look(self) -> Failure | None:
        """Check the files; return why one of them cannot be used, None if all can."""
        now = time.monotonic()
        if self._looked is None or now - self._looked >= FRESH:
            found = {name: place.examine() for name, place in self.places.items()}
            self.failures = {name: failure for name, failure in found.items() if failure is not None}
            self._looked = now
        return self.failure

    def missing(self) -> Failure | None:
        """Return the failure of a file that was removed or replaced; restarting the process opens the new one."""
        failure = self.lost or self.look()
        return failure if failure is not None and failure.kind is FailureKind.LOST else None

    async def run(self) -> None:
        """Check every ``poll`` seconds, until cancelled."""
        for place in self.places.values():
            place.require_log()
        while True:
            try:
                failure = await asyncio.to_thread(self.look)
                self._note(failure)
                if failure is not None and failure.kind is FailureKind.LOST and self.lost is None:
                    await asyncio.sleep(CONFIRMED)
                    self.lost = await asyncio.to_thread(self.missing)
            except Exception as error:
                logger.exception(
                    "the databases were not looked at: %s", error, extra={"action": "health_failed"}
                )
            await asyncio.sleep(self.poll)

    def _note(self, failure: Failure | None) -> None:
        if failure != self._logged:
            self._logged = failure
            if failure is None:
                logger.warning("the databases can be used again", extra={"action": "database_back"})
            else:
                logger.error("%s", mask_secrets(str(failure)), extra={"action": "database_failing"})
        now = self.clock()
        if failure is None:
            if self._is_told:
                self._is_told = False
                self.tell(Notice(NoticeKind.DATABASE_BACK, now))
        elif not self._is_told and not self._is_too_soon(now):
            self._is_told, self._told_at = True, now
            data = {"said": failure.said, "remedy": failure.remedy}
            self.tell(Notice(NoticeKind.DATABASE_FAILING, now, data=data))

    def _is_too_soon(self, now: datetime) -> bool:
        return self._told_at is not None and timedelta(0) <= now - self._told_at < SPACING
