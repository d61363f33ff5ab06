"""An action that counted as done and was not done after all: what of it is open again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Self

from heartbeat import rule_memory
from heartbeat.memory import PENDING_LIMIT, Memory, RecentAction
from heartbeat.remember import handled_tasks, items_of
from heartbeat.run_data import RunData

ONCE_IN = timedelta(days=1)
"""What failed twice within this time counts as done: a task until it is due again, an item until it changes."""


@dataclass(frozen=True)
class Loss:
    """An action that was not done after all.

    ``since`` is when it was proposed or done, ``until`` when the memory was last stamped with it, and ``at`` when it
    was known to be lost. ``tasks`` have their stamps. ``is_final``: it stays handled. ``may_repeat``: it is open
    again however often it is lost.
    """

    beat_id: int
    kind: str
    target_id: str | None
    since: datetime
    until: datetime
    at: datetime
    tasks: Mapping[str, datetime] = field(default_factory=dict)
    items: tuple[str, ...] = ()
    is_final: bool = False
    may_repeat: bool = False

    @classmethod
    def of(
        cls,
        beat: RunData,
        after: Memory,
        *,
        beat_id: int,
        since: datetime,
        at: datetime,
        until: datetime | None = None,
    ) -> Self:
        """Return the loss of the action of a beat.

        ``after`` is the memory that the beat wrote; its stamps count if ``until`` is not given.
        """
        draft = beat.draft
        tasks = {name: after.tasks.get(name, until or since) for name in handled_tasks(beat)}
        own = (after.done.get(f"{draft.kind} {draft.target_id}"), *tasks.values())
        return cls(
            beat_id,
            draft.kind,
            draft.target_id,
            since,
            until or max((stamp for stamp in own if stamp), default=since),
            at,
            tasks=tasks,
            items=items_of(beat),
        )

    @property
    def act(self) -> str:
        """The kind and the item of the action, as `Memory.done` names them."""
        return f"{self.kind} {self.target_id}"

    def out_of(self, memory: Memory) -> Memory:
        """Return the memory without this action; itself if it has been taken out before.

        Its items are new again, its tasks due, and its rule was not followed for them: once, unless it may repeat.
        The second time within a day, and if it is final, only the claim is taken back that it was done.
        """
        if self._name in memory.reopened:
            return memory
        known = set() if self.may_repeat else self._known(memory)
        items = tuple(key for key in self.items if key not in known)
        tasks = {name: at for name, at in self.tasks.items() if _task(name) not in known}
        names = [self._name, *([] if self.may_repeat else self._names())]
        memory = memory.model_copy(
            update={"recent": self._unclaimed(memory), "reopened": memory.reopened_after(names, self.at)}
        )
        is_over = not (items or tasks) and bool(self.items or self.tasks or known)
        return memory if self.is_final or is_over else self._open(memory, items, tasks)

    @property
    def _name(self) -> str:
        return f"beat {self.beat_id}"

    def _names(self) -> Iterator[str]:
        yield self.act
        yield from self.items
        yield from map(_task, self.tasks)

    def _known(self, memory: Memory) -> set[str]:
        """Return the names of what was lost shortly before this action began too."""
        before = self.since - ONCE_IN
        return {name for name in self._names() if memory.reopened.get(name, before) > before}

    def _unclaimed(self, memory: Memory) -> tuple[RecentAction, ...]:
        mine = (self.kind, self.target_id)
        return tuple(
            each
            for each in memory.recent
            if (each.kind, each.target_id) != mine or not self.since <= each.at <= self.until
        )

    def _open(self, memory: Memory, items: tuple[str, ...], tasks: Mapping[str, datetime]) -> Memory:
        return memory.model_copy(
            update={
                "fingerprint": None,
                "tasks": {
                    name: at for name, at in memory.tasks.items() if name not in tasks or at > tasks[name]
                },
                "pending": tuple(dict.fromkeys((*memory.pending, *items)))[:PENDING_LIMIT],
                "counted": tuple(key for key in memory.counted if key not in self.items),
                "done": self._without(memory.done, self.act),
                "rules": rule_memory.without_acts(memory.rules, frozenset(items), self.since),
            }
        )

    def _without(self, stamps: Mapping[str, datetime], name: str) -> dict[str, datetime]:
        return {key: at for key, at in stamps.items() if key != name or at > self.until}


def _task(name: str) -> str:
    return f"task {name}"
