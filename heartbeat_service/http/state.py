"""Dependencies of calls: the app's service and its database."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Request
from starlette.exceptions import HTTPException

from heartbeat.store import Store
from heartbeat_service.lifespan import Service


def service_of(request: Request) -> Service:
    """Return the service that the app's lifespan opened.

    Raises:
        HTTPException: 503, the app has not started or is stopping.
    """
    service = getattr(request.app.state, "heartbeat", None)
    if not isinstance(service, Service):
        raise HTTPException(503, "Heartbeat is not running in this app.", {"Retry-After": "1"})
    return service


def store_of(service: Annotated[Service, Depends(service_of)]) -> Store:
    """Return the domain database."""
    return service.services.store


Serving = Annotated[Service, Depends(service_of)]
Database = Annotated[Store, Depends(store_of)]
