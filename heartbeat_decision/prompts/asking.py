"""The questions for texts: a system text and worked examples, each a file of YAML.

Examples are what a small model follows; they are sent as turns of a talk, in the very form of the answer.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType
from typing import Annotated, Any

import yaml
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from heartbeat.errors import PromptError
from heartbeat.text import clean
from heartbeat_decision.prompts.answers import ANSWERS, Answer

ASKING = tuple(ANSWERS)
"""Names of the questions for texts."""
Words = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]


class _Example(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    ask: Words
    answer: dict[str, Any]


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    system: Words
    examples: list[_Example] = Field([], max_length=60)


@dataclass(frozen=True)
class Asking:
    """One question: the messages that come before it, as (role, text), and the form of its answer."""

    prefix: tuple[tuple[str, str], ...]
    answer: type[Answer]

    def messages(self, ask: str) -> list[tuple[str, str]]:
        """Return the whole question."""
        return [*self.prefix, ("human", ask)]


@lru_cache(maxsize=128)
def read_asking(name: str, source: str, origin: str) -> Asking:
    """Return the question that a file of YAML holds; a text that was read before is not read again.

    Raises:
        PromptError: it is not of that form, or an example's answer is none; the sentence names file and line.
    """
    answer = ANSWERS[name]
    place: tuple[str | int, ...] = ()
    try:
        file = _File.model_validate(yaml.safe_load(source))
        turns = [("system", file.system)]
        for number, example in enumerate(file.examples):
            place = ("examples", number, "answer")
            given = answer.model_validate(example.answer)
            turns += [("human", example.ask), ("ai", given.json_line())]
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        path = (*place, *first["loc"])
        where = clean(".".join(str(part) for part in path), multiline=False)[:80] or "the file"
        said = f"{first['msg'][:1].lower()}{first['msg'][1:]}"
        allowed = f"system, and examples with ask and answer, an answer holds {', '.join(answer.form)}"
        line = _line_of(source, path)
        raise PromptError(f"{origin} line {line}: {where}: {said}; allowed: {allowed}") from None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f" line {mark.line + 1}" if mark else ""
        raise PromptError(f"{origin}{where}: this is not YAML; allowed: system and examples") from None
    except (ValueError, OverflowError) as error:
        # A value that looks like a date or a number, and is none.
        said = clean(str(error), multiline=False)[:200]
        raise PromptError(f"{origin}: {said}; allowed: system and examples") from None
    except RecursionError:
        raise PromptError(f"{origin}: nested too deeply; allowed: system and examples") from None
    return Asking(tuple(turns), answer)


def _line_of(source: str, path: Sequence[str | int]) -> int:
    """Return the line of a value, or of what should hold it."""
    node = yaml.compose(source, Loader=yaml.SafeLoader)
    line = node.start_mark.line if node else 0
    for part in path:
        if isinstance(node, yaml.MappingNode):
            node = next((value for key, value in node.value if key.value == part), None)
        elif isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
            node = node.value[part]
        else:
            node = None
        if node is None:
            break
        line = node.start_mark.line
    return int(line) + 1


def read_all(texts: Mapping[str, str], origins: Mapping[str, str]) -> Mapping[str, Asking]:
    """Return every question for a text.

    Raises:
        PromptError: one cannot be used.
    """
    return MappingProxyType({name: read_asking(name, texts[name], origins[name]) for name in ASKING})
