"""The stream of live events (Server-Sent Events)."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing, suppress
from typing import Annotated, Any

from fastapi import APIRouter, Header, Query, Request
from pydantic import BaseModel, Field
from sse_starlette import EventSourceResponse, ServerSentEvent

from heartbeat.store.tables import LARGEST_ID
from heartbeat.vocabulary import EventKind, Node
from heartbeat_service.events import DroppedError, EventStream
from heartbeat_service.http.route import Route
from heartbeat_service.http.state import Serving

router = APIRouter(prefix="/api/heartbeat", tags=["events"], route_class=Route)
KEEP_ALIVE = 15
"""Seconds between two keep-alive comments."""
STALLED = 30.0
"""Seconds after which a client that does not read is dropped."""


class NodeFinished(BaseModel):
    """Fields of `beat.node`, besides `thread_id`, `beat_id` and `at`."""

    node: Node
    found: str = Field(description="What it found, in one sentence.")
    next: Node | None = Field(description="The node that comes next; null after the last.")
    path: list[Node] = Field(description="The finished nodes of this run in order, this one included.")


class StreamedEvent(BaseModel):
    """One event of the stream, as the fields of a Server-Sent Event."""

    id: int | None = Field(description="Its number, to reconnect with; `beat.node` has none.")
    event: EventKind
    data: NodeFinished | dict[str, Any] = Field(
        description="`thread_id`, `beat_id`, `at` and the fields of its kind."
    )


@router.get(
    "/events",
    response_class=EventSourceResponse,
    responses={
        200: {
            "description": f"{', '.join(kind for kind in EventKind if kind is not EventKind.RESET)}; and reset: some "
            "missed events are not stored any more, so everything has to be loaded again.",
            "content": {"text/event-stream": {"schema": {"type": "string"}}},
        },
    },
)
async def events(
    request: Request,
    service: Serving,
    thread: Annotated[str | None, Query(max_length=64, description="Only of this thread.")] = None,
    last_event_id: Annotated[
        str | None, Header(description="Id of the last event received; the events since then are sent first.")
    ] = None,
    after: Annotated[
        int | None, Query(ge=0, le=LARGEST_ID, description="The same, for clients that set no headers.")
    ] = None,
) -> EventSourceResponse:
    """Stream events: the beats of all processes, and each finished node of this process's beats."""
    seen = int(last_event_id) if last_event_id and _is_number(last_event_id) else after
    if request.method == "HEAD":
        return EventSourceResponse(iter(()), headers={"Cache-Control": "no-store"})
    sent = _sent(service.events, thread, seen, request.state.key.mark)
    # The stream is joined before the client is told that it is open: what it loads from then on misses nothing.
    first = await anext(sent)
    return EventSourceResponse(
        _from(first, sent),
        ping=KEEP_ALIVE,
        send_timeout=STALLED,
        headers={"Cache-Control": "no-store"},
    )


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 19


async def _sent(
    stream: EventStream, thread: str | None, after: int | None, mark: str
) -> AsyncGenerator[bytes]:
    async with stream.joined(thread_id=thread, after=after, mark=mark) as reading:
        # Tell the client at once that it misses nothing from here on, and the id to reconnect with if the connection
        # breaks before the first event.
        yield ServerSentEvent(comment="connected", id=str(reading.position)).encode()
        with suppress(DroppedError):
            async for some in reading.batches():
                yield b"".join(event.wire for event in some)


async def _from(first: bytes, rest: AsyncGenerator[bytes]) -> AsyncGenerator[bytes]:
    async with aclosing(rest):
        yield first
        async for each in rest:
            yield each
