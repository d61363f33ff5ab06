"""What lets a thread look at a private connection that none looks at."""

from __future__ import annotations

from collections.abc import Sequence

from sqlmodel import Session

from heartbeat.config import DEFAULT_SOURCES
from heartbeat.store import threads


def with_source(sources: Sequence[str] | None, name: str) -> list[str]:
    """Return the ``sources`` of a config that look at a connection besides what they look at now."""
    kept = [DEFAULT_SOURCES] if sources is None else list(sources)
    return kept if name in kept else [*kept, name]


def remedy(session: Session, name: str) -> str:
    """Return the command by which the first thread looks at a connection."""
    row = next(iter(threads.every(session, limit=1)), None)
    if row is None:
        return f"heartbeat threads add NAME sources={','.join(with_source(None, name))}"
    sources = with_source(threads.effective(session, row).config.sources, name)
    return f"heartbeat threads set {row.id} sources={','.join(sources)}"
