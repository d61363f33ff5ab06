"""Build the messages of a question from the templates in `heartbeat_decision.prompts`.

The parts are ordered from the constant system text to what changes at every beat, so that a model server can reuse
its prompt cache.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from heartbeat.config import Config
from heartbeat.feed import Feed, Item
from heartbeat.instructions import Task, mask_secrets
from heartbeat.memory import Memory, RecentAction
from heartbeat.schedule import parse_zone
from heartbeat.text import inert_line
from heartbeat.vocabulary import INBOX_KINDS, FeedKind
from heartbeat_decision.prompts import Templates

REVISION = 1
"""Number of how messages are built of templates; another number whenever the same templates come to another text."""
FENCE = {"fence_begin": "<data>", "fence_end": "</data>"}
_COUNTED = (FeedKind.POST, FeedKind.COMMENT, FeedKind.MESSAGE)
_SMALLEST_WINDOW = 4_096
_LARGEST_WINDOW = 131_072


def build(
    templates: Templates,
    *,
    agent: str,
    instructions: str,
    tasks: Sequence[Task],
    feed: Feed,
    memory: Memory,
    config: Config,
    now: datetime,
    explained: Sequence[tuple[str, str]] = (),
) -> list[tuple[str, str]]:
    """Return the messages that ask for a whole decision, as (role, text); secrets are masked.

    ``explained`` are the possible kinds of actions besides post, comment and vote, each with what it is for.

    Raises:
        PromptError: a template cannot be filled in.
    """
    system = templates.render("system", agent=agent, **FENCE)
    question = templates.render(
        "question",
        agent=agent,
        instructions=instructions.strip(),
        tasks=[{"name": task.name, "prompt": task.prompt} for task in tasks],
        actions=[{"kind": kind, "about": inert_line(about)} for kind, about in explained],
        **_counts(feed),
        omitted=feed.omitted,
        feed="\n".join(_lines(templates, feed, config, now)),
        **_shared(templates, feed.facts, memory, config, now),
    )
    return [("system", mask_secrets(system)), ("human", mask_secrets(question))]


def build_writing(
    templates: Templates,
    kind: str,
    *,
    agent: str,
    manner: Sequence[str],
    duty: str,
    material: Sequence[str],
    facts: Sequence[str],
    memory: Memory,
    config: Config,
    now: datetime,
) -> list[tuple[str, str]]:
    """Return the messages that ask for the text of a ``comment`` or a ``post``; secrets are masked.

    ``duty`` is what the text has to do, ``manner`` has the lines about style, ``material`` is what it is about.

    Raises:
        PromptError: a template cannot be filled in.
    """
    question = templates.render(
        "write",
        agent=agent,
        instructions=inert_line(" ".join(manner)),
        duty=inert_line(duty),
        feed="\n".join(inert_line(line) for line in material),
        **_shared(templates, facts, memory, config, now),
    )
    return templates.asking[kind].messages(mask_secrets(question.strip()))


def _shared(
    templates: Templates, facts: Sequence[str], memory: Memory, config: Config, now: datetime
) -> dict[str, Any]:
    return {
        **_clock(config, now),
        "recent": [_done(templates, action, now) for action in memory.recent],
        "note": inert_line(memory.note),
        "facts": [inert_line(fact) for fact in facts],
        **FENCE,
    }


def add_repair(
    templates: Templates, messages: Sequence[tuple[str, str]], reply: str, problems: Iterable[str]
) -> list[tuple[str, str]]:
    """Return the messages with the reply and its problems added.

    Raises:
        PromptError: a template cannot be filled in.
    """
    return [*messages, ("ai", reply[:4_000]), ("human", templates.render("repair", problems=list(problems)))]


def context_window(messages: Sequence[tuple[str, str]], max_tokens: int) -> int:
    """Return ``num_ctx`` for question and answer, a power of two.

    With its default a server silently cuts the beginning of a long prompt. It loads the model anew whenever the
    number changes, so that it changes in large steps only.
    """
    needed = sum(_tokens(text) + 16 for _, text in messages) + max_tokens
    window = _SMALLEST_WINDOW
    while window < needed and window < _LARGEST_WINDOW:
        window *= 2
    return window


def version(templates: Templates) -> str:
    """Return a hash of the templates and `REVISION`, so that a change of the prompts is a reason to ask again."""
    return hashlib.sha256(f"{REVISION} {templates.version}".encode()).hexdigest()[:12]


def _tokens(text: str) -> int:
    """Estimate the number of tokens, rather too high: three bytes a token in any language."""
    return len(text.encode("utf-8", "surrogatepass")) // 3


def _clock(config: Config, now: datetime) -> dict[str, str]:
    local = now.astimezone(parse_zone(config.timezone))
    return {
        "weekday": f"{local:%A}",
        "date": f"{local:%Y-%m-%d}",
        "time": f"{local:%H:%M}",
        "timezone": config.timezone,
    }


def _counts(feed: Feed) -> dict[str, int]:
    new = [item for item in feed.walk() if item.new]
    return {
        **{f"new_{kind}s": feed.count_new(kind) for kind in _COUNTED},
        "new_items": sum(feed.count_new(kind) for kind in INBOX_KINDS),
        "new_mentions": sum(item.mention for item in new),
        "new_replies": sum(item.reply for item in new),
    }


def _done(templates: Templates, action: RecentAction, now: datetime) -> dict[str, str]:
    return {
        "kind": action.kind,
        "target": inert_line((action.target_id or "").replace(":", " ", 1)),
        "text": inert_line(action.text),
        "age": _age(templates, action.at, now),
    }


def _lines(templates: Templates, feed: Feed, config: Config, now: datetime) -> list[str]:
    lines: list[str] = []
    for item in feed.items:
        lines.append(_line(templates, item, config, now))
        lines += [f"  {_line(templates, comment, config, now)}" for comment in item.comments]
    return lines


def _line(templates: Templates, item: Item, config: Config, now: datetime) -> str:
    values: dict[str, Any] = {
        "kind": item.kind,
        "id": item.id,
        "author": item.author,
        "title": item.title,
        "content": item.content,
        "board": item.board or "",
        "post_id": item.post_id or "",
        "parent": item.parent,
        "due": _due(item, config, now),
        "age": _age(templates, item.created_at, now),
        "score": "" if item.score is None else item.score,
        "new": item.new,
        "own": item.own,
        "mention": item.mention,
        "reply": item.reply,
        "own_vote": item.own_vote or "",
    }
    return inert_line(templates.render("item", **values))


def _due(item: Item, config: Config, now: datetime) -> str:
    """Return when an item is due in the thread's zone, and how far off that is; empty where it is not due."""
    if item.due_at is None:
        return ""
    if item.all_day:
        return f"{item.due_at:%A} {item.due_at:%Y-%m-%d}, all day"
    local = item.due_at.astimezone(parse_zone(config.timezone))
    minutes = (item.due_at - now) // timedelta(minutes=1)
    if minutes < 0:
        far = "begun"
    elif minutes < 120:
        far = f"in {minutes} min"
    else:
        far = f"in {minutes // 60} h" if minutes < 2_880 else f"in {minutes // 1_440} days"
    return f"{local:%A} {local:%Y-%m-%d} {local:%H:%M}, {far}"


def _age(templates: Templates, then: datetime, now: datetime) -> str:
    return templates.age(max(now - then, timedelta(0)) // timedelta(minutes=1))
