"""First node: claim the beat, load config, memory and instructions, and check the gates that need no source."""

from __future__ import annotations

import functools
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from langgraph.runtime import Runtime
from sqlmodel import Session

from heartbeat.config import Config
from heartbeat.errors import InvalidValueError, UnreadableError
from heartbeat.instructions import Instructions, mask_secrets, read_document, sha256_of
from heartbeat.instructions.lines import flat_lines
from heartbeat.instructions.parse import parse
from heartbeat.log_context import bind_log_context
from heartbeat.memory import Memory
from heartbeat.run_data import LoadedInstructions, RunData
from heartbeat.secrecy import mark_private, noting_private
from heartbeat.store import (
    Claim,
    Refusal,
    admission,
    approval_threads,
    beats,
    budget,
    claims,
    outset,
    threads,
    views,
)
from heartbeat.store.outcomes import up_to_date
from heartbeat.store.outset import Outset
from heartbeat.store.progress import state_of
from heartbeat.store.tables import LARGEST_ID, Beat
from heartbeat.text import sentence
from heartbeat.threads import DEFAULT_THREAD
from heartbeat.vocabulary import ApprovalThreadState, BeatStatus, Node, Reason, Trigger
from nodes.context import Context, context_of, outset_of, services_of
from nodes.outflow import Guard, guard_of
from nodes.services import Services
from nodes.state import BeatState, ClaimState, Update, ending, initial_values
from nodes.step import guarded

NAME = Node.LOAD_INSTRUCTIONS.value


def load_instructions(state: BeatState, runtime: Runtime[Context]) -> Update:
    """Claim the beat, unless the caller gave a claim, and load what the run needs.

    Errors before the claim are raised to the caller, since there is no beat yet to record them.

    Raises:
        InvalidValueError: the thread id, the beat's number or a setting is not allowed.
        NotFoundError: no such beat.
        ConflictError: another process holds the beat.
        FenceLostError: another process has taken over the beat of the given claim.
    """
    services = services_of(runtime)
    services.probe("before:load_instructions")
    now = services.clock()
    claim = _claim(state, runtime, services, now)
    if isinstance(claim, Refusal):
        beat = _refused(claim, services)
        if claim.waiting is not None:
            return {**initial_values(), "beat": beat, "path": [NAME], **_waiting(state, services, claim, now)}
        return {
            **initial_values(),
            "beat": beat,
            **ending(BeatStatus.SKIPPED, claim.summary, reason=claim.gate),
        }
    context = context_of(runtime)
    found = outset_of(context, services, claim)
    row = found.row
    assert row is not None  # noqa: S101 - it is of a claimed beat
    view = (
        views.view_of_new(row) if row.action is None else services.store.read(views.beat_view, claim.beat_id)
    )
    opened: Update = {
        **initial_values(),
        "path": [NAME],
        "claim": _claim_state(claim, row, now),
        "beat": view.model_dump(mode="json"),
    }
    if beats.is_settled(row):
        settled = ending(row.status, row.summary, reason=row.reason, error=row.error)
        return {**opened, "memory": saved_memory(state, found).to_dict(), **settled}
    with (
        bind_log_context(row.thread_id, claim.beat_id),
        noting_private(private=row.private),
        services.keeper.keep(services.store, services.clock, claim, now) as lease,
        services.store.at(found.revisions),
    ):
        loaded = guarded(functools.partial(_load, state, services, context, found, row, now))
        services.probe("after:load_instructions")
    return {**opened, "claim": _claim_state(claim, row, lease.renewed_at), **loaded}


def _refused(refusal: Refusal, services: Services) -> dict[str, Any]:
    if refusal.beat_id is not None:
        return services.store.read(views.beat_view, refusal.beat_id).model_dump(mode="json")
    return {
        "id": None,
        "status": BeatStatus.SKIPPED.value,
        "reason": refusal.gate.value,
        "summary": refusal.summary,
        "decision": None,
        "actions": [],
        "success": True,
    }


def _waiting(state: BeatState, services: Services, refusal: Refusal, now: datetime) -> Update:
    """Return the state of the waiting beat from its row, so that `approve` interrupts again.

    New input on a LangGraph thread drops its pending interrupt, and a resume after that would silently do nothing. So
    a run that finds a waiting beat raises the interrupt again.
    """
    row = services.store.read(beats.get, refusal.waiting or 0)
    return {
        "claim": _claim_state(beats.claim_of(row), row, now),
        "memory": saved_memory(state, services.store.read(outset.of_thread, row.thread_id, now)).to_dict(),
        **state_of(row),
        "found": refusal.summary,
    }


def _claim_state(claim: Claim, row: Beat, now: datetime) -> ClaimState:
    return ClaimState(
        beat_id=claim.beat_id,
        fence=claim.fence,
        thread=row.thread_id,
        trigger=row.trigger.value,
        dry_run=row.dry_run,
        renewed_at=now.isoformat(),
    )


