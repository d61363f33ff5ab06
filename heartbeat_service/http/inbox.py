"""Calls about the inbox: list what connections brought, and say that an item is done or comes later."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field
from sqlmodel import Session

from heartbeat.errors import ConflictError
from heartbeat.store import inbox
from heartbeat.store.inbox_tables import InboxItem
from heartbeat.store.inbox_views import ItemView, inbox_view, item_view
from heartbeat.store.tables import LARGEST_ID
from heartbeat.vocabulary import FeedKind, ItemState
from heartbeat_service.fetcher import check_looked_at
from heartbeat_service.http.fields import THREAD_ID, Instant, Strict, ZonedInstant
from heartbeat_service.http.paging import Page
from heartbeat_service.http.problems import documented
from heartbeat_service.http.route import Route
from heartbeat_service.http.state import Database, Serving
from heartbeat_service.lifespan import Service

router = APIRouter(prefix="/api", tags=["inbox"], route_class=Route)

ItemId = Annotated[int, Path(ge=1, le=LARGEST_ID, description="Number of an item.", examples=[1])]


class Selection(BaseModel):
    """Which items are listed; an unknown parameter is refused, since without it more would be."""

    model_config = ConfigDict(extra="forbid")

    thread: str | None = Field(
        None, pattern=THREAD_ID, description="As this thread sees it.", examples=["demo"]
    )
    connection: str | None = Field(
        None, max_length=64, description="Only items of this connection.", examples=["news"]
    )
    kind: FeedKind | None = Field(None, description="Only items of this kind.")
    state: ItemState | None = Field(None, description="Only items in this state.")
    due_before: ZonedInstant | None = Field(
        None,
        description="Only items that are due before this instant, ISO 8601 with a zone, and neither gone nor "
        "over; also those that were due. What lasts all day is due at midnight of that zone. "
        "The soonest come first.",
    )
    before: int | None = Field(
        None, ge=1, le=LARGEST_ID, description="Only items after this one in the list: the `next` of a page."
    )
    limit: int = Field(50, ge=1, le=200, description="Maximum number of items.")


def _text(value: object) -> object:
    if not isinstance(value, str):
        raise ValueError("no text")
    return value


class Snooze(Strict):
    """Until when an item is not shown."""

    until: Annotated[Instant, BeforeValidator(_text)] = Field(
        strict=False, description="A later instant, ISO 8601 with a zone; it is new again then."
    )


class LookResult(BaseModel):
    """What a look at a connection came to."""

    ok: bool
    said: str = Field(description="One sentence.")


@router.get("/inbox", responses=documented(404))
def list_items(service: Serving, store: Database, among: Annotated[Selection, Query()]) -> Page[ItemView]:
    """List what connections brought, the newest first, or with `due_before` the soonest.

    The forum and conversations have calls of their own.
    """
    limit = among.limit
    found = store.read(
        inbox_view,
        service.services.clock(),
        thread_id=among.thread,
        connection=among.connection,
        kind=among.kind,
        state=among.state,
        before=among.before,
        due_before=among.due_before,
        limit=limit + 1,
    )
    return Page(items=found[:limit], next=found[limit - 1].id if len(found) > limit else None)


@router.post("/inbox/{item_id}/done", responses=documented(404))
def done(item_id: ItemId, service: Serving) -> ItemView:
    """Say that an item is done: no agent is shown it again unless it changes."""
    return _answered(service, inbox.done, item_id)


@router.post("/inbox/{item_id}/undone", responses=documented(404))
def undone(item_id: ItemId, service: Serving) -> ItemView:
    """Take back that an item is done; it is new again."""
    return _answered(service, inbox.undone, item_id)


@router.post("/inbox/{item_id}/snooze", responses=documented(404))
def snooze(item_id: ItemId, given: Snooze, service: Serving) -> ItemView:
    """Show an item not before an instant; it is new again then."""
    return _answered(service, inbox.snooze, item_id, given.until)


@router.delete("/inbox/{item_id}/snooze", responses=documented(404))
def unsnooze(item_id: ItemId, service: Serving) -> ItemView:
    """Take back that an item comes later; it is new again."""
    return _answered(service, inbox.unsnooze, item_id)


@router.post("/connections/{name}/look", responses=documented(404, 409))
async def look(
    name: Annotated[str, Path(max_length=64, description="Name of a connection.")], service: Serving
) -> LookResult:
    """Look at a connection now, whenever its next look is due."""
    check_looked_at(service.services.connections.get(name))
    [looked] = await service.fetcher.look_named([name])
    if looked.is_busy:
        raise ConflictError(f"{name} is being looked at already; its items come when that look ends.")
    return LookResult(ok=looked.failed is None, said=looked.sentence)


def _answered(service: Service, answer: Callable[..., InboxItem], *given: Any) -> ItemView:
    def work(session: Session, now: datetime) -> ItemView:
        return item_view(session, answer(session, *given, now).id or 0, now)

    services = service.services
    return services.store.write(work, services.clock())
