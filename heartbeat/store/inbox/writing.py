"""Write what a look at a connection has shown: new and changed items get the next numbers, missing ones are gone."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlmodel import Session, col, select, update

from heartbeat.fetching import FetchedItem, FetchResult
from heartbeat.fetching.port import ITEMS_LIMIT, TEXT_LIMIT
from heartbeat.instructions import masked_line
from heartbeat.schedule import days
from heartbeat.schedule.window import parse_zone
from heartbeat.store import events, readable, wakes
from heartbeat.store.effective import effective, get_defaults
from heartbeat.store.inbox.looks import LookClaim, held
from heartbeat.store.inbox.naming import ID_LIMIT, digest_of, names_of, other_name, told_apart
from heartbeat.store.inbox.news import WITHIN
from heartbeat.store.inbox_tables import ConnectionLook, InboxItem
from heartbeat.text import clean, count, truncate, visible
from heartbeat.vocabulary import EventKind, FeedKind

OLD = 0
"""The ``seq`` of items that are no news: older than the first look takes, or made by the agent."""
CHURN = 3
"""Looks in a row at which an item had changed before it is news once a day only."""
AGAIN = timedelta(seconds=10)
"""How soon a connection is looked at again that has more than one look takes."""
_CURRENT = (FeedKind.ALERT, FeedKind.EVENT, FeedKind.TASK)
"""Kinds that the first look takes however old they are: they are not over."""
_LOGIN = re.compile(r"(?i)\A(https?://)[^/?#]*@")
_BATCH = 500
_TITLE_LIMIT, _AUTHOR_LIMIT = 500, 200
_DAY = timedelta(days=1)


class Written(NamedTuple):
    """How many items a look has made new, changed or gone, and how many it left for the next one.

    ``problems`` are sentences about items that are not written as their source shows them.
    """

    new: int = 0
    changed: int = 0
    gone: int = 0
    held_back: int = 0
    problems: Sequence[str] = ()


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
    written = _Writer(session, row, now, oldest).write(result)
    row.first_look = row.first_look or now
    row.last_look, row.held_back = now, written.held_back + result.left
    row.next_look = now + (AGAIN if row.held_back else timedelta(seconds=every))
    if not result.unchanged:
        # With a memo the source might say that nothing has changed, and the rest would never come.
        row.memo = {} if written.held_back else dict(result.memo)
    row.misses, row.failing_since, row.told = 0, None, False
    problems = (*written.problems, *result.problems)
    row.said = truncate("; ".join(map(masked_line, problems)), 500) or None
    row.lease_owner = row.lease_until = None
    session.add(row)
    if written.new or written.changed or written.gone or written.held_back:
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
        apart = 0
        new = changed = held_back = gone = 0
        if not result.unchanged:
            items, apart = self._named(result.items)
            known = self._known(items)
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
        told, restless = self._settle()
        problems = (*_of_names(apart), *_of_restless(restless))
        return Written(new, changed + told, gone, held_back, problems)

    def _named(self, items: Sequence[FetchedItem]) -> tuple[dict[str, FetchedItem], int]:
        """Return the items by their names in the inbox, in their order, and how many had the name of another one."""
        groups = names_of(items)
        shared = {name: group for name, group in groups.items() if len(group) > 1}
        if not shared:
            return {name: group[0] for name, group in groups.items()}, 0
        others = [other_name(name, each) for name, group in shared.items() for each in group]
        return told_apart(groups, self._known([*shared, *others]))

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
        """Write what has changed of an item; return whether that is news.

        Another time is always news; other texts are not where they change at each look.
        """
        digest = digest_of(item)
        is_back = row.gone_at is not None and self._came_due(item, row.gone_at)
        row.gone_at = row.unlisted_at = None
        self.session.add(row)
        if digest == row.digest and not is_back:
            row.churn = row.churn if row.churn > CHURN else 0
            return False
        is_moved = _times(row) != _times(item)
        if digest != row.digest:
            row.digest, row.done_at = digest, None
            row.churn += not is_moved
        self._fill(row, item)
        is_restless = row.churn > CHURN and self.now - row.changed_at < _DAY
        is_news = not item.own and (is_moved or is_back or not is_restless)
        if is_news:
            self._renew(row)
        return is_news

    def _renew(self, row: InboxItem) -> None:
        # More than CHURN means that the last change was no news yet.
        row.churn = min(row.churn, CHURN)
        row.seq, row.changed_at = self._next(), self.now
        self.session.add(row)

    def _came_due(self, item: FetchedItem, gone_at: datetime) -> bool:
        """Return whether an event that is shown again came due while it was missing, which woke nobody.

        One that came due before has been told.
        """
        if item.kind != FeedKind.EVENT or item.due_at is None:
            return False
        return any(
            gone_at + WITHIN < begins <= self.now + WITHIN for begins in self._beginnings(item.due_at, item)
        )

    def _beginnings(self, due_at: datetime, item: FetchedItem) -> Iterator[datetime]:
        """Yield when an event begins for the threads: a day begins at midnight of their zones."""
        if not item.all_day:
            yield due_at
            return
        defaults = get_defaults(self.session)
        threads = readable.threads(self.session)
        for zone in {effective(defaults, each.overrides, each.id).config.timezone for each in threads}:
            yield days.begins(due_at, parse_zone(zone), all_day=True)

    def _settle(self) -> tuple[int, int]:
        """Let changes be news that were not for a day; return how many, and how many items still change too often."""
        query = select(InboxItem).where(
            InboxItem.connection == self.row.name,
            col(InboxItem.gone_at).is_(None),
            col(InboxItem.unlisted_at).is_(None),
            col(InboxItem.churn) > CHURN,
            col(InboxItem.own).is_(False),
        )
        rows = self.session.exec(query.order_by(col(InboxItem.id))).all()
        over = [row for row in rows if self.now - row.changed_at >= _DAY]
        for row in over:
            self._renew(row)
        return len(over), len(rows) - len(over)

    def _fill(self, row: InboxItem, item: FetchedItem) -> None:
        row.kind, row.own = item.kind, item.own
        row.author = _line(item.author, _AUTHOR_LIMIT)
        row.title = _line(item.title, _TITLE_LIMIT)
        row.content = truncate(visible(clean(item.content, multiline=True)), TEXT_LIMIT)
        row.url = None if item.url is None else _line(_without_login(item.url), 2_000)
        row.parent = None if item.parent is None else _line(item.parent, ID_LIMIT)
        row.due_at, row.ends_at, row.all_day = item.due_at, item.ends_at, item.all_day

    def _miss(self, result: FetchResult, shown: Iterable[str]) -> int:
        """Mark what the source shows no more as gone, or as not listed any more; return how many."""
        query = select(InboxItem.external_id, InboxItem.kind, InboxItem.parent, InboxItem.title).where(
            InboxItem.connection == self.row.name, col(InboxItem.gone_at).is_(None)
        )
        if not result.is_whole:
            query = query.where(col(InboxItem.unlisted_at).is_(None))
        known, parents = set(shown), {_line(each.external_id, ID_LIMIT) for each in result.items}
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
        lines = [_line(each, ID_LIMIT) for each in unseen]
        return cls(frozenset(lines), tuple(each for each in lines if each.endswith("/")))

    def has(self, key: str, parent: str | None, title: str) -> bool:
        """Return whether an item is among it; one with a long id is known by its title, which is the id then."""
        place = _line(title, ID_LIMIT) if parent is None and "/" not in key else parent or key
        return place in self.names or key in self.names or place.startswith(self.beginnings)


def _times(each: InboxItem | FetchedItem) -> tuple[object, ...]:
    return each.due_at, each.ends_at, each.all_day


def _of_names(number: int) -> Iterator[str]:
    if number:
        have = "has" if number == 1 else "have"
        yield f"{count(number, 'item')} {have} the name of another one, and the link or text tells them apart."


def _of_restless(number: int) -> Iterator[str]:
    if number:
        change = "changes" if number == 1 else "change"
        yield f"{count(number, 'item')} {change} at every look, which is news once a day only."


def _without_login(url: str) -> str:
    """Return an address of the web without its user and password."""
    return _LOGIN.sub(r"\1", url)


def _line(text: str, limit: int) -> str:
    return truncate(visible(clean(text, multiline=False)), limit)


def _batches(keys: Iterable[str]) -> Iterator[Sequence[str]]:
    """Yield keys in batches that one statement can take."""
    rest = list(keys)
    for start in range(0, len(rest), _BATCH):
        yield rest[start : start + _BATCH]
