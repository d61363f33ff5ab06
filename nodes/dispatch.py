"""Sixth node: do the action once, in one transaction under the beat's fence.

On a target inside the database that is the action with its effect and its receipt; for one outside it is the action
with its deliveries, which the deliverer sends later. The outcome of the beat and the memory of its thread are written
in the same transaction.
"""

from __future__ import annotations

import functools
import json
import logging
from dataclasses import dataclass
from datetime import datetime

from langgraph.runtime import Runtime
from sqlmodel import Session

from heartbeat.draft import Draft
from heartbeat.errors import HeartbeatError, NotFoundError, TargetError
from heartbeat.instructions import mask_secrets
from heartbeat.outflow import OutflowPolicy
from heartbeat.store import Outcome, actions, approvals, beats, budget, messages
from heartbeat.store.failure import DATABASE_ERRORS
from heartbeat.store.progress import report
from heartbeat.store.tables import Action, Beat
from heartbeat.store.views import Closed
from heartbeat.targets import InternalTarget, is_internal
from heartbeat.text import sentence
from heartbeat.vocabulary import ActionKind, ActionStatus, BeatStatus, Reason
from nodes import outflow, standing
from nodes.blocks import takers_of, too_soon, waits_for
from nodes.closing import Closing
from nodes.context import Context, context_of, row_of, services_of, view_of
from nodes.criteria import refusals, rejected
from nodes.offer import ActionContext, Option, resolve_actions
from nodes.outflow import policy_of
from nodes.outgoing import outgoing_of
from nodes.services import Services
from nodes.state import BeatState, Update, ending, path_with
from nodes.step import node
from nodes.validate import done_before, find_before
from nodes.view import StateView

logger = logging.getLogger("heartbeat")


@node
def dispatch(state: BeatState, runtime: Runtime[Context]) -> Update:
    """Do the draft inside, or queue it for outside; what may have changed since the decision is checked again."""
    services = services_of(runtime)
    services.store.look_again()
    beat = view_of(state, runtime)
    refused = _refusals(beat, services, row_of(context_of(runtime), services, beat.claim))
    if refused:
        return rejected(refused)
    policy, path = policy_of(services).of(beat.config.targets), path_with(state, "dispatch")
    now = services.clock()
    closing = Closing.of(beat, services, BeatStatus.ACTED, None, now, [*path, "settle"])
    act = _Act(beat.draft, resolve_actions(beat, services), beat, closing, services, policy)
    try:
        if not act.is_inside:
            services.connections.follow(act.takers())
        write = services.store.write if act.is_inside else services.store.write_durably
        update, closed = write(act.run, now)
    except NotFoundError as error:
        return ending(BeatStatus.FAILED, sentence(str(error)), reason=Reason.DISPATCH, error=str(error))
    except TargetError as error:
        return ending(
            BeatStatus.FAILED,
            sentence(f"The target refused: {error}"),
            reason=Reason.DISPATCH,
            error=str(error),
        )
    hand = context_of(runtime).hand
    if closed is not None and hand is not None:
        hand.end(closed, beat.claim)
    return update


def _refusals(beat: StateView, services: Services, row: Beat) -> tuple[str, ...]:
    """Return what the criteria have against a draft that a person approved; `validate` asked about any other."""
    if (
        not approvals.by_person(row)
        or beats.is_settled(row)
        or services.store.read(actions.of_beat, row.id or 0)
    ):
        return ()
    return refusals(beat, beat.draft, services, row.thread_id)


