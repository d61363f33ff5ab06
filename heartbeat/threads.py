"""Thread ids of Heartbeat and the LangGraph thread ids derived from them."""

from __future__ import annotations

import re
from uuid import UUID, uuid5

from heartbeat.errors import InvalidValueError

NAMESPACE = UUID("5a7b6f0e-8d0a-5c1c-9d0e-6f1b1c0a9e11")
"""UUID namespace of LangGraph thread ids; changing it would orphan all checkpoints."""

DEFAULT_THREAD = "default"
_THREAD_ID = re.compile(r"[a-z0-9_-]{1,64}")


def check_thread_id(value: object) -> str:
    """Return ``value`` if it is a valid thread id.

    Raises:
        InvalidValueError: it is not text of 1 to 64 of ``a-z 0-9 _ -``.
    """
    if not isinstance(value, str) or not _THREAD_ID.fullmatch(value):
        raise InvalidValueError(
            "thread", f"thread: {value!r:.80} is not a thread id; allowed: 1 to 64 of a-z, 0-9, _ and -"
        )
    return value


def langgraph_thread_id(thread_id: str) -> str:
    """Return the LangGraph thread id of a thread: a UUID, since LangGraph servers accept only UUIDs."""
    return str(uuid5(NAMESPACE, thread_id))


def approval_langgraph_id(thread_id: str, beat_id: int) -> str:
    """Return the id of the LangGraph thread on which a beat of a thread waits for approval."""
    return str(uuid5(UUID(langgraph_thread_id(thread_id)), str(beat_id)))
