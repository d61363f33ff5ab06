"""One connection, as lists of the command line, the API and the panel show it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import BaseModel, Field

from heartbeat.connections import Connection
from heartbeat.vocabulary import ConnectionOrigin, ConnectionState, Reach


class ConnectionView(BaseModel):
    """One connection, without its secrets."""

    name: str
    kind: str = Field(
        description="Its kind; what the file says where that is none; source where a plug-in brings it."
    )
    origin: ConnectionOrigin = Field(
        description="Where it was configured; only those of `row` can be changed."
    )
    reach: Reach | None = Field(description="Who sees what it is given; null where it is faulty.")
    private: bool = Field(description="Whether only the owner may see what it brings.")
    leads_to: str = Field(description="Where it leads in a word: a service, a path, a host.")
    values: dict[str, Any] = Field(description="Its keys without secrets.")
    secrets: list[str] = Field(description="The keys that are set and shown to nobody.")
    state: ConnectionState = Field(
        description="failing: the last try did not arrive, or the last look failed; faulty: it is not used."
    )
    problem: str | None = Field(description="What is wrong, in one sentence.")
    hidden: bool = Field(
        description="Whether connections.toml has a table of its name, which is used instead."
    )
    target: bool = Field(description="Whether actions can go to it.")
    kinds: list[str] = Field(description="The kinds of actions that it takes.")
    last_try: datetime | None = Field(description="When something was last sent to it.")
    last_sent: datetime | None = Field(description="When something last arrived.")
    down_since: datetime | None = Field(description="Since when nothing has arrived, if it is down.")
    every: int | None = Field(description="Seconds between two looks at it; null where it is not looked at.")
    last_look: datetime | None = Field(description="When a look at it last succeeded.")
    next_look: datetime | None = Field(description="When it is looked at next.")
    failing_since: datetime | None = Field(
        description="Since when no look at it has succeeded, if the last failed."
    )
    left_out: str | None = Field(description="What of the last look could not be used, in one sentence.")
    held_back: int = Field(description="How many items the last look left for the next one.")
    unused: bool = Field(
        description="Whether no thread looks at it: it is private, and the `sources` of no thread name it."
    )

    @classmethod
    def of(cls, connection: Connection) -> ConnectionView:
        """Return the view of a connection."""
        return cls(
            name=connection.name,
            kind=connection.kind,
            origin=connection.origin,
            reach=connection.reach,
            private=connection.private,
            leads_to=connection.leads_to,
            values=dict(connection.values),
            secrets=list(connection.secrets),
            state=connection.state,
            problem=connection.problem,
            hidden=connection.hidden,
            target=connection.target is not None,
            kinds=list(connection.kinds),
            last_try=connection.last_try,
            last_sent=connection.last_sent,
            down_since=connection.down_since,
            every=None if connection.fetch is None else connection.every,
            last_look=connection.last_look,
            next_look=connection.next_look,
            failing_since=connection.failing_since,
            left_out=connection.left_out,
            held_back=connection.held_back,
            unused=connection.unused,
        )
