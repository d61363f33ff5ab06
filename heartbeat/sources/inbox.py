"""A connection of the inbox as a source: what is new of it, what came due, and what else is there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlmodel import Session

from heartbeat.feed import Item
from heartbeat.instructions import mask_secrets
from heartbeat.schedule.window import parse_zone
from heartbeat.sources.port import Look, Shown, Timed, cut
from heartbeat.store import Store, inbox
from heartbeat.store.inbox_tables import InboxItem
from heartbeat.vocabulary import INBOX_KINDS

_CONTENT_LIMIT = 1_000
_SEEN = 5
"""Items of a kind that are shown though they were looked at, so that the instructions can ask about them."""


@dataclass(frozen=True)
class InboxSource:
    """What the inbox holds of one connection, whose name is that of the source."""

    store: Store
    name: str
    private: bool = False
    time_limit: float = 10.0

    def look(self, look: Look) -> Sequence[Item]:
        """Return what came due and the oldest that was not looked at, at most ``limit`` of each kind, and what waits.

        What came due and has no room waits too: later looks show it as it is, new and due. Threads that have looked
        at the same share what was found, until something changes; not where something is due, since what a thread is
        shown then depends on when it last looked.
        """
        if self.store.shared(inbox.has_dates, self.name):
            return self.store.read(self.timed, look).shown
        by = (self, look.asked_of(*(f"{self.name}.{kind}" for kind in INBOX_KINDS)))
        timed = self.store.shared(_look_of, self, look, by=by, holds=lambda timed: timed.holds_at(look.now))
        return timed.shown

    def timed(self, session: Session, look: Look) -> Timed:
        """Return what is shown, and for how long that is so."""
        shown, found = self._look(session, look)
        if any(row.due_at or row.ends_at for row in found):
            return Timed(shown, look.now, look.now)
        ends = [row.changed_at + inbox.WINDOW for row in found]
        snooze = inbox.next_snooze(session, self.name, look.now)
        until = min([*ends, *([snooze] if snooze else [])], default=None)
        return Timed(shown, look.now, None if until is None else until - timedelta.resolution)

    def _look(self, session: Session, look: Look) -> tuple[Shown, list[InboxItem]]:
        """Return what is shown, and the items that were not looked at, which may grow too old."""
        zone = parse_zone(look.timezone)
        came_due = inbox.came_due(session, [self.name], look.due_after, look.now, zone=zone)
        items: list[Item] = []
        unshown: list[str] = []
        upto: dict[str, int] = {}
        dropped: dict[str, int] = {}
        unseen: list[InboxItem] = []
        for kind in INBOX_KINDS:
            mark = f"{self.name}.{kind}"
            ids = look.open_ids(mark)
            above = look.marks.get(mark, 0)
            found = inbox.unseen(session, self.name, kind, look.now, above=above, ids=ids, zone=zone)
            dropped[mark], upto[mark] = found.dropped, found.upto
            unseen += found.items
            due = {row.id: row for row in came_due if row.kind == kind}
            due |= {row.id: row for row in found.items if row.id in ids and inbox.is_due(row, look.now, zone)}
            new = [row for row in found.items if row.id not in due]
            first = sorted(due.values(), key=lambda row: (row.due_at or look.now, row.id or 0))
            shown = {row.id: row for row in (*first[: look.limit], *new[: look.limit])}
            rest = [*first[look.limit :], *reversed(new[look.limit :])]
            unshown += [f"{mark}:{row.id}" for row in rest]
            room = min(_SEEN, look.limit - len(shown))
            if room > 0 and not rest:
                known = [number for number in shown if number is not None]
                seen = inbox.current(session, self.name, kind, look.now, limit=room, but_for=known, zone=zone)
                shown |= {row.id: row for row in seen}
            items += [self._item(row, is_due=row.id in due) for row in shown.values()]
        return Shown(items, unshown, upto, dropped), unseen

    def _item(self, row: InboxItem, *, is_due: bool) -> Item:
        return Item(
            source=self.name,
            kind=row.kind,
            id=str(row.id),
            position=row.seq,
            author=mask_secrets(row.author),
            title=mask_secrets(row.title),
            content=cut(mask_secrets(row.content or ""), _CONTENT_LIMIT),
            created_at=row.created_at,
            parent=mask_secrets(row.parent or ""),
            due_at=row.due_at,
            all_day=row.all_day,
            came_due=is_due,
            private=self.private,
        )


def _look_of(session: Session, source: InboxSource, look: Look) -> Timed:
    # Not a method: those of two objects differ, and each beat has its own sources.
    return source.timed(session, look)
