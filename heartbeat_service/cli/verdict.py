"""Print how a beat ended, and what to do next."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from heartbeat.instructions import mask_secrets
from heartbeat.settings import Settings
from heartbeat.store import Refusal
from heartbeat.store.views import BeatDetail
from heartbeat.targets import ForumTarget
from heartbeat.text import sentence
from heartbeat.vocabulary import ActionKind, BeatStatus, Decider, Reason
from heartbeat_service.cli.terminal import outcome, say, say_block, say_row
from heartbeat_service.thread_state import PendingApproval

_REMEDIES: dict[Reason | None, str] = {
    Reason.NO_INSTRUCTIONS: "Next: make a HEARTBEAT.md with heartbeat init, or an example with heartbeat demo",
    Reason.UNREADABLE_INSTRUCTIONS: "Next: mend the file, then see: heartbeat instructions check",
    Reason.EMPTY_INSTRUCTIONS: "Next: write in HEARTBEAT.md what to do, then see: heartbeat instructions check",
    Reason.NO_TASKS_DUE: "Next: nothing; the tasks have their own intervals, see: heartbeat instructions check",
    Reason.TARGET_DOWN: "Next: see what they last said: heartbeat connections list, or heartbeat deliveries",
    Reason.OUTFLOW: "Next: choose one of these, with: heartbeat threads set {thread} FIELD=VALUE",
    Reason.BUDGET_EXHAUSTED: "Next: wait until then, or raise the limit; how: heartbeat threads show {thread}",
}


def show_refusal(thread: str, refusal: Refusal) -> None:
    """Print why no run was started."""
    say_row("skipped", f"{refusal.gate}: {refusal.summary}", width=17, style="yellow")
    say(_next_after_refusal(thread, refusal))


def show(beat: BeatDetail, settings: Settings, model: str, pending: Sequence[PendingApproval] = ()) -> None:
    """Print how a beat ended, and what to do next; ``pending`` is what waits for a person in its thread."""
    say()
    # Of a beat that waited for a person, most of its duration is the time until the answer.
    worked = beat.duration_seconds if beat.expires_at is None else None
    took = "" if worked is None else f" in {worked:.1f} s"
    by = f", decided by the {beat.decided_by}" if beat.decided_by else ""
    say_row(f"beat {beat.id}", outcome(beat.status, beat.reason).append(f"{by}{took}", "default"), width=17)
    if beat.approval is not None:
        say_row("approval", beat.approval.said, width=17)
    why = _why_no_model(beat)
    for problem in beat.problems:
        if why is not None and str(problem).startswith(why):
            continue  # printed below, with the remedy
        say_row("problem", str(problem), width=17, style="yellow")
    if why is not None:
        _explain_model(beat, why, settings, model)
    if beat.status == BeatStatus.AWAITING_APPROVAL:
        _show_action(beat.draft or {})
        for each in pending:
            if each.beat_id == beat.id:
                say()
                say(each.sentence)
    say()
    say(_next(beat, pending))


def _explain_model(beat: BeatDetail, why: str, settings: Settings, model: str) -> None:
    say()
    # The sentences of other reasons (a proxy, a key, a model that is not pulled) contain their remedy.
    away = "ollama serve" in why
    said = f"No model was reachable at {settings.ollama_url}" if away else why
    say(mask_secrets(sentence(said)), "yellow")
    if beat.decided_by == Decider.RULES:
        say(
            f"A rule that needs no model was followed instead. {sentence(str(_last_round(beat).get('found')))}"
        )
    elif unfollowed := _last_round(beat).get("unfollowed"):
        say(sentence(str(unfollowed)))
    else:
        say(
            f"To follow the rules that need no model meanwhile: heartbeat threads set {beat.thread_id} fallback=rules"
        )
    if away:
        name = model.removesuffix(":latest")
        say(
            f"To get a model: install Ollama from ollama.com, then run `ollama serve` and `ollama pull {name}`."
        )


def _why_no_model(beat: BeatDetail) -> str | None:
    """Return why no model could be asked; None if one was asked or none was needed."""
    if (why := _last_round(beat).get("why")) is not None:
        return str(why)
    return beat.summary if beat.reason == Reason.MODEL_UNREACHABLE else None


def _last_round(beat: BeatDetail) -> dict[str, Any]:
    return beat.rounds[-1] if beat.rounds else {}


def _show_action(draft: dict[str, Any]) -> None:
    say()
    for name in (
        "kind",
        "target",
        "board",
        "post_id",
        "comment_id",
        "vote_direction",
        "title",
        "about",
        "file",
        "mode",
    ):
        if draft.get(name):
            say_row(f"  {name}", str(draft[name]), width=17)
    for name, value in (draft.get("fields") or {}).items():
        say_row(f"  {name}", str(value), width=17)
    for name in ("content", "text"):
        if draft.get(name):
            say_row(f"  {name}", "", width=17)
            say_block(str(draft[name]), indent=4)


def _next(beat: BeatDetail, pending: Sequence[PendingApproval]) -> str:
    thread = beat.thread_id
    answers = "; ".join(each.remedy for each in pending)
    if beat.reason == Reason.AWAITING_APPROVAL and answers:
        return f"Next: {answers}"
    if beat.reason == Reason.BUDGET_EXHAUSTED and answers:
        return f"{_REMEDIES[beat.reason].format(thread=thread)}; to answer what waits: {answers}"
    match beat.status:
        case BeatStatus.ACTED:
            return f"Next: {_see(beat)}everything so far: heartbeat history {thread}"
        case BeatStatus.DRY_RUN:
            return f"Next: nothing was done; to do it: heartbeat beat {thread}"
        case BeatStatus.AWAITING_APPROVAL:
            return f"Next: heartbeat approve {beat.id}, or heartbeat reject {beat.id}"
        case BeatStatus.REJECTED:
            return (
                f"Next: nothing; it was not done, and the thread goes on. So far: heartbeat history {thread}"
            )
        case BeatStatus.NONE:
            return (
                f"Next: nothing; it beats again when there is more to see. So far: heartbeat history {thread}"
            )
        case BeatStatus.FAILED if beat.reason == Reason.MODEL_ERROR:
            said = f"heartbeat history {thread} --limit 1 --json"
            return (
                f"Next: see whether the model answers as asked: heartbeat doctor --ask; what it said: {said}"
            )
        case BeatStatus.FAILED | BeatStatus.ABANDONED:
            return f"Next: see what went wrong: heartbeat history {thread} --limit 1 --json"
        case _:
            remedy = _REMEDIES.get(beat.reason, f"Next: try again with: heartbeat beat {thread}")
            return remedy.format(thread=thread)


def _see(beat: BeatDetail) -> str:
    """Return the command that shows the actions: told, or all in the built-in forum; otherwise an empty text."""
    if any(action.kind == ActionKind.TELL for action in beat.actions):
        return "see it: heartbeat told, or "
    if any(action.target != ForumTarget.name for action in beat.actions):
        return ""
    receipts = [action.receipt or {} for action in beat.actions]
    number = next((it["post_id"] for it in receipts if it.get("post_id")), (beat.draft or {}).get("post_id"))
    seen = f"read it: heartbeat forum show {number}" if number else "see the forum: heartbeat forum list"
    return f"{seen}, or "


def _next_after_refusal(thread: str, refusal: Refusal) -> str:
    if refusal.gate == Reason.AWAITING_APPROVAL:
        return f"Next: heartbeat approve {refusal.waiting}, or heartbeat reject {refusal.waiting}"
    return f"Next: wait a little, then again: heartbeat beat {thread}"
