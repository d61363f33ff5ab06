"""The app of `heartbeat serve`, and the same calls in an app of your own."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.responses import Response
from starlette.exceptions import HTTPException
from starlette.middleware.cors import CORSMiddleware
from starlette.routing import Match

import heartbeat
from heartbeat.settings import Settings, load_settings
from service.http import (
    beats,
    configs,
    description,
    forum,
    health,
    instructions,
    live,
    login,
    metrics,
    page,
    security,
    threads,
    timer,
)
from service.http.problems import explain
from service.http.state import service_of
from service.lifespan import Service, open_service

_ROOMS = (timer, live, configs, threads, beats, instructions, forum, login, health, metrics)


def create_app(service: Service) -> FastAPI:
    """Return the app of a service that is open already: all calls, and the panel at ``/``."""
    app = FastAPI(
        title="Heartbeat",
        version=heartbeat.__version__,
        summary="An agent that wakes up by itself.",
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
    )
    app.state.heartbeat = service
    for room in (*_ROOMS, page, description):
        app.include_router(room.router)
    app.add_exception_handler(HTTPException, _explained)
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


def install(app: FastAPI, settings: Settings | None = None) -> None:
    """Add all calls, and what they need while the app runs, to an app of your own.

    The timer starts only where HEARTBEAT_ENABLED (or CRT_HEARTBEAT_ENABLED) is true; beats by hand always work.
    HEARTBEAT_ALLOWED_HOSTS names the hosts your app is reached under.

    Raises:
        InvalidValueError: a setting is not allowed.
    """
    for room in _ROOMS:
        app.include_router(room.router)
    used = settings or load_settings()
    inner = app.router.lifespan_context

    @asynccontextmanager
    async def lifespan(running: FastAPI) -> AsyncIterator[Any]:
        async with open_service(used, enabled=used.enabled) as service:
            running.state.heartbeat = service
            try:
                async with inner(running) as state:
                    yield state
            finally:
                del running.state.heartbeat

    app.router.lifespan_context = lifespan


def _explained(request: Request, error: Exception) -> Response:
    """Answer what no call answers: unknown paths and methods."""
    try:
        security.check_host(request, service_of(request).services.settings)
    except HTTPException as refusal:
        error = refusal
    if isinstance(error, HTTPException) and error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        error = HTTPException(error.status_code, _unsupported(request), {"Allow": _allowed(request)})
    if isinstance(error, HTTPException) and error.status_code == HTTPStatus.NOT_FOUND:
        error = HTTPException(error.status_code, "There is no such call; /api/openapi.json lists them all.")
    response = explain(error)
    response.headers.update(security.HEADERS)
    response.headers["Cache-Control"] = "no-store"
    return response


def _unsupported(request: Request) -> str:
    return f"{request.method:.20} is not possible here; allowed: {_allowed(request)}."


def _allowed(request: Request) -> str:
    """Return the methods of all calls under a path; the framework knows only those of the first."""
    app: FastAPI = request.app
    return ", ".join(
        sorted(
            method
            for method in ("DELETE", "GET", "PATCH", "POST", "PUT")
            if any(
                route.matches({**request.scope, "method": method})[0] == Match.FULL for route in app.routes
            )
        )
    )
