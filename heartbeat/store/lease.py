"""Leases: who works on a beat, and until when the others must believe it."""

from __future__ import annotations

import os
import socket
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import uuid4

LONGEST = timedelta(seconds=3600)
"""The longest lease that the settings allow."""


def _owner() -> str:
    return f"{socket.gethostname()}:{os.getpid()}:{uuid4().hex[:8]}"


@dataclass(frozen=True)
class Lease:
    """The terms on which this process claims beats: its name, and how many seconds a claim holds."""

    seconds: float = 30.0
    owner: str = field(default_factory=_owner)

    def until(self, now: datetime) -> datetime:
        """Return when a claim made or renewed now runs out."""
        return now + timedelta(seconds=self.seconds)
