"""What the triage knows of a beat, and what it comes to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Literal

from heartbeat.capabilities import Direction
from heartbeat.feed import Feed, Item
from heartbeat.instructions import Task, mask_secrets
from heartbeat.instructions.line import Line
from heartbeat.instructions.lines import flat_lines
from heartbeat.memory import Memory
from heartbeat_decision.triage.words import flat

Kind = Literal["post", "comment", "vote"]


@dataclass(frozen=True)
class Finding:
    """What is to be done, or why nothing is.

    ``kind`` is none for silence. ``line`` is what asks for it, ``item`` what it is about, ``boards`` where a post may
    go; empty for any.
    """

    why: str
    kind: Kind | None = None
    line: str = ""
    item: Item | None = None
    direction: Direction | None = None
    boards: tuple[str, ...] = ()
    brief: str = ""
    """What the text has to do."""
    manner: tuple[str, ...] = ()
    """Lines that ask for nothing: what the agent is, and how it writes."""
    material: tuple[str, ...] = ()
    """What the text is about, an item a line."""
    spent: tuple[str, ...] = ()
    """Keys of the items that asked for it, by their number or as an order: they will not ask again."""
    tasks: tuple[str, ...] = ()
    """Names of the due tasks that were looked at."""
    written: str = ""
    """``line`` as it stands in the instructions, without what is read with it; empty where that is the same."""

    @property
    def followed(self) -> str:
        """What is remembered as done."""
        return self.written or self.line

    @property
    def writes(self) -> bool:
        """Whether a text is to be written."""
        return self.kind in ("post", "comment")

    @property
    def uses(self) -> list[str]:
        """What is over once it is done: keys of items, and tasks as ``task:NAME``."""
        return [*self.spent, *(f"task:{name}" for name in self.tasks)]


@dataclass(frozen=True)
class Scene:
    """What is known: instructions without tasks, due tasks, feed, memory, local time, possible kinds."""

    body: str
    tasks: Sequence[Task]
    feed: Feed
    memory: Memory
    local: datetime
    agent: str
    kinds: Sequence[str]
    boards: Sequence[str]
    sources: Sequence[str]
    """Those whose items the target can answer and vote on."""
    votes: Mapping[str, Sequence[Direction]]
    """What it can be told about an item of a kind."""

    @cached_property
    def lines(self) -> list[Line]:
        """What is to be read: due tasks as lines, then the lines of the instructions."""
        tasks = [Line(text=flat(task.prompt), task=True) for task in self.tasks]
        return [*tasks, *flat_lines(mask_secrets(self.body))]

    @property
    def items(self) -> list[Item]:
        """Posts and comments of other people, newest first."""
        return [item for item in self.feed.walk() if item.kind != "message" and not item.own]

    @property
    def answerable(self) -> list[Item]:
        """Those that can be commented on."""
        items = self.items if "comment" in self.kinds else []
        return [item for item in items if item.source in self.sources]

    def votable(self, direction: Direction) -> list[Item]:
        """Those that can be voted on so, and that the agent has not voted on."""
        items = self.items if "vote" in self.kinds else []
        return [
            item
            for item in items
            if item.source in self.sources
            and item.kind != "message"
            and direction in self.votes.get(item.kind, ())
            and not item.own_vote
            and not self.memory.has_done("vote", item.target_id)
        ]
