"""Calls about deliveries: list them, answer one, and list what the owner was told."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query
from pydantic import Field
from sqlmodel import Session

from heartbeat.store import outbox
from heartbeat.store.delivery_views import DeliveryView, deliveries_view, delivery_view
from heartbeat.store.tables import LARGEST_ID, Delivery
from heartbeat.store.told import ToldView, told_view
from heartbeat.vocabulary import DeliveryStatus
from heartbeat_service.http.fields import THREAD_ID, Strict
from heartbeat_service.http.paging import Before, Limit, Page
from heartbeat_service.http.problems import documented
from heartbeat_service.http.route import Route
from heartbeat_service.http.state import Database, Serving
from heartbeat_service.lifespan import Service

router = APIRouter(prefix="/api", tags=["deliveries"], route_class=Route)

DeliveryId = Annotated[int, Path(ge=1, le=LARGEST_ID, description="Number of a delivery.", examples=[1])]
Status = Annotated[DeliveryStatus | None, Query(description="Only deliveries with this status.")]
OfThread = Annotated[
    str | None, Query(pattern=THREAD_ID, description="Only deliveries of this thread.", examples=["demo"])
]
OfBeat = Annotated[int | None, Query(ge=1, le=LARGEST_ID, description="Only deliveries of this beat.")]


class Settlement(Strict):
    """What a person knows about a delivery that may have arrived."""

    arrived: bool = Field(description="false: it is sent again.")


@router.get("/deliveries")
def list_deliveries(
    store: Database,
    status: Status = None,
    thread: OfThread = None,
    beat: OfBeat = None,
    before: Before = None,
    limit: Limit = 50,
) -> Page[DeliveryView]:
    """List deliveries, the newest first; a removed thread's are listed too."""
    found = store.read(
        deliveries_view, status=status, thread_id=thread, beat_id=beat, before=before, limit=limit + 1
    )
    return Page(items=found[:limit], next=found[limit - 1].id if len(found) > limit else None)


@router.post("/deliveries/{delivery_id}/retry", responses=documented(404, 409))
def retry(delivery_id: DeliveryId, service: Serving) -> DeliveryView:
    """Send a delivery again at once. Of one that may have arrived this says that it did not."""
    return _answered(service, outbox.retry, delivery_id)


@router.post("/deliveries/{delivery_id}/cancel", responses=documented(404, 409))
def cancel(delivery_id: DeliveryId, service: Serving) -> DeliveryView:
    """Cancel a delivery. One that is being sent is not tried again after this try."""
    return _answered(service, outbox.cancel, delivery_id)


@router.post("/deliveries/{delivery_id}/settle", responses=documented(404, 409))
def settle(delivery_id: DeliveryId, settlement: Settlement, service: Serving) -> DeliveryView:
    """Say whether a delivery arrived that may have; one that did not is sent again."""
    return _answered(service, outbox.settle, delivery_id, settlement.arrived)


@router.get("/told")
def list_told(store: Database, before: Before = None, limit: Limit = 50) -> Page[ToldView]:
    """List what the owner was told, the newest first, with what became of it on each way."""
    found = store.read(told_view, before=before, limit=limit + 1)
    return Page(items=found[:limit], next=found[limit - 1].id if len(found) > limit else None)


def _answered(service: Service, answer: Callable[..., Delivery], *given: Any) -> DeliveryView:
    def work(session: Session, now: datetime) -> DeliveryView:
        return delivery_view(session, answer(session, *given, now).id or 0)

    services = service.services
    # A power cut must not forget the answer: a delivery that was cancelled would leave all the same.
    return services.store.write_durably(work, services.clock())
