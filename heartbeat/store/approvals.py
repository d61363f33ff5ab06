"""Approvals: request one, store its answer, and expire those that nobody answered."""

from __future__ import annotations

import logging
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StrictBool, model_validator
from sqlmodel import Session, col, select

from heartbeat.approval import meanwhile, place_of
from heartbeat.errors import ConflictError
from heartbeat.store import approval_threads, beats, events, standing, threads, wakes
from heartbeat.store.approval_tables import StandingApproval
from heartbeat.store.beats import Claim, Outcome
from heartbeat.store.lease import Lease
from heartbeat.store.tables import Beat
from heartbeat.text import utc
from heartbeat.vocabulary import AnswerOrigin, BeatStatus, EventKind, Reason

logger = logging.getLogger("heartbeat")


class Edit(BaseModel):
    """Fields of the action that a person changes; those not given stay as they are."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    title: str | None = None
    content: str | None = None
    board: str | None = None
    post_id: str | None = None
    comment_id: str | None = None
    vote_direction: str | None = None
    fields: dict[str, Any] | None = Field(None, description="Fields of an action of a target's own kind.")
    text: str | None = Field(None, description="Of a tell or a note.")
    about: str | None = Field(
        None,
        description="Of a tell or a note: the shown item that it is about, such as post 3; empty for none.",
    )
    file: str | None = Field(None, description="Of a note.")
    mode: str | None = Field(None, description="Of a note: append or tick.")


class Answer(BaseModel):
    """What a person says to an action that waits."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    answer: Literal["approve", "reject"]
    edit: Edit | None = Field(None, description="What to change before it is done; validated again.")
    reason: str | None = Field(None, max_length=500, description="Why it was rejected.")
    always: StrictBool = Field(
        False, description="Also approve all later actions of this kind from this thread to this target."
    )

    @model_validator(mode="after")
    def _check_always(self) -> Self:
        if self.always and self.answer != "approve":
            raise ValueError("always: only what is approved can be approved from now on; leave it out")
        return self


def ask(
    session: Session,
    claim: Claim,
    draft: Mapping[str, Any],
    now: datetime,
    *,
    expires_at: datetime,
    summary: str,
    memory: Mapping[str, Any] | None = None,
    path: Sequence[str] | None = None,
    in_place: bool = True,
) -> Beat:
    """Set the beat to wait for approval until ``expires_at``, and end its lease.

    ``memory`` is the thread's memory if the action is done; it counts from now on, so that later beats do not look at
    the same items again. ``path`` are the nodes that have finished; None keeps those on the row. ``in_place``: the
    beat waits on the LangGraph thread of its thread, which does not beat meanwhile; else on one of its own.
    """
    row = beats.held(session, claim)
    if row.status == BeatStatus.RUNNING:
        row.status, row.summary = BeatStatus.AWAITING_APPROVAL, summary
        row.action, row.expires_at = dict(draft), expires_at
        row.memory = row.memory if memory is None else dict(memory)
        row.path = row.path if path is None else list(path)
        row.lease_owner = row.lease_until = None
        row.supervised = not in_place
        session.add(row)
        wakes.when_waiting(session, threads.get(session, row.thread_id), row, now)
        if not in_place:
            approval_threads.add(session, row.thread_id, claim.beat_id)
        events.add(
            session,
            EventKind.APPROVAL_REQUESTED,
            now,
            thread_id=row.thread_id,
            beat_id=row.id,
            summary=summary,
            expires_at=utc(expires_at),
            meanwhile=meanwhile(place_of(draft), in_place=in_place),
        )
    return row


def answer(
    session: Session,
    beat_id: int,
    given: Answer,
    *,
    by: AnswerOrigin,
    lease: Lease,
    now: datetime,
) -> Claim:
    """Store the answer and claim the beat, so that its run can go on; only the first answer counts.

    Raises:
        NotFoundError: no such beat.
        ConflictError: the beat does not wait for approval, or its approval has expired.
    """
    row = beats.get(session, beat_id)
    if row.status != BeatStatus.AWAITING_APPROVAL:
        raise ConflictError(f"beat {beat_id} does not wait for approval: it is {_state(row)}")
    if row.expires_at is not None and row.expires_at <= now:
        raise ConflictError(f"beat {beat_id} waited for approval until {row.expires_at.isoformat()}")
    row.status = BeatStatus.RUNNING
    row.approval = {**given.model_dump(exclude_unset=True), "by": by.value, "at": now.isoformat()}
    if given.always and row.action is not None:
        kind, target = str(row.action["kind"]), place_of(row.action)
        stands = standing.give(session, row.thread_id, kind, target, now, beat_id=beat_id, by=by)
        row.approval = {**row.approval, "standing_id": stands.id}
    # The process that takes the answer runs the rest. If it dies, another can go on from the stored answer.
    row.supervised = True
    row.fence += 1
    row.lease_owner, row.lease_until = lease.owner, lease.until(now)
    session.add(row)
    return beats.claim_of(row)


def allow(session: Session, claim: Claim, stands: StandingApproval, now: datetime) -> Beat:
    """Approve the action of a running beat by a standing approval."""
    row = beats.held(session, claim)
    if row.status == BeatStatus.RUNNING and row.approval is None:
        by = AnswerOrigin.STANDING.value
        row.approval = {"answer": "approve", "by": by, "standing_id": stands.id, "at": now.isoformat()}
        session.add(row)
        said = "approved by standing approval %d"
        logger.info(said, stands.id, extra={"action": "standing_approved"})
    return row


def by_person(row: Beat) -> bool:
    """Return whether a person has answered to the action of a beat, itself and not by a standing approval."""
    return row.approval is not None and row.approval.get("by") != AnswerOrigin.STANDING.value


def answer_on(row: Beat) -> Answer:
    """Return the answer that is stored on the row of a beat."""
    stored = row.approval or {}
    return Answer.model_validate({name: stored[name] for name in Answer.model_fields if name in stored})


def expire(
    session: Session, now: datetime, *, thread_id: str | None = None, without: Collection[str] = ()
) -> list[int]:
    """Reject the beats whose approval has expired, and return their ids; ``without`` are threads to leave alone."""
    query = select(Beat.id).where(Beat.status == BeatStatus.AWAITING_APPROVAL, col(Beat.expires_at) <= now)
    if thread_id is not None:
        query = query.where(Beat.thread_id == thread_id)
    if without:
        query = query.where(col(Beat.thread_id).not_in(without))
    outcome = Outcome(BeatStatus.REJECTED, "Nobody approved the action in time.", Reason.EXPIRED)
    expired = session.exec(query).all()
    return [beats.close_id(session, beat_id, outcome, now) for beat_id in expired if beat_id is not None]


def _state(row: Beat) -> str:
    return f"{row.status}/{row.reason}" if row.reason else row.status
