"""The ports of targets: one of Heartbeat's own, inside the database, and the public one of targets outside."""

from __future__ import annotations

from collections.abc import Awaitable, Mapping
from datetime import datetime
from typing import Any, Protocol

from sqlmodel import Session
from typing_extensions import TypeIs

from heartbeat.capabilities import Capabilities
from heartbeat.draft import Draft
from heartbeat.outgoing import Outgoing


class InternalTarget(Protocol):
    """A target whose effect is in Heartbeat's own database; no plug-in can be one.

    ``apply`` runs inside the transaction that writes the action and its receipt, so that either all of them are
    committed or none.
    """

    @property
    def name(self) -> str:
        """The name in a thread's config."""
        ...

    @property
    def done(self) -> str:
        """The status of an action that was applied: ``sent``, or ``recorded`` where nothing happens."""
        ...

    def capabilities(self, session: Session) -> Capabilities:
        """Return what it can do now."""
        ...

    def apply(
        self, session: Session, draft: Draft, *, key: str, now: datetime, private: bool
    ) -> dict[str, Any]:
        """Do the action and return its receipt; ``private``: it was made from something private.

        Raises:
            NotFoundError: what the action refers to does not exist any more.
        """
        ...


class Target(Protocol):
    """A target outside. The deliverer calls it outside of any transaction; a beat never waits for it.

    It may have a method ``find(key)``, plain or async, that returns the receipt of the delivery with that key, or
    None if the target does not have it.
    """

    @property
    def name(self) -> str:
        """The name in a thread's config."""
        ...

    def capabilities(self) -> Capabilities:
        """Return what it can do, without waiting for a network."""
        ...

    def deliver(
        self, action: Outgoing, key: str, deadline: float
    ) -> Mapping[str, Any] | Awaitable[Mapping[str, Any]]:
        """Do the action and return its receipt, as plain JSON values.

        ``key`` is the same for all tries of a delivery. ``deadline`` is the number of seconds after which nobody
        waits for the result any more.

        Raises:
            NotSentError: nothing has left; it is tried again.
            RefusedError: the target refuses the content or the account; it is not tried again.
            Exception: anything else; the effect may have happened.
        """
        ...


class SearchableTarget(Target, Protocol):
    """A target outside in which a delivery can be found by its key."""

    def find(self, key: str) -> Mapping[str, Any] | Awaitable[Mapping[str, Any] | None] | None:
        """Return the receipt of a delivery that has arrived, or None.

        Raises:
            Exception: it could not be looked up; it is tried again.
        """
        ...


AnyTarget = InternalTarget | Target


def is_internal(target: AnyTarget) -> TypeIs[InternalTarget]:
    """Return whether the effect of a target is in Heartbeat's own database."""
    return hasattr(target, "apply")


def is_searchable(target: Target) -> TypeIs[SearchableTarget]:
    """Return whether a target can be asked for a delivery."""
    return callable(getattr(target, "find", None))
