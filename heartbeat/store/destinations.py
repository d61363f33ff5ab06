"""Where connections led when something was queued for them: what waits for one that leads elsewhere is not sent.

A connection is known by its name, under which another address may stand later, in connections.toml, a setting or a
row. Whoever queues for one, or delivers to one, calls `follow` before.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import Enum, auto
from functools import lru_cache

from sqlmodel import Session, select

from heartbeat.store import outbox, standing
from heartbeat.store.tables import Destination
from heartbeat.vocabulary import StandingEnd

GONE_AFTER = timedelta(minutes=1)
"""How long a connection has to be missing until it counts as removed: an editor may write a file in steps."""
_ROUNDS = 50_000


class _Change(Enum):
    """What has become of a connection since it was looked at last."""

    NEW = auto()
    ELSEWHERE = auto()
    BACK = auto()
    MISSING = auto()
    REMOVED = auto()


_ENDS = {_Change.ELSEWHERE: StandingEnd.ELSEWHERE, _Change.REMOVED: StandingEnd.REMOVED}


def is_followed(session: Session, leads: Mapping[str, str | None], now: datetime, *, whole: bool) -> bool:
    """Return whether `follow` would change nothing."""
    return not _changes(session, leads, now, whole=whole)


def follow(session: Session, leads: Mapping[str, str | None], now: datetime, *, whole: bool) -> None:
    """Cancel what waits for connections that lead elsewhere now or are removed, and forget how these fared.

    Their standing approvals end.

    ``leads`` has the address of each connection, None where it is not known. ``whole``: there are no others.
    """
    for name, change in _changes(session, leads, now, whole=whole).items():
        row = session.get(Destination, name) or Destination(name=name, salt="", digest="")
        if change in (_Change.ELSEWHERE, _Change.REMOVED):
            outbox.cancel_all(session, now, target=name)
            outbox.forget_health(session, name)
            standing.end_all(session, name, _ENDS[change], now)
        if change == _Change.REMOVED:
            session.delete(row)
            continue
        address = leads.get(name)
        if change in (_Change.NEW, _Change.ELSEWHERE) and address is not None:
            row.salt = secrets.token_hex(16)
            row.digest = _digest(address, row.salt)
        row.missing_since = now if change == _Change.MISSING else None
        session.add(row)


def _changes(
    session: Session, leads: Mapping[str, str | None], now: datetime, *, whole: bool
) -> dict[str, _Change]:
    known = {row.name: row for row in session.exec(select(Destination)).all()}
    found = {name: _change(known.get(name), address) for name, address in leads.items()}
    if whole:
        found |= {name: _absence(row, now) for name, row in known.items() if name not in leads}
    return {name: change for name, change in found.items() if change is not None}


def _change(row: Destination | None, address: str | None) -> _Change | None:
    if row is None:
        return None if address is None else _Change.NEW
    if address is not None and not hmac.compare_digest(row.digest, _digest(address, row.salt)):
        return _Change.ELSEWHERE
    return None if row.missing_since is None else _Change.BACK


def _absence(row: Destination, now: datetime) -> _Change | None:
    if row.missing_since is None or row.missing_since > now:  # the clock was ahead
        return _Change.MISSING
    return _Change.REMOVED if now - row.missing_since >= GONE_AFTER else None


@lru_cache(maxsize=256)
def _digest(address: str, salt: str) -> str:
    # Slow and salted, since an address may hold a weak password, and a copy of the database must not tell it.
    text = address.encode("utf-8", "surrogatepass")
    return hashlib.pbkdf2_hmac("sha256", text, bytes.fromhex(salt), _ROUNDS).hex()
