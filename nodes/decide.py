"""Third step: ask the model, or follow the rules where it is down, and commit the answer before anybody acts."""

from __future__ import annotations

import asyncio
from dataclasses import asdict
from typing import Any

from langgraph.runtime import Runtime

from heartbeat import rules
from heartbeat.config import Config
from heartbeat.decision import build_schema
from heartbeat.feed import Feed
from heartbeat.instructions import Task, mask_secrets
from heartbeat.memory import Memory
from heartbeat.store import beats
from heartbeat.store.tables import Beat
from heartbeat.validation import parse_reply
from nodes import prompt
from nodes.context import Context, context_of, services_of
from nodes.model import ModelError, ModelTimeoutError, ModelUnreachableError, Question, Reply
from nodes.offer import Possible, possible
from nodes.prompts import Templates, templates_of
from nodes.services import Services
from nodes.state import BeatState, Update, ending
from nodes.step import async_node, claim_of, keep_lease


async def decide(state: BeatState, runtime: Runtime[Context]) -> Update:
    """Return the decision of this round: the stored one where there is one, else a new one, stored."""
    services, context = services_of(runtime), context_of(runtime)
    claim, number = claim_of(state), state.get("round", 0)
    row = await asyncio.to_thread(services.store.read, beats.get, claim.beat_id)
    if number < len(row.rounds):
        return _decided(row.rounds[number], "decision on the row")
    if beats.is_settled(row):
        return ending(row.status, row.summary, reason=row.reason, error=row.error)
    choice = await asyncio.to_thread(possible, state, services)
    config = Config.from_dict(state.get("config") or {})
    templates = await asyncio.to_thread(templates_of, services.settings)
    question = _question(state, row, choice, config, services, context, templates)
    asked: Question | None = question
    problems = list(state.get("problems", []))
    entry: dict[str, Any]
    try:
        await services.model.check(question.url, question.model)
        services.probe("inside:decide")
        reply = await _ask(services, claim, question)
        entry = {**_entry(reply), "at": services.clock().isoformat()}
    except ModelUnreachableError as error:
        if config.fallback != "rules" or number > 0:
            return ending("skipped", f"{error}.", reason="model_unreachable")
        entry = _follow_rules(state, choice, str(error))
        asked = None
        problems.append(f"{error}; the rules decided")
    except ModelTimeoutError as error:
        return _ask_failed("model_timeout", error)
    except ModelError as error:
        return _ask_failed("model_error", error)
    await asyncio.to_thread(
        services.store.write,
        beats.record_round,
        claim,
        entry,
        decided_by=entry["decided_by"],
        model=asked.model if asked else None,
        prompt=asked.messages if asked else None,
        context={
            **{key: state.get(key) for key in ("config", "instructions", "feed", "fingerprint")},
            "problems": problems,
        },
    )
    how = "decided by the rules" if asked is None else f"{question.model} answered"
    return {**_decided(entry, how), "problems": problems}


def _question(
    state: BeatState,
    row: Beat,
    choice: Possible,
    config: Config,
    services: Services,
    context: Context,
    templates: Templates,
) -> Question:
    settings = services.settings
    messages = [
        (role, text) for role, text in row.prompt or _messages(state, choice, config, services, templates)
    ]
    if state.get("repair"):
        said = str(row.rounds[-1].get("reply") or "") if row.rounds else ""
        messages = prompt.add_repair(templates, messages, said, state.get("repair", []))
    return Question(
        url=context.ollama_url or settings.ollama_url,
        model=config.model or settings.model,
        messages=messages,
        schema=build_schema(choice.offer, choice.capabilities),
        temperature=config.temperature,
        max_tokens=config.max_tokens,
        context_tokens=prompt.context_window(messages, config.max_tokens),
        deadline=context.model_timeout or settings.model_timeout,
    )


def _messages(
    state: BeatState, choice: Possible, config: Config, services: Services, templates: Templates
) -> list[tuple[str, str]]:
    instructions = state.get("instructions") or {}
    return prompt.build(
        templates,
        agent=services.settings.agent_name,
        instructions=instructions["body"],
        tasks=[Task(**task) for task in instructions["due"]],
        feed=Feed.model_validate(state.get("feed") or {}),
        memory=Memory.newest(state.get("memory")),
        config=config,
        now=services.clock(),
        own_kinds=choice.own_kinds,
    )


async def _ask(services: Services, claim: beats.Claim, question: Question) -> Reply:
    renewing = asyncio.create_task(keep_lease(services, claim)())
    try:
        return await services.model.ask(question)
    finally:
        renewing.cancel()
        # Also a renewal that failed is over now; the fence is checked again when the reply is stored.
        await asyncio.gather(renewing, return_exceptions=True)


def _entry(reply: Reply) -> dict[str, Any]:
    decision, problem = parse_reply(reply.text)
    if not reply.finished:
        decision, problem = None, "the reply was cut before it was complete; answer more briefly"
    return {
        **asdict(reply),
        "text": None,
        "reply": mask_secrets(reply.text[:20_000]),
        "decided_by": "model",
        "decision": decision,
        "problem": problem,
    }


def _follow_rules(state: BeatState, choice: Possible, why: str) -> dict[str, Any]:
    lines = (state.get("instructions") or {})["rules"]
    feed = Feed.model_validate(state.get("feed") or {})
    decision = rules.decide(lines, feed, choice.offer)
    return {"decided_by": "rules", "decision": decision, "problem": None, "reply": None, "why": why}


def _decided(entry: dict[str, Any], how: str) -> Update:
    decision = entry.get("decision")
    action = decision.get("action") if decision else "no decision"
    return {
        "decision": decision,
        "decided_by": entry["decided_by"],
        "asked_at": entry.get("at"),
        "repair": [entry["problem"]] if entry.get("problem") else [],
        "found": f"{how}: {action}",
    }


def _ask_failed(reason: str, error: ModelError) -> Update:
    return ending("failed", f"The model gave no decision: {error}.", reason=reason, error=str(error))


decide_node = async_node(decide)
