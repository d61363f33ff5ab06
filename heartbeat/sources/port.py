"""The port every source of context stands behind."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol, Self

from heartbeat.feed import Item


@dataclass(frozen=True)
class Look:
    """One look at what is new: for whom, when, how far back and how much.

    ``marks`` and ``pending`` are those of the thread's memory: what is above the mark of its source and kind, or
    pending, was not looked at. ``due_after`` is up to when the thread has looked at what came due; its days begin at
    midnight of its ``timezone``. ``only_public``: what was made from something private must not be shown to this
    thread, nor counted.
    """

    thread_id: str
    agent_name: str
    now: datetime
    window: timedelta = timedelta(days=7)
    limit: int = 20
    marks: Mapping[str, int] = field(default_factory=dict)
    pending: tuple[str, ...] = ()
    due_after: datetime | None = None
    timezone: str = "UTC"
    only_public: bool = False

    @property
    def since(self) -> datetime:
        """The beginning of what the look shows."""
        return self.now - self.window

    def asked_of(self, *marks: str) -> tuple[Hashable, ...]:
        """Return what the answer of a source with these marks depends on, but for the time and the thread."""
        open_ids = tuple(tuple(self.open_ids(mark)) for mark in marks)
        above = tuple(self.marks.get(mark, 0) for mark in marks)
        return (self.agent_name, self.window, self.limit, self.only_public, above, open_ids)

    def open_ids(self, mark: str) -> list[int]:
        """Return the numbers of the pending items of a mark."""
        names = (key.removeprefix(f"{mark}:") for key in self.pending if key.startswith(f"{mark}:"))
        return [int(name) for name in names if name.isdecimal()]


@dataclass(frozen=True)
class Timed:
    """What one look showed, and from when ``until`` when another would show the same of the same rows.

    None: however late it is.
    """

    shown: Shown
    at: datetime
    until: datetime | None

    def holds_at(self, now: datetime) -> bool:
        """Return whether a look now would show the same."""
        return self.at <= now and (self.until is None or now <= self.until)


class Shown(tuple[Item, ...]):
    """What a source shows of more than it can show.

    ``unshown`` are the keys of items that were not looked at and wait for later looks, ``upto`` the highest position
    by mark up to which everything is shown, waits or was looked at. ``dropped`` says by mark how many are left out
    for good.
    """

    unshown: tuple[str, ...]
    upto: Mapping[str, int]
    dropped: Mapping[str, int]

    def __new__(
        cls,
        items: Iterable[Item],
        unshown: Iterable[str] = (),
        upto: Mapping[str, int] | None = None,
        dropped: Mapping[str, int] | None = None,
    ) -> Self:
        """Return the items with what is said of the others."""
        shown = super().__new__(cls, items)
        shown.unshown, shown.upto, shown.dropped = tuple(unshown), dict(upto or {}), dict(dropped or {})
        return shown


class ContextSource(Protocol):
    """A place that has news for the agent."""

    @property
    def name(self) -> str:
        """Names it in items, marks and problems; must not change."""
        ...

    @property
    def time_limit(self) -> float:
        """Seconds one look may take."""
        ...

    def look(self, look: Look) -> Sequence[Item]:
        """Return what is there, in any order; whatever it raises becomes a recorded problem."""
        ...


def cut(text: str, limit: int) -> str:
    """Return at most ``limit`` characters of a text, marked where it was cut."""
    return text if len(text) <= limit else text[: limit - 1] + "…"
