"""Fourth node: validate the decision; if it is not allowed, the model is asked once for a repair."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from langgraph.runtime import Runtime
from sqlmodel import Session

from heartbeat.approval import place_of
from heartbeat.draft import Draft
from heartbeat.plan.finding_view import left_out_of
from heartbeat.store import actions, approvals, beats, before, waiting
from heartbeat.store.before import Before
from heartbeat.store.budget import day_bounds
from heartbeat.store.declined import declined
from heartbeat.store.tables import Beat
from heartbeat.text import sentence
from heartbeat.validation import Verdict
from heartbeat.vocabulary import BeatStatus, Decider, Reason
from nodes.context import Context, context_of, row_of, services_of, view_of
from nodes.criteria import refusals, rejected
from nodes.offer import ActionContext, resolve_actions
from nodes.services import Services
from nodes.state import BeatState, Update, ending
from nodes.step import node
from nodes.view import StateView

MAX_REPAIRS = 1
"""How many times the model is asked to repair a decision."""


@node
def validate(state: BeatState, runtime: Runtime[Context]) -> Update:
    """Turn the decision into a draft, the end of the beat, or problems to repair."""
    services = services_of(runtime)
    services.probe("inside:validate")
    services.store.forget_found()
    beat = view_of(state, runtime)
    choice = resolve_actions(beat, services)
    decision, broken = beat.decision, beat.repair
    verdict = (
        Verdict(problems=tuple(broken))
        if decision is None
        else choice.check(decision, may_tell=beat.follows_rule)
    )
    row = row_of(context_of(runtime), services, beat.claim)
    if verdict.draft is not None:
        said = {"left_out": left_out_of(row.rounds)}
        verdict = replace(verdict, draft=verdict.draft.model_copy(update=said))
    refused = _refusals(beat, verdict, row, services)
    update: Update = {
        "problems": [*beat.problems, *verdict.problems, *refused, *verdict.remarks],
        "repair": [],
    }
    if verdict.problems or refused:
        return {**update, **_repair_or_end(beat, row, verdict, refused)}
    reasoning = str((decision or {}).get("reasoning") or "").strip()
    if beat.dry_run:
        silent = f"stay silent: {reasoning}" if reasoning else "stay silent"
        proposed = verdict.draft.describe() if verdict.draft else silent
        return {
            **update,
            **_draft(verdict.draft),
            **ending(BeatStatus.DRY_RUN, sentence(f"Would {proposed}")),
        }
    if verdict.draft is None:
        return {**update, **ending(BeatStatus.NONE, reasoning or "The model chose to stay silent.")}
    if verdict.duplicate:
        return {**update, **duplicate(verdict.draft)}
    now = services.clock()
    if ended := services.store.read(_done_before, row, beat, verdict.draft, choice, now):
        return {**update, **ended}
    return {**update, **_draft(verdict.draft), "found": verdict.draft.describe()}


def _refusals(beat: StateView, verdict: Verdict, row: Beat, services: Services) -> tuple[str, ...]:
    """Return the objections of the criteria to a new draft; `dispatch` checks a draft that a person approved."""
    settled = approvals.by_person(row) or beats.is_settled(row)
    if verdict.draft is None or verdict.duplicate or settled:
        return ()
    if row.action is not None and services.store.read(actions.of_beat, row.id or 0):
        return ()  # the action is done; only the outcome is still to be written
    return refusals(beat, verdict.draft, services, row.thread_id)


def _repair_or_end(beat: StateView, row: Beat, verdict: Verdict, refused: tuple[str, ...]) -> Update:
    problems = [*verdict.problems, *refused]
    listed = "; ".join(problems)
    # After an approval no other decision may be asked for: the approval would then count for that one.
    may_ask = beat.decided_by == Decider.MODEL and row.approval is None
    if may_ask and beat.round < MAX_REPAIRS:
        return {
            "repair": problems,
            "round": beat.round + 1,
            "decision": None,
            "found": f"not allowed, asking again: {listed}",
        }
    if refused:
        return rejected(refused)
    return ending(
        BeatStatus.FAILED, sentence(f"The decision is not allowed: {listed}"), reason=Reason.INVALID_DECISION
    )


def _draft(draft: Draft | None) -> Update:
    return {"draft": draft.model_dump(mode="json") if draft else None}


def _done_before(
    session: Session, row: Beat, beat: StateView, draft: Draft, choice: ActionContext, now: datetime
) -> Update | None:
    return done_before(session, row, beat, draft, choice, now, find_before(session, beat, draft, choice, now))


def find_before(
    session: Session, beat: StateView, draft: Draft, choice: ActionContext, now: datetime
) -> Before:
    """Return what there is of the thread of a beat before its draft is done."""
    day, _ = day_bounds(now, beat.config.timezone)
    digest = draft.digest(choice.name_of(draft))
    return before.find(session, beat.thread_id, digest, now, but_for=beat.claim.beat_id, day=day)


def done_before(
    session: Session,
    row: Beat,
    beat: StateView,
    draft: Draft,
    choice: ActionContext,
    now: datetime,
    found: Before,
) -> Update | None:
    """Return the end of a beat whose action was done or declined before, or must wait for another; else None."""
    if found.done:
        return duplicate(draft)
    if approvals.by_person(row):
        return None
    if found.may_be_declined and declined(
        session, beat.thread_id, draft, lambda each: each.digest(choice.name_of(each)), now
    ):
        summary = sentence(f"A person said no to this before: {draft.describe()}")
        return ending(BeatStatus.NONE, summary, reason=Reason.DUPLICATE)
    return waits_already(session, beat, draft) if found.waits else None


def waits_already(session: Session, beat: StateView, draft: Draft) -> Update | None:
    """Return the end of a beat whose action would go where another waits for approval; None if none does."""
    other = waiting.at_place(session, beat.thread_id, place_of(draft.model_dump(mode="json")))
    if other is None or other.beat_id == beat.claim.beat_id:
        return None
    return ending(BeatStatus.NONE, other.sentence, reason=Reason.AWAITING_APPROVAL)


def duplicate(draft: Draft) -> Update:
    """Return the end of a beat whose action was done already within the last 24 hours."""
    summary = sentence(f"Done before, within 24 hours: {draft.describe()}")
    return ending(BeatStatus.NONE, summary, reason=Reason.DUPLICATE)
