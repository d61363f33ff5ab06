"""Write what a look at a connection has shown: new and changed items get the next numbers, missing ones are gone."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlmodel import Session, col, select, update

from heartbeat.fetching import FetchedItem, FetchResult
from heartbeat.fetching.port import ITEMS_LIMIT, TEXT_LIMIT
from heartbeat.instructions import masked_line
from heartbeat.store import events, wakes
from heartbeat.store.inbox.looks import LookClaim, held
from heartbeat.store.inbox_tables import ConnectionLook, InboxItem
from heartbeat.text import clean, legible, truncate, utc, visible
from heartbeat.vocabulary import EventKind, FeedKind

OLD = 0
"""The ``seq`` of items that are no news: older than the first look takes, or made by the agent."""
CHURN = 3
"""Looks in a row at which an item had changed before it is news once a day only."""
AGAIN = timedelta(seconds=10)
"""How soon a connection is looked at again that has more than one look takes."""
_CURRENT = (FeedKind.ALERT, FeedKind.EVENT, FeedKind.TASK)
"""Kinds that the first look takes however old they are: they are not over."""
_BATCH = 500
_TITLE_LIMIT, _AUTHOR_LIMIT, _ID_LIMIT = 500, 200, 300


class Written(NamedTuple):
    """How many items a look has made new, changed or gone, and how many it left for the next one."""

    new: int = 0
    changed: int = 0
    gone: int = 0
    held_back: int = 0


def write(
    session: Session,
    claim: LookClaim,
    result: FetchResult,
    now: datetime,
    *,
    every: int,
    oldest: datetime | None,
) -> Written:
    """Write the result of a look and end its lease; the next look is in ``every`` seconds.

    At most `ITEMS_LIMIT` items become new at once, in their order; the connection is looked at again soon for the
    rest. ``oldest`` is how old an item may be that the first look takes, None for any age: what is older is kept, but
    is no news.

    Raises:
        FenceLostError: the connection was claimed again since; nothing is written.
    """
    row = held(session, claim)
    written = Written() if result.unchanged else _Writer(session, row, now, oldest).write(result)
    row.first_look = row.first_look or now
    row.last_look, row.held_back = now, written.held_back + result.left
    row.next_look = now + (AGAIN if row.held_back else timedelta(seconds=every))
    if not result.unchanged:
        # With a memo the source might say that nothing has changed, and the rest would never come.
        row.memo = {} if written.held_back else dict(result.memo)
    row.misses, row.failing_since, row.told = 0, None, False
    row.said = truncate("; ".join(map(masked_line, result.problems)), 500) or None
    row.lease_owner = row.lease_until = None
    session.add(row)
    if written != Written():
        events.add(
            session,
            EventKind.INBOX_CHANGED,
            now,
            connection=row.name,
            new=written.new,
            changed=written.changed,
            gone=written.gone,
        )
        wakes.recompute_all(session, now, connection=row.name)
    return written._replace(held_back=row.held_back)


@dataclass
class _Writer:
    session: Session
    row: ConnectionLook
    now: datetime
    oldest: datetime | None

    def write(self, result: FetchResult) -> Written:
        items = {external_id(item): item for item in result.items}
        known = self._known(items)
        new = changed = held_back = 0
        for key, item in items.items():
            old = known.get(key)
            if old is not None:
                changed += self._change(old, item)
            elif new >= ITEMS_LIMIT and not self._is_old(item):
                held_back += 1
            else:
                new += self._add(key, item)
        missing = self._miss(result, items)
        gone = missing if result.is_whole else 0
        return Written(new, changed, gone, held_back)

    def _known(self, keys: Iterable[str]) -> dict[str, InboxItem]:
        found: dict[str, InboxItem] = {}
        for some in _batches(keys):
            query = select(InboxItem).where(
                InboxItem.connection == self.row.name, col(InboxItem.external_id).in_(some)
            )
            found.update({row.external_id: row for row in self.session.exec(query)})
        return found

    def _add(self, key: str, item: FetchedItem) -> bool:
        is_news = not (item.own or self._is_old(item))
        row = InboxItem(
            connection=self.row.name,
            external_id=key,
            kind=item.kind,
            seq=self._next() if is_news else OLD,
            digest=digest_of(item),
            first_at=self.now,
            changed_at=self.now,
            created_at=item.created_at,
        )
        self._fill(row, item)
        self.session.add(row)
        return is_news

    def _is_old(self, item: FetchedItem) -> bool:
        if self.row.first_look is not None or self.oldest is None or item.kind in _CURRENT:
            return False
        # What has no date of its own is as old as the fetch, which `since = "now"` leaves out too.
        return item.created_at <= self.oldest

    def _change(self, row: InboxItem, item: FetchedItem) -> bool:
        """Write what has changed of an item; return whether that is news."""
        digest = digest_of(item)
        row.gone_at = row.unlisted_at = None
        if digest == row.digest:
            row.churn = 0
            self.session.add(row)
            return False
        row.digest, row.churn, row.done_at = digest, row.churn + 1, None
        self._fill(row, item)
        is_restless = row.churn > CHURN and self.now - row.changed_at < timedelta(days=1)
        is_news = not (item.own or is_restless)
        if is_news:
            row.seq, row.changed_at = self._next(), self.now
        self.session.add(row)
        return is_news

    def _fill(self, row: InboxItem, item: FetchedItem) -> None:
        row.kind, row.own = item.kind, item.own
        row.author = _line(item.author, _AUTHOR_LIMIT)
        row.title = _line(item.title, _TITLE_LIMIT)
        row.content = truncate(visible(clean(item.content, multiline=True)), TEXT_LIMIT)
        row.url = None if item.url is None else _line(item.url, 2_000)
        row.parent = None if item.parent is None else _line(item.parent, _ID_LIMIT)
        row.due_at, row.ends_at, row.all_day = item.due_at, item.ends_at, item.all_day

    def _miss(self, result: FetchResult, shown: Iterable[str]) -> int:
        """Mark what the source shows no more as gone, or as not listed any more; return how many."""
        query = select(InboxItem.external_id, InboxItem.kind, InboxItem.parent, InboxItem.title).where(
            InboxItem.connection == self.row.name, col(InboxItem.gone_at).is_(None)
        )
        if not result.is_whole:
            query = query.where(col(InboxItem.unlisted_at).is_(None))
        known, parents = set(shown), {_line(each.external_id, _ID_LIMIT) for each in result.items}
        unseen = _Unseen.of(result.unseen)
        missing, closed = list[str](), list[str]()
        for key, kind, parent, title in self.session.exec(query):
            if key in known or unseen.has(key, parent, title):
                continue
            # A box is ticked or deleted only if its file was read without it.
            is_closed = result.is_whole and kind == FeedKind.TASK and (parent is None or parent in parents)
            (closed if is_closed else missing).append(key)
        self._mark(missing, {"gone_at" if result.is_whole else "unlisted_at": self.now})
        # Without its hash it is a new task if it is open again.
        self._mark(closed, {"gone_at": self.now, "done_at": None, "digest": ""})
        return len(missing) + len(closed)

    def _mark(self, keys: Sequence[str], values: Mapping[str, object]) -> None:
        for some in _batches(sorted(keys)):
            chosen = update(InboxItem).where(
                col(InboxItem.connection) == self.row.name, col(InboxItem.external_id).in_(some)
            )
            self.session.execute(chosen.values(**values))

    def _next(self) -> int:
        self.row.seq += 1
        return self.row.seq


class _Unseen(NamedTuple):
    """What a look could not read: the ids of items, and what the ids begin with."""

    names: frozenset[str]
    beginnings: tuple[str, ...]

    @classmethod
    def of(cls, unseen: Sequence[str]) -> _Unseen:
        lines = [_line(each, _ID_LIMIT) for each in unseen]
        return cls(frozenset(lines), tuple(each for each in lines if each.endswith("/")))

    def has(self, key: str, parent: str | None, title: str) -> bool:
        """Return whether an item is among it; one with a long id is known by its title, which is the id then."""
        place = _line(title, _ID_LIMIT) if parent is None and "/" not in key else parent or key
        return place in self.names or key in self.names or place.startswith(self.beginnings)


def external_id(item: FetchedItem) -> str:
    """Return what its source calls an item, or a hash of that where it is long or holds control characters.

    Without them, it might be the name of another item.
    """
    raw = item.external_id
    name = clean(raw, multiline=False)
    if legible(raw) == raw and 0 < len(name) <= _ID_LIMIT:
        return name
    return hashlib.sha256(raw.encode("utf-8", "surrogatepass")).hexdigest()


def _line(text: str, limit: int) -> str:
    return truncate(visible(clean(text, multiline=False)), limit)


def digest_of(item: FetchedItem) -> str:
    """Return a hash of what an item says: its texts and instants, not how near it is."""
    instants = [utc(each) if each else None for each in (item.due_at, item.ends_at)]
    parts: Sequence[object] = (item.kind, item.author, item.title, item.content, item.url, item.parent)
    text = json.dumps([*parts, *instants, item.all_day])
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _batches(keys: Iterable[str]) -> Iterator[Sequence[str]]:
    """Yield keys in batches that one statement can take."""
    rest = list(keys)
    for start in range(0, len(rest), _BATCH):
        yield rest[start : start + _BATCH]
