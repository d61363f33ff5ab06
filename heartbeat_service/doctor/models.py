"""Check the models that threads use: that they are available and, on demand, that they answer."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from heartbeat.config import Config
from heartbeat.settings import Settings
from heartbeat.text import clause, sentence
from heartbeat_service.doctor.facts import Facts, KnownThread
from heartbeat_service.doctor.finding import Finding, few, ok, problem, warning
from heartbeat_service.doctor.server import CHECK as SERVER
from heartbeat_service.doctor.server import Server

if TYPE_CHECKING:
    from heartbeat_decision.model import Model

MODEL = "model"
_SINCE = (0, 5)
"""The first version of Ollama with JSON schemas."""
_BY_THE_RULES = "; the rules decide meanwhile"


def check_server(server: Server, facts: Facts) -> list[Finding]:
    """Check that the server answers and supports JSON schemas.

    Without it beats stop, unless every enabled thread has ``fallback: rules``.
    """
    if server.trouble:
        return [server.trouble if facts.left else _eased(server.trouble, facts.enabled)]
    version = re.match(r"(\d+)\.(\d+)", server.version or "")
    # A server built from source reports version 0.0.0.
    if version and server.version != "0.0.0" and tuple(map(int, version.groups())) < _SINCE:
        said = f"Ollama {server.version} does not know JSON schemas, which came with 0.5."
        return [problem(SERVER, said, "upgrade Ollama: https://ollama.com/download")]
    told = f"Ollama {server.version}" if server.version else "A server of unknown version"
    return [ok(SERVER, f"{told} answers.")]


def check_models(server: Server, settings: Settings, facts: Facts) -> list[Finding]:
    """Check that the models that threads use are pulled."""
    if server.trouble:
        return []
    found = [_look(server, model, users) for model, users in _users(settings, facts).items()]
    return few(sorted(found, key=lambda each: each.level == "ok"))


async def ask_models(model: Model, server: Server, settings: Settings, facts: Facts) -> list[Finding]:
    """Ask each available model one short question with a JSON schema, within the timeout of a beat."""
    if server.trouble:
        return []
    return [await _ask(model, settings, name) for name in _users(settings, facts) if server.has(name)]


def _users(settings: Settings, facts: Facts) -> dict[str, list[KnownThread]]:
    users: dict[str, list[KnownThread]] = {settings.model: []}
    for thread in facts.enabled:
        name = (thread.config.model if thread.config else None) or settings.model
        users.setdefault(name, []).append(thread)
    return users


def _look(server: Server, model: str, users: Sequence[KnownThread]) -> Finding:
    if server.has(model):
        return ok(MODEL, f"{model} is there.")
    missing = problem(MODEL, f"The model {model} is not pulled.", f"ollama pull {model}")
    if not users:
        said = f"The model {model}, which new threads would use, is not pulled."
        return replace(missing, level="warning", said=said)
    return _eased(missing, users)


def _eased(finding: Finding, threads: Sequence[KnownThread]) -> Finding:
    if not threads or any(thread.config is None or thread.config.fallback != "rules" for thread in threads):
        return finding
    return replace(finding, level="warning", said=clause(finding.said) + sentence(_BY_THE_RULES))


async def _ask(model: Model, settings: Settings, name: str) -> Finding:
    from heartbeat_decision.model import ModelError, ModelTimeoutError, Question
    from heartbeat_decision.prompt import context_window

    messages = [("system", "Answer with JSON by the schema."), ("user", "Is water wet?")]
    schema = {
        "title": "answer",
        "type": "object",
        "properties": {"answer": {"type": "string", "enum": ["yes", "no"]}},
        "required": ["answer"],
        "additionalProperties": False,
    }
    most = Config().max_tokens
    question = Question(
        url=settings.ollama_url,
        model=name,
        messages=messages,
        schema=schema,
        temperature=0,
        max_tokens=most,
        context_tokens=context_window(messages, most),
        deadline=settings.model_timeout,
    )
    another = "use a model that can chat, for example: ollama pull llama3.2, then HEARTBEAT_MODEL=llama3.2"
    try:
        reply = await model.ask(question)
        while reply.again:
            reply = await model.ask(question)
    except ModelTimeoutError as error:
        remedy = (
            f"use a smaller model, or give it longer: HEARTBEAT_MODEL_TIMEOUT (now {question.deadline:g})"
        )
        return problem(MODEL, sentence(f"{name}: {error}"), remedy)
    except ModelError as error:
        return problem(MODEL, sentence(f"{name} gave no answer: {error}"), another)
    if reply.thought and not (reply.finished and reply.text.strip()):
        return warning(MODEL, f"{name} spent its tokens on thinking and came to no answer.", another)
    if not reply.finished:
        return warning(MODEL, f"{name} did not come to an end within {most} tokens.", another)
    if not _is_answer(reply.text):
        return problem(MODEL, f"{name} answers, but not by a JSON schema.", another)
    tokens = reply.prompt_tokens + reply.completion_tokens
    return ok(MODEL, f"{name} answered by a JSON schema in {reply.seconds:.1f} s ({tokens} tokens).")


def _is_answer(text: str) -> bool:
    try:
        return json.loads(text) in ({"answer": "yes"}, {"answer": "no"})
    except (ValueError, RecursionError):
        return False
