"""What of the inbox is new to a thread, and what comes due for it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any

from sqlalchemy import Select
from sqlmodel import Session, and_, bindparam, col, func, not_, or_, select

from heartbeat.schedule import days
from heartbeat.store import rows
from heartbeat.store.inbox_tables import InboxItem
from heartbeat.vocabulary import FeedKind

OPEN_LIMIT = 200
"""Items of a connection and kind that wait to be looked at; of more, the newest."""
WINDOW = timedelta(days=7)
"""How long an item waits to be looked at, unless it is due."""
WITHIN = timedelta(hours=2)
"""How long before it is due an item comes due, until the plan has times of its own."""


@dataclass(frozen=True)
class Unseen:
    """The items that a thread has not looked at, the oldest first, and how many more there are that it drops.

    ``upto`` is the highest number of all these, 0 where there are none.
    """

    items: Sequence[InboxItem] = ()
    dropped: int = 0
    upto: int = 0


def unseen(
    session: Session,
    connection: str,
    kind: FeedKind,
    now: datetime,
    *,
    above: int,
    ids: Collection[int] = (),
    zone: tzinfo = UTC,
) -> Unseen:
    """Return what is new of a connection and kind: above a mark, and of those below it the ``ids`` that are open.

    What has waited for longer than `WINDOW` is dropped, and so are the oldest where there are more than `OPEN_LIMIT`.
    Of what was there before the first look of a thread, nothing counts as dropped for its age. Days that are over in
    its ``zone`` are left out.
    """
    since = now - WINDOW
    not_over = _not_over(now, zone)
    is_day = and_(col(InboxItem.all_day), col(InboxItem.due_at).is_not(None))
    of_kind = (
        InboxItem.connection == connection,
        InboxItem.kind == kind,
        *_shown(now),
        or_(not_(is_day), not_over),
    )
    in_time = or_(col(InboxItem.changed_at) > since, not_over)
    fresh = and_(*of_kind, in_time, col(InboxItem.seq) > above)
    found = list(
        session.exec(select(InboxItem).where(fresh).order_by(col(InboxItem.seq).desc()).limit(OPEN_LIMIT))
    )
    upto = found[0].seq if found else 0
    dropped = 0
    if len(found) == OPEN_LIMIT:
        dropped = session.exec(select(func.count()).select_from(InboxItem).where(fresh)).one() - OPEN_LIMIT
    if above:
        expired, last = session.exec(
            select(func.count(), func.max(InboxItem.seq)).where(
                *of_kind,
                col(InboxItem.seq) > above,
                not_(func.coalesce(in_time, False)),
            )
        ).one()
        dropped, upto = dropped + expired, max(upto, last or 0)
    if ids:
        # A query of its own, so that the one above can go by the numbers alone.
        still = and_(*of_kind, col(InboxItem.id).in_(ids), col(InboxItem.seq) <= above)
        waiting = session.exec(select(InboxItem).where(still).order_by(col(InboxItem.seq).desc())).all()
        alive = [row for row in waiting if row.changed_at > since or _is_ahead(row, now, zone)]
        dropped += len(waiting) - len(alive) + max(0, len(found) + len(alive) - OPEN_LIMIT)
        found += alive
    return Unseen(found[:OPEN_LIMIT][::-1], dropped, upto)


def current(
    session: Session,
    connection: str,
    kind: FeedKind,
    now: datetime,
    *,
    limit: int,
    but_for: Collection[int],
    zone: tzinfo = UTC,
) -> Sequence[InboxItem]:
    """Return what is there of a connection and kind, whether or not it was looked at: what is due soonest first.

    Without due items the newest come first. ``but_for`` are ids that are left out.
    """
    of_kind = (
        InboxItem.connection == connection,
        InboxItem.kind == kind,
        col(InboxItem.id).not_in(but_for),
        *_shown(now),
    )
    ahead = select(InboxItem).where(
        *of_kind,
        col(InboxItem.due_at).is_not(None),
        _not_over(now, zone),
    )
    found = list(session.exec(ahead.order_by(col(InboxItem.due_at), col(InboxItem.id).desc()).limit(limit)))
    if len(found) < limit:
        # A query of its own, in the order of an index, so that it costs the same however many items there are.
        others = select(InboxItem).where(*of_kind, col(InboxItem.due_at).is_(None))
        found += session.exec(others.order_by(col(InboxItem.seq).desc()).limit(limit - len(found)))
    return found


def came_due(
    session: Session,
    connections: Collection[str],
    after: datetime | None,
    now: datetime,
    *,
    limit: int = OPEN_LIMIT,
    zone: tzinfo = UTC,
) -> Sequence[InboxItem]:
    """Return the items that came due after an instant, until now, and are not over: the soonest first.

    An item comes due `WITHIN` before its instant, or when it is fetched or changes, whichever is later. The instant
    of what lasts all day is midnight of the ``zone``.
    """
    query = select(InboxItem).where(*_ahead(connections, now, zone), not_(_is_after(now + WITHIN, zone)))
    if after is not None:
        query = query.where(or_(_is_after(after + WITHIN, zone), col(InboxItem.changed_at) > after))
    return session.exec(query.order_by(col(InboxItem.due_at), col(InboxItem.id)).limit(limit)).all()


def is_due(row: InboxItem, now: datetime, zone: tzinfo = UTC) -> bool:
    """Return whether an item has come due by now, in a zone."""
    return row.due_at is not None and days.begins(row.due_at, zone, all_day=row.all_day) <= now + WITHIN


def may_come_due(session: Session, connection: str, now: datetime) -> bool:
    """Return whether a connection has something that comes due and is not over, in whichever zone."""
    query = select(InboxItem.id).where(*_ahead([connection], now, days.WEST))
    return session.exec(query.limit(1)).first() is not None


def has_dates(session: Session, connection: str) -> bool:
    """Return whether anything that a connection has brought is due at some time."""
    return rows.read(session, _DATED, {"connection": connection}).first() is not None


def next_snooze(session: Session, connection: str, now: datetime) -> datetime | None:
    """Return when the next snooze of an item of a connection ends; None without any."""
    found: datetime | None = rows.read(session, _SNOOZED, {"connection": connection, "now": now}).scalar()
    return found


_OF_CONNECTION = InboxItem.connection == bindparam("connection")
_DATED: Select[*tuple[Any, ...]] = (
    select(InboxItem.id).where(_OF_CONNECTION, col(InboxItem.due_at).is_not(None)).limit(1)
)
_SNOOZED: Select[*tuple[Any, ...]] = select(func.min(InboxItem.snoozed_until)).where(
    _OF_CONNECTION,
    col(InboxItem.snoozed_until) > bindparam("now", type_=InboxItem.__table__.c.snoozed_until.type),  # type: ignore[attr-defined]
)


class Crossings:
    """When items of some connections come due, looked up once for all threads of a zone that see these."""

    def __init__(
        self, session: Session, connections: Collection[str], now: datetime, zone: tzinfo = UTC
    ) -> None:
        self._now = now
        ahead, is_later = _ahead(connections, now, zone), _is_after(now + WITHIN, zone)
        near: Any = select(InboxItem.due_at, InboxItem.all_day, InboxItem.changed_at).where(
            *ahead, not_(is_later)
        )
        later: Any = (
            select(func.min(InboxItem.due_at), InboxItem.all_day)
            .where(*ahead, is_later)
            .group_by(col(InboxItem.all_day))
        )
        self._near: list[tuple[datetime, datetime]] = [
            (days.begins(due, zone, all_day=is_day), changed)
            for due, is_day, changed in session.execute(near)
        ]
        soonest = [days.begins(due, zone, all_day=is_day) for due, is_day in session.execute(later)]
        self._soonest: datetime | None = min(soonest, default=None)

    def after(self, instant: datetime | None) -> datetime | None:
        """Return when the next item comes due after an instant: now, if one has already; None if none does."""
        if any(instant is None or due > instant + WITHIN or changed > instant for due, changed in self._near):
            return self._now
        return None if self._soonest is None else self._soonest - WITHIN


def _ahead(connections: Collection[str], now: datetime, zone: tzinfo) -> tuple[Any, ...]:
    """Return the conditions on items that are due and not over."""
    return (
        col(InboxItem.connection).in_(connections),
        col(InboxItem.due_at).is_not(None),
        _not_over(now, zone),
        *_shown(now),
    )


def not_over(now: datetime, zone: tzinfo) -> tuple[Any, ...]:
    """Return the conditions on items that are there and, if they are events, not over."""
    return (
        col(InboxItem.gone_at).is_(None),
        or_(InboxItem.kind != FeedKind.EVENT, _not_over(now, zone)),
    )


def _is_after(at: datetime, zone: tzinfo, name: str = "due_at") -> Any:
    """Return the condition that an item is due, or ends, after an instant; a date begins at midnight of the zone."""
    column: Any = getattr(InboxItem, name)
    local = days.wall(at, zone)
    # The first part goes by an index.
    is_day = col(InboxItem.all_day)
    after = or_(and_(is_day, column > local), and_(is_day.is_(False), column > at))
    return and_(column > min(at, local), after)


def _not_over(now: datetime, zone: tzinfo) -> Any:
    return or_(_is_after(now, zone), _is_after(now, zone, "ends_at"))


def _is_ahead(row: InboxItem, now: datetime, zone: tzinfo) -> bool:
    ends = (row.due_at, row.ends_at)
    return any(at is not None and days.begins(at, zone, all_day=row.all_day) > now for at in ends)


def _shown(now: datetime) -> tuple[Any, ...]:
    return (
        col(InboxItem.own).is_(False),
        col(InboxItem.gone_at).is_(None),
        col(InboxItem.done_at).is_(None),
        or_(col(InboxItem.snoozed_until).is_(None), col(InboxItem.snoozed_until) <= now),
    )