def _claim(state: BeatState, runtime: Runtime[Context], services: Services, now: datetime) -> Claim | Refusal:
    context = context_of(runtime)
    if context.hand is not None and context.claim is not None and context.hand.is_of(state.get("beat_id")):
        return context.claim  # the runner has just read its row
    store, beat_id, given = services.store, _beat_id(state, runtime, services), context_of(runtime).claim
    if given is not None:
        if beat_id not in {None, given.beat_id}:
            raise InvalidValueError(
                "beat_id",
                f"beat_id: {beat_id} was given with the claim of beat {given.beat_id}; allowed: {given.beat_id}",
            )
        row = store.read(beats.held, given)
    elif beat_id is not None:
        row = store.read(beats.get, beat_id)
    else:
        thread = _thread_id(state, runtime, services)
        services.keeper.catch_up()
        return store.open_beat(thread, Trigger.MANUAL, None, now, dry_run=bool(state.get("dry_run")))
    known = beats.claim_of(row).beat_id
    if row.status == BeatStatus.AWAITING_APPROVAL:
        message = admission.REFUSAL_MESSAGES[Reason.AWAITING_APPROVAL].format(waiting=known)
        return Refusal(Reason.AWAITING_APPROVAL, message, known, waiting=known)
    return given or store.write(claims.take, known, store.lease, now)


def _beat_id(state: BeatState, runtime: Runtime[Context], services: Services) -> int | None:
    """Return the number of the beat to continue: the one that is given, or that the LangGraph thread belongs to."""
    beat_id = state.get("beat_id")
    if beat_id is not None and (type(beat_id) is not int or not 1 <= beat_id <= LARGEST_ID):
        raise InvalidValueError(
            "beat_id", f"beat_id: {beat_id!r:.60} is not the number of a beat; allowed: a whole number from 1"
        )
    langgraph_id = _langgraph_id(runtime)
    if context_of(runtime).claim is not None or langgraph_id is None:
        return beat_id
    store = services.store
    own = store.read(approval_threads.on_langgraph_thread, langgraph_id)
    if own is None:
        return _checked(beat_id, langgraph_id, services)
    if beat_id not in {None, own.beat_id}:
        raise InvalidValueError(
            "beat_id", f"beat_id: {beat_id} does not wait on this LangGraph thread; allowed: {own.beat_id}"
        )
    if own.state == ApprovalThreadState.CLEARED:
        store.write(approval_threads.note_used, langgraph_id)
    return own.beat_id


def _checked(beat_id: int | None, langgraph_id: str, services: Services) -> int | None:
    """Return the number of a beat that does not wait on a LangGraph thread of its own.

    On another one its interrupt would replace that of a beat that waits there.
    """
    own = None if beat_id is None else services.store.read(approval_threads.of_beat, beat_id)
    if own is not None and not beats.is_settled(services.store.read(beats.get, own.beat_id)):
        raise InvalidValueError(
            "beat_id",
            f"beat_id: {beat_id} waits on the LangGraph thread {own.langgraph_id}, not on {langgraph_id}",
        )
    return beat_id


def _thread_id(state: BeatState, runtime: Runtime[Context], services: Services) -> str:
    thread = state.get("thread")
    if thread is not None:
        return thread
    langgraph_id = _langgraph_id(runtime)
    if langgraph_id is None:
        return DEFAULT_THREAD
    known = services.store.read(threads.id_of, langgraph_id)
    return known or _name_like(langgraph_id)


def _langgraph_id(runtime: Runtime[Context]) -> str | None:
    info = runtime.execution_info
    return info.thread_id if info else None


def _name_like(langgraph_id: str) -> str:
    try:
        return str(UUID(langgraph_id))
    except ValueError:
        return langgraph_id


def _load(
    state: BeatState, services: Services, context: Context, found: Outset, row: Beat, now: datetime
) -> Update:
    saved = saved_memory(state, found)
    update, guard = remembered(saved, services, context, found, now, private=row.private)
    if row.context is not None:
        # A decision is committed: it is carried out with the context it was made in, and no gate may stop a beat that
        # has perhaps acted already.
        return {**update, **row.context, "found": "going on from the decision on the row"}
    if leaks := guard.closed_gate():
        return {**update, **leaks}
    return {**update, **read_instructions(RunData(update), services, found, now)}


def remembered(
    saved: Memory, services: Services, context: Context, found: Outset, now: datetime, *, private: bool
) -> tuple[Update, Guard]:
    """Return the memory and the config of a thread for the state of a run, and what the run may look at.

    ``saved`` is the newest memory that was written. ``private``: the beat has seen something private already.
    """
    memory = saved
    if saved.waiting or found.has_failed:
        memory = services.store.read(up_to_date, found.thread.id, saved, now)
    config = _config(found, services, context)
    guard = guard_of(config, services, context)
    if guard.seen or memory.private or private:
        mark_private()
    return {"memory": guard.kept(memory).to_dict(), "config": config.to_dict()}, guard


