"""Corrections of lines: kept with who made them, changed only by those who have seen the latest plan."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement
from sqlmodel import Session, col, func, or_, select

from heartbeat.errors import NotFoundError
from heartbeat.instructions import Condition, mask_secrets
from heartbeat.plan.assemble import nearest
from heartbeat.plan.correction import Correction
from heartbeat.plan.rule import MESSAGE
from heartbeat.plan.view import plan_digest
from heartbeat.store import events
from heartbeat.store.plan_tables import CorrectionRow
from heartbeat.vocabulary import EventKind

GONE_KEPT = timedelta(days=30)
"""How long a correction whose line is gone is shown, and holds again if the very same line comes back."""


def of(session: Session, thread_id: str | None) -> list[Correction]:
    """Return the corrections that hold for a thread: its own and the workspace's; without one, the workspace's."""
    return [_correction(row) for row in _rows(session, thread_id)]


def _rows(session: Session, thread_id: str | None) -> Sequence[CorrectionRow]:
    where = or_(_belongs_to(None), _belongs_to(thread_id))
    return session.exec(select(CorrectionRow).where(where).order_by(col(CorrectionRow.id))).all()


def _correction(row: CorrectionRow) -> Correction:
    return Correction.model_validate(
        {
            "line_id": row.line_id,
            "text": row.line_text,
            "rules": row.rules,
            "role": row.role,
            "by": row.by,
            "at": row.at,
            "thread": row.thread_id,
        }
    )


def put(
    session: Session,
    correction: Correction,
    text: str,
    *,
    condition: Condition | None = None,
    shipped: Iterable[Correction] = (),
) -> str:
    """Keep a correction in place of an earlier one of its line, and return the new digest of the plan.

    ``condition`` is checked against the digest of the plan as it is: ``text`` with all corrections that hold for it,
    those that are ``shipped`` too. So of two people that correct at once one is refused.

    Raises:
        StaleError: the plan was changed since; nothing is saved.
    """
    thread_id, files = correction.thread, tuple(shipped)
    _check(session, thread_id, text, condition, files)
    if correction.by is None:
        raise ValueError("a correction that is kept has somebody who made it")
    row = _own(session, thread_id, correction.line_id) or CorrectionRow(
        thread_id=thread_id, line_id=correction.line_id, by=correction.by
    )
    row.line_text, row.by, row.at, row.gone_at = correction.text, correction.by, correction.at, None
    row.rules = [rule.model_dump(mode="json") for rule in correction.rules]
    row.role = correction.role
    session.add(row)
    session.flush()
    events.add(session, EventKind.PLAN_CHANGED, correction.at, thread_id=thread_id)
    return plan_digest(text, [*files, *of(session, thread_id)])


def remove(
    session: Session,
    thread_id: str | None,
    line_id: str,
    text: str,
    now: datetime,
    *,
    condition: Condition | None = None,
    shipped: Iterable[Correction] = (),
) -> str:
    """Delete the correction of a line, so that what was read from it holds again; return the plan's new digest.

    With a thread its own is deleted, never the workspace's. ``condition`` and ``shipped`` are as in `put`.

    Raises:
        NotFoundError: there is no such correction.
        StaleError: the plan was changed since; nothing is deleted.
    """
    files = tuple(shipped)
    row = _own(session, thread_id, line_id)
    if row is None:
        raise NotFoundError(_nothing_to_take_back(line_id, thread_id, [*files, *of(session, thread_id)]))
    _check(session, thread_id, text, condition, files)
    session.delete(row)
    session.flush()
    events.add(session, EventKind.PLAN_CHANGED, now, thread_id=thread_id)
    return plan_digest(text, [*files, *of(session, thread_id)])


def _nothing_to_take_back(line_id: str, thread_id: str | None, every: Iterable[Correction]) -> str:
    """Return why a line has no correction to take back here, and where it is corrected if it is elsewhere."""
    whose = "the workspace has" if thread_id is None else f"thread {thread_id} has"
    said = f'{whose} no correction of a line with the id "{mask_secrets(line_id):.100}"'
    decides = nearest(every).get(line_id)
    if decides is None:
        return said
    if decides.by is None:
        return (
            f"{said} that a person made; HEARTBEAT.plan.json says what the line asks for: "
            "change it there, or correct the line here"
        )
    return (
        f"{said} of its own; {decides.by} corrected it for the whole workspace: "
        "take it back there, or correct it for this thread"
    )


def _own(session: Session, thread_id: str | None, line_id: str) -> CorrectionRow | None:
    query = select(CorrectionRow).where(CorrectionRow.line_id == line_id, _belongs_to(thread_id))
    return session.exec(query).first()


def _belongs_to(thread_id: str | None) -> ColumnElement[bool]:
    column = col(CorrectionRow.thread_id)
    return column.is_(None) if thread_id is None else column == thread_id


def _check(
    session: Session,
    thread_id: str | None,
    text: str,
    condition: Condition | None,
    files: Sequence[Correction],
) -> None:
    if condition is not None:
        name = "the plan" if thread_id is None else f"the plan of thread {thread_id}"
        condition.check(plan_digest(text, [*files, *of(session, thread_id)]), name)


def latest(session: Session) -> tuple[int, datetime | None]:
    """Return how many corrections there are and when the latest was made: it changes with each of them."""
    query = select(func.count(), func.max(CorrectionRow.at))
    number, at = session.exec(query).one()
    return number, at


def threads_with(session: Session) -> list[str]:
    """Return the ids of the threads that have corrections of their own."""
    query = select(CorrectionRow.thread_id).where(col(CorrectionRow.thread_id).is_not(None)).distinct()
    return [each for each in session.exec(query.order_by(col(CorrectionRow.thread_id))) if each is not None]


def follow(session: Session, thread_id: str | None, line_ids: Collection[str], now: datetime) -> bool:
    """Note which corrections have lost their line; ``line_ids`` are those of the text as it is now.

    One whose line is gone is kept for `GONE_KEPT`, so that it can be shown, and then deleted. Return whether anything
    changed.
    """
    changed = False
    for row in _gone_or_back(session, thread_id, line_ids, now):
        if row.gone_at is not None and row.line_id not in line_ids and now - row.gone_at >= GONE_KEPT:
            session.delete(row)
        else:
            row.gone_at = None if row.line_id in line_ids else now
            session.add(row)
        changed = True
    if changed:
        events.add(session, EventKind.PLAN_CHANGED, now, thread_id=thread_id)
    return changed


def are_followed(session: Session, thread_id: str | None, line_ids: Collection[str], now: datetime) -> bool:
    """Return whether `follow` has nothing to do."""
    return not _gone_or_back(session, thread_id, line_ids, now)


def _gone_or_back(
    session: Session, thread_id: str | None, line_ids: Collection[str], now: datetime
) -> list[CorrectionRow]:
    found = []
    for row in _rows(session, thread_id):
        if row.thread_id != thread_id or row.line_id.startswith(MESSAGE):
            continue  # a message stays as it was said, however old it is
        is_there, gone_at = row.line_id in line_ids, row.gone_at
        is_over = gone_at is not None and (now - gone_at >= GONE_KEPT or gone_at > now)
        if is_there == (gone_at is not None) or (not is_there and is_over):
            found.append(row)
    return found
