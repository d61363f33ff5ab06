"""The port every target stands behind."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Protocol

from sqlmodel import Session

from heartbeat.capabilities import Capabilities
from heartbeat.draft import Draft


class Target(Protocol):
    """A place that takes actions.

    ``apply`` runs inside the transaction that writes the action and its receipt: effect and receipt are both
    there, or neither is.
    """

    @property
    def name(self) -> str:
        """What a thread's config calls it."""
        ...

    @property
    def done(self) -> str:
        """Status of an action that this target has taken: ``sent``, or ``recorded`` where nothing is sent."""
        ...

    def capabilities(self, session: Session) -> Capabilities:
        """Return what it can do now."""
        ...

    def apply(self, session: Session, draft: Draft, *, key: str, now: datetime) -> dict[str, Any]:
        """Do the action and return its receipt.

        Raises:
            NotFoundError: what is answered or voted on has gone.
        """
        ...
