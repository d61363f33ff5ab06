"""Claims of due slots, for tests that go on with the claim alone."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Session

from heartbeat.store import Claim, Lease, Refusal, due


def claim_due(
    session: Session, thread_id: str, slot: datetime | None, now: datetime, *, lease: Lease
) -> Claim | Refusal | None:
    """Claim a due slot as `due.begin` does, and return the claim."""
    begun = due.begin(session, thread_id, slot, now, lease=lease)
    return begun if begun is None or isinstance(begun, Refusal) else begun.claim
