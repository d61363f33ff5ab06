"""Third node: ask the model, or follow rules that need none, and commit the decision before anything is done."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from langgraph.runtime import Runtime

from heartbeat.decision_mode import DecisionMode
from heartbeat.instructions import mask_secrets
from heartbeat.store import beats
from heartbeat.store.tables import Beat
from heartbeat.text import sentence
from heartbeat.vocabulary import BeatStatus, Decider, Reason
from heartbeat_decision.model import (
    ModelElsewhereError,
    ModelError,
    ModelTimeoutError,
    ModelUnreachableError,
    Question,
)
from heartbeat_decision.prompts import templates_of
from nodes.calls import BeatOverError, BudgetSpentError, Calls
from nodes.context import Context, context_of, services_of, view_of
from nodes.entry import Entry, undecided
from nodes.follow import Following, UnheardError
from nodes.hand import Hand
from nodes.offer import resolve_actions
from nodes.outflow import elsewhere_end
from nodes.question import QuestionBuilder
from nodes.services import Services
from nodes.state import BeatState, Update, ending, path_with
from nodes.step import WaitingNode, failure
from nodes.view import StateView
from nodes.whole import Whole

_MOMENT = timedelta(seconds=5)
"""How long after its claim nobody is expected to have settled a beat, unless a third of its lease is shorter."""


async def decide(state: BeatState, runtime: Runtime[Context]) -> Update:
    """Return the decision of this round: the stored one if there is one, else a new one, which is stored."""
    services, context = services_of(runtime), context_of(runtime)
    beat = view_of(state, runtime)
    claim, number = beat.claim, beat.round
    hand = context.hand
    begun = await asyncio.to_thread(_begin, beat, hand.row if hand is not None else None, services, context)
    if not isinstance(begun, _Begun):
        return begun
    builder, question, row = begun.builder, begun.question, begun.builder.row
    asked: Question | None = question
    problems = beat.problems
    calls = Calls(services, claim, beat.config, _unchecked_until(hand, row, services))
    entry, noted = undecided(), Entry()
    end: Update | None = None
    try:
        asked, entry = await _decided_by(builder, question, calls, noted)
    except BeatOverError:
        row = await asyncio.to_thread(services.store.read, beats.get, claim.beat_id)
        return _known(row, number) or {}
    except ModelElsewhereError as error:
        end = elsewhere_end(beat, question.model, str(error))
    except ModelUnreachableError as error:
        if isinstance(error, UnheardError):
            entry["unfollowed"] = error.why
        falls_back = beat.config.fallback == "rules" and number == 0 and "unfollowed" not in entry
        entry |= await asyncio.to_thread(_without_model, builder, str(error)) if falls_back else {}
        if entry["decision"] is None:
            summary = " ".join(filter(None, [sentence(str(error)), entry.get("unfollowed")]))
            end = ending(BeatStatus.SKIPPED, summary, reason=Reason.MODEL_UNREACHABLE)
        else:
            asked = None
            problems.append(f"{error}; the rules decided")
    except Exception as error:  # noqa: BLE001 - the tokens are written, whatever ends the beat
        end = _end(error)
    entry = {**noted, **entry, "at": services.clock().isoformat()}
    problems.extend(entry.get("warnings", ()))
    if end is not None:
        spent = calls.unpaid
        unpaid = {"prompt_tokens": spent.prompt_tokens, "completion_tokens": spent.completion_tokens}
        entry |= {**unpaid, "problem": end["found"], "ending": end["ending"]}
    if end is None or not calls.unpaid.is_empty or "followed" in entry:
        row = await asyncio.to_thread(
            services.store.write,
            beats.record_round,
            claim,
            entry,
            known=row,
            unrecorded=calls.unpaid,
            decided_by=entry["decided_by"] and Decider(entry["decided_by"]),
            model=asked.model if asked else None,
            prompt=asked.messages if asked and entry.get("reply") is not None else None,
            context={
                **{key: state.get(key) for key in ("config", "instructions", "feed", "fingerprint")},
                "problems": problems,
            },
            path=path_with(state, "decide"),
            instructions_sha256=beat.instructions.sha256 or None,
        )
        if hand is not None:
            hand.row = row
    how = f"decided by the {entry['decided_by']}" if asked is None else f"{question.model} answered"
    followed = {"followed": entry.get("followed")}
    return {**end, **followed} if end else {**_decided(entry, how), "problems": problems}


def _unchecked_until(hand: Hand | None, row: Beat, services: Services) -> datetime | None:
    """Return until when the row of a beat is not looked at before a call; None where it is.

    Only a run that has just claimed the beat, and has written nothing to its row yet, need not look.
    """
    if hand is None or row is not hand.outset.row or not hand.is_of(row.id):
        return None
    if services.clock() < row.started_at:  # the clock was set back
        return None
    return row.started_at + min(_MOMENT, timedelta(seconds=services.settings.lease_seconds) / 3)


class _Begun(NamedTuple):
    """What a decision is made with."""

    builder: QuestionBuilder
    question: Question


def _begin(beat: StateView, row: Beat | None, services: Services, context: Context) -> _Begun | Update:
    """Return what the decision is made with, or the update of a round that has one."""
    row = row or services.store.read(beats.get, beat.claim.beat_id)
    known = _known(row, beat.round)
    if known is not None:
        return known
    choice, templates = resolve_actions(beat, services), templates_of(services.settings)
    builder = QuestionBuilder(beat, row, choice, services, context, templates)
    return _Begun(builder, builder.question())


def _known(row: Beat, number: int) -> Update | None:
    """Return the stored decision of this round, or the outcome of a settled beat; None if there is neither."""
    if number < len(row.rounds):
        return _decided(row.rounds[number], "decision on the row")
    if beats.is_settled(row):
        return ending(row.status, row.summary, reason=row.reason, error=row.error)
    return None


async def _decided_by(
    builder: QuestionBuilder, question: Question, calls: Calls, noted: Entry
) -> tuple[Question | None, Entry]:
    """Return the question that led to the decision, None if no model is needed, and the entry of this round."""
    services, way = builder.services, await _way(builder)
    entry = await way.quiet()
    if entry is not None:
        services.probe("inside:decide")
        return None, entry
    digest = await services.model.check(question.url, question.model)
    services.probe("inside:decide")
    return await way.decide(calls, question, digest, noted)


async def _way(builder: QuestionBuilder) -> Following | Whole:
    """Return how the beat decides: by its plan, or by one question; so the reply to either is repaired."""
    is_first = not builder.row.rounds and not builder.beat.repair
    if is_first and builder.services.settings.decides_by == DecisionMode.PLAN:
        return await Following.load(builder)
    return Whole(builder)


def _end(error: Exception) -> Update:
    """Return how an error of the model or the budget ends the beat; any other as in `failure`."""
    cause = mask_secrets(str(error))
    message = sentence(f"The model gave no decision: {cause}")
    if isinstance(error, BudgetSpentError):
        return ending(BeatStatus.SKIPPED, str(error), reason=Reason.BUDGET_EXHAUSTED)
    if isinstance(error, ModelTimeoutError):
        return ending(BeatStatus.FAILED, message, reason=Reason.MODEL_TIMEOUT, error=cause)
    if isinstance(error, ModelError):
        return ending(BeatStatus.FAILED, message, reason=Reason.MODEL_ERROR, error=cause)
    return failure(error)


def _without_model(builder: QuestionBuilder, why: str) -> Entry:
    """Return the entry of a decision that takes no model, without a decision where nothing can be followed."""
    return Following.loaded(builder).without_model(why)


def _decided(entry: dict[str, Any], how: str) -> Update:
    if "ending" in entry:
        end = entry["ending"]
        return {"ending": end, "found": end["summary"]}
    decision = entry.get("decision")
    action = decision.get("action") if decision else "no decision"
    return {
        "decision": decision,
        "decided_by": entry["decided_by"],
        "followed": entry.get("followed"),
        "asked_at": entry.get("at"),
        "repair": [entry["problem"]] if entry.get("problem") else [],
        "found": f"{how}: {action}",
    }


decide_node = WaitingNode(decide)
