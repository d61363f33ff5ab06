"""The small questions of the triage: a system text and worked examples, each a file of YAML.

Examples are what a small model follows; they are sent as turns of a talk, in the very form of the answer.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from heartbeat.errors import PromptError
from nodes.prompts.answers import ANSWERS, Answer

ASKING = tuple(ANSWERS)
"""Names of the small questions."""


class _Example(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    ask: str = Field(min_length=1)
    answer: dict[str, Any]


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    system: str = Field(min_length=1)
    examples: list[_Example] = Field([], max_length=60)


@dataclass(frozen=True)
class Asking:
    """One small question: the messages that come before it, as (role, text), and the form of its answer."""

    prefix: tuple[tuple[str, str], ...]
    answer: type[Answer]

    def messages(self, ask: str) -> list[tuple[str, str]]:
        """Return the whole question."""
        return [*self.prefix, ("human", ask)]


def read_asking(name: str, source: str, origin: str) -> Asking:
    """Return the question that a file of YAML holds.

    Raises:
        PromptError: it is not of that form, or an example's answer is none; the sentence names the file.
    """
    answer = ANSWERS[name]
    try:
        file = _File.model_validate(yaml.safe_load(source))
        turns = [("system", file.system.strip())]
        for example in file.examples:
            given = answer.model_validate(example.answer)
            turns += [("human", example.ask.strip()), ("ai", json.dumps(given.plain(), ensure_ascii=False))]
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f" line {mark.line + 1}" if mark else ""
        raise PromptError(f"{origin}{where}: this is not YAML; allowed: system and examples") from None
    except RecursionError:
        raise PromptError(f"{origin}: nested too deeply; allowed: system and examples") from None
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or "the file"
        fields = ", ".join(answer.model_fields[key].alias or key for key in answer.model_fields)
        raise PromptError(
            f"{origin}: {where}: {first['msg'][:1].lower()}{first['msg'][1:]}; allowed: system, and examples with "
            f"ask and answer, an answer holds {fields}"
        ) from None
    return Asking(tuple(turns), answer)


def read_all(texts: Mapping[str, str], origins: Mapping[str, str]) -> Mapping[str, Asking]:
    """Return every small question.

    Raises:
        PromptError: one cannot be used.
    """
    return MappingProxyType({name: read_asking(name, texts[name], origins[name]) for name in ASKING})
