"""Fifth node: wait for a person's approval if the config asks for one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from langgraph.runtime import Runtime
from langgraph.types import interrupt

from heartbeat.capabilities import Capabilities
from heartbeat.draft import Draft
from heartbeat.errors import ConflictError, InvalidValueError
from heartbeat.store import approvals, beats
from heartbeat.store.approvals import Answer, Edit
from heartbeat.store.tables import Beat
from heartbeat.text import sentence
from heartbeat.vocabulary import BeatStatus, Reason
from nodes.blocks import cooldown_message, waits_for
from nodes.context import Context, services_of
from nodes.criteria import refusals
from nodes.offer import resolve_actions
from nodes.services import Services
from nodes.state import BeatState, Update, ending
from nodes.step import node
from nodes.view import StateView


@node
def approve(state: BeatState, runtime: Runtime[Context]) -> Update:
    """Wait for the approval that the draft needs, if any, and pass the draft on.

    The answer is stored on the row: by `heartbeat approve`, by the HTTP API, or by this node when LangGraph resumes
    the interrupt.
    """
    services = services_of(runtime)
    beat = StateView(state)
    row = services.store.read(beats.get, beat.claim.beat_id)
    asked = row.approval is not None or row.status == BeatStatus.AWAITING_APPROVAL
    if beats.is_settled(row) or not (asked or beat.config.needs_approval(beat.draft.kind)):
        return {"found": "no approval needed"}
    services.probe("inside:approve")
    if row.approval is not None:
        return _apply_answer(beat, services, Answer.model_validate(_answer_of(row)))
    if row.status == BeatStatus.RUNNING:
        now = services.clock()
        services.store.write(
            approvals.ask,
            beat.claim,
            state["draft"] or {},
            now,
            expires_at=now + timedelta(seconds=beat.config.approval_ttl),
            summary=sentence(f"Waits for approval: {beat.draft.describe()}"),
            path=state.get("path"),
        )
    return _ask_person(beat, services, row)


def _ask_person(beat: StateView, services: Services, row: Beat) -> Update:
    refused: str | None = None
    while True:
        payload: dict[str, Any] = {
            "beat_id": beat.claim.beat_id,
            "action": beat.draft.model_dump(mode="json"),
        }
        if refused:
            payload["refused"] = refused
        given = Answer.model_validate(interrupt(payload, response_schema=Answer))
        try:
            check_edit(beat, given, services, row.thread_id)
        except InvalidValueError as error:
            refused = str(error)
            continue
        break
    now, store = services.clock(), services.store
    beat_id = beat.claim.beat_id
    store.write(approvals.expire, now, thread_id=beat.thread_id)
    try:
        claim = store.write(approvals.answer, beat_id, given, lease=store.lease, now=now)
    except ConflictError as error:
        row = store.read(beats.get, beat_id)
        if not beats.is_settled(row):
            raise
        return ending(row.status, row.summary, reason=row.reason, error=str(error))
    answered: Update = {"claim": {**beat.state["claim"], "fence": claim.fence, "renewed_at": now.isoformat()}}
    return {**answered, **_apply_answer(beat, services, given)}


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
    verdict = choice.check({**decision, "target": beat.draft.target, **edit, **own})
    if verdict.draft is None:
        raise InvalidValueError(
            _field(verdict.problems), "; ".join(verdict.problems) or "edit: action: none is not an action"
        )
    if verdict.duplicate:
        raise InvalidValueError("edit", f"edit: done before: {verdict.draft.describe()}")
    return verdict.draft


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


def _answer_of(row: Beat) -> dict[str, Any]:
    return {key: value for key, value in (row.approval or {}).items() if key != "at"}