@dataclass(frozen=True)
class _Act:
    """Do one action in one transaction: inside with its effect, outside with its deliveries."""

    draft: Draft
    choice: ActionContext
    beat: StateView
    closing: Closing
    services: Services
    policy: OutflowPolicy

    @property
    def is_inside(self) -> bool:
        option = self.choice.option_of(self.draft)
        return option is not None and is_internal(option.target)

    def takers(self) -> list[str]:
        """Return the names of the targets outside that it goes to, if nothing changes before it is queued."""
        found = self.services.store.read(takers_of, self.draft, self.choice, self.services.clock())
        return [name for name, _ in found]

    def run(self, session: Session, now: datetime) -> tuple[Update, Closed | None]:
        """Return how the beat ends, and its end if that is written."""
        claim, draft = self.beat.claim, self.draft
        # They are held here, since the session keeps no row that nobody holds.
        _, thread = beats.with_thread(session, claim.beat_id)
        row = beats.held(session, claim)
        is_done = row.action is not None and bool(actions.of_beat(session, claim.beat_id))
        is_new = not is_done and not beats.is_settled(row)
        if is_new and (obstacle := self._obstacle(session, row, now)):
            return obstacle, None
        option = self.choice.option_of(draft)
        if option is not None and is_internal(option.target):
            done = self._inside(session, option.target, now)
        else:
            done = self._outside(session, option, now)
        if is_new and done is not None:
            self._answer_owner(session, row, now)
        if done is None:
            return ending(row.status, row.summary, reason=row.reason, error=row.error), None
        said = report(done, draft)
        if beats.is_settled(row):
            return ending(BeatStatus.ACTED, said), None
        outcome = Outcome(BeatStatus.ACTED, mask_secrets(said))
        # The target may have taken long.
        ended_at = self.services.clock()
        return ending(BeatStatus.ACTED, said), self.closing.write(session, thread, outcome, ended_at, [done])

    def _obstacle(self, session: Session, row: Beat, now: datetime) -> Update | None:
        """Return how the beat ends because of what has changed since the decision; None if nothing has."""
        if ended := standing.ended(session, row):
            return ended
        config, draft = self.beat.config, self.draft
        if leaks := outflow.obstacle(
            session, row, self.beat, self.policy, self.choice.name_of(draft), draft.kind
        ):
            return leaks
        # Not the tokens: the decision is paid for, and acting on it costs none.
        found = find_before(session, self.beat, draft, self.choice, now)
        spent = budget.spent_actions(found.today, config, now)
        if spent:
            return ending(BeatStatus.SKIPPED, spent.sentence, reason=Reason.BUDGET_EXHAUSTED)
        wait = waits_for(session, draft, self.choice, now)
        if wait is not None:
            return too_soon(wait.target, draft.kind, wait.until, config.timezone)
        return done_before(session, row, self.beat, draft, self.choice, now, found)

    def _inside(self, session: Session, target: InternalTarget, now: datetime) -> Action | None:
        private = beats.get(session, self.beat.claim.beat_id).private
        return actions.perform(
            session,
            self.beat.claim,
            self.draft,
            target=target.name,
            apply=functools.partial(_apply, self.services, target, self.draft, now, private=private),
            status=ActionStatus(target.done),
            now=now,
        )

    def _outside(self, session: Session, option: Option | None, now: datetime) -> Action | None:
        """Queue what goes to one target, or a tell to every owner connection that takes it now."""
        takers = takers_of(session, self.draft, self.choice, now)
        beat, public_url = self.beat, self.services.settings.public_url
        done = actions.perform_outside(
            session,
            beat.claim,
            self.draft,
            targets=[(name, can.deliver_within) for name, can in takers],
            outgoing=outgoing_of(self.draft, beat.thread_id, beat.claim.beat_id, public_url),
            now=now,
            named=option.name if option else None,
        )
        self.services.probe("inside:dispatch")
        return done

    def _answer_owner(self, session: Session, row: Beat, now: datetime) -> None:
        """Write a tell about a message of the owner into the conversation too."""
        draft = self.draft
        if draft.kind == ActionKind.TELL and draft.about is not None and draft.about_digest is None:
            agent = self.services.settings.agent_name
            messages.add(
                session,
                row.thread_id,
                author=agent,
                content=draft.text or "",
                now=now,
                private=row.private,
            )


def _apply(
    services: Services,
    target: InternalTarget,
    draft: Draft,
    now: datetime,
    session: Session,
    key: str,
    *,
    private: bool,
) -> dict[str, object]:
    try:
        receipt = target.apply(session, draft, key=key, now=now, private=private)
        json.dumps(receipt, allow_nan=False)
    except DATABASE_ERRORS:
        raise
    except (Exception, SystemExit) as error:
        if isinstance(error, HeartbeatError):
            raise TargetError(str(error)) from error
        traceback = None if private else error
        logger.error("target %s failed", target.name, exc_info=traceback, extra={"action": "target_failed"})
        raise TargetError(mask_secrets(f"{type(error).__name__}: {error}")) from error
    services.probe("inside:dispatch")
    return receipt
