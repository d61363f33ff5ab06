"""A model that is asked small questions: what it answers is written down by the test, line by line."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from heartbeat.store import messages
from heartbeat_decision.prompts.answers import ANSWERS, TEXTS
from tests.support.ollama import Say
from tests.support.world import World

QUESTIONS = {frozenset(answer.form): name for name, answer in ANSWERS.items()}
WRITING = "writing"
"""What the last question of an action is called here, whether for a post or a comment."""


def asked_for(body: Mapping[str, Any]) -> str:
    """Return which question this is, told by the properties of its schema."""
    name = QUESTIONS.get(frozenset(body["format"]["properties"]), WRITING)
    return WRITING if name in TEXTS else name


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


@dataclass
class Reader:
    """Answers small questions. A line that is not named asks for nothing, and an item that is not named does not fit.

    A sentence that is not named is a remark.

    ``lines`` are labels, or a label with its number or time; ``hours`` and ``wants`` are answers by the text that
    is asked about, ``titles`` lines that ask for no post, ``secrets`` paragraphs that hold a secret, ``daily``
    lines with hours of every day, ``forbidding`` titles that forbid what is below them, ``limiting`` those that
    say when it holds. ``fitting`` are words of
    the items a line is about. ``say`` overrides the answer to a question by its name, ``fields`` what is written.
    """

    lines: dict[str, Any] = field(default_factory=dict)
    hours: dict[str, dict[str, Any]] = field(default_factory=dict)
    wants: dict[str, str] = field(default_factory=dict)
    titles: tuple[str, ...] = ()
    sums: tuple[str, ...] = ()
    exceeding: tuple[str, ...] = ()
    replies: dict[str, str] = field(default_factory=dict)
    fitting: tuple[str, ...] = ()
    unless: dict[str, str] = field(default_factory=dict)
    secrets: tuple[str, ...] = ()
    forbidding: tuple[str, ...] = ()
    limiting: tuple[str, ...] = ()
    daily: tuple[str, ...] = ()
    true: tuple[str, ...] = ()
    kinds: dict[str, str] = field(default_factory=dict)
    say: dict[str, Callable[[dict[str, Any]], Say]] = field(default_factory=dict)
    fields: dict[str, Any] = field(default_factory=dict)
    calls: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    def __call__(self, body: dict[str, Any]) -> Say:
        name = asked_for(body)
        self.calls.append((name, body))
        if name in self.say:
            return self.say[name](body)
        return Say(self._answer(name, body))

    @property
    def asked(self) -> list[str]:
        """The names of the questions, in order."""
        return [name for name, _ in self.calls]

    def texts(self, *names: str) -> list[str]:
        """Return what the questions of these names were about."""
        return [last(body) for name, body in self.calls if name in names]

    def forget(self) -> None:
        """Forget what was asked, so that the next beat is seen alone."""
        self.calls.clear()

    def _answer(self, name: str, body: dict[str, Any]) -> str:
        text = last(body)
        answer: dict[str, Any]
        match name:
            case "label":
                given = self.lines.get(text, "silence")
                named = given if isinstance(given, dict) else {"label": given}
                answer = {"number": None, "time": None} | named
            case "title":
                answer = {"kind": "condition" if text in self.limiting else "topic"}
            case "forbids":
                answer = {"forbids": "yes" if text in self.forbidding else "no"}
            case "asks":
                answer = {"asks": "no" if text in self.titles else "yes"}
            case "hours":
                answer = {"days": [], "from": None, "until": None, "act": "in"} | self.hours[text]
            case "named":
                answer = {"named": "no" if text in self.daily else "yes"}
            case "wanted":
                answer = {"wants": self.wants.get(text, "talk")}
            case "choose":
                numbered = [line.split(". ", 1) for line in text.split("\n")[:-1]]
                answer = {"is": "what it is", "number": self._first(numbered)}
            case "bound":
                answer = {"bound": "more than" if text in self.exceeding else "at least"}
            case "sums":
                answer = {"sums": "yes" if text in self.sums else "no"}
            case "reply":
                answer = {"to": self.replies.get(text, "anything")}
            case "says":
                kind = next((kind for word, kind in self.kinds.items() if word in text), "remark")
                answer = {"does": "what it does", "kind": kind}
            case "about":
                answer = {"question": text[:300], "unless": self.unless.get(text)}
            case "match":
                item, question = text.split("\n")
                fits = question.removeprefix("Question: ") in self.true if self.true else self._fits(item)
                answer = {"is": "what it is", "match": "yes" if fits else "no"}
            case "secret":
                answer = {"secret": "yes" if text in self.secrets else "no"}
            case "brief":
                answer = {"brief": text[:240]}
            case _:
                return written(body, **self.fields)
        return json.dumps(answer)

    def _fits(self, text: str) -> bool:
        return any(word in text for word in self.fitting)

    def _first(self, numbered: Iterable[list[str]]) -> str:
        return next((number for number, text in numbered if self._fits(text)), "0")


ORDER = "Write a post."
"""What the owner asks for in `order_post`."""


def order_post(world: World, thread_id: str = "demo", **fields: Any) -> Reader:
    """Let the owner ask a thread for a post, and the model write it with these fields.

    An order is obeyed whatever the instructions say and were read as before.
    """
    reader = Reader(wants={ORDER: "post"}, fields=fields)
    world.ollama.answer = reader
    world.store.write(messages.add, thread_id, author="owner", content=ORDER, now=world.clock())
    return reader


def numbering(reader: Reader) -> Reader:
    """Let the reader write another text each time, so that no action is a duplicate of another; return it."""
    numbers = itertools.count(1)
    reader.say[WRITING] = lambda body: Say(written(body, content=f"Words {next(numbers)}"))
    return reader


def deeds(world: World, number: int) -> list[Any]:
    """Run scheduled beats a minute apart; return what each did: kind and item of its action, or its outcome."""
    done: list[Any] = []
    for _ in range(number):
        world.clock.move(minutes=1)
        beat = world.scheduled()
        action = beat["actions"][0] if beat["actions"] else None
        done.append((action["kind"], action["target_id"]) if action else beat["reason"] or beat["status"])
    return done
