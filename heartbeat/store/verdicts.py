"""Verdicts on items: kept for the workspace, so that one question about one content is asked once."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from itertools import islice
from typing import NamedTuple

from sqlmodel import Session, and_, col, delete, or_, select, update

from heartbeat.feed import Item
from heartbeat.instructions import mask_secrets
from heartbeat.plan.verdict import Verdict
from heartbeat.store.plan_tables import VerdictRow
from heartbeat.vocabulary import INBOX_KINDS

KEPT = timedelta(days=30)
"""How long a verdict is kept after it was last needed."""
_USED_EVERY = timedelta(days=1)
_CHUNK = 500


class Pair(NamedTuple):
    """A question and a hash of all that is judged of an item."""

    question: str
    content: str


def judged_with(model: str, prompt_version: str) -> str:
    """Return the hash of what items are judged with: the model's digest and the prompts."""
    return _hash("with", model, prompt_version)


def find(session: Session, pairs: Iterable[Pair], judged: str) -> dict[Pair, Verdict]:
    """Return the verdicts that are kept of pairs; ``judged`` is the hash of what they are judged with."""
    by_key = {_key(pair, judged): pair for pair in pairs}
    found = {}
    for chunk in _chunks(by_key):
        query = select(VerdictRow.key, VerdictRow.yes, VerdictRow.odds).where(col(VerdictRow.key).in_(chunk))
        found.update({by_key[key]: Verdict(yes, odds) for key, yes, odds in session.exec(query)})
    return found


def put(session: Session, pair: Pair, item: Item, judged: str, verdict: Verdict, now: datetime) -> None:
    """Keep the verdict on an item. One that another beat has put since stays, so that all act on the same."""
    row = session.get(VerdictRow, _key(pair, judged))
    if row is None:
        row = VerdictRow(
            key=_key(pair, judged),
            question=mask_secrets(pair.question),
            item_key=item.key,
            item_digest=item.digest,
            source=item.source,
            kind=item.kind,
            yes=verdict.yes,
            odds=verdict.odds,
            asked_at=now,
            used_at=now,
        )
    row.private = row.private or item.private
    session.add(row)


def use(session: Session, pairs: Iterable[Pair], judged: str, now: datetime) -> None:
    """Note that verdicts are needed, so that they are kept; it writes at most once a day for each."""
    for chunk in _chunks(dict.fromkeys(_key(pair, judged) for pair in pairs)):
        session.execute(
            update(VerdictRow)
            .where(col(VerdictRow.key).in_(chunk), col(VerdictRow.used_at) < now - _USED_EVERY)
            .values(used_at=now)
        )


def prune(session: Session, bound: datetime, limit: int) -> int:
    """Delete up to ``limit`` verdicts that nobody has needed since ``bound``, the oldest first; return how many."""
    used = col(VerdictRow.used_at)
    old = select(VerdictRow.key).where(used < bound).order_by(used).limit(limit)
    return session.connection().execute(delete(VerdictRow).where(col(VerdictRow.key).in_(old))).rowcount


def forget(session: Session, source: str) -> None:
    """Delete the verdicts on items of a source, and on what people and the agent wrote where that is private.

    What is private on the forum or in a conversation may have been made from the source; it is asked about again.
    """
    written = and_(col(VerdictRow.private), col(VerdictRow.kind).not_in(INBOX_KINDS))
    session.execute(delete(VerdictRow).where(or_(col(VerdictRow.source) == source, written)))


def forget_items(session: Session, keys: Iterable[str]) -> None:
    """Delete the verdicts on items, by their keys."""
    for chunk in _chunks(keys):
        session.execute(delete(VerdictRow).where(col(VerdictRow.item_key).in_(chunk)))


def _chunks(values: Iterable[str]) -> Iterator[tuple[str, ...]]:
    """Yield the values in as many as one query takes."""
    left = iter(values)
    while chunk := tuple(islice(left, _CHUNK)):
        yield chunk


def _key(pair: Pair, judged: str) -> str:
    return _hash("verdict", pair.question, pair.content, judged)


def _hash(*parts: str) -> str:
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()
