"""Labels: which beats looked at something that only the owner may see."""

from __future__ import annotations

from sqlmodel import Session, col, select

from heartbeat.store import beats
from heartbeat.store.beats import Claim
from heartbeat.store.tables import Beat


def mark_private(session: Session, claim: Claim) -> None:
    """Label a beat that looks at something private, before it looks.

    Raises:
        FenceLostError: the beat was claimed again since.
    """
    row = beats.held(session, claim)
    if not beats.is_settled(row) and not row.private:
        row.private = True
        session.add(row)


def any_private(session: Session) -> bool:
    """Return whether any beat was labelled so far; where none was, nothing was made from something private."""
    return session.exec(select(Beat.id).where(col(Beat.private)).limit(1)).first() is not None
