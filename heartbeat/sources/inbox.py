"""A connection of the inbox as a source: what is new of it, what came due, and what else is there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlmodel import Session

from heartbeat.feed import Item
from heartbeat.instructions import mask_secrets
from heartbeat.schedule.window import parse_zone
from heartbeat.sources.port import Look, Shown, cut
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

        What came due and has no room waits too: later looks show it as it is, new and due.
        """
        return self.store.read(self._look, look)

    def _look(self, session: Session, look: Look) -> Shown:
        zone = parse_zone(look.timezone)
        came_due = inbox.came_due(session, [self.name], look.due_after, look.now, zone=zone)
        items: list[Item] = []
        unshown: list[str] = []
        upto: dict[str, int] = {}
        dropped: dict[str, int] = {}
        for kind in INBOX_KINDS:
            mark = f"{self.name}.{kind}"
            ids = look.open_ids(mark)
            above = look.marks.get(mark, 0)
            found = inbox.unseen(session, self.name, kind, look.now, above=above, ids=ids, zone=zone)
            dropped[mark], upto[mark] = found.dropped, found.upto
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
        return Shown(items, unshown, upto, dropped)

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
