"""Store a person's answer to an action that awaits approval, and resume the beat."""

from __future__ import annotations

import asyncio

from heartbeat.errors import ConflictError
from heartbeat.store import Claim, approvals, beats
from heartbeat.store.approvals import Answer
from heartbeat.store.progress import state_of
from heartbeat.store.views import BeatView
from heartbeat.vocabulary import AnswerOrigin, BeatStatus
from heartbeat_service.runner import OnStep, Runner, ignore
from nodes.approve import check_edit
from nodes.services import Services
from nodes.standing import check_always, keep_address
from nodes.view import StateView


async def answer(
    runner: Runner,
    beat_id: int,
    given: Answer,
    *,
    by: AnswerOrigin = AnswerOrigin.API,
    on_step: OnStep = ignore,
) -> BeatView:
    """Store a person's answer, resume the beat and return it when it has settled.

    Raises:
        NotFoundError: no such beat.
        ConflictError: the beat does not await approval (any more).
        InvalidValueError: the edited action, or `always`, is not allowed; the beat still awaits approval.
    """
    thread_id, claim = await asyncio.to_thread(accept, runner.services, beat_id, given, by)
    return await runner.go_on(thread_id, claim, on_step=on_step)


def accept(
    services: Services, beat_id: int, given: Answer, by: AnswerOrigin = AnswerOrigin.API
) -> tuple[str, Claim]:
    """Check an answer, store it and claim the beat for this process. Return the thread's id and the claim.

    Raises:
        NotFoundError: no such beat.
        ConflictError: the beat does not await approval (any more).
        InvalidValueError: the edited action, or `always`, is not allowed; the beat still awaits approval.
        PluginError: a plug-in that checks edits failed; the beat still awaits approval.
    """
    store, now = services.store, services.clock()
    row = store.read(beats.get, beat_id)
    if beat_id in store.write(approvals.expire, now, thread_id=row.thread_id):
        raise ConflictError(f"beat {beat_id} waited too long and was rejected; nothing was done")
    if row.status == BeatStatus.AWAITING_APPROVAL:
        beat = StateView(state_of(row))
        check_edit(beat, given, services, row.thread_id)
        if given.always:
            check_always(beat)
            keep_address(beat, services)
    claim = store.write(approvals.answer, beat_id, given, by=by, lease=store.lease, now=now)
    return row.thread_id, claim
