"""What a thread remembers of a rule of its plan: what was done for it, and up to where it has used up what is new."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime, timedelta

from pydantic import Field
from pydantic.dataclasses import dataclass

FAILURES = 2
"""Beats in a row in which the act of a rule failed before it is passed over."""
PASSED_OVER = timedelta(hours=24)
ACTS_LIMIT = 100
"""Acts of one rule that are remembered, the latest."""
HISTORIES_LIMIT = 400
"""Rules that a thread remembers, with those whose lines are gone."""


@dataclass(frozen=True)
class Act:
    """One act of a rule that counts as done: when, and the digests of the items that it was about, by key."""

    at: datetime
    items: Mapping[str, str] = Field(default_factory=dict)


@dataclass(frozen=True)
class History:
    """What is known of one rule from earlier beats.

    ``upto`` is the position up to which it has used up what is new, by mark; a new rule begins with the thread's
    marks. ``failed_at`` are the instants at which its act failed since one last succeeded. ``due_since`` is since
    when it has been due at each beat without being followed. ``looked_at`` is when a beat had judged all that was
    there for it. ``line`` is the hash of its line, by which it is found
    again under another heading.
    """

    upto: Mapping[str, int] = Field(default_factory=dict)
    acts: tuple[Act, ...] = ()
    failed_at: tuple[datetime, ...] = ()
    due_since: datetime | None = None
    looked_at: datetime | None = None
    line: str = ""

    def passed_over_until(self) -> datetime | None:
        """Return until when the rule is passed over because it fails, None if it is not."""
        return max(self.failed_at) + PASSED_OVER if len(self.failed_at) >= FAILURES else None


def digest_of_line(line: str) -> str:
    """Return a short hash of a line of the instructions."""
    return hashlib.sha256(line.encode("utf-8", "surrogatepass")).hexdigest()[:16]
