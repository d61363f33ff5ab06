"""Sixth step: do it, once; the action, its effect and its receipt are one transaction under the beat's fence."""

from __future__ import annotations

import functools
import json
import logging
from datetime import datetime

from langgraph.runtime import Runtime
from sqlmodel import Session

from heartbeat.config import Config
from heartbeat.draft import Draft
from heartbeat.errors import HeartbeatError, TargetError
from heartbeat.instructions import mask_secrets
from heartbeat.store import Claim, actions, beats, budget
from heartbeat.store.failure import DATABASE_ERRORS
from heartbeat.store.progress import report
from heartbeat.targets import InternalTarget, is_internal
from heartbeat.text import sentence
from heartbeat.vocabulary import ActionStatus, BeatStatus, Reason
from nodes.context import Context, services_of
from nodes.cooldown import too_soon
from nodes.criteria import refusals, rejected
from nodes.offer import ActionContext, resolve_actions
from nodes.services import Services
from nodes.state import BeatState, Update, ending, path_with
from nodes.step import node
from nodes.validate import duplicate
from nodes.view import StateView

logger = logging.getLogger("heartbeat")


@node
def dispatch(state: BeatState, runtime: Runtime[Context]) -> Update:
    """Hand the draft to the target; what may have changed since the decision is checked again."""
    services = services_of(runtime)
    beat = StateView(state)
    draft, choice = beat.draft, resolve_actions(beat, services)
    refused = _refusals(beat, services)
    if refused:
        return rejected(refused)
    try:
        path = path_with(state, "dispatch")
        return services.store.write(
            _dispatch, beat.claim, draft, choice, beat.config, path, services, services.clock()
        )
    except TargetError as error:
        return ending(
            BeatStatus.FAILED,
            sentence(f"The target refused: {error}"),
            reason=Reason.DISPATCH,
            error=str(error),
        )


def _refusals(beat: StateView, services: Services) -> tuple[str, ...]:
    """Return what the criteria have against a draft that a person approved; `validate` asked about any other."""
    row = services.store.read(beats.get, beat.claim.beat_id)
    if row.approval is None or beats.is_settled(row) or services.store.read(actions.of_beat, row.id or 0):
        return ()
    return refusals(beat, beat.draft, services, row.thread_id)


def _dispatch(
    session: Session,
    claim: Claim,
    draft: Draft,
    choice: ActionContext,
    config: Config,
    path: list[str],
    services: Services,
    now: datetime,
) -> Update:
    target = choice.target
    assert is_internal(target)  # noqa: S101
    row = beats.held(session, claim)
    if not actions.of_beat(session, claim.beat_id) and not beats.is_settled(row):
        # Not the tokens: the decision is paid for, and acting on it costs none.
        spent = budget.spent_actions(session, row.thread_id, config, now)
        if spent:
            return ending(BeatStatus.SKIPPED, spent.sentence, reason=Reason.BUDGET_EXHAUSTED)
        waits = actions.cooling(session, target.name, choice.capabilities.cooldowns, now)
        if draft.kind in waits:
            return too_soon(target.name, draft.kind, waits, config.timezone)
        if actions.done_lately(session, row.thread_id, draft.digest(target.name), now, but_for=claim.beat_id):
            return duplicate(draft)
    done = actions.perform(
        session,
        claim,
        draft,
        target=target.name,
        apply=functools.partial(_apply, services, target, draft, now),
        status=ActionStatus(target.done),
        now=now,
    )
    if not beats.is_settled(row):
        row.path = path
    # While the target had the transaction, nobody could renew the lease.
    beats.renew(session, claim, services.store.lease, services.clock())
    if done is None:
        return ending(row.status, row.summary, reason=row.reason, error=row.error)
    return ending(BeatStatus.ACTED, report(done, draft))


def _apply(
    services: Services, target: InternalTarget, draft: Draft, now: datetime, session: Session, key: str
) -> dict[str, object]:
    try:
        receipt = target.apply(session, draft, key=key, now=now)
        json.dumps(receipt, allow_nan=False)
    except DATABASE_ERRORS:
        raise
    except (Exception, SystemExit) as error:
        if isinstance(error, HeartbeatError):
            raise TargetError(str(error)) from error
        logger.exception("target %s failed", target.name, extra={"action": "target_failed"})
        raise TargetError(mask_secrets(f"{type(error).__name__}: {error}")) from error
    services.probe("inside:dispatch")
    return receipt
