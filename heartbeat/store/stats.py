"""Statistics over time: beats by outcome and reason, tokens, actions."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from typing import Any

from pydantic import BaseModel, Field
from sqlalchemy import Integer, cast, func, literal, select
from sqlmodel import Session, col

from heartbeat.store.plan_tables import LineReading
from heartbeat.store.tables import Action, Beat


class ReadingFigures(BaseModel):
    """What reading lines of instructions took; it belongs to no thread, and counts against no thread's budget."""

    lines: int = Field(0, description="Lines that were read, or given up, in this time.")
    calls: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0


class Figures(BaseModel):
    """What happened in one stretch of time."""

    beats: int = 0
    outcomes: dict[str, int] = Field({}, description="By outcome, with its reason: acted, skipped/unchanged.")
    missed_slots: int = Field(0, description="Slots that had no beat.")
    prompt_tokens: int = 0
    completion_tokens: int = 0
    actions: dict[str, int] = Field({}, description="Actions done, by kind.")
    reading: ReadingFigures = Field(
        ReadingFigures(), description="What reading lines took, beside the tokens of beats; none of a thread."
    )


class Bucket(Figures):
    """One stretch of time, from ``at`` on."""

    at: datetime


class Stats(BaseModel):
    """Figures in all, and bucket by bucket; empty buckets are left out."""

    since: datetime
    bucket: int = Field(description="Seconds.")
    totals: Figures
    buckets: list[Bucket]


def collect(session: Session, *, since: datetime, bucket: int, thread_id: str | None = None) -> Stats:
    """Return the figures of the beats started since an instant, in buckets of ``bucket`` seconds of unix time."""
    sums = (func.sum(column) for column in (Beat.missed, Beat.prompt_tokens, Beat.completion_tokens))
    outcome = col(Beat.status), col(Beat.reason)
    beats = select(_bucket(Beat.started_at, bucket), *outcome, func.count(), *sums)
    beats = beats.where(col(Beat.started_at) >= since)
    actions = select(_bucket(Action.created_at, bucket), col(Action.kind), func.count())
    actions = actions.where(col(Action.created_at) >= since)
    if thread_id is not None:
        beats = beats.where(col(Beat.thread_id) == thread_id)
        actions = actions.where(col(Action.thread_id) == thread_id)
    found: dict[int, Bucket] = {}
    for at, status, reason, number, missed, prompt, completion in session.execute(
        beats.group_by("bucket", *outcome)
    ):
        one = found.setdefault(at, Bucket(at=datetime.fromtimestamp(at, UTC)))
        one.beats += number
        one.outcomes[f"{status}/{reason}" if reason else status] = number
        one.missed_slots += missed
        one.prompt_tokens += prompt
        one.completion_tokens += completion
    for at, kind, number in session.execute(actions.group_by("bucket", col(Action.kind))):
        found.setdefault(at, Bucket(at=datetime.fromtimestamp(at, UTC))).actions[kind] = number
    for at, *numbers in session.execute(_readings(since, bucket)) if thread_id is None else ():
        one = found.setdefault(at, Bucket(at=datetime.fromtimestamp(at, UTC)))
        one.reading = ReadingFigures(**dict(zip(ReadingFigures.model_fields, numbers, strict=True)))
    buckets = [found[at] for at in sorted(found)]
    return Stats(since=since, bucket=bucket, totals=_sum(buckets), buckets=buckets)


def _readings(since: datetime, bucket: int) -> Any:
    """Return the query of what was read since an instant, in buckets, with its sums in the order of the figures."""
    summed = (LineReading.calls, LineReading.prompt_tokens, LineReading.completion_tokens)
    query = select(_bucket(LineReading.read_at, bucket), func.count(), *map(func.sum, summed))
    return query.where(col(LineReading.read_at) >= since).group_by("bucket")


def _bucket(instant: Any, seconds: int) -> Any:
    unix = cast(func.strftime("%s", instant), Integer)
    return (unix - unix % literal(seconds)).label("bucket")


def _sum(buckets: list[Bucket]) -> Figures:
    outcomes, actions = Counter[str](), Counter[str]()
    for each in buckets:
        outcomes.update(each.outcomes)
        actions.update(each.actions)
    names = ("beats", "missed_slots", "prompt_tokens", "completion_tokens")
    numbers = {name: sum(getattr(each, name) for each in buckets) for name in names}
    reading = {
        name: sum(getattr(each.reading, name) for each in buckets) for name in ReadingFigures.model_fields
    }
    return Figures(
        **numbers, outcomes=dict(outcomes), actions=dict(actions), reading=ReadingFigures(**reading)
    )
