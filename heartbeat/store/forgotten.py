"""What is left of a beat whose texts are forgotten: that it was, when, how it ended and what it did; no texts."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from sqlmodel import Session, and_, col, func, or_, select, update

from heartbeat.memory import Memory
from heartbeat.store.outbox.change import end_unsent
from heartbeat.store.retry import LAST
from heartbeat.store.tables import (
    Action,
    Beat,
    Comment,
    Delivery,
    Event,
    Message,
    Notices,
    Post,
    TargetHealth,
    Thread,
)
from heartbeat.vocabulary import NOTICE, DeliveryStatus, EventKind, FeedKind

SAID = "The texts of this are forgotten."
"""What stands in the place of a text that is forgotten."""
_DRAFT = ("kind", "board", "post_id", "comment_id", "vote_direction", "about", "about_digest", "target")
"""What stays of an action: what kind it was, and of which item; not what it said."""
_SENT = ("kind", "thread_id", "beat_id", "board", "post_id", "comment_id", "vote_direction", "about")
_ANSWER = ("answer", "at", "by", "always", "standing_id")
_WAITING = (DeliveryStatus.PENDING, DeliveryStatus.HELD)


def blank_beat(row: Beat, name: str, now: datetime) -> None:
    """Delete the texts of a settled beat; ids, instants, outcome, hashes and counts stay."""
    row.summary, row.error = f"{SAID[:-1]}, with the connection {name}.", None
    row.woken_by = None if row.woken_by is None else [{**each, "title": None} for each in row.woken_by]
    row.context, row.prompt, row.rounds, row.problems, row.attempts = None, None, [], [], []
    row.action = _only(row.action, _DRAFT)
    row.approval = _only(row.approval, _ANSWER)
    row.memory = None if row.memory is None else _memory(row.memory, name)
    row.forgotten_at = now


def _memory(kept: Mapping[str, Any], name: str) -> dict[str, Any] | None:
    """Return a memory without texts, and without how far the connection was looked at.

    A connection of its name that is added later counts from 1 again.
    """
    memory = Memory.newest(kept)
    if memory == Memory():
        return None  # it cannot be read
    mark = f"{name}."
    return (
        memory.without_texts()
        .model_copy(
            update={
                "marks": {each: seq for each, seq in memory.marks.items() if not each.startswith(mark)},
                "pending": tuple(each for each in memory.pending if not each.startswith(mark)),
                "counted": tuple(each for each in memory.counted if not each.startswith(mark)),
            }
        )
        .to_dict()
    )


def blank_actions(session: Session, beat_ids: Collection[int]) -> list[tuple[str, int]]:
    """Delete the texts of the actions of beats; return what they made on the built-in forum, by kind and id."""
    made: list[tuple[str, int]] = []
    for row in session.exec(select(Action).where(col(Action.beat_id).in_(beat_ids))):
        receipt = row.receipt or {}
        for kind in (FeedKind.POST, FeedKind.COMMENT):
            number = receipt.get(f"{kind}_id")
            if isinstance(number, int) and "key" in receipt:
                made.append((kind.value, number))
        row.file = row.fields = None
        row.title, row.content, row.text = (text and SAID for text in (row.title, row.content, row.text))
        row.receipt = _without_texts(row.receipt)
        session.add(row)
    return made


def blank_deliveries(session: Session, beat_ids: Collection[int], now: datetime) -> bool:
    """Cancel what beats have queued, and delete what was to be sent; return whether some of it is being sent now.

    A try that goes on has its own copy of the text, and no other one follows it.
    """
    is_sending = False
    for row in session.exec(select(Delivery).where(col(Delivery.beat_id).in_(beat_ids))).all():
        is_sending = _blank(session, row, now) or is_sending
    return is_sending


def blank_notices(session: Session, beat_ids: Collection[int], name: str, now: datetime) -> None:
    """Cancel and delete what was to be told about beats, about the connection itself, or about an item of it.

    Deliveries about items may be of threads that were removed.
    """
    of_it = and_(col(Delivery.kind) == NOTICE, func.instr(Delivery.payload, f'"connection": "{name}"') > 0)
    about_it = and_(
        func.instr(Delivery.payload, f'"about": "{name}.') > 0, func.instr(Delivery.payload, '"text": ') > 0
    )
    for row in session.exec(select(Delivery).where(or_(of_it, about_it))).all():
        _blank(session, row, now)
    notices = session.get(Notices, 1)
    if notices is not None:
        notices.waiting = [
            each
            for each in notices.waiting
            if each.get("beat_id") not in beat_ids and each["data"].get("connection") != name
        ]
        session.add(notices)


def _blank(session: Session, row: Delivery, now: datetime) -> bool:
    is_sending = row.status == DeliveryStatus.SENDING
    if is_sending:
        row.afterwards = DeliveryStatus.FAILED
    elif row.status in _WAITING:
        end_unsent(session, row, now, by_person=False)
    row.payload = {name: value for name, value in row.payload.items() if name in _SENT}
    row.tries = [{**each, "said": ""} for each in row.tries]
    row.receipt = _without_texts(row.receipt)
    session.add(row)
    health = session.get(TargetHealth, row.target)
    if health is not None and health.said:
        health.said = SAID  # it may repeat what was sent
        session.add(health)
    return is_sending


def blank_events(session: Session, beat_ids: Collection[int]) -> None:
    """Delete the summaries in the events of beats; the numbers of events stay."""
    query = select(Event).where(col(Event.beat_id).in_(beat_ids))
    for row in session.exec(query):
        if "summary" in row.data:
            row.data = {**row.data, "summary": SAID}
            session.add(row)


def blank_messages(session: Session, thread_id: str, agent: str, since: datetime) -> None:
    """Delete the texts of what the agent has written into a conversation; what people wrote stays."""
    written = (
        col(Message.thread_id) == thread_id,
        col(Message.author) == agent,
        col(Message.created_at) >= since,
        col(Message.content) != SAID,
    )
    session.execute(update(Message).where(*written).values(content=SAID))


def blank_pauses(session: Session, thread_id: str, now: datetime) -> None:
    """Delete what the reason of a pause says of the last beat: on the thread, in events and in notices."""
    thread = session.get(Thread, thread_id)
    if thread is not None and thread.paused_reason:
        thread.paused_reason = thread.paused_reason.partition(LAST)[0]
        session.add(thread)
    paused = (Event.thread_id == thread_id, Event.kind == EventKind.THREAD_PAUSED)
    for event in session.exec(select(Event).where(*paused)):
        event.data = {**event.data, "reason": str(event.data.get("reason") or "").partition(LAST)[0]}
        session.add(event)
    notices = session.get(Notices, 1)
    if notices is not None:
        notices.waiting = [
            each
            for each in notices.waiting
            if not (each["thread_id"] == thread_id and LAST in str(each["data"]))
        ]
        session.add(notices)
    told = (Delivery.kind == NOTICE, Delivery.thread_id == thread_id, func.instr(Delivery.payload, LAST) > 0)
    for row in session.exec(select(Delivery).where(*told)).all():
        _blank(session, row, now)


def blank_forum(session: Session, made: Collection[tuple[str, int]]) -> list[str]:
    """Delete the texts of posts and comments of the agent on the built-in forum; the answers of others stay.

    Return the pieces of JSON by which a beat shows that it saw one of them: it saw their post, or comments on it,
    which are shown with the beginning of what they answer.
    """
    posts: set[int] = set()
    for kind, number in made:
        row = session.get(Post if kind == FeedKind.POST else Comment, number)
        if row is None:
            continue
        row.content = SAID
        if isinstance(row, Post):
            row.title = SAID
        posts.add(row.post_id if isinstance(row, Comment) else number)
        session.add(row)
    own = [f'"source": "forum", "kind": "post", "id": "{number}"' for number in sorted(posts)]
    return [*own, *(f'"post_id": "{number}"' for number in sorted(posts))]


def shows_any(session: Session, texts: Collection[str]) -> dict[str, int]:
    """Return the first beat of each thread that holds one of these pieces of JSON, by thread."""
    held = [
        func.instr(column, text) > 0
        for text in texts
        for column in (Beat.context, Beat.memory, Beat.problems, Beat.woken_by)
    ]
    query = select(Beat.thread_id, func.min(Beat.id)).where(col(Beat.forgotten_at).is_(None), or_(*held))
    return {thread: first for thread, first in session.exec(query.group_by(Beat.thread_id)) if first}


def _only(values: Mapping[str, Any] | None, names: Collection[str]) -> dict[str, Any] | None:
    return None if values is None else {name: each for name, each in values.items() if name in names}


def _without_texts(receipt: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """Return the numbers of a receipt and its key; ids that are texts may hold a title."""
    if receipt is None:
        return None
    return {name: each for name, each in receipt.items() if name == "key" or isinstance(each, int | float)}
