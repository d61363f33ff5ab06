"""Views of beats for the graph's output, the HTTP API and the command line."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from pydantic import BaseModel, Field, computed_field
from sqlmodel import Session

from heartbeat.errors import FenceLostError
from heartbeat.plan.finding_view import RuleOfBeat, rules_of
from heartbeat.store import actions, approvals, beats, history, waiting
from heartbeat.store.approval_views import ApprovalView, approval_view
from heartbeat.store.beats import Claim
from heartbeat.store.tables import Action, Beat
from heartbeat.store.waiting import Waiting
from heartbeat.vocabulary import (
    UNSUCCESSFUL,
    ActionStatus,
    BeatStatus,
    Decider,
    DeliveryReason,
    Node,
    Reason,
    Trigger,
)
from heartbeat.wake import Wake, wakes_of


class ActionView(BaseModel):
    """One action of a beat, what became of it, and its receipt."""

    kind: str
    target: str
    target_id: str | None
    board: str | None
    title: str | None
    content: str | None
    vote_direction: str | None
    fields: dict[str, Any] | None = Field(description="Of an action of a target's own kind.")
    text: str | None = Field(description="Of a tell or a note.")
    about: str | None = Field(description="Of a tell or a note: the key of the item that it is about.")
    file: str | None = Field(description="Of a note.")
    mode: str | None = Field(description="Of a note: append or tick.")
    status: ActionStatus = Field(description="Follows its deliveries where the target is outside.")
    reason: DeliveryReason | None = Field(description="Why it failed.")
    receipt: dict[str, Any] | None

    @classmethod
    def of(cls, row: Action) -> ActionView:
        """Return the view of a row."""
        return cls(**row.model_dump(include=set(cls.model_fields)))


class BeatView(BaseModel):
    """One beat; times are ISO 8601 in UTC. Below the new names stand those of the original system."""

    id: int
    thread_id: str
    slot: datetime | None
    trigger: Trigger
    woken_by: list[Wake] | None = Field(description="Why it was started, if it is a wake.")
    status: BeatStatus
    reason: Reason | None
    decided_by: Decider | None
    dry_run: bool
    private: bool = Field(description="Whether it looked at something that only the owner may see.")
    summary: str
    decision: dict[str, Any] | None
    actions: list[ActionView]
    attempts: list[Any]
    problems: list[Any]
    model: str | None
    prompt_tokens: int
    completion_tokens: int
    model_seconds: float | None = Field(description="How long the calls of the model took in all.")
    prompt_seconds: float | None = Field(
        description="How much of it the model server spent on reading prompts; null where it did not say."
    )
    load_seconds: float | None = Field(
        description="How much of it the model server spent on loading the model; null where it did not say."
    )
    kept_tokens: int | None = Field(
        description="Tokens of the prompts that the model server had kept from before; null where it did not say."
    )
    instructions_sha256: str | None
    last_slot: datetime | None
    missed: int
    retry_at: datetime | None
    started_at: datetime
    finished_at: datetime | None
    duration_seconds: float | None
    expires_at: datetime | None
    place: str | None = Field(
        description="While it awaits approval: where its action goes, the name of a target, or tell for the owner."
    )
    meanwhile: str | None = Field(
        description="While it awaits approval: what its thread does until then, in one sentence."
    )
    approval: ApprovalView | None = Field(description="The answer to its action, if one was needed.")
    error: str | None

    @computed_field  # type: ignore[prop-decorator]
    @property
    def timestamp(self) -> datetime:
        """When the beat started."""
        return self.started_at

    @computed_field  # type: ignore[prop-decorator]
    @property
    def success(self) -> bool:
        """Whether nothing went wrong; staying silent is a success."""
        return self.status not in UNSUCCESSFUL

    @computed_field  # type: ignore[prop-decorator]
    @property
    def ran_successfully(self) -> bool:
        """The same, under its other original name."""
        return self.success

    @computed_field  # type: ignore[prop-decorator]
    @property
    def decision_summary(self) -> str:
        """The summary."""
        return self.summary

    @computed_field  # type: ignore[prop-decorator]
    @property
    def execution_time_seconds(self) -> float | None:
        """The duration."""
        return self.duration_seconds


class BeatDetail(BeatView):
    """One beat in full: also what it saw, what it asked, and every reply."""

    context: dict[str, Any] | None
    prompt: list[Any] | None
    rounds: list[Any]
    path: list[Node] | None = Field(
        description="The nodes that have finished in the newest run, in order. Empty: it was stopped before any; "
        "null: an older version, which did not keep them, wrote it."
    )
    draft: dict[str, Any] | None
    rules: list[RuleOfBeat] = Field(
        description="What it found of each rule of its plan, in the order in which they are followed: why it was due "
        "or not. Empty where it followed no plan."
    )


class Closed(NamedTuple):
    """A beat that has ended: its row, and what is shown of it."""

    row: Beat
    detail: BeatDetail


MORE_OF_DETAIL = set(BeatDetail.model_fields) - set(BeatView.model_fields)
"""The fields of a beat in full that its view does not have."""
_DETAIL_COLUMNS = (Beat.context, Beat.prompt, Beat.path, Beat.action, Beat.memory)
"""Columns that `BeatView` does not use and that make up most of a row."""
_MADE_FIELDS = frozenset({"decision", "actions", "approval", "place", "meanwhile"})
_COPIED_FIELDS = tuple(name for name in BeatView.model_fields if name not in _MADE_FIELDS)


def _fields(row: Beat, done: Iterable[Action], waits: Waiting | None) -> dict[str, Any]:
    return {
        **{name: getattr(row, name) for name in _COPIED_FIELDS},
        "woken_by": None if row.woken_by is None else wakes_of(row.woken_by),
        "decision": row.rounds[-1].get("decision") if row.rounds else None,
        "actions": [ActionView.of(action) for action in done],
        "approval": approval_view(row.approval),
        "place": waits.place if waits else None,
        "meanwhile": waits.meanwhile if waits else None,
    }


def beat_view(session: Session, beat_id: int) -> BeatView:
    """Return one beat.

    Raises:
        NotFoundError: no such beat.
    """
    return BeatView(**_one(session, beats.get(session, beat_id)))


def view_of_new(row: Beat) -> BeatView:
    """Return the view of a beat that has no draft yet, so that it has done nothing and waits for nobody."""
    return BeatView(**_fields(row, (), None))


def beat_detail(session: Session, beat_id: int) -> BeatDetail:
    """Return one beat in full.

    Raises:
        NotFoundError: no such beat.
    """
    return detail_of(session, beats.get(session, beat_id))


def end_of(session: Session, claim: Claim) -> BeatDetail | None:
    """Return the beat of a run that has ended, or None if a person's answer has claimed it again meanwhile.

    Raises:
        NotFoundError: no such beat.
        FenceLostError: another process has claimed it again, and reports how it ends.
    """
    row = beats.get(session, claim.beat_id)
    if row.fence == claim.fence:
        return detail_of(session, row)
    if not approvals.by_person(row):
        raise FenceLostError("another process has taken it over")
    return None


def closed(session: Session, beat_id: int) -> Closed:
    """Return a beat that has ended.

    Raises:
        NotFoundError: no such beat.
    """
    row = beats.get(session, beat_id)
    return Closed(row, detail_of(session, row))


def detail_of(session: Session, row: Beat, done: Sequence[Action] | None = None) -> BeatDetail:
    """Return the beat of a row in full; ``done`` are its actions if they are known."""
    seen = {name: getattr(row, name) for name in ("context", "prompt", "rounds", "path")}
    return BeatDetail(**_one(session, row, done), **seen, draft=row.action, rules=rules_of(row.rounds))


def _one(session: Session, row: Beat, done: Sequence[Action] | None = None) -> dict[str, Any]:
    beat_id = row.id
    assert beat_id is not None  # noqa: S101 - a stored row has its key
    # Most rows do not wait, and need no second look.
    waits = waiting.of_beats(session, [beat_id]) if row.status == BeatStatus.AWAITING_APPROVAL else {}
    # Without a draft nothing was done.
    if done is None:
        done = actions.of_beat(session, beat_id) if row.action is not None else ()
    return _fields(row, done, waits.get(beat_id))


class HistoryPage(NamedTuple):
    """One page of beats, newest first; see `heartbeat.store.history.Found`."""

    beats: list[BeatView]
    total: int
    next: int | None
    searched_back_to: datetime | None
    """The start of the oldest beat that the search has looked at, where older ones may match too."""


def history_page(
    session: Session, among: history.Filter = history.ALL, *, limit: int = 50, before: int | None = None
) -> HistoryPage:
    """Return a page of beats, newest first; see `heartbeat.store.history.search`."""
    found = history.search(session, among, limit=limit, before=before, without=_DETAIL_COLUMNS)
    stop = found.stop
    return HistoryPage(
        _shown(session, found.rows), found.total, found.next, stop.started_at if stop is not None else None
    )


def history_view(
    session: Session, among: history.Filter = history.ALL, *, limit: int = 50, before: int | None = None
) -> list[BeatView]:
    """Return up to ``limit`` beats, newest first; ``before`` selects beats with lower ids."""
    found = history.latest(session, among, limit=limit, before=before, without=_DETAIL_COLUMNS)
    return _shown(session, found)


def _shown(session: Session, rows: Sequence[Beat]) -> list[BeatView]:
    done = actions.of_beats(session, [row.id for row in rows if row.id is not None])
    held = [row.id for row in rows if row.id is not None and row.status == BeatStatus.AWAITING_APPROVAL]
    waits = waiting.of_beats(session, held)
    return [BeatView(**_fields(row, done.get(row.id or 0, ()), waits.get(row.id or 0))) for row in rows]
