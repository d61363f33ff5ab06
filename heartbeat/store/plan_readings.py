"""What was read from lines of instructions: kept for the workspace, line by line, under hashes of the lines."""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import NamedTuple

from pydantic import ValidationError
from sqlmodel import Session, col, delete, func, select, update

from heartbeat.plan import PlanLine, Reading
from heartbeat.plan.assemble import Kept
from heartbeat.store.plan_tables import LineReading

FAILURES_LIMIT = 2
"""How often a line is read before it counts as read without a rule."""
KEPT = timedelta(days=30)
"""How long a reading is kept after its line was last found in a text."""
_SEEN_EVERY = timedelta(days=1)
_CHUNK = 500


class Usage(NamedTuple):
    """What reading took: calls of the model, tokens and milliseconds."""

    calls: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    milliseconds: int = 0


@dataclass(frozen=True)
class Found:
    """What is kept of a line.

    ``is_current``: it was read by the model and prompts that are asked for; else by others, and is to be read again.
    ``key`` is that of the row.
    """

    kept: Kept
    is_current: bool
    key: str


def reads_with(model: str, prompt_version: str, own_kinds: Iterable[str]) -> str:
    """Return the hash of what a line is read with: the model's digest, the prompts, and kinds of targets' own."""
    return _hash("with", model, prompt_version, *sorted(set(own_kinds)))


def line_key(line: PlanLine) -> str:
    """Return the hash of a line and all that it is read with; its place and number in the text are not in it.

    One message of the owner is like another of the same words, whenever it was said and in whatever thread.
    """
    return _hash(
        "message" if line.is_message else "line",
        line.text,
        *line.above,
        "\n",
        line.paragraph,
        str(line.box),
        line.task or "",
    )


def _chunks(values: Iterable[str]) -> Iterator[tuple[str, ...]]:
    """Yield the values in as many as one query takes."""
    left = iter(values)
    while chunk := tuple(islice(left, _CHUNK)):
        yield chunk


def _key(line: str, reads: str) -> str:
    return _hash("reading", line, reads)


def _hash(*parts: str) -> str:
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def find(session: Session, lines: Iterable[PlanLine], reads: str) -> dict[str, Found]:
    """Return what is kept of lines by their ids; ``reads`` is the hash of what they are to be read with.

    Of a line that was not read so yet, the latest other reading is returned. Lines that nothing is kept of are not
    in it. ``read_at`` is when the line was first read, by whichever model.
    """
    keys = {line.id: line_key(line) for line in lines}
    by_line: dict[str, list[LineReading]] = defaultdict(list)
    for chunk in _chunks(dict.fromkeys(keys.values())):
        query = select(LineReading).where(
            col(LineReading.line_key).in_(chunk), col(LineReading.read_at).is_not(None)
        )
        for row in session.exec(query):
            by_line[row.line_key].append(row)
    found = {}
    for line_id, key in keys.items():
        chosen = _choose(by_line.get(key, ()), _key(key, reads))
        if chosen is not None:
            found[line_id] = chosen
    return found


def _choose(rows: Iterable[LineReading], key: str) -> Found | None:
    """Return the reading of this key, else the latest of those that can be used."""
    dated = [(row.read_at, row) for row in rows if row.read_at is not None]
    first = min((at for at, _ in dated), default=None)
    if first is None:
        return None
    for _, row in sorted(dated, key=lambda each: (each[1].key == key, each[0]), reverse=True):
        if row.reading is None:
            return Found(Kept(None, first, replied=row.calls > 0), row.key == key, row.key)
        try:
            reading = Reading.model_validate(row.reading)
        except ValidationError:
            continue  # written by another version, whose form this one does not know: it counts as unread
        return Found(Kept(reading, first), row.key == key, row.key)
    return None


