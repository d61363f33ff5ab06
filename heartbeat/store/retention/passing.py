"""Go through the database once, and delete in bites what is not kept."""

from __future__ import annotations

import logging
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import islice

from sqlmodel import Session

from heartbeat.store import events, inbox, notices, verdicts
from heartbeat.store.database import Database
from heartbeat.store.retention import beats, deliveries
from heartbeat.store.retention.bites import Bite, BiteSize
from heartbeat.store.retention.kept import Kept, Rows

logger = logging.getLogger("heartbeat")

WINDOW = 200
"""Rows that are looked at in one reading transaction."""

_BEGINNING = beats.Place(datetime.min.replace(tzinfo=UTC), 0)


def bites(
    store: Database, kept: Kept, clock: Callable[[], datetime], seconds: Callable[[], float]
) -> Generator[Bite]:
    """Yield what each step of one pass has deleted, possibly nothing; ``seconds`` is a monotonic clock.

    Each step is at most a few reading transactions of a few milliseconds and one writing one. Whoever iterates may
    rest in between, or stop.
    """
    made = _Pass(store, kept, clock, seconds)
    if kept.delivery_age is not None:
        yield from made.deliveries(kept.delivery_age)
    if kept.beat_age is not None:
        yield from made.beats(kept.beat_age)
    if kept.events is not None:
        yield from made.simply(
            Rows.EVENTS, partial(events.prune, since=clock() - notices.TOO_OLD), kept.events
        )
    if kept.text_age is not None:
        yield from made.items(kept.text_age)
    yield from made.simply(Rows.VERDICTS, verdicts.prune, clock() - verdicts.KEPT)


@dataclass
class _Pass:
    store: Database
    kept: Kept
    clock: Callable[[], datetime]
    seconds: Callable[[], float]
    size: BiteSize = field(default_factory=BiteSize)

    def beats(self, age: timedelta) -> Iterator[Bite]:
        """Go through the threads, and through the old beats of each."""
        after: str | None = ""
        while after is not None:
            piece = self.store.read(beats.pieces, self.clock() - age, after)
            for thread_id in piece.threads:
                try:
                    yield from self._beats_of(thread_id, age)
                except (ValueError, LookupError) as error:
                    # Another program has written it so that it cannot be read; the other threads go on.
                    said = "old beats of thread %s are not deleted, since a row of it cannot be read: %s"
                    logger.error(said, thread_id, error, extra={"action": "beats_not_pruned"})
            after = piece.last
            yield Bite(Rows.BEATS, 0, 0.0)

    def _beats_of(self, thread_id: str, age: timedelta) -> Iterator[Bite]:
        # What stays is read once: later beats need later ones, and each bite looks again whether a row is needed.
        stays = self.store.read(beats.bounds, thread_id, self.kept.beats)
        place = None if stays is None else _BEGINNING
        hole = age if self.kept.hole is None else self.kept.hole
        while stays is not None and place is not None:
            now = self.clock()
            before = beats.Before(ended=now - age, acted=now - max(age, self.kept.acted_age))
            found = self.store.read(beats.old, thread_id, stays, before, place, WINDOW)
            place = found.last
            yield from self._in_bites(
                Rows.BEATS, partial(beats.remove, thread_id=thread_id, hole=hole), found.ids
            )

    def deliveries(self, age: timedelta) -> Iterator[Bite]:
        """Go through the deliveries."""
        after: int | None = 0
        while after is not None:
            before = self.clock() - age
            found = self.store.read(deliveries.old, before, self.kept.deliveries, after, WINDOW)
            after = found.last
            yield from self._in_bites(Rows.DELIVERIES, partial(deliveries.remove, before=before), found.ids)

    def items(self, age: timedelta) -> Iterator[Bite]:
        """Go through the inbox."""
        after: int | None = 0
        while after is not None:
            now = self.clock()
            found = self.store.read(inbox.past, now, age, after, self.size.now)
            after = found.last
            if found.texts:
                yield self._bite(Rows.TEXTS, partial(inbox.blank, found=found, now=now, kept=age))
            if found.items or found.abandoned:
                yield self._bite(Rows.ITEMS, partial(inbox.drop, found=found, now=now))

    def simply(self, rows: Rows, prune: Callable[..., int], bound: object) -> Iterator[Bite]:
        """Delete by one statement what an index tells, as often as it finds something."""
        while (bite := self._bite(rows, partial(prune, bound=bound, limit=self.size.now))).number:
            yield bite

    def _in_bites(self, rows: Rows, remove: Callable[..., int], ids: list[int]) -> Iterator[Bite]:
        """Delete rows by their ids."""
        left = iter(ids)
        while some := list(islice(left, self.size.now)):
            yield self._bite(rows, partial(remove, ids=some))
        if not ids:
            yield Bite(rows, 0, 0.0)

    def _bite(self, rows: Rows, work: Callable[[Session], int]) -> Bite:
        held = 0.0

        def measured(session: Session) -> int:
            nonlocal held
            session.connection()  # from here on it holds the write lock
            began = self.seconds()
            number = work(session)
            held = self.seconds() - began
            return number

        number = self.store.write(measured)
        self.size.took(held)
        return Bite(rows, number, held)
