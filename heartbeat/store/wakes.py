"""Wakes of a thread between its slots: for what comes due, for instants of its plan, and after beats.

What is pending stands on the row of the thread. It is computed anew in each transaction that can change it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlmodel import Session, col, select

from heartbeat.config import Config
from heartbeat.plan.instants import TimedRule, carried_on, wake_is_over
from heartbeat.schedule import retry_after
from heartbeat.schedule.window import parse_zone
from heartbeat.store import instants, rows
from heartbeat.store.effective import effective, get_defaults
from heartbeat.store.inbox.news import Crossings, came_due, may_come_due
from heartbeat.store.inbox.visible import visible
from heartbeat.store.readable import readable
from heartbeat.store.tables import Beat, Thread
from heartbeat.vocabulary import BeatStatus, Reason, WakeReason
from heartbeat.wake import Wake, wakes_of

FOLLOW_UPS = 10
"""Wakes in a row that follow up on what the beat before has left behind."""
_BITE = 500
"""Threads whose rows are held in memory at a time."""
_NAMED = 5
"""Items that a beat names as its cause."""
_BEGINNING = datetime.fromtimestamp(0, UTC)
_LOOKED = (BeatStatus.ACTED, BeatStatus.NONE)
_NOT_LOOKED = (BeatStatus.FAILED, BeatStatus.ABANDONED)
_UNREACHABLE = (Reason.MODEL_UNREACHABLE, Reason.TARGET_DOWN)
_COMPUTED = (WakeReason.DUE, WakeReason.INSTANT)
"""Wakes that follow from what the thread sees and from its plan; the others stand only on its row."""


def pending(thread: Thread) -> list[Wake]:
    """Return what asks for the thread to be woken."""
    return wakes_of(thread.woken_by)


def recompute(session: Session, thread: Thread, config: Config, now: datetime) -> None:
    """Follow a change of the thread, its config or the inbox; of a disabled or paused thread all is dropped."""
    _put(session, thread, config, now, due_through=thread.due_through)


def recompute_all(session: Session, now: datetime, *, connection: str | None = None) -> None:
    """Call `recompute` for all threads, or those that look at a connection if it has something that comes due."""
    if connection is not None and not may_come_due(session, connection, now):
        return  # a wake for what is over is dropped when its time comes
    defaults, seen = get_defaults(session), _Seen(session, now)
    for thread in _in_bites(session):
        config = effective(defaults, thread.overrides, thread.id).config
        if connection is None or connection in seen.names(config.sources):
            _put(session, thread, config, now, due_through=thread.due_through, seen=seen)


def _in_bites(session: Session) -> Iterator[Thread]:
    """Yield all threads that can be read, sorted by id, and hold no more than `_BITE` rows of them at a time."""
    after = ""
    while found := readable(
        session, Thread, select(Thread).where(col(Thread.id) > after).order_by(col(Thread.id)).limit(_BITE)
    ):
        after = found[-1].id
        yield from found
        session.flush()  # the session keeps what is not written


def realign(session: Session, found: Iterable[tuple[Thread, Config]], now: datetime) -> None:
    """Correct what a wrong clock has written; nothing is read for threads that were never woken."""
    seen = _Seen(session, now)
    for thread, config in found:
        if thread.due_through is not None or thread.woken_by or thread.instants:
            _put(session, thread, config, now, due_through=thread.due_through, seen=seen)


def after_beat(
    session: Session,
    thread: Thread,
    row: Beat,
    left: int,
    now: datetime,
    *,
    looked_at: datetime | None = None,
) -> None:
    """Plan the next wake after a beat has ended; ``left`` items are new to the thread and wait for the next one.

    ``looked_at`` is the instant up to which the beat was shown what came due, where the row does not hold that.

    A beat that could not look at what came due is tried again on the ladder; every other end settles what came due
    until it looked, or until its start where it ended before. Nothing is read of a thread that sees no connection.
    """
    if row.expires_at is not None:
        return  # when it began to wait, it had looked, and later beats have gone on from there
    woken = wakes_of(row.woken_by or ())
    is_follow_up = bool(woken) and all(each.reason == WakeReason.FOLLOW_UP for each in woken)
    follow_ups = thread.follow_ups + 1 if is_follow_up else 0
    follows = row.status in _LOOKED and left > 0 and follow_ups < FOLLOW_UPS and thread.next_due is not None
    kept = [Wake(reason=WakeReason.FOLLOW_UP, at=now)] if follows else []
    rows.put(session, thread, follow_ups=follow_ups)
    has_due = thread.due_through is not None or any(each.reason == WakeReason.DUE for each in pending(thread))
    if not has_due and not thread.instants:
        _write(session, thread, kept)
        return
    config = effective(get_defaults(session), thread.overrides, thread.id).config
    has_failed = row.status in _NOT_LOOKED or row.reason in _UNREACHABLE
    due_through = thread.due_through
    if has_due:
        before = due_through or _BEGINNING
        due_through = before if has_failed else max(before, looked_at or _looked_at(row))
    tries = thread.wake_tries + 1 if has_failed or _leaves_instants(row) else 0
    _put(session, thread, config, now, due_through=due_through, tries=tries, kept=kept)


def _leaves_instants(row: Beat) -> bool:
    """Return whether a beat ended before its plan was evaluated, so that its instants are tried again."""
    return row.status == BeatStatus.SKIPPED and row.reason != Reason.UNCHANGED


def follow_plan(
    session: Session,
    thread: Thread,
    config: Config,
    rules: Sequence[TimedRule],
    now: datetime,
    *,
    evaluated_at: datetime | None = None,
    left: Sequence[str] = (),
) -> None:
    """Wake a thread at the instants of these rules, which are those of its plan that have some.

    Instants up to ``evaluated_at``, when a beat evaluated the plan, are over but those of the rules of which the ids
    are ``left``: they are still to be followed.
    """
    carried = carried_on(rules, instants.of(thread), now)
    if evaluated_at is not None:
        carried = [each if each.rule in left else each.since(evaluated_at) for each in carried]
    before = thread.instants
    instants.put(session, thread, carried)
    if before or carried:
        recompute(session, thread, config, now)


def when_read(session: Session, thread: Thread, config: Config, now: datetime) -> None:
    """Wake a thread at once whose last beat could follow nothing, since its instructions were not read yet."""
    if not config.enabled or thread.paused_reason is not None:
        return
    if all(each.reason != WakeReason.READ for each in pending(thread)):
        _write(session, thread, [*pending(thread), Wake(reason=WakeReason.READ, at=now)])


def when_waiting(session: Session, thread: Thread, row: Beat, now: datetime) -> None:
    """Settle what came due until the look of a beat that now waits for approval: it counts as done."""
    if thread.due_through is not None:
        config = effective(get_defaults(session), thread.overrides, thread.id).config
        _put(session, thread, config, now, due_through=max(thread.due_through, _looked_at(row)), tries=0)


def _looked_at(row: Beat) -> datetime:
    """Return when a beat has looked, as far as its row holds that; else when it started."""
    at = ((row.context or {}).get("feed") or {}).get("looked_at")
    return datetime.fromisoformat(at) if isinstance(at, str) else row.started_at


def causes(session: Session, thread: Thread, config: Config, now: datetime) -> list[Wake]:
    """Return why a thread is to be woken now: the items that came due, the soonest first, and its follow-up."""
    names = visible(session, config.sources)
    zone = parse_zone(config.timezone)
    found = came_due(session, names, thread.due_through, now, limit=_NAMED, zone=zone) if names else []
    due = [
        Wake(
            reason=WakeReason.DUE,
            at=now,
            item=f"{row.connection}.{row.kind}:{row.id}",
            title=row.title or None,
            due_at=None if row.all_day else row.due_at,
            due_on=row.due_at.date() if row.all_day and row.due_at else None,
        )
        for row in found
    ]
    others = [each for each in pending(thread) if each.reason != WakeReason.DUE and each.at <= now]
    timed, rules = [each for each in others if each.reason == WakeReason.INSTANT], instants.of(thread)
    return [
        *due,
        *[each for each in timed if not wake_is_over(each.due_at, rules, now)][:_NAMED],
        *(each for each in others if each.reason != WakeReason.INSTANT),
    ]


def started(session: Session, thread: Thread, now: datetime) -> None:
    """Drop what is pending, since a beat begins that is about it; its end plans the next wake.

    Instants stay, so that those that it does not follow are tried again, and the next ones are not lost.
    """
    again = now + retry_after(thread.wake_tries + 1)
    timed = [each for each in pending(thread) if each.reason == WakeReason.INSTANT]
    _write(
        session,
        thread,
        [each if each.at > now else each.model_copy(update={"at": again}) for each in timed],
    )


def postpone(session: Session, thread: Thread, until: datetime) -> None:
    """Wake a thread later, for the same reasons."""
    rows.put(session, thread, woken_at=until)


class _Seen:
    """Which connections threads see and when something there comes due, looked up once for each ``sources``."""

    def __init__(self, session: Session, now: datetime) -> None:
        self._session, self._now = session, now
        self._names: dict[tuple[str, ...] | None, list[str]] = {}
        self._crossings: dict[tuple[tuple[str, ...], str], Crossings] = {}

    def names(self, sources: Sequence[str] | None) -> list[str]:
        key = None if sources is None else tuple(sources)
        if key not in self._names:
            self._names[key] = visible(self._session, sources)
        return self._names[key]

    def crossing(self, names: Sequence[str], zone: str, after: datetime | None) -> datetime | None:
        """Return when the next item of these connections comes due in a zone; None if there are none."""
        if not names:
            return None
        key = (tuple(names), zone)
        if key not in self._crossings:
            self._crossings[key] = Crossings(self._session, names, self._now, parse_zone(zone))
        return self._crossings[key].after(after)


def _put(
    session: Session,
    thread: Thread,
    config: Config,
    now: datetime,
    *,
    due_through: datetime | None,
    tries: int | None = None,
    kept: Sequence[Wake] | None = None,
    seen: _Seen | None = None,
) -> None:
    """Write when what the thread sees comes due after ``due_through``.

    ``tries`` are the failed tries in a row; None leaves the time of the next try as it is. ``kept`` are the other
    wakes, by default those that are pending.
    """
    seen = seen or _Seen(session, now)
    names = seen.names(config.sources)
    if names:
        # One that lies ahead was written by a clock that was set back since.
        due_through = min(due_through or _BEGINNING, now)
    others = [each for each in pending(thread) if each.reason not in _COMPUTED] if kept is None else [*kept]
    if not config.enabled or thread.paused_reason is not None:
        instants.skip(session, thread)
        _write(session, thread, [], due_through=due_through, wake_tries=0)
        return
    at = seen.crossing(names, config.timezone, due_through)
    timed = instants.next_wakes(session, thread, config, now) if thread.instants else []
    is_open = any(each.at <= now for each in timed)
    if (at is None or at > now) and not is_open:
        tries = 0
    wakes = [*others, *(_again(each, thread, tries, now) for each in timed)]
    if at is not None:
        wakes.append(Wake(reason=WakeReason.DUE, at=_due_again(at, thread, tries, now)))
    more: dict[str, Any] = {} if tries is None else {"wake_tries": tries}
    _write(session, thread, wakes, due_through=due_through, **more)


def _due_again(at: datetime, thread: Thread, tries: int | None, now: datetime) -> datetime:
    """Return when to wake a thread for what came due ``at`` some time, or comes due then."""
    if at <= now and tries:
        return now + retry_after(tries)
    before = next((each.at for each in pending(thread) if each.reason == WakeReason.DUE), None)
    if before is None:
        return at
    # It came due earlier, or is tried again later, but no later than the longest wait.
    return before if _waits(before, thread, tries, now) else min(at, before)


def _again(wake: Wake, thread: Thread, tries: int | None, now: datetime) -> Wake:
    """Return the wake for an instant; an open one after failed tries is put off as these say."""
    if wake.at > now:
        return wake
    if tries:
        return wake.model_copy(update={"at": now + retry_after(tries)})
    same = (each.at for each in pending(thread) if (each.line, each.due_at) == (wake.line, wake.due_at))
    before = next(same, None)
    is_put_off = before is not None and _waits(before, thread, tries, now)
    return wake.model_copy(update={"at": before}) if is_put_off else wake


def _waits(before: datetime, thread: Thread, tries: int | None, now: datetime) -> bool:
    """Return whether a wake that was put off until ``before`` still is."""
    return tries is None and thread.wake_tries > 0 and before <= now + retry_after(thread.wake_tries)


def _write(session: Session, thread: Thread, wakes: Sequence[Wake], **more: Any) -> None:
    rows.put(
        session,
        thread,
        woken_by=[each.model_dump(mode="json", exclude_none=True) for each in wakes],
        woken_at=min((each.at for each in wakes), default=None),
        **more,
    )