def read_instructions(run: RunData, services: Services, found: Outset, now: datetime) -> Update:
    """Return the instructions of a thread for the state of a run, or the end of one that they give nothing to do."""
    try:
        content = _content(found, services)
    except UnreadableError as error:
        # The owner has to mend the file: the slot is not tried again, and the thread is not paused.
        return ending(BeatStatus.SKIPPED, str(error), reason=Reason.UNREADABLE_INSTRUCTIONS)
    if content is None:
        path = services.settings.instructions
        return ending(
            BeatStatus.SKIPPED,
            f"There is no {path}; make one with: heartbeat init",
            reason=Reason.NO_INSTRUCTIONS,
        )
    text = _text_of(content)
    instructions = text.parsed
    due = instructions.due_tasks(run.memory.tasks, now)
    loaded = LoadedInstructions(text=text.masked, body=instructions.body, sha256=text.sha256, due=tuple(due))
    spent = _spent(found, services, run.config, now)
    return {
        "instructions": loaded.model_dump(mode="json"),
        "problems": [f"HEARTBEAT.md line {it.line}: {it.message}" for it in instructions.problems],
        "found": _counted(text, len(due)),
        **_nothing_due(instructions, bool(due), spent),
    }


class _Text(NamedTuple):
    """What is worked out of the text of instructions, once for all beats that follow it."""

    parsed: Instructions
    masked: str
    sha256: str
    lines: int


@functools.lru_cache(maxsize=256)
def _text_of(content: str) -> _Text:
    parsed = parse(mask_secrets(content))
    lines = len(flat_lines(parsed.body))
    return _Text(parsed, mask_secrets(content, keep_lines=True), sha256_of(content), lines)


def _counted(text: _Text, due: int) -> str:
    """Return the number of lines, and of due tasks if there are any, as a short text."""
    lines, instructions = text.lines, text.parsed
    counted = [f"{lines} line{'' if lines == 1 else 's'}"] if lines or not instructions.tasks else []
    if instructions.tasks:
        counted.append(f"{due} of {len(instructions.tasks)} tasks due")
    return ", ".join(counted)


def saved_memory(state: BeatState, found: Outset) -> Memory:
    """Return the newest memory of a thread: of its LangGraph thread, or on its rows."""
    # The LangGraph thread may have belonged to another thread, or to a database that is gone. Memory from there does
    # not apply here.
    saved = state.get("memory") or {}
    candidates = [saved] if saved.get("owner") == found.owner else []
    memory = Memory.newest(*candidates, found.memory)
    return memory.model_copy(update={"owner": found.owner})


def _config(found: Outset, services: Services, context: Context) -> Config:
    config, own = found.config, context.config_overrides()
    if own:
        return Config.from_dict({**config.to_dict(), "model": config.model or services.settings.model, **own})
    return config if config.model else config.model_copy(update={"model": services.settings.model})


def _content(found: Outset, services: Services) -> str | None:
    own = found.thread.instructions
    if own is not None:
        return own
    document = read_document(services.settings.instructions, services.settings.home)
    return document.content if document else None


def _nothing_due(instructions: Instructions, due: bool, spent: str | None) -> Update:
    if instructions.empty:
        return ending(BeatStatus.SKIPPED, "HEARTBEAT.md asks for nothing.", reason=Reason.EMPTY_INSTRUCTIONS)
    if instructions.only_tasks and not due:
        return ending(BeatStatus.SKIPPED, _none_due(instructions), reason=Reason.NO_TASKS_DUE)
    return ending(BeatStatus.SKIPPED, spent, reason=Reason.BUDGET_EXHAUSTED) if spent else {}


def _none_due(instructions: Instructions) -> str:
    if not instructions.problems:
        return "HEARTBEAT.md holds only tasks, and none is due."
    first = instructions.problems[0]
    which = "none that can be read is due" if instructions.tasks else "none of them can be read"
    return f"{sentence(f'HEARTBEAT.md holds only tasks, and {which}')} Line {first.line}: {first.message}"


def _spent(found: Outset, services: Services, config: Config, now: datetime) -> str | None:
    """Return `spent_budget`, which is asked for only where something may be spent."""
    if sum(found.today) < config.max_actions_per_day and config.daily_token_budget is None:
        return None
    return services.store.read(spent_budget, found.thread.id, config, now)


def spent_budget(session: Session, thread_id: str, config: Config, now: datetime) -> str | None:
    """Return a sentence that says which budget of the day is spent, or None; the day is that of the thread's zone."""
    found = budget.spent(session, thread_id, config, now)
    return found.sentence if found else None
