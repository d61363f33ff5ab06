"""Data model of a parsed HEARTBEAT.md. Line numbers are 1-based and those of an editor."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from pydantic import BaseModel, ConfigDict, Field

MAX_BYTES = 65_536


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Task(_Frozen):
    """An entry of a ``tasks:`` block; ``interval`` is in seconds."""

    name: str
    interval: int
    prompt: str
    line: int


class Remark(_Frozen):
    """A sentence about a line."""

    line: int
    message: str


class Instructions(_Frozen):
    """A parsed HEARTBEAT.md.

    ``content`` is the text exactly as given; ``body`` is the text without its ``tasks:`` blocks, so that a prompt can
    include only the due tasks. ``problems`` are about parts that cannot be followed, ``warnings`` about parts that
    may not work as intended. ``empty`` means that the text has no content and no tasks. ``only_tasks`` means that it
    has nothing but ``tasks:`` blocks, even if none of their entries is valid. ``task_lines`` are the first and last
    line of each ``tasks:`` block.
    """

    content: str
    body: str = Field(exclude=True)
    tasks: tuple[Task, ...] = ()
    problems: tuple[Remark, ...] = ()
    warnings: tuple[Remark, ...] = ()
    empty: bool = False
    only_tasks: bool = False
    task_lines: tuple[tuple[int, int], ...] = ()

    def due_tasks(self, stamps: Mapping[str, datetime], now: datetime) -> tuple[Task, ...]:
        """Return the tasks that are due, in the order of the text.

        ``stamps`` says when each task was last done, by name; ``now`` and the stamps are aware datetimes. A task is
        due if it was never done, or at least its interval ago. If its stamp is in the future (the clock was set
        back), it is due only if the stamp is at least the interval ahead.
        """
        return tuple(task for task in self.tasks if _is_due(task, stamps.get(task.name), now))


def _is_due(task: Task, stamp: datetime | None, now: datetime) -> bool:
    return stamp is None or abs(now - stamp) >= timedelta(seconds=task.interval)
