"""Notices: derive notifications for people from events, and queue them for delivery in the same transaction."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlmodel import Session, col, select

from heartbeat.approval import place_of
from heartbeat.notice import Notice
from heartbeat.store import events, inbox, notice_deliveries
from heartbeat.store.effective import effective, get_defaults
from heartbeat.store.inbox_tables import ConnectionLook
from heartbeat.store.notice_deliveries import Failed
from heartbeat.store.tables import Beat, Delivery, Event, Notices, TargetHealth, Thread
from heartbeat.vocabulary import BeatStatus, Decider, DeliveryStatus, EventKind, NoticeKind, Reason

SPACING = timedelta(minutes=10)
"""The least time between two notices of one kind about one thread, or about approvals at one place of a thread."""
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


_APART = frozenset({NoticeKind.TARGET_DOWN, NoticeKind.CONNECTION_FAILING, NoticeKind.APPROVAL_REQUESTED})
"""Notices about different targets, connections, or places of a thread, of which none replaces another."""


class Taken(NamedTuple):
    """The notices that were queued, and whether there may be more events to read."""

    notices: list[Notice]
    unfinished: bool = False


def begin(session: Session, now: datetime) -> Notices:
    """Return the row of notices, creating it if needed; a new row skips all events so far but what still waits."""
    row = session.get(Notices, 1)
    if row is None:
        row = Notices(cursor=events.newest(session))
        _EventCollector(session, row, now).collect_unanswered()
        session.add(row)
    return row


def pending(session: Session) -> bool:
    """Return whether `take` may find something."""
    row = session.get(Notices, 1)
    if row is None or row.waiting or events.newest(session) > row.cursor:
        return True
    return row.unreachable_since is not None and not row.unreachable_told


def take(session: Session, now: datetime, *, owners: Collection[str], public_url: str | None = None) -> Taken:
    """Queue the notices to send now, one delivery for each of ``owners``, the connections that reach the owner.

    Notices beyond the limits `SPACING` and `PER_WINDOW` wait, and are summed up. Those that are older than
    `TOO_OLD`, and those whose approval was answered or whose pause was lifted, are dropped; what was queued and has
    not left by then is cancelled. ``public_url`` is where the owner opens the panel.

    The caller commits with `Store.write_durably`, so that no notice is lost and none is told twice.
    """
    row = begin(session, now)
    page = events.since(session, row.cursor, PAGE)
    _EventCollector(session, row, now).collect(page)
    if page:
        row.cursor = page[-1].id or row.cursor
    session.add(row)
    if len(page) == PAGE:
        return Taken([], unfinished=True)
    notice_deliveries.withdraw(session, now, lambda entry: _still_matters(session, entry, now))
    probes = notice_deliveries.probes(session, owners, now)
    notices = _release(session, row, now)
    for notice in (*probes, *notices):
        notice_deliveries.queue(session, notice, owners, public_url, now)
    # What was added meanwhile are the events of these deliveries, since nobody else could write.
    row.cursor = events.newest(session)
    return Taken(notices)


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
                about = self._place(event) if kind == NoticeKind.APPROVAL_REQUESTED else None
                self._enqueue(kind, event.at, event.thread_id, event.beat_id, event.data, about)
            if event.kind == EventKind.PLAN_CHANGED and self.now - event.at <= TOO_OLD:
                self._ask_about_lines(event)
        for failed in notice_deliveries.failed(self.session, page):
            if self.now - failed.at <= TOO_OLD and not self._is_known(failed):
                self._enqueue(
                    failed.kind, failed.at, failed.thread_id, failed.beat_id, failed.data, failed.about
                )
        for health in notice_deliveries.down(self.session):
            since = _text(health.down_since or self.now)
            data = {"target": health.target, "since": since, "said": health.said}
            self._enqueue(NoticeKind.TARGET_DOWN, self.now, None, None, data, health.target)
        for look in inbox.untold(self.session, self.now):
            since = _text(look.failing_since or self.now)
            data = {"connection": look.name, "since": since, "said": look.said}
            self._enqueue(NoticeKind.CONNECTION_FAILING, self.now, None, None, data, look.name)
        self._check_outage()

    def collect_unanswered(self) -> None:
        """Add the notices about actions that wait for approval, whenever they were proposed."""
        for event in events.unanswered(self.session):
            kind, about = NoticeKind.APPROVAL_REQUESTED, self._place(event)
            self._enqueue(kind, event.at, event.thread_id, event.beat_id, event.data, about)

    def _ask_about_lines(self, event: Event) -> None:
        """Add a notice about the lines that were read with doubt, or not at all, or whose time was missed."""
        if event.data.get("unsure") or event.data.get("failed"):
            self._enqueue(NoticeKind.PLAN_UNSURE, event.at, event.thread_id, None, event.data)
        if event.data.get("missed"):
            self._enqueue(NoticeKind.PLAN_MISSED, event.at, event.thread_id, None, event.data)

    def _place(self, event: Event) -> str | None:
        """Return the place where the action of a beat waits; None if the beat is gone."""
        beat = self.session.get(Beat, event.beat_id)
        return place_of(beat.action) if beat is not None and beat.action is not None else None

    def _is_known(self, failed: Failed) -> bool:
        return any(each.get("about") == failed.about for each in (*self.row.waiting, *self.row.sent))

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
        about: str | None = None,
    ) -> None:
        entry = {
            "kind": kind,
            "at": _text(at),
            "thread_id": thread_id,
            "beat_id": beat_id,
            "data": dict(data),
            "about": about,
            "count": 1,
        }
        others = []
        for each in self.row.waiting:
            if _key(each) != _key(entry):
                others.append(each)
            elif kind != NoticeKind.APPROVAL_REQUESTED:
                entry["count"] = each["count"] + 1
            # Of approvals at one place only the newest waits; the others have been answered.
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
    notices = [_notice(session, each) for each in single]
    told = [
        {"at": _text(now), "kind": each["kind"], "thread_id": each["thread_id"], "about": each.get("about")}
        for each in single
    ]
    if summed:
        notices.append(_summary(summed, now))
        told.append({"at": _text(now), "kind": NoticeKind.SUMMARY, "thread_id": None})
    released = [*single, *summed]
    row.waiting = [each for each in waiting if each not in released]
    row.sent = [*sent, *told]
    return notices


def _still_matters(session: Session, entry: Mapping[str, Any], now: datetime) -> bool:
    if now - _instant(entry["at"]) > TOO_OLD:
        return False
    if entry["kind"] == NoticeKind.APPROVAL_REQUESTED:
        beat = session.get(Beat, entry["beat_id"])
        return (
            beat is not None
            and beat.status == BeatStatus.AWAITING_APPROVAL
            and (beat.expires_at is None or beat.expires_at > now)
        )
    if entry["kind"] == NoticeKind.THREAD_PAUSED:
        thread = session.get(Thread, entry["thread_id"])
        return thread is not None and thread.paused_reason is not None
    if entry["kind"] == NoticeKind.TARGET_DOWN:
        health = session.get(TargetHealth, entry["data"]["target"])
        return health is not None and health.down_since is not None
    if entry["kind"] == NoticeKind.CONNECTION_FAILING:
        look = session.get(ConnectionLook, entry["data"]["connection"])
        return look is not None and look.used and look.failing_since is not None
    if entry["kind"] in (NoticeKind.DELIVERY_FAILED, NoticeKind.DELIVERY_UNKNOWN):
        delivery = session.get(Delivery, entry["data"]["delivery_id"])
        return delivery is not None and delivery.status in (DeliveryStatus.FAILED, DeliveryStatus.UNKNOWN)
    return True


def _notice(session: Session, entry: Mapping[str, Any]) -> Notice:
    data = dict(entry["data"])
    if entry["kind"] == NoticeKind.APPROVAL_REQUESTED:
        data["timezone"] = _zone(session, entry["thread_id"])
    return Notice(
        NoticeKind(entry["kind"]),
        _instant(entry["at"]),
        entry["thread_id"],
        entry["beat_id"],
        data,
        more=entry["count"] - 1,
    )


def _zone(session: Session, thread_id: str) -> str | None:
    """Return the time zone of a thread, None if it is gone."""
    thread = session.get(Thread, thread_id)
    found = effective(get_defaults(session), thread.overrides) if thread is not None else None
    return found.config.timezone if found is not None else None


def _summary(entries: Sequence[Mapping[str, Any]], now: datetime) -> Notice:
    counts: dict[str, int] = {}
    for each in entries:
        counts[each["kind"]] = counts.get(each["kind"], 0) + each["count"]
    threads = sorted({each["thread_id"] for each in entries if each["thread_id"]})
    return Notice(NoticeKind.SUMMARY, now, data={"counts": counts, "threads": threads})


def _key(entry: Mapping[str, Any]) -> tuple[str, str | None, str | None]:
    """Return what notices of one kind about one thing have in common."""
    about = entry.get("about") if entry["kind"] in _APART else None
    return entry["kind"], entry["thread_id"], about


def _text(instant: datetime) -> str:
    return instant.isoformat()


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text)
