"""Calls about threads: list, create, show, remove, pause, resume, and their conversation."""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, Field

from heartbeat.names import speaker
from heartbeat.store import history, messages, threads
from heartbeat.store.tables import Message
from heartbeat.vocabulary import BeatStatus
from heartbeat_service.http.configs import check_names
from heartbeat_service.http.fields import EXAMPLE, THREAD_ID, Fields, Strict, ThreadId, text
from heartbeat_service.http.paging import Before, Limit, Page
from heartbeat_service.http.problems import documented
from heartbeat_service.http.route import Route
from heartbeat_service.http.state import Database, Serving
from heartbeat_service.thread_view import ThreadView, all_views, one_view
from nodes.outflow import policy_of

router = APIRouter(prefix="/api/threads", tags=["threads"], route_class=Route)


class NewThread(Strict):
    """A thread to create."""

    id: str = Field(pattern=THREAD_ID, description="1 to 64 of a-z, 0-9, _ and -.", examples=["garden"])
    title: Annotated[str, text(threads.TITLE_LIMIT, least=0)] = Field(
        "", description="Its name for people.", examples=["The garden"]
    )
    config: Fields = Field({}, description="Fields that differ from the defaults.", examples=[EXAMPLE])


class Pause(Strict):
    """Why a thread is paused."""

    reason: Annotated[str, text(threads.REASON_LIMIT)] = Field(
        "paused by hand", description="Shown with the thread."
    )


class NewMessage(Strict):
    """A message for a thread's conversation."""

    author: Annotated[str, text(messages.AUTHOR_LIMIT)] = Field(examples=["ana"])
    content: Annotated[str, text(messages.CONTENT_LIMIT)] = Field(
        examples=["Please greet newcomers this week."]
    )


class MessageView(BaseModel):
    """One message."""

    id: int
    author: str
    shown_as: str = Field(
        description="The author as shown to the agent; a name that only looks like `owner` or the agent's is marked "
        "as a stranger's."
    )
    content: str
    created_at: datetime

    @classmethod
    def of(cls, row: Message, agent: str) -> MessageView:
        """Return the view of a row."""
        return cls.model_validate({**row.model_dump(), "shown_as": speaker(row.author, agent)})


@router.get("")
def list_threads(
    store: Database,
    service: Serving,
    after: Annotated[str, Query(max_length=64, description="Only threads after this id.")] = "",
    q: Annotated[str, Query(max_length=200, description="Only threads with this in id or title.")] = "",
    limit: Limit = 50,
) -> Page[ThreadView]:
    """List the threads by id, each with its last beats."""
    now = service.services.clock()
    views = store.read(all_views, now, after=after, words=q, limit=limit + 1)
    return Page(items=views[:limit], next=views[limit - 1].thread_id if len(views) > limit else None)


@router.post("", status_code=201, responses=documented(409))
def create_thread(new: NewThread, store: Database, service: Serving) -> ThreadView:
    """Create a thread."""
    check_names(new.config, service.services)
    now, check = service.services.clock(), policy_of(service.services).check
    store.write(threads.create, new.id, now, title=new.title, config=new.config, check=check)
    return store.read(one_view, new.id, now)


@router.get("/{thread_id}", responses=documented(404))
def show_thread(thread_id: ThreadId, store: Database, service: Serving) -> ThreadView:
    """Show one thread."""
    return store.read(one_view, thread_id, service.services.clock())


@router.delete("/{thread_id}", status_code=204, responses=documented(404))
async def remove_thread(thread_id: ThreadId, service: Serving) -> Response:
    """Remove a thread with its history, its conversation and its memory."""
    store = service.services.store
    running = await asyncio.to_thread(
        store.read, history.latest, history.Filter(thread_id, BeatStatus.RUNNING)
    )
    await asyncio.to_thread(store.write, threads.remove, thread_id, service.services.clock())
    # A beat that still runs would write a checkpoint, which a new thread of the same name would read.
    await service.runner.cancel(row.id for row in running)
    await service.runner.runner.forget(thread_id)
    return Response(status_code=204)


@router.post("/{thread_id}/heartbeat/pause", responses=documented(404))
def pause_thread(
    thread_id: ThreadId, store: Database, service: Serving, pause: Pause | None = None
) -> ThreadView:
    """Stop the scheduled beats of a thread; beats by hand still work."""
    reason = (pause or Pause()).reason
    store.write(threads.pause, thread_id, reason, service.services.clock())
    return store.read(one_view, thread_id, service.services.clock())


@router.post("/{thread_id}/heartbeat/resume", responses=documented(404))
def resume_thread(thread_id: ThreadId, store: Database, service: Serving) -> ThreadView:
    """Resume the scheduled beats of a thread."""
    store.write(threads.resume, thread_id, service.services.clock())
    return store.read(one_view, thread_id, service.services.clock())


@router.get("/{thread_id}/messages", responses=documented(404))
def list_messages(
    thread_id: ThreadId, store: Database, service: Serving, before: Before = None, limit: Limit = 50
) -> Page[MessageView]:
    """List the last messages of a thread's conversation, which the agent reads, the oldest first."""
    store.read(threads.get, thread_id)
    rows = store.read(messages.latest, thread_id, limit + 1, before=before)
    agent = service.services.settings.agent_name
    shown = [MessageView.of(row, agent) for row in rows[-limit:]]
    return Page(items=shown, next=shown[0].id if len(rows) > limit else None)


@router.post("/{thread_id}/messages", status_code=201, responses=documented(404))
def add_message(thread_id: ThreadId, new: NewMessage, store: Database, service: Serving) -> MessageView:
    """Send a message to the agent. Only messages of the author `owner` are orders."""
    now = service.services.clock()
    row = store.write(messages.add, thread_id, author=new.author, content=new.content, now=now)
    return MessageView.of(row, service.services.settings.agent_name)
