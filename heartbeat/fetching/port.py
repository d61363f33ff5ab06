"""The port of every connection that is looked at: what a fetch is given, and what it brings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from heartbeat.errors import HeartbeatError
from heartbeat.vocabulary import FeedKind

ITEMS_LIMIT = 500
"""Items that one look takes; the rest comes with the next ones."""
TEXT_LIMIT = 20_000
"""Characters of one text that are kept; the rest is cut off with a mark."""


@dataclass(frozen=True)
class FetchedItem:
    """One item as its source shows it now. Texts are plain text, not HTML; instants are aware.

    ``external_id`` is what its source calls it, the same at each fetch. ``parent`` is what it belongs to. ``own``:
    the agent made it, or its last change, so that it is no news. ``all_day``: it is due on the date of ``due_at`` in
    the zone that this has, wherever it is looked at; ``ends_at`` is the day after the last one, by default the next.
    """

    external_id: str
    kind: FeedKind
    created_at: datetime
    title: str = ""
    content: str = ""
    author: str = ""
    url: str | None = None
    parent: str | None = None
    due_at: datetime | None = None
    ends_at: datetime | None = None
    all_day: bool = False
    own: bool = False


@dataclass(frozen=True)
class FetchResult:
    """What a fetch has brought.

    ``items`` are in the order in which they are to count as new, the oldest first. ``is_whole``: they are all that
    the source shows, so that what it showed before and is not among them is gone. ``unseen`` are the parts of it that
    could not be read this time, by the ids of items: such an item, and what has it as parent, is not gone; an id that
    ends with ``/`` stands for all items whose id or parent begins with it. ``unchanged``: the source said that
    nothing has changed, and ``items`` is empty. ``memo`` is kept for the next fetch. ``left`` is how many more there
    are, which the next fetch brings by the memo. ``problems`` are sentences about what was left out.
    """

    items: Sequence[FetchedItem] = ()
    memo: Mapping[str, Any] = field(default_factory=dict)
    unchanged: bool = False
    is_whole: bool = False
    unseen: Sequence[str] = ()
    left: int = 0
    problems: Sequence[str] = ()


class FetchError(HeartbeatError):
    """A fetch that brought nothing; the message is one sentence with what was tried, why it failed and a remedy.

    ``retry_after`` are the seconds for which the source wants to be left alone; ``field`` is the key of the
    connection that is to blame, if that is known.
    """

    def __init__(self, message: str, *, retry_after: float | None = None, field: str | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after
        self.field = field


class ForbiddenAddressError(FetchError):
    """An address that may not be fetched from, which only another configuration changes."""


class Fetch(Protocol):
    """A connection that can be looked at."""

    @property
    def time_limit(self) -> float:
        """Seconds that one fetch may take."""
        ...

    def fetch(self, now: datetime, memo: Mapping[str, Any], deadline: float) -> FetchResult:
        """Return what the source shows now; ``memo`` is that of the last fetch, empty at the first.

        ``deadline`` are the seconds it may take. It is called in a thread of its own, outside of any transaction.

        Raises:
            FetchError: it cannot be fetched; anything else that is raised counts as that too.
        """
        ...
