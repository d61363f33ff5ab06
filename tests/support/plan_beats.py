"""A model for beats that follow a plan: which items a question means, and what is written, said by the test."""

from __future__ import annotations

import itertools
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from heartbeat.store import messages
from heartbeat_decision.judging.guard import SYSTEM as GUARD_SYSTEM
from heartbeat_decision.judging.question import SYSTEM
from tests.support.line_reading import Reads
from tests.support.ollama import Say
from tests.support.world import World

NO = Say("no", odds={"no": 0.9, "yes": 0.1})
YES = Say("yes", odds={"yes": 0.9, "no": 0.1})
PLAIN = Say("people", odds={"people": 0.9, "bots": 0.1})
STEERS = Say("bots", odds={"bots": 0.9, "people": 0.1})


@dataclass
class PlanModel:
    """Answers yes where a question and an item hold the words of ``meant``; else no. ``fields`` are what is written.

    Texts that hold a word of ``steering`` are said to tell an agent what to do. ``judged`` are the questions about
    items, ``guarded`` those of the guard, ``wrote`` those for a text.
    """

    meant: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    fields: Mapping[str, Any] = field(default_factory=dict)
    steering: tuple[str, ...] = ()
    judged: list[str] = field(default_factory=list)
    guarded: list[str] = field(default_factory=list)
    wrote: list[str] = field(default_factory=list)

    def __call__(self, body: dict[str, Any]) -> Say:
        """Return the answer to one question."""
        asked = last(body)
        if is_guarding(body):
            self.guarded.append(asked)
            return STEERS if any(word in asked for word in self.steering) else PLAIN
        if is_judging(body):
            self.judged.append(asked)
            question, item, _ = asked.split("\n\n")
            words = next((words for part, words in self.meant.items() if part in question), ())
            return YES if any(word in item for word in words) else NO
        self.wrote.append(asked)
        return Say(written(body, **self.fields))

    def forget(self) -> None:
        """Forget what was asked, so that the next beat is seen alone."""
        self.judged.clear()
        self.guarded.clear()
        self.wrote.clear()


def is_judging(body: Mapping[str, Any]) -> bool:
    """Return whether it is a question about items, of the guard too, that takes one word."""
    return is_guarding(body) or _system(body) == SYSTEM.read_text("utf-8").strip()


def is_guarding(body: Mapping[str, Any]) -> bool:
    """Return whether it is a question of the guard."""
    return _system(body) == GUARD_SYSTEM.read_text("utf-8").strip()


def _system(body: Mapping[str, Any]) -> str:
    return str(body["messages"][0]["content"])


def last(body: Mapping[str, Any]) -> str:
    """Return the message that is answered."""
    return str(body["messages"][-1]["content"])


def written(body: Mapping[str, Any], **fields: Any) -> str:
    """Return an action by the schema of the question: the first of what is allowed, and some words."""
    properties = body["format"]["properties"]
    made: dict[str, Any] = {}
    for name, schema in properties.items():
        if "enum" in schema:
            made[name] = schema["enum"][0]
        else:
            made[name] = None if "anyOf" in schema else f"Some {name}"
    return json.dumps(made | fields)


def follow(
    world: World,
    lines: Mapping[str, str | tuple[str, str, str, Mapping[str, Any]]],
    *,
    meant: Mapping[str, tuple[str, ...]] | None = None,
    text: str | None = None,
    **fields: Any,
) -> PlanModel:
    """Have beats follow these lines, which are read; ``text`` is the file where it is more than a list of them.

    ``lines`` says for each what it asks for, as in `Reads`; ``meant`` and ``fields`` are those of the model.
    """
    model = PlanModel(meant=meant or {}, fields=fields)
    world.ollama.reads, world.ollama.answer = Reads(lines), model
    world.write("".join(f"- {line}\n" for line in lines) if text is None else text)
    world.read()
    return model


def numbered(world: World, model: PlanModel) -> PlanModel:
    """Let a model write another text each time, so that no action is a duplicate of another; return it."""
    numbers = itertools.count(1)

    def answer(body: dict[str, Any]) -> Say:
        if not is_judging(body):
            model.fields = {**model.fields, "content": f"Words {next(numbers)}"}
        return model(body)

    world.ollama.answer = answer
    return model


ORDER = "Write a post."
"""What the owner asks for in `order_post`."""
_POSTS = ("post", "always", "any", {"how": "a post"})


def order_post(world: World, thread_id: str = "demo", **fields: Any) -> PlanModel:
    """Let the owner ask a thread for a post, and the model write it with these fields.

    An order is obeyed whatever the instructions say; they only look.
    """
    model = PlanModel(fields=fields)
    world.ollama.reads, world.ollama.answer = Reads({ORDER: _POSTS}), model
    world.store.write(messages.add, thread_id, author="owner", content=ORDER, now=world.clock())
    return model


def deeds(world: World, number: int) -> list[Any]:
    """Run scheduled beats a minute apart; return what each did: kind and item of its action, or its outcome."""
    done: list[Any] = []
    for _ in range(number):
        world.clock.move(minutes=1)
        beat = world.scheduled()
        action = beat["actions"][0] if beat["actions"] else None
        done.append((action["kind"], action["target_id"]) if action else beat["reason"] or beat["status"])
    return done
