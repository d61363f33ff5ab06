"""The target ``none``: decide and record only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import Session

from heartbeat.capabilities import Capabilities
from heartbeat.draft import Draft
from heartbeat.store import forum


@dataclass(frozen=True)
class NoTarget:
    """Takes every action and does nothing with it; the action is recorded, so the next beat knows of it."""

    name: str = "none"
    done: str = "recorded"

    def capabilities(self, session: Session) -> Capabilities:
        """Return what the forum would take, since that is what the agent sees."""
        return Capabilities(boards=tuple(board.id for board in forum.boards(session)))

    def apply(
        self, session: Session, draft: Draft, *, key: str, now: datetime, private: bool
    ) -> dict[str, Any]:
        """Have no effect."""
        return {"key": key}
