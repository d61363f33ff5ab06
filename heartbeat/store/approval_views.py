"""Views of approvals: the answer to a beat, and the standing approvals."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, Field, computed_field
from sqlmodel import Session

from heartbeat.store import standing
from heartbeat.store.approval_tables import StandingApproval
from heartbeat.vocabulary import AnswerOrigin, StandingEnd

_WHERE: Mapping[AnswerOrigin, str] = {
    AnswerOrigin.API: "over HTTP",
    AnswerOrigin.PANEL: "in the panel",
    AnswerOrigin.CLI: "on the command line",
    AnswerOrigin.RUN: "by resuming its run",
}

_ENDS: Mapping[StandingEnd, str] = {
    StandingEnd.ELSEWHERE: "the connection {target} leads elsewhere now",
    StandingEnd.REMOVED: "the connection {target} was removed",
}


def where_answered(by: AnswerOrigin | None) -> str:
    """Return in words where a person answered, such as ``in the panel``; empty where that is not known."""
    return _WHERE.get(by, "") if by is not None else ""


class ApprovalView(BaseModel):
    """The answer to an action that awaited approval."""

    answer: Literal["approve", "reject"]
    by: AnswerOrigin | None = Field(
        description="Where it was given; null: an older version, which did not keep it, wrote the beat."
    )
    at: datetime | None
    reason: str | None = Field(description="Why it was rejected.")
    edit: dict[str, Any] | None = Field(description="The fields that a person changed before it was done.")
    standing_id: int | None = Field(
        description="The standing approval that it was given with, or that it follows from."
    )

    @computed_field  # type: ignore[prop-decorator]
    @property
    def said(self) -> str:
        """The answer in words, such as: approved in the panel."""
        done = "approved" if self.answer == "approve" else "rejected"
        if self.by == AnswerOrigin.STANDING:
            return f"{done} by standing approval {self.standing_id}"
        edited = "with an edit" if self.edit else ""
        said = " ".join(part for part in (done, edited, where_answered(self.by)) if part)
        return (
            f"{said}, and from then on by standing approval {self.standing_id}" if self.standing_id else said
        )


def approval_view(stored: Mapping[str, Any] | None) -> ApprovalView | None:
    """Return the view of the answer on the row of a beat, None if it has none."""
    if not stored:
        return None
    return ApprovalView.model_validate({name: stored.get(name) for name in ApprovalView.model_fields})


class StandingView(BaseModel):
    """A person's permission for all actions of a kind from one thread to one target."""

    id: int
    thread_id: str
    kind: str
    target: str = Field(description="Name of the target; tell for what is told to the owner.")
    beat_id: int = Field(description="The beat with whose approval it was given.")
    given_at: datetime
    given_by: AnswerOrigin
    revoked_at: datetime | None = Field(description="null: it stands.")
    revoked_by: AnswerOrigin | None = Field(description="null: it stands, or ended by itself.")
    reason: StandingEnd | None = Field(
        description="Why it ended by itself: its connection leads elsewhere now, or is removed."
    )

    @property
    def covers(self) -> str:
        """What it covers in words, such as: every post to forum."""
        return f"every {self.kind}" if self.kind == self.target else f"every {self.kind} to {self.target}"

    @property
    def given(self) -> str:
        """Where it was given in words, such as: in the panel."""
        return where_answered(self.given_by)

    @property
    def ended(self) -> str | None:
        """When and why it was revoked, in words; None while it stands."""
        if self.revoked_at is None:
            return None
        at = f"{self.revoked_at:%Y-%m-%d %H:%M:%S} UTC"
        if self.reason is not None:
            return f"was revoked {at}, since {_ENDS[self.reason].format(target=self.target)}"
        return f"was revoked {where_answered(self.revoked_by)} {at}"

    @classmethod
    def of(cls, row: StandingApproval) -> StandingView:
        """Return the view of a row."""
        return cls(**row.model_dump())


def standing_view(
    session: Session,
    *,
    thread_id: str | None = None,
    revoked: bool = False,
    before: int | None = None,
    limit: int | None = None,
) -> list[StandingView]:
    """Return standing approvals, the newest first; see `heartbeat.store.standing.listed`."""
    found = standing.listed(session, thread_id=thread_id, revoked=revoked, before=before, limit=limit)
    return [StandingView.of(row) for row in found]
