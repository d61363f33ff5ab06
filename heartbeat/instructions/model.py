"""What a HEARTBEAT.md says, as data. Lines are 1-based, and those that editors show."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from pydantic import BaseModel, ConfigDict, Field

from heartbeat.vocabulary import SectionKind

MAX_BYTES = 65_536


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Item(_Frozen):
    """One bullet, number or checkbox: its text on one line, without the marker."""

    text: str
    line: int
    done: bool = False


class Section(_Frozen):
    """A heading and the items below it; ``title`` is empty for items above the first heading."""

    kind: SectionKind
    title: str
    line: int
    items: tuple[Item, ...] = ()


class Task(_Frozen):
    """One entry of a ``tasks:`` block; ``interval`` is in seconds."""

    name: str
    interval: int
    prompt: str
    line: int


class Remark(_Frozen):
    """One sentence about one line."""

    line: int
    message: str


class Instructions(_Frozen):
    """A parsed HEARTBEAT.md.

    ``content`` is the text exactly as given, ``body`` without its ``tasks:`` blocks, so that a prompt can name the
    due tasks alone. ``problems`` are parts that could not be followed, ``warnings`` parts that may not work as meant.
    ``empty`` means that nothing asks for anything. ``only_tasks`` means that there is a ``tasks:`` block and nothing
    else, even where none of its entries could be read. ``task_lines`` are the first and last line of each ``tasks:``
    block.
    """

    content: str
    body: str = Field(exclude=True)
    sections: tuple[Section, ...] = ()
    tasks: tuple[Task, ...] = ()
    problems: tuple[Remark, ...] = ()
    warnings: tuple[Remark, ...] = ()
    empty: bool = False
    only_tasks: bool = False
    task_lines: tuple[tuple[int, int], ...] = ()

    def section(self, kind: str) -> tuple[Item, ...]:
        """Return the items of all sections of that kind, in the order of the text."""
        return tuple(item for section in self.sections if section.kind == kind for item in section.items)

    def due_tasks(self, stamps: Mapping[str, datetime], now: datetime) -> tuple[Task, ...]:
        """Return the tasks whose turn it is, in the order of the text.

        ``stamps`` holds when each task was last done, by name; ``now`` and the stamps are aware datetimes.
        A task never done is due, and so is one done at least its interval ago. A stamp ahead of ``now`` (the
        clock went back) is waited for, but one ahead by the interval or more is not believed: the task is due.
        """
        return tuple(task for task in self.tasks if _is_due(task, stamps.get(task.name), now))


def _is_due(task: Task, stamp: datetime | None, now: datetime) -> bool:
    return stamp is None or abs(now - stamp) >= timedelta(seconds=task.interval)
