"""What a beat of a thread would do now: its plan as a beat follows it; no model is asked and nothing is changed."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, cast

from heartbeat.config import Config
from heartbeat.decision_mode import DecisionMode
from heartbeat.plan.why import why_unheard
from heartbeat.secrecy import mark_private, noting_private
from heartbeat.store import outset
from heartbeat.store.tables import Beat
from heartbeat.text import sentence
from heartbeat.vocabulary import BeatStatus, Reason, Trigger
from heartbeat_decision.model import ModelUnreachableError
from heartbeat_decision.prompts import templates_of
from nodes.choice import Outcome
from nodes.context import Context
from nodes.follow import Following
from nodes.gather_context import gather
from nodes.judge import Judged, to_ask, to_guard
from nodes.load_instructions import read_instructions, remembered, saved_memory
from nodes.offer import resolve_actions
from nodes.outflow import model_of
from nodes.plan import BeatPlan
from nodes.question import QuestionBuilder
from nodes.readings import reader_model
from nodes.services import Services
from nodes.state import Ending, ending
from nodes.step import guarded
from nodes.view import StateView


@dataclass(frozen=True)
class DryRun:
    """What a scheduled beat would do now.

    ``ends`` is how it would end before it follows a rule, None if it would get that far. ``plan`` and ``outcome`` are
    None where it would not look at its plan. ``asks`` are the questions that the model would be asked first; what the
    outcome says is as far as is known without them; one beat asks at most ``limit`` of them. ``config`` is that of
    the thread.
    """

    config: Config
    ends: Ending | None
    plan: BeatPlan | None = None
    outcome: Outcome | None = None
    asks: tuple[Judged, ...] = ()
    limit: int = 0

    @property
    def is_certain(self) -> bool:
        """Whether nothing has to be read or judged before it is known what is followed."""
        return not self.asks and (self.plan is None or not self.plan.said.unread)


async def dry_run(services: Services, thread_id: str) -> DryRun:
    """Return what a scheduled beat of a thread would do now; no connection is looked at.

    Raises:
        NotFoundError: no such thread.
        InvalidValueError: its config is refused.
    """
    with noting_private():
        found = await asyncio.to_thread(_Looked.now, services, thread_id)
        following = found.following
        if following is None:
            return DryRun(found.beat.config, found.ends)
        ends, outcome = found.ends, await asyncio.to_thread(following.known_outcome)
        guards: Sequence[Judged] = ()
        if ends is None:
            ends, outcome, guards = await _with_model(following, outcome)
        asks = {each.pair: each for each in (*to_ask(outcome.findings, following.acts.can), *guards)}
        limit = services.settings.max_judgements
        return DryRun(found.beat.config, ends, following.beat_plan, outcome, tuple(asks.values()), limit)


async def _with_model(
    following: Following, known: Outcome
) -> tuple[Ending | None, Outcome, Sequence[Judged]]:
    """Return what is found with the verdicts of the present model, or how the beat ends if it cannot be asked.

    The last are what the guard would be asked before a text is written.
    """
    builder, said = following.builder, following.beat_plan.said
    services, config = builder.services, builder.beat.config
    if said.unread:
        try:
            await services.model.check(services.settings.ollama_url, reader_model(services.settings))
        except ModelUnreachableError as error:
            return _skipped(error, why_unheard(said.unread, builder.beat.thread_id)), known, ()
    if await following.quiet() is not None:
        return None, known, ()
    url, model = model_of(config, services, builder.context)
    try:
        digest = await services.model.check(url, model)
    except ModelUnreachableError as error:
        if config.fallback != "rules":
            return _skipped(error), known, ()
        plain = await asyncio.to_thread(following.plain_outcome)
        return (None if plain.choice else _skipped(error, following.unfollowed(plain))), plain, ()
    outcome = await asyncio.to_thread(following.known_outcome, digest)
    return None, outcome, to_guard(outcome.findings, following.acts.can)


def _skipped(error: ModelUnreachableError, more: str = "") -> Ending:
    update = ending(
        BeatStatus.SKIPPED, f"{sentence(str(error))} {more}".rstrip(), reason=Reason.MODEL_UNREACHABLE
    )
    return cast("Ending", update["ending"])


@dataclass(frozen=True)
class _Looked:
    """The state of a beat that has looked at everything; ``following`` is None if it follows no plan."""

    beat: StateView
    ends: Ending | None
    following: Following | None

    @classmethod
    def now(cls, services: Services, thread_id: str) -> _Looked:
        now, context = services.clock(), Context(services=services, look=False)
        row = Beat(
            thread_id=thread_id, trigger=Trigger.SCHEDULED, slot=now, dry_run=True, started_at=now, rounds=[]
        )
        found = services.store.read(outset.of_thread, thread_id, now)
        saved = saved_memory({}, found)
        update, guard = remembered(saved, services, context, found, now, private=False)
        state: dict[str, Any] = {"claim": _claim(row), **update}
        leaks = guard.closed_gate()
        state |= leaks or guarded(partial(read_instructions, StateView(state), services, found, now))
        ends = state.get("ending")
        if state.get("instructions"):
            state |= guarded(
                partial(gather, StateView(state), row, found, services, guard, now, mark_private)
            )
            ends = ends or state.get("ending")
        follows = state.get("feed") and services.settings.decides_by == DecisionMode.PLAN
        following = _following(state, row, services, context) if follows else None
        return cls(StateView(state), ends, following)


def _claim(row: Beat) -> Mapping[str, Any]:
    """Return a claim on no beat, for the nodes that ask which thread it is of."""
    return {
        "beat_id": 0,
        "fence": 0,
        "thread": row.thread_id,
        "trigger": row.trigger.value,
        "dry_run": row.dry_run,
        "renewed_at": row.started_at.isoformat(),
    }


def _following(state: Mapping[str, Any], row: Beat, services: Services, context: Context) -> Following:
    beat = StateView(state)
    choice = resolve_actions(beat, services)
    templates = templates_of(services.settings)
    return Following.loaded(QuestionBuilder(beat, row, choice, services, context, templates))
