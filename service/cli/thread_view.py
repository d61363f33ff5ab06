"""One thread as the command line shows it."""

from __future__ import annotations

from typing import Any

from sqlmodel import Session

from heartbeat.config import Config
from heartbeat.store import beats, threads
from heartbeat.store.tables import Beat, Thread
from heartbeat.store.workspace import get_defaults


def thread_view(session: Session, row: Thread) -> dict[str, Any]:
    """Return a thread with its effective config and its last beat, as plain JSON."""
    config = threads.config(session, row)
    last = next(iter(beats.history(session, thread_id=row.id, limit=1)), None)
    return {
        "thread_id": row.id,
        "title": row.title,
        "status": _status(row, config),
        "paused_reason": row.paused_reason,
        "config": config.to_dict(),
        "overrides": dict(row.overrides),
        "own_instructions": row.instructions is not None,
        "next_due": row.next_due.isoformat() if row.next_due else None,
        "created_at": row.created_at.isoformat(),
        **_last(last),
    }


def all_views(session: Session) -> list[dict[str, Any]]:
    """Return every thread, by id."""
    return [thread_view(session, row) for row in threads.every(session)]


def one_view(session: Session, thread_id: str) -> dict[str, Any]:
    """Return one thread.

    Raises:
        NotFoundError: no such thread.
    """
    return thread_view(session, threads.get(session, thread_id))


def origins(session: Session, thread_id: str) -> dict[str, str]:
    """Return where each field of a thread's config comes from: default, workspace or thread."""
    own, shared = threads.get(session, thread_id).overrides, get_defaults(session)
    return {
        name: "thread" if name in own else "workspace" if name in shared else "default"
        for name in Config.model_fields
    }


def _status(row: Thread, config: Config) -> str:
    if row.paused_reason:
        return "paused"
    return "on" if config.enabled else "off"


def _last(beat: Beat | None) -> dict[str, Any]:
    if beat is None:
        return {
            "last_run": None,
            "last_beat": None,
            "last_status": None,
            "last_reason": None,
            "last_summary": None,
        }
    return {
        "last_run": beat.started_at.isoformat(),
        "last_beat": beat.id,
        "last_status": beat.status,
        "last_reason": beat.reason,
        "last_summary": beat.summary,
    }
