"""The thread's own conversation as a source: the only one whose messages can be the owner's.

A message is written through an authenticated call of the HTTP API, or by code of the same process.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlmodel import Session

from heartbeat.feed import Item
from heartbeat.names import OWNER
from heartbeat.sources.port import Look, Shown, Timed, cut
from heartbeat.store import Store, messages, unread
from heartbeat.store.tables import Message
from heartbeat.store.unread import Since
from heartbeat.vocabulary import FeedKind

_CONTENT_LIMIT = 1_000
_MESSAGES = 5


@dataclass(frozen=True)
class ConversationSource:
    """The last messages of the thread."""

    store: Store
    name: str = "thread"
    time_limit: float = 10.0

    def look(self, look: Look) -> Sequence[Item]:
        """Return the last five messages, and those that waited for this look."""
        by = (look.thread_id, *look.asked_of(f"{self.name}.{FeedKind.MESSAGE}"))
        timed = self.store.shared(self._timed, look, by=by, holds=lambda timed: timed.holds_at(look.now))
        return timed.shown

    def _timed(self, session: Session, look: Look) -> Timed:
        oldest = messages.oldest(session, look.thread_id, look.since)
        return Timed(self._look(session, look), look.now, None if oldest is None else oldest + look.window)

    def _look(self, session: Session, look: Look) -> Shown:
        mark = f"{self.name}.{FeedKind.MESSAGE}"
        since = Since(look.since, look.marks.get(mark, 0), look.open_ids(mark))
        public = look.only_public
        found = unread.messages(session, since, look.thread_id, agent=look.agent_name, public=public)
        waiting = [number for number in found.ids if number <= since.above][: look.limit]
        newest = messages.latest(session, look.thread_id, _MESSAGES, public=public)
        rows = {
            row.id: row for row in (*messages.by_id(session, waiting), *newest) if row.created_at >= since.at
        }
        items = [self._item(rows[number], look) for number in sorted(rows, key=lambda each: each or 0)]
        unshown = [f"{mark}:{number}" for number in found.ids if number not in rows]
        return Shown(items, unshown, {mark: found.upto}, {mark: found.dropped})

    def _item(self, row: Message, look: Look) -> Item:
        return Item(
            source=self.name,
            kind="message",
            id=str(row.id),
            position=row.id or 0,
            author=row.author,
            content=cut(row.content, _CONTENT_LIMIT),
            created_at=row.created_at,
            own=row.author == look.agent_name,
            from_owner=row.author == OWNER,
            private=row.private,
        )
