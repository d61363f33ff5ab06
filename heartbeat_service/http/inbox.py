"""Calls about the inbox: list what connections brought, and say that an item is done or comes later."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query
from pydantic import AwareDatetime, BaseModel, Field
from sqlmodel import Session

from heartbeat.store import inbox
from heartbeat.store.inbox_tables import InboxItem
from heartbeat.store.inbox_views import ItemView, inbox_view, item_view
from heartbeat.store.tables import LARGEST_ID
from heartbeat.vocabulary import FeedKind, ItemState
from heartbeat_service.http.fields import THREAD_ID, Strict
from heartbeat_service.http.paging import Before, Limit, Page
from heartbeat_service.http.problems import documented
from heartbeat_service.http.route import Route
from heartbeat_service.http.state import Database, Serving
from heartbeat_service.lifespan import Service

router = APIRouter(prefix="/api", tags=["inbox"], route_class=Route)

ItemId = Annotated[int, Path(ge=1, le=LARGEST_ID, description="Number of an item.", examples=[1])]
OfThread = Annotated[
    str | None, Query(pattern=THREAD_ID, description="As this thread sees it.", examples=["demo"])
]
OfConnection = Annotated[
    str | None, Query(max_length=64, description="Only items of this connection.", examples=["news"])
]
OfKind = Annotated[FeedKind | None, Query(description="Only items of this kind.")]
OfState = Annotated[ItemState | None, Query(description="Only items in this state.")]


class Snooze(Strict):
    """Until when an item is not shown."""

    until: AwareDatetime = Field(description="A later instant, ISO 8601 with a zone; it is new again then.")


class LookResult(BaseModel):
    """What a look at a connection came to."""

    ok: bool
    said: str = Field(description="One sentence.")


@router.get("/inbox", responses=documented(404))
def list_items(
    service: Serving,
    store: Database,
    thread: OfThread = None,
    connection: OfConnection = None,
    kind: OfKind = None,
    state: OfState = None,
    before: Before = None,
    limit: Limit = 50,
) -> Page[ItemView]:
    """List what connections brought, the newest first. The forum and conversations have calls of their own."""
    found = store.read(
        inbox_view,
        service.services.clock(),
        thread_id=thread,
        connection=connection,
        kind=kind,
        state=state,
        before=before,
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


@router.post("/connections/{name}/look", responses=documented(404, 409))
async def look(
    name: Annotated[str, Path(max_length=64, description="Name of a connection.")], service: Serving
) -> LookResult:
    """Look at a connection now, whenever its next look is due."""
    service.services.connections.get(name)
    [looked] = await service.fetcher.look_named([name])
    return LookResult(ok=looked.failed is None, said=looked.sentence)


def _answered(service: Service, answer: Callable[..., InboxItem], *given: Any) -> ItemView:
    def work(session: Session, now: datetime) -> ItemView:
        return item_view(session, answer(session, *given, now).id or 0, now)

    services = service.services
    return services.store.write(work, services.clock())
