"""Change the threads whose ids match a pattern, in bites."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from sqlmodel import Session

from heartbeat.errors import HeartbeatError, InvalidValueError, NotFoundError
from heartbeat.store import Store, threads

BITE = 50
"""Threads that are changed in one transaction, so that other writers need not wait long."""
_PATTERN = re.compile(r"[a-z0-9_*?-]{1,64}")

Change = Callable[[Session, str], Any]
"""Changes one thread in the caller's transaction."""


@dataclass
class Changed:
    """What became of the threads that match: how many were changed, and why others were not, by their ids.

    ``next`` is the last id that was looked at where more are to be changed, otherwise None.
    """

    number: int = 0
    refused: dict[str, str] = field(default_factory=dict)
    next: str | None = None


def check_pattern(match: str) -> str:
    """Return a pattern of thread ids: ``*`` stands for any letters, ``?`` for one.

    Raises:
        InvalidValueError: it holds what no thread id can hold.
    """
    if not _PATTERN.fullmatch(match):
        said = "allowed: 1 to 64 of a-z, 0-9, _ and -, with * for any of them and ? for one, such as team-*"
        raise InvalidValueError("match", f"match: {match!r:.60} is not allowed; {said}")
    return match


def change_matching(
    store: Store, match: str, change: Change, *, after: str = "", limit: int | None = None
) -> Changed:
    """Change each thread whose id matches; one that is refused does not keep the others.

    Only ids above ``after`` are changed, and about ``limit`` of them.

    Raises:
        InvalidValueError: the pattern is not allowed.
        NotFoundError: no thread matches.
    """
    found, last = Changed(), after
    check_pattern(match)
    while ids := store.read(threads.matching, match, after=last, limit=BITE):
        _change(store, ids, change, found)
        last = ids[-1]
        if limit is not None and found.number + len(found.refused) >= limit:
            found.next = last
            return found
    if not last:
        raise NotFoundError(f"no thread matches {match!r}")
    return found


def _change(store: Store, ids: list[str], change: Change, found: Changed) -> None:
    def all_of_them(session: Session) -> None:
        for thread_id in ids:
            change(session, thread_id)

    try:
        store.write(all_of_them)
        found.number += len(ids)
    except HeartbeatError as error:
        if len(ids) == 1:
            found.refused[ids[0]] = str(error)
            return
        # Nothing of the bite was kept: one by one, so that only the refused ones stay as they are.
        for thread_id in ids:
            _change(store, [thread_id], change, found)
