"""The data that a run collects: config, instructions, feed, memory, decision and draft."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any, TypeVar, cast

from pydantic import BaseModel, ConfigDict

from heartbeat.config import Config
from heartbeat.draft import Draft
from heartbeat.feed import Feed
from heartbeat.followed import Followed
from heartbeat.instructions import Task
from heartbeat.memory import Memory
from heartbeat.vocabulary import Decider


class LoadedInstructions(BaseModel):
    """The parts of HEARTBEAT.md that the run needs after it was parsed."""

    model_config = ConfigDict(frozen=True)

    text: str = ""
    """The whole text as it was written, with secrets masked."""
    body: str = ""
    sha256: str | None = None
    due: tuple[Task, ...] = ()
    """The tasks whose interval has passed."""


T = TypeVar("T")


class Parsed:
    """What was parsed of the state of a run, used again by its later nodes while the state holds the same object."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[object, Any]] = {}

    def get(self, name: str, state: Mapping[str, Any], parse: Callable[[Any], T]) -> T:
        """Return the value of this name, parsed; a missing one is parsed as an empty one."""
        plain = state.get(name)
        if not plain:
            return parse({})
        known = self._known.get(name)
        if known is None or known[0] is not plain:
            known = self._known[name] = (plain, parse(plain))
        return cast("T", known[1])


@dataclass(frozen=True, eq=False)
class RunData:
    """Give typed access to the state of a run, or to what the row of a beat holds of it.

    ``state`` is plain JSON. Each value is parsed when it is first read, and only once. A missing value is read as an
    empty one, but reading ``draft`` without one raises a ValidationError.
    """

    state: Mapping[str, Any]
    parsed: Parsed = field(default_factory=Parsed)

    @cached_property
    def config(self) -> Config:
        """The config of the thread, with the overrides of the run."""
        return self.parsed.get("config", self.state, Config.from_dict)

    @cached_property
    def instructions(self) -> LoadedInstructions:
        """The instructions as this run has read them."""
        return self.parsed.get("instructions", self.state, LoadedInstructions.model_validate)

    @cached_property
    def feed(self) -> Feed:
        """The feed that the model is shown."""
        return self.parsed.get("feed", self.state, Feed.model_validate)

    @cached_property
    def memory(self) -> Memory:
        """The memory of the thread before this beat."""
        return self.parsed.get("memory", self.state, Memory.newest)

    @property
    def fingerprint(self) -> str | None:
        """The hash of everything but the items that the decision depends on; None if the model is not to be asked."""
        return self.state.get("fingerprint")

    @property
    def decision(self) -> dict[str, Any] | None:
        """The decision of this round, as it was given; None if there is none yet or the reply held none."""
        return self.state.get("decision")

    @property
    def decided_by(self) -> Decider | None:
        """Who decided: the model or the rules."""
        decided_by = self.state.get("decided_by")
        return Decider(decided_by) if decided_by else None

    @cached_property
    def followed(self) -> Followed | None:
        """What the beat found of its plan; None if it follows none."""
        followed = self.state.get("followed")
        return Followed.model_validate(followed) if followed else None

    @property
    def asked_at(self) -> datetime | None:
        """When the decision was made."""
        asked_at = self.state.get("asked_at")
        return datetime.fromisoformat(asked_at) if asked_at else None

    @property
    def has_draft(self) -> bool:
        """Whether there is a draft of an action."""
        return bool(self.state.get("draft"))

    @cached_property
    def draft(self) -> Draft:
        """The draft of the action."""
        return Draft.model_validate(self.state.get("draft"))
