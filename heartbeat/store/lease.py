"""Leases: which process runs a beat, and until when other processes must leave it alone."""

from __future__ import annotations

import os
import socket
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import uuid4

MAX_LEASE = timedelta(seconds=3600)
"""The longest lease that the settings allow."""


def _owner() -> str:
    return f"{socket.gethostname()}:{os.getpid()}:{uuid4().hex[:8]}"


@dataclass(frozen=True)
class Lease:
    """The name under which this process claims beats, and for how many seconds a claim holds."""

    seconds: float = 30.0
    owner: str = field(default_factory=_owner)

    def until(self, now: datetime) -> datetime:
        """Return when a lease taken or renewed now expires."""
        return now + timedelta(seconds=self.seconds)
