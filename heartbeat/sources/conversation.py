"""The thread's own conversation as a source: the only one whose messages can be the owner's.

A message is written through an authenticated call of the HTTP API, or by code of the same process.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from heartbeat.feed import Item
from heartbeat.names import OWNER
from heartbeat.sources.port import Look, cut
from heartbeat.store import Store, messages
from heartbeat.store.tables import Message

_CONTENT_LIMIT = 1_000
_MESSAGES = 5


@dataclass(frozen=True)
class ConversationSource:
    """The last messages of the thread."""

    store: Store
    name: str = "thread"
    time_limit: float = 10.0

    def look(self, look: Look) -> Sequence[Item]:
        """Return the last five messages of the window."""
        rows = self.store.read(messages.latest, look.thread_id, _MESSAGES)
        return [self._item(row, look) for row in rows if row.created_at >= look.now - look.window]

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
        )
