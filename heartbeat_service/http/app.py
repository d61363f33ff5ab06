"""The app of `heartbeat serve`, and the installation of its calls into another app."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from http import HTTPStatus
from pathlib import Path
from typing import Any

from fastapi import FastAPI, Request
from fastapi.responses import Response
from starlette.exceptions import HTTPException
from starlette.middleware.cors import CORSMiddleware
from starlette.routing import Match

import heartbeat
from heartbeat.settings import Settings, load_settings
from heartbeat.text import sentence
from heartbeat_service.binding import check_binding
from heartbeat_service.http import (
    approvals,
    beats,
    configs,
    connection_kinds,
    connections,
    deliveries,
    description,
    forum,
    health,
    inbox,
    instructions,
    live,
    login,
    matching,
    metrics,
    orders,
    page,
    plan,
    plan_now,
    reach,
    security,
    threads,
    timer,
)
from heartbeat_service.http.problems import explain
from heartbeat_service.http.state import service_of
from heartbeat_service.lifespan import Service, open_service

MODULES = (
    timer,
    live,
    configs,
    threads,
    matching,
    beats,
    approvals,
    instructions,
    plan,
    plan_now,
    orders,
    connection_kinds,
    connections,
    deliveries,
    inbox,
    forum,
    login,
    health,
    metrics,
)


def create_app(service: Service, panel: Path = page.BUILT) -> FastAPI:
    """Return the app of an open service: all calls, and at ``/`` the panel from its build folder."""
    app = bare_app()
    app.state.heartbeat, app.state.panel = service, panel
    origins = service.services.settings.cors_origins
    if origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=origins,
            allow_methods=["*"],
            allow_headers=["*"],
            expose_headers=["ETag"],
            allow_credentials=False,
        )
    return app


def bare_app() -> FastAPI:
    """Return the app without a service: it has an OpenAPI document, and its calls answer 503."""
    app = FastAPI(
        title="Heartbeat",
        version=heartbeat.__version__,
        summary="An agent that wakes up by itself.",
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
    )
    for module in (*MODULES, page, description):
        app.include_router(module.router)
    app.add_exception_handler(HTTPException, _explained)
    return app


def install(app: FastAPI, settings: Settings | None = None, *, panel: bool = True) -> None:
    """Add all calls to another app, and run the service in its lifespan.

    The timer starts only if HEARTBEAT_ENABLED (or CRT_HEARTBEAT_ENABLED) is true; manual beats always work.
    HEARTBEAT_ALLOWED_HOSTS lists the host names of the app.

    Raises:
        InvalidValueError: a setting is not allowed, or other machines can reach a host name and no token is set.
    """
    used = settings or load_settings()
    check_binding(used)
    for module in MODULES:
        app.include_router(module.router)
    inner = app.router.lifespan_context
    pages = page.mounted.routes if panel else []

    @asynccontextmanager
    async def lifespan(running: FastAPI) -> AsyncIterator[Any]:
        async with open_service(used, enabled=used.enabled) as service:
            running.state.heartbeat = service
            routes = running.router.routes
            # The panel's routes come last, so that the app's own routes take precedence.
            routes.extend(pages)
            try:
                async with inner(running) as state:
                    yield state
            finally:
                del running.state.heartbeat
                routes[:] = [route for route in routes if route not in pages]

    app.router.lifespan_context = lifespan


async def _explained(request: Request, error: Exception) -> Response:
    """Answer requests that match no call: pages of the panel, unknown paths and methods."""
    response = await _answered(request, error)
    response.headers.update(security.HEADERS)
    response.headers.setdefault("Cache-Control", "no-store")
    return response


async def _answered(request: Request, error: Exception) -> Response:
    try:
        settings = service_of(request).services.settings
        reach.check_host(request, settings)
        reach.check_caller(request, settings)
        if _is(error, HTTPStatus.NOT_FOUND) and page.is_wanted(request):
            return await page.answer(request)
    except HTTPException as refusal:
        error = refusal
    if _is(error, HTTPStatus.METHOD_NOT_ALLOWED):
        error = HTTPException(405, _unsupported(request), {"Allow": _allowed(request)})
    if _is(error, HTTPStatus.NOT_FOUND):
        error = HTTPException(404, "There is no such call; /api/openapi.json lists them all.")
    return explain(error)


def _is(error: Exception, status: HTTPStatus) -> bool:
    return isinstance(error, HTTPException) and error.status_code == status


def _unsupported(request: Request) -> str:
    return sentence(f"{request.method:.20} is not possible here; allowed: {_allowed(request)}")


def _allowed(request: Request) -> str:
    """Return the methods of all calls with this path; the framework only lists those of the first match."""
    app: FastAPI = request.app
    return ", ".join(
        sorted(
            method
            for method in ("DELETE", "GET", "HEAD", "PATCH", "POST", "PUT")
            if any(
                route.matches({**request.scope, "method": method})[0] == Match.FULL for route in app.routes
            )
        )
    )
