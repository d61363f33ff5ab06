"""Dependencies of calls: the app's service and its database."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Request
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException

from heartbeat.store import Store
from heartbeat_service.access import Key
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


async def key_of(service: Service, *, without_database: bool = False) -> Key:
    """Return the token as it is now, and whether it is demanded.

    ``without_database`` goes by the last look where the database cannot be read and no token was demanded then.

    Raises:
        TokenFileError: it is demanded, and its file cannot be used.
        OSError: it cannot be made.
        SQLAlchemyError: the database cannot be read.
    """
    access = service.access
    # Small files are read at once; the database may keep one waiting.
    try:
        return access.key() if access.is_quick else await run_in_threadpool(access.key)
    except Exception:
        if without_database and access.was_open and not access.is_quick:
            return Key(None, demanded=False)
        raise


Serving = Annotated[Service, Depends(service_of)]
Database = Annotated[Store, Depends(store_of)]
