"""Fifth node: wait for a person's approval if the config asks for one.

A beat that a runner has claimed ends its run here and waits on a LangGraph thread of its own, so that its thread goes
on. Any other run (Studio, ``invoke``) waits in place, with LangGraph's interrupt. An answer that is not allowed asks
again: the node runs once more, and says why in the next interrupt.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from langgraph.runtime import Runtime
from langgraph.types import interrupt
from sqlmodel import Session

from heartbeat.capabilities import Capabilities
from heartbeat.draft import Draft
from heartbeat.errors import (
    ConflictError,
    FenceLostError,
    HeartbeatError,
    InvalidValueError,
    NotFoundError,
    PluginError,
)
from heartbeat.instructions import mask_secrets
from heartbeat.remember import End, next_memory
from heartbeat.store import approvals, beats, views
from heartbeat.store.approvals import Answer, Edit
from heartbeat.store.tables import Beat
from heartbeat.text import sentence
from heartbeat.vocabulary import ActionKind, AnswerOrigin, BeatStatus, Reason
from nodes.approval_form import SCHEMA, Request, answer_of
from nodes.blocks import cooldown_message, waits_for
from nodes.context import Context, context_of, row_of, services_of, view_of
from nodes.criteria import refusals
from nodes.offer import resolve_actions
from nodes.services import Services
from nodes.standing import check_always, covering, follow, keep_address
from nodes.state import BeatState, Update, ending, path_with
from nodes.step import SyncNode, node
from nodes.validate import waits_already
from nodes.view import StateView


def _told_when_too_late(run: SyncNode) -> SyncNode:
    """Wrap the node: a run from outside whose beat was answered elsewhere says so and ends."""

    @functools.wraps(run)
    def told(state: BeatState, runtime: Runtime[Context]) -> Update:
        update: Update = {"refused": None}
        try:
            return {**update, **run(state, runtime)}
        except (ConflictError, FenceLostError) as error:
            services = services_of(runtime)
            row = services.store.read(beats.get, StateView(state).claim.beat_id)
            if context_of(runtime).claim is not None or (row.approval is None and not beats.is_settled(row)):
                raise
            return {**update, **_too_late(services, row, error), "path": path_with(state, run.__name__)}

    return told


@_told_when_too_late
@node
def approve(state: BeatState, runtime: Runtime[Context]) -> Update:
    """Wait for the approval that the draft needs, if any, and pass the draft on.

    The answer is stored on the row: by `heartbeat approve`, by the HTTP API, or by this node when LangGraph resumes
    the interrupt.
    """
    services = services_of(runtime)
    beat = view_of(state, runtime)
    row = row_of(context_of(runtime), services, beat.claim)
    asked = row.approval is not None or row.status == BeatStatus.AWAITING_APPROVAL
    if beats.is_settled(row) or not (asked or beat.config.needs_approval(beat.draft.kind)):
        return {"found": "no approval needed"}
    services.probe("inside:approve")
    if row.approval is not None:
        return _apply_answer(beat, services, approvals.answer_on(row))
    in_place = context_of(runtime).claim is None
    if row.status == BeatStatus.RUNNING:
        services.store.forget_found()
        follow(beat, services)
        request = _Request(beat, services, in_place=in_place)
        done = services.store.write(request.make, services.clock())
        if done is not None:
            return done
    if in_place:
        return _ask_person(beat, services, services.store.read(beats.get, beat.claim.beat_id))
    return _wait_elsewhere(beat, services)


@dataclass(frozen=True)
class _Request:
    """Let the beat wait for approval, in one transaction, unless a standing approval covers its draft."""

    beat: StateView
    services: Services
    in_place: bool

    def make(self, session: Session, now: datetime) -> Update | None:
        """Return the update of a beat that need not wait or must not; None if it waits now."""
        beat, draft = self.beat, self.beat.draft
        stands = covering(session, beat)
        if stands is not None:
            approvals.allow(session, beat.claim, stands, now)
            return {"found": f"approved by standing approval {stands.id}"}
        if ended := waits_already(session, beat, draft):
            return ended
        end = End(beat.claim.beat_id, BeatStatus.AWAITING_APPROVAL)
        # In place nothing goes on meanwhile, and the memory is written when the beat has its outcome.
        after = None if self.in_place else next_memory(beat, end, beat.memory, now).to_dict()
        what = draft.describe(name_target=len(beat.config.targets) > 1)
        approvals.ask(
            session,
            beat.claim,
            beat.state["draft"] or {},
            now,
            expires_at=now + timedelta(seconds=beat.config.approval_ttl),
            summary=sentence(f"Waits for approval: {what}"),
            memory=after,
            path=beat.state.get("path"),
            in_place=self.in_place,
        )
        return None


def _wait_elsewhere(beat: StateView, services: Services) -> Update:
    """Return the update that ends the run of a beat that waits on a LangGraph thread of its own."""
    view = services.store.read(views.beat_view, beat.claim.beat_id)
    row = services.store.read(beats.get, beat.claim.beat_id)
    return {
        "beat": view.model_dump(mode="json"),
        "memory": row.memory or beat.state["memory"],
        "instructions": None,
        "feed": None,
        **ending(BeatStatus.AWAITING_APPROVAL, view.summary),
    }


def _too_late(services: Services, row: Beat, error: HeartbeatError) -> Update:
    """Return the update that ends a run whose answer came after another, or after the beat had its outcome."""
    if beats.is_settled(row):
        return ending(row.status, row.summary, reason=row.reason, error=str(error))
    given = row.approval or {}
    said = (
        f"Beat {row.id} has an answer already ({given.get('answer')}, by {given.get('by', 'a person')}); "
        "this one does not count."
    )
    view = services.store.read(views.beat_view, beats.claim_of(row).beat_id).model_dump(mode="json")
    return {"beat": {**view, "summary": said}, **ending(row.status, said)}


def _ask_person(beat: StateView, services: Services, row: Beat) -> Update:
    resume = interrupt(_request(beat, services, row).value(), response_schema=SCHEMA)
    try:
        given = answer_of(resume, beat.draft)
        check_edit(beat, given, services, row.thread_id)
        if given.always:
            check_always(beat)
    except (InvalidValueError, NotFoundError, PluginError) as error:
        refused = mask_secrets(f"{sentence(str(error))} {error.remedy}".rstrip())
        return {"refused": refused, "found": f"asked again: {refused}"}
    now, store = services.clock(), services.store
    beat_id = beat.claim.beat_id
    if given.always:
        keep_address(beat, services)
    store.write(approvals.expire, now, thread_id=beat.thread_id)
    claim = store.write(approvals.answer, beat_id, given, by=AnswerOrigin.RUN, lease=store.lease, now=now)
    answered: Update = {"claim": {**beat.state["claim"], "fence": claim.fence, "renewed_at": now.isoformat()}}
    return {**answered, **_apply_answer(beat, services, given)}


def _request(beat: StateView, services: Services, row: Beat) -> Request:
    try:
        choice = resolve_actions(beat, services)
    except (NotFoundError, PluginError):
        choice = None  # it is asked all the same, and an approval is then refused with the reason
    return Request(
        beat.claim.beat_id,
        beat.draft,
        row.expires_at,
        in_place=not row.supervised,
        timezone=beat.config.timezone,
        choice=choice,
        refused=beat.state.get("refused"),
    )


def _apply_answer(beat: StateView, services: Services, given: Answer) -> Update:
    if given.answer == "reject":
        why = f": {given.reason}" if given.reason else ""
        return ending(BeatStatus.REJECTED, sentence(f"A person said no{why}"), reason=Reason.REJECTED)
    draft = apply_edit(beat, given, services)
    return {
        "draft": draft.model_dump(mode="json"),
        "found": "approved, with an edit" if given.edit else "approved",
    }


def check_edit(beat: StateView, given: Answer, services: Services, thread_id: str) -> None:
    """Check that the draft with the person's edit is allowed.

    Raises:
        InvalidValueError: the edited draft is not allowed, or its kind of action is cooling down.
        NotFoundError: the thread's target is not configured any more.
        PluginError: a criterion failed.
    """
    draft = apply_edit(beat, given, services)
    if given.answer == "approve":
        _check_cooldown(beat, draft, services)
    if given.edit and given.answer == "approve":
        refused = refusals(beat, draft, services, thread_id)
        if refused:
            raise InvalidValueError("edit", f"edit: {'; '.join(refused)}")


def _check_cooldown(beat: StateView, draft: Draft, services: Services) -> None:
    waits = services.store.read(waits_for, draft, resolve_actions(beat, services), services.clock())
    if waits is not None:
        message = cooldown_message(waits.target, draft.kind, waits.until, beat.config.timezone)
        raise InvalidValueError("answer", f"answer: {message} Approve it then; it still waits for you")


def apply_edit(beat: StateView, given: Answer, services: Services) -> Draft:
    """Apply the person's edit to the draft and validate the result.

    Raises:
        InvalidValueError: the edited draft is not allowed.
        NotFoundError: the thread's target is not configured any more.
    """
    if not given.edit or given.answer == "reject":
        return beat.draft
    choice = resolve_actions(beat, services)
    decision = beat.decision or {}
    edit = given.edit.model_dump(exclude_unset=True)
    option = choice.option_of(beat.draft)
    can = option.capabilities if option else choice.capabilities
    own = _own_fields(edit.pop("fields", None) or {}, str(decision.get("action")), can)
    decided = {**decision, "target": beat.draft.target, **edit, **own}
    verdict = choice.check(decided, may_tell=beat.draft.kind == ActionKind.TELL)
    if verdict.draft is None:
        raise InvalidValueError(
            _field(verdict.problems), "; ".join(verdict.problems) or "edit: action: none is not an action"
        )
    if verdict.duplicate:
        raise InvalidValueError("edit", f"edit: done before: {verdict.draft.describe()}")
    return verdict.draft.model_copy(update={"left_out": beat.draft.left_out})


def _own_fields(fields: Mapping[str, Any], kind: str, capabilities: Capabilities) -> dict[str, Any]:
    """Rename the edited fields of an action of the target's own kind as a decision names them."""
    action = capabilities.action(kind)
    known = action.fields.model_fields if action else {}
    for name in fields:
        if name not in known:
            message = (
                f"edit.fields.{name:.60}: a {kind} has no such field; allowed: {', '.join(known) or 'none'}"
            )
            raise InvalidValueError("edit.fields", message)
    return {action.named(name): value for name, value in fields.items()} if action else {}


def _field(problems: Sequence[str]) -> str:
    """Return the name of the field of the first problem, such as ``edit.title``."""
    name = problems[0].partition(":")[0] if problems else ""
    return f"edit.{name}" if name in Edit.model_fields else "edit"