def unread(session: Session, lines: Sequence[PlanLine], reads: str) -> list[PlanLine]:
    """Return the lines that were not read with ``reads``, in order, each of several equal ones once."""
    found = find(session, lines, reads)
    left: dict[str, PlanLine] = {}
    for line in lines:
        if line.id not in found or not found[line.id].is_current:
            left.setdefault(line_key(line), line)
    return list(left.values())


def keep(session: Session, line: PlanLine, reads: str, reading: Reading, usage: Usage, now: datetime) -> None:
    """Keep what was read from a line."""
    row = _row(session, line, reads, usage, now)
    row.reading, row.unsure = reading.model_dump(mode="json"), reading.unsure
    row.read_at, row.failures, row.told = now, 0, False
    session.add(row)


def fail(session: Session, line: PlanLine, reads: str, usage: Usage, now: datetime) -> int:
    """Note that the answers about a line made no rule, and return how often that was so.

    At `FAILURES_LIMIT` it counts as read, without a rule.
    """
    row = _row(session, line, reads, usage, now)
    row.failures += 1
    row.reading = None
    if row.failures >= FAILURES_LIMIT:
        row.read_at = now
    session.add(row)
    return row.failures


def _row(session: Session, line: PlanLine, reads: str, usage: Usage, now: datetime) -> LineReading:
    hashed = line_key(line)
    key = _key(hashed, reads)
    row = session.get(LineReading, key) or LineReading(key=key, line_key=hashed, seen_at=now)
    row.calls += usage.calls
    row.prompt_tokens += usage.prompt_tokens
    row.completion_tokens += usage.completion_tokens
    row.milliseconds += usage.milliseconds
    row.seen_at = now
    return row


def spent(session: Session) -> Usage:
    """Return what all readings took that are kept."""
    sums = (
        func.coalesce(func.sum(each), 0)
        for each in (
            LineReading.calls,
            LineReading.prompt_tokens,
            LineReading.completion_tokens,
            LineReading.milliseconds,
        )
    )
    return Usage(*session.execute(select(*sums)).one())


def untold(session: Session, found: Mapping[str, Found]) -> set[str]:
    """Return the ids of the lines that are unsure or could not be read and that the owner was not told of."""
    doubtful = {
        each.key: line_id
        for line_id, each in found.items()
        if each.is_current and (each.kept.reading is None or each.kept.reading.unsure)
    }
    told: set[str] = set()
    for chunk in _chunks(doubtful):
        query = select(LineReading.key).where(col(LineReading.key).in_(chunk), col(LineReading.told))
        told.update(session.exec(query))
    return {line_id for key, line_id in doubtful.items() if key not in told}


def mark_told(session: Session, keys: Iterable[str]) -> None:
    """Note that the owner was told of readings."""
    for chunk in _chunks(keys):
        session.execute(update(LineReading).where(col(LineReading.key).in_(chunk)).values(told=True))


def see(session: Session, lines: Iterable[PlanLine], now: datetime) -> None:
    """Note that lines stand in a text, so that what is kept of them stays; it writes at most once a day for each."""
    for chunk in _chunks(dict.fromkeys(map(line_key, lines))):
        session.execute(
            update(LineReading)
            .where(col(LineReading.line_key).in_(chunk), col(LineReading.seen_at) < now - _SEEN_EVERY)
            .values(seen_at=now)
        )


def are_seen(session: Session, lines: Iterable[PlanLine], now: datetime) -> bool:
    """Return whether `see` has nothing to write."""
    for chunk in _chunks(dict.fromkeys(map(line_key, lines))):
        query = select(LineReading.key).where(
            col(LineReading.line_key).in_(chunk), col(LineReading.seen_at) < now - _SEEN_EVERY
        )
        if session.exec(query.limit(1)).first() is not None:
            return False
    return True


def prune(session: Session, now: datetime) -> None:
    """Delete readings of lines that have been in no text for `KEPT`; `see` must have been called for all texts."""
    session.execute(delete(LineReading).where(col(LineReading.seen_at) < now - KEPT))
