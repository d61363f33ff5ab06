"""The connections of a case, with what the inbox holds of each."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import AwareDatetime, Field, model_validator

from evals.written import Age, InstantText, Label, Strict
from heartbeat.fetching.port import TEXT_LIMIT
from heartbeat.vocabulary import ConnectionKind, FeedKind

_BRINGS = {
    ConnectionKind.CALENDAR: FeedKind.EVENT,
    ConnectionKind.CHECK: FeedKind.ALERT,
    ConnectionKind.FEED: FeedKind.ENTRY,
    ConnectionKind.MAIL: FeedKind.MAIL,
    ConnectionKind.PAGE: FeedKind.PAGE,
}
"""The only kind of item that such a connection brings; a folder brings files and tasks."""
_SIGNED = frozenset({ConnectionKind.CALENDAR, ConnectionKind.FEED, ConnectionKind.MAIL})
"""Connections whose items have an author."""


class Entry(Strict):
    """An item that a look has brought; ``age`` is since when it is as it is.

    ``due`` is when an event begins, ``parent`` the file in which a task stands.
    """

    id: Label
    title: str = Field(min_length=1, max_length=500)
    content: str = Field("", max_length=TEXT_LIMIT)
    author: str = Field("", max_length=200)
    age: Age
    seen: bool = Field(False, description="Whether an earlier beat has seen it.")
    parent: str | None = Field(None, min_length=1, max_length=300)
    due: Annotated[AwareDatetime, InstantText] | None = None
    ends: Annotated[AwareDatetime, InstantText] | None = None
    all_day: bool = False

    @property
    def own(self) -> bool:
        """Whether the agent wrote it, which is never so."""
        return False

    @property
    def news(self) -> bool:
        """Whether no beat has seen it."""
        return not self.seen


class Connection(Strict):
    """A connection that the thread looks at; one of kind ``apprise`` reaches the owner and brings nothing."""

    name: str = Field(pattern=r"^[a-z0-9_-]{1,64}$")
    kind: Annotated[ConnectionKind, Field(strict=False)]
    write: bool = Field(False, description="Of a folder: whether the agent may note something in it.")
    items: list[Entry] = Field([])

    @property
    def is_looked_at(self) -> bool:
        """Whether it brings items."""
        return self.kind != ConnectionKind.APPRISE

    def kind_of(self, entry: Entry) -> FeedKind:
        """Return what kind of item an entry is."""
        if self.kind == ConnectionKind.FOLDER:
            return FeedKind.FILE if entry.parent is None else FeedKind.TASK
        return _BRINGS[self.kind]

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.kind == ConnectionKind.WEBHOOK:
            raise ValueError(f"{self.name} is a webhook; allowed: apprise for what reaches the owner")
        if self.write and self.kind != ConnectionKind.FOLDER:
            raise ValueError(f"{self.name} is no folder, and nothing is written to it")
        if self.items and not self.is_looked_at:
            raise ValueError(f"{self.name} reaches the owner, and brings nothing")
        for entry in self.items:
            self._check_entry(entry)
        return self

    def _check_entry(self, entry: Entry) -> None:
        where = f"{entry.id} of {self.name}"
        if entry.parent is not None and self.kind != ConnectionKind.FOLDER:
            raise ValueError(f"{where} is in no folder, and has a parent")
        if entry.author and self.kind not in _SIGNED:
            raise ValueError(f"{where} is of a {self.kind}, and has an author")
        if entry.due is not None and self.kind != ConnectionKind.CALENDAR:
            raise ValueError(f"{where} is no event, and is due")
        if entry.due is None and (entry.ends is not None or entry.all_day):
            raise ValueError(f"{where} ends, or lasts all day, but never begins")
        if entry.due is not None and entry.ends is not None and entry.ends < entry.due:
            raise ValueError(f"{where} ends before it begins")
