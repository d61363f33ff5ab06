"""Renew the leases of the beats that this process runs, even while their nodes block."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Event, Lock, Thread
from types import TracebackType
from typing import Self

from heartbeat.errors import FenceLostError, HeartbeatError, NotFoundError
from heartbeat.instructions import mask_secrets
from heartbeat.store import Claim, Store, claims
from heartbeat.store.failure import failure_of

RENEWALS = 3
"""Renewals per lease duration: two in a row may fail before another process may take the beat over."""

Clock = Callable[[], datetime]
Pause = Callable[[Event, float], bool]
OnLoss = Callable[[HeartbeatError], None]

logger = logging.getLogger("heartbeat")


def ignore_loss(_: HeartbeatError) -> None:
    """Do nothing; the next write under the fence raises the error."""


@dataclass(eq=False)
class KeptLease:
    """The lease of one claim; ``watchers`` has one callback for each open `LeaseKeeper.keep` context."""

    store: Store
    clock: Clock
    claim: Claim
    renewed_at: datetime
    watchers: list[OnLoss] = field(default_factory=list)

    def is_due(self) -> bool:
        """Return whether a third of the lease has passed since the last renewal, or the clock was set back."""
        third = timedelta(seconds=self.store.lease.seconds / RENEWALS)
        return abs(self.clock() - self.renewed_at) >= third

    def renew(self) -> None:
        """Renew the lease.

        Raises:
            FenceLostError: another process has taken over the beat.
            NotFoundError: the beat was removed with its thread.
        """
        now = self.clock()
        self.store.write(claims.renew, self.claim, self.store.lease, now)
        self.renewed_at = now

    def catch_up(self) -> None:
        """Renew the lease if that is due.

        Raises:
            FenceLostError: another process has taken over the beat.
            NotFoundError: the beat was removed with its thread.
        """
        if self.is_due():
            self.renew()


@dataclass(eq=False)
class LeaseKeeper:
    """Renew every kept lease RENEWALS times per lease duration, in a background thread.

    A thread is needed because a node may block the event loop, and ``invoke`` has none. It runs only while a lease is
    kept. ``pause`` waits until an event is set, at most the given seconds, and returns whether it is set.
    """

    pause: Pause = Event.wait
    _leases: dict[tuple[Store, Claim], KeptLease] = field(default_factory=dict, init=False)
    _lock: Lock = field(default_factory=Lock, init=False)
    _stopped: Event | None = field(default=None, init=False)

    @contextmanager
    def keep(
        self,
        store: Store,
        clock: Clock,
        claim: Claim,
        renewed_at: datetime,
        on_loss: OnLoss = ignore_loss,
    ) -> Iterator[KeptLease]:
        """Keep the lease of a claim until the context is left; ``renewed_at`` is when it was last renewed.

        Contexts of the same claim share its lease. ``on_loss`` is called, from any thread, if the beat is lost.
        """
        lease = self._add(KeptLease(store, clock, claim, renewed_at), on_loss)
        try:
            yield lease
        finally:
            self._drop(lease, on_loss)

    @property
    def is_behind(self) -> bool:
        """Whether any lease is due for renewal."""
        return any(lease.is_due() for lease in self._kept())

    def catch_up(self) -> None:
        """Renew every lease that is due.

        This keeps the beats of a process that was suspended, or whose clock was set, from being taken over.

        Raises:
            DATABASE_ERRORS: the database cannot be written.
        """
        for lease in self._kept():
            if lease.is_due():
                self._renew(lease)

    def _kept(self) -> list[KeptLease]:
        with self._lock:
            return list(self._leases.values())

    def _run(self, stopped: Event, every: float) -> None:
        while not self.pause(stopped, every):
            for lease in self._kept():
                try:
                    self._renew(lease)
                except Exception as error:  # noqa: BLE001 - the lease outlasts two failed renewals
                    message = "lease of beat %d not renewed: %s"
                    cause = mask_secrets(str(failure_of(error) or error))
                    logger.warning(message, lease.claim.beat_id, cause, extra={"action": "lease_not_renewed"})

    def _renew(self, lease: KeptLease) -> None:
        try:
            lease.renew()
        except (FenceLostError, NotFoundError) as error:
            with self._lock:
                watchers = list(lease.watchers)
                self._forget(lease)
            for on_loss in watchers:
                on_loss(error)

    def _add(self, made: KeptLease, on_loss: OnLoss) -> KeptLease:
        with self._lock:
            lease = self._leases.setdefault((made.store, made.claim), made)
            lease.watchers.append(on_loss)
            if self._stopped is None:
                self._stopped = Event()
                every = lease.store.lease.seconds / RENEWALS
                args = (self._stopped, every)
                Thread(target=self._run, args=args, name="heartbeat-lease", daemon=True).start()
            return lease

    def _drop(self, lease: KeptLease, on_loss: OnLoss) -> None:
        with self._lock:
            lease.watchers.remove(on_loss)
            if not lease.watchers:
                self._forget(lease)

    def _forget(self, lease: KeptLease) -> None:
        if self._leases.get((lease.store, lease.claim)) is lease:
            del self._leases[lease.store, lease.claim]
        if not self._leases and self._stopped is not None:
            self._stopped.set()
            self._stopped = None


class CancelledOnLoss:
    """Cancel the task that entered the context when its lease is lost, and raise the loss when the context is left.

    As with `asyncio.timeout`, a cancellation from elsewhere remains a cancellation.
    """

    def __init__(self) -> None:
        self._why: HeartbeatError | None = None
        self._is_over = False

    def __enter__(self) -> Self:
        task = asyncio.current_task()
        if task is None:
            raise RuntimeError("there is no task to cancel")
        self._task, self._loop = task, asyncio.get_running_loop()
        self._cancelling = task.cancelling()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._is_over = True
        if self._why is None:
            return
        if self._task.uncancel() <= self._cancelling and kind is asyncio.CancelledError:
            raise self._why from None

    def lose(self, why: HeartbeatError) -> None:
        """Cancel the task, from any thread."""
        # A closed loop raises RuntimeError; then there is no task to cancel either.
        with suppress(RuntimeError):
            self._loop.call_soon_threadsafe(self._cancel, why)

    def _cancel(self, why: HeartbeatError) -> None:
        if self._why is None and not self._is_over:
            self._why = why
            self._task.cancel()
