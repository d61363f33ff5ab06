"""Notices: derive notifications for people from events, and claim them for sending by one process."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import uuid4

from sqlmodel import Session, col, select

from heartbeat.store import events
from heartbeat.store.tables import Beat, Event, Notices, Thread
from heartbeat.vocabulary import BeatStatus, Decider, EventKind, NoticeKind, Reason

SPACING = timedelta(minutes=10)
"""The least time between two notices of one kind about one thread."""
WINDOW = timedelta(hours=1)
PER_WINDOW = 20
"""The largest number of notices within ``WINDOW``."""
TOO_OLD = timedelta(days=1)
"""The age after which an event or a waiting notice is dropped."""
UNREACHABLE = timedelta(hours=1)
"""How long no model must have answered before a notice is sent."""
CONFIRMED = timedelta(minutes=15)
"""The least time between the first and the last failed attempt, so that a single failure sends no notice."""
MAX_WAITING = 200
PAGE = 500
"""The number of events that `take` reads at once."""
_FROM_EVENTS = {
    EventKind.APPROVAL_REQUESTED: NoticeKind.APPROVAL_REQUESTED,
    EventKind.THREAD_PAUSED: NoticeKind.THREAD_PAUSED,
}


@dataclass(frozen=True)
class Notice:
    """A notification for a person. ``more`` is the number of earlier notices that it replaces."""

    kind: NoticeKind
    at: datetime
    thread_id: str | None = None
    beat_id: int | None = None
    data: Mapping[str, Any] = field(default_factory=dict)
    more: int = 0
    id: str = field(default_factory=lambda: f"msg_{uuid4().hex}")


class Taken(NamedTuple):
    """The notices to send now, and whether there may be more events to read."""

    notices: list[Notice]
    unfinished: bool = False


def begin(session: Session) -> Notices:
    """Return the row of notices, creating it if needed; a new row skips all events so far."""
    row = session.get(Notices, 1)
    if row is None:
        row = Notices(cursor=events.newest(session))
        session.add(row)
    return row


def pending(session: Session) -> bool:
    """Return whether `take` may find something."""
    row = session.get(Notices, 1)
    if row is None or row.waiting or events.newest(session) > row.cursor:
        return True
    return row.unreachable_since is not None and not row.unreachable_told


def take(session: Session, now: datetime) -> Taken:
    """Claim the notices to send now; each is returned once, and lost if its process dies before sending it.

    Notices beyond the limits `SPACING` and `PER_WINDOW` wait, and are summed up. Those that are older than
    `TOO_OLD`, and those whose approval was answered or whose pause was lifted, are dropped.
    """
    row = begin(session)
    page = events.since(session, row.cursor, PAGE)
    _EventCollector(session, row, now).collect(page)
    if page:
        row.cursor = page[-1].id or row.cursor
    session.add(row)
    if len(page) == PAGE:
        return Taken([], unfinished=True)
    return Taken(_release(session, row, now))


@dataclass(frozen=True)
class _EventCollector:
    """Read events in order, and add the notices that follow from them to those that wait."""

    session: Session
    row: Notices
    now: datetime

    def collect(self, page: Sequence[Event]) -> None:
        decided = self._deciders(page)
        for event in page:
            if event.kind == EventKind.BEAT_FINISHED:
                self._note_reachability(event, decided.get(event.beat_id or 0))
            elif (
                event.kind == EventKind.APPROVAL_REQUESTED
                and decided.get(event.beat_id or 0) == Decider.MODEL
            ):
                self._note_answer(event.at)
            kind = _FROM_EVENTS.get(event.kind)
            if kind is not None and self.now - event.at <= TOO_OLD:
                self._enqueue(kind, event.at, event.thread_id, event.beat_id, event.data)
        self._check_outage()

    def _deciders(self, page: Sequence[Event]) -> dict[int, Decider | None]:
        wanted = {event.beat_id for event in page if event.beat_id is not None}
        query = select(Beat.id, Beat.decided_by).where(col(Beat.id).in_(wanted))
        found = self.session.exec(query).all()
        return {beat_id: Decider(who) if who else None for beat_id, who in found if beat_id}

    def _note_reachability(self, event: Event, decided_by: Decider | None) -> None:
        ended = (event.data.get("status"), event.data.get("reason"))
        if ended == (BeatStatus.SKIPPED, Reason.MODEL_UNREACHABLE) or decided_by == Decider.RULES:
            if self.row.unreachable_since is None:
                self.row.unreachable_since = event.at
            self.row.unreachable_last = event.at
        elif decided_by == Decider.MODEL:
            self._note_answer(event.at)

    def _note_answer(self, at: datetime) -> None:
        row = self.row
        if row.unreachable_told and row.unreachable_since is not None and self.now - at <= TOO_OLD:
            self._enqueue(NoticeKind.MODEL_BACK, at, None, None, {"since": _text(row.unreachable_since)})
        row.unreachable_since, row.unreachable_last, row.unreachable_told = None, None, False

    def _check_outage(self) -> None:
        """Add a notice if no model has answered for `UNREACHABLE`, once for each outage."""
        since, last = self.row.unreachable_since, self.row.unreachable_last
        if since is None or last is None or self.row.unreachable_told:
            return
        if self.now - since >= UNREACHABLE and last - since >= CONFIRMED:
            self.row.unreachable_told = True
            data = {"since": _text(since), "last_try": _text(last)}
            self._enqueue(NoticeKind.MODEL_UNREACHABLE, self.now, None, None, data)

    def _enqueue(
        self,
        kind: NoticeKind,
        at: datetime,
        thread_id: str | None,
        beat_id: int | None,
        data: Mapping[str, Any],
    ) -> None:
        entry = {
            "kind": kind,
            "at": _text(at),
            "thread_id": thread_id,
            "beat_id": beat_id,
            "data": dict(data),
            "count": 1,
        }
        others = []
        for each in self.row.waiting:
            if _key(each) == _key(entry):
                entry["count"] = each["count"] + 1
            else:
                others.append(each)
        self.row.waiting = [*others, entry][-MAX_WAITING:]


def _release(session: Session, row: Notices, now: datetime) -> list[Notice]:
    # Entries later than now were written before the clock was set back.
    sent = [each for each in row.sent if timedelta(0) <= now - _instant(each["at"]) < WINDOW]
    recent = {_key(each) for each in sent if now - _instant(each["at"]) < SPACING}
    waiting = [each for each in row.waiting if _still_matters(session, each, now)]
    ready = [each for each in waiting if _key(each) not in recent]
    room = PER_WINDOW - len(sent)
    if len(ready) > room:
        # The last notice within the limit is a summary of all that are left.
        single, summed = ready[: max(room - 1, 0)], ready[max(room - 1, 0) :] if room > 0 else []
    else:
        single, summed = ready, []
    notices = [_notice(each) for each in single]
    if summed:
        notices.append(_summary(summed, now))
    released = [*single, *summed]
    row.waiting = [each for each in waiting if each not in released]
    row.sent = [
        *sent,
        *({"at": _text(now), "kind": each.kind, "thread_id": each.thread_id} for each in notices),
    ]
    return notices


def _still_matters(session: Session, entry: Mapping[str, Any], now: datetime) -> bool:
    if now - _instant(entry["at"]) > TOO_OLD:
        return False
    if entry["kind"] == NoticeKind.APPROVAL_REQUESTED:
        beat = session.get(Beat, entry["beat_id"])
        return beat is not None and beat.status == BeatStatus.AWAITING_APPROVAL
    if entry["kind"] == NoticeKind.THREAD_PAUSED:
        thread = session.get(Thread, entry["thread_id"])
        return thread is not None and thread.paused_reason is not None
    return True


def _notice(entry: Mapping[str, Any]) -> Notice:
    return Notice(
        NoticeKind(entry["kind"]),
        _instant(entry["at"]),
        entry["thread_id"],
        entry["beat_id"],
        entry["data"],
        more=entry["count"] - 1,
    )


def _summary(entries: Sequence[Mapping[str, Any]], now: datetime) -> Notice:
    counts: dict[str, int] = {}
    for each in entries:
        counts[each["kind"]] = counts.get(each["kind"], 0) + each["count"]
    threads = sorted({each["thread_id"] for each in entries if each["thread_id"]})
    return Notice(NoticeKind.SUMMARY, now, data={"counts": counts, "threads": threads})


def _key(entry: Mapping[str, Any]) -> tuple[str, str | None]:
    return entry["kind"], entry["thread_id"]


def _text(instant: datetime) -> str:
    return instant.isoformat()


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text)
