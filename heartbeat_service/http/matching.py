"""Calls that change all threads whose ids match a pattern."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, Field
from sqlmodel import Session

from heartbeat.config import clean_overrides
from heartbeat.errors import InvalidValueError
from heartbeat.store import threads
from heartbeat_service.http.configs import check_names
from heartbeat_service.http.fields import EXAMPLE, Fields, Strict, text
from heartbeat_service.http.problems import documented
from heartbeat_service.http.route import Route
from heartbeat_service.http.state import Database, Serving
from heartbeat_service.matching import Change, Changed, change_matching
from nodes.outflow import policy_of

router = APIRouter(prefix="/api/threads", tags=["threads"], route_class=Route)
AT_ONCE = 500
"""Threads that one call changes, so that it answers within seconds."""


class Matching(Strict):
    """Which threads to change."""

    match: str = Field(
        max_length=64,
        description="A pattern of ids: `*` stands for any letters, `?` for one; `*` alone is all threads.",
        examples=["team-*"],
    )
    after: str = Field(
        "", max_length=64, description="Only threads after this id: the `next` of the call before."
    )


class MatchingPause(Matching):
    """Which threads to pause, and why."""

    reason: Annotated[str, text(threads.REASON_LIMIT)] = Field(
        "paused by hand", description="Shown with the threads."
    )


class MatchingConfig(Matching):
    """Which threads to configure, and the fields to change."""

    config: Fields = Field(
        description="Fields to change, one or more; the others stay as they are.",
        examples=[EXAMPLE],
        json_schema_extra={"minProperties": 1},
    )


class RefusedThread(BaseModel):
    """A thread that stays as it is."""

    thread_id: str
    detail: str = Field(description="Why it was not changed.")


class ChangedThreads(BaseModel):
    """What became of the threads that match."""

    changed: int = Field(description="How many were changed by this call.")
    refused: list[RefusedThread]
    next: str | None = Field(
        description="The last thread that was looked at, where more match: give it as `after`; otherwise null."
    )

    @classmethod
    def of(cls, found: Changed) -> ChangedThreads:
        """Return the view of what was changed."""
        refused = [RefusedThread(thread_id=name, detail=why) for name, why in found.refused.items()]
        return cls(changed=found.number, refused=refused, next=found.next)


@router.patch("/config", responses=documented(404))
def change_configs(asked: MatchingConfig, store: Database, service: Serving) -> ChangedThreads:
    """Change config fields of the threads that match."""
    if not asked.config:
        raise InvalidValueError("config", "config: {} changes nothing; allowed: fields such as every")
    check_names(asked.config, service.services)
    clean_overrides(asked.config)
    now, check = service.services.clock(), policy_of(service.services).check

    def change(session: Session, thread_id: str) -> None:
        threads.configure(session, thread_id, asked.config, now, check=check)

    return _changed(asked, store, change)


@router.post("/pause", responses=documented(404))
def pause_threads(asked: MatchingPause, store: Database, service: Serving) -> ChangedThreads:
    """Stop the scheduled beats of the threads that match; beats by hand still work."""
    now = service.services.clock()
    return _changed(
        asked, store, lambda session, thread_id: threads.pause(session, thread_id, asked.reason, now)
    )


@router.post("/resume", responses=documented(404))
def resume_threads(asked: Matching, store: Database, service: Serving) -> ChangedThreads:
    """Resume the scheduled beats of the threads that match."""
    now = service.services.clock()
    return _changed(asked, store, lambda session, thread_id: threads.resume(session, thread_id, now))


def _changed(asked: Matching, store: Database, change: Change) -> ChangedThreads:
    return ChangedThreads.of(change_matching(store, asked.match, change, after=asked.after, limit=AT_ONCE))
