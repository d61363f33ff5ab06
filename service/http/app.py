"""The app of `heartbeat serve`, and the same calls in an app of your own."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from fastapi import FastAPI, Request
from fastapi.openapi.utils import get_openapi
from fastapi.responses import Response
from starlette.exceptions import HTTPException
from starlette.middleware.cors import CORSMiddleware

import heartbeat
from heartbeat.settings import Settings, load_settings
from service.http import (
    beats,
    configs,
    forum,
    health,
    instructions,
    live,
    login,
    page,
    security,
    threads,
    timer,
)
from service.http.problems import Problem, explain
from service.lifespan import Service, open_service

_ROOMS = (timer, live, configs, threads, beats, instructions, forum, login, health)


def create_app(service: Service) -> FastAPI:
    """Return the app of a service that is open already: all calls, and the panel at ``/``."""
    app = FastAPI(
        title="Heartbeat",
        version=heartbeat.__version__,
        summary="An agent that wakes up by itself.",
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
    )
    app.state.heartbeat = service
    for room in (*_ROOMS, page):
        app.include_router(room.router)
    app.add_exception_handler(HTTPException, _explained)
    origins = service.services.settings.cors_origins
    if origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=origins,
            allow_methods=["*"],
            allow_headers=["*"],
            allow_credentials=False,
        )
    document = openapi(app)

    @app.get("/api/openapi.json", include_in_schema=False)
    def describe() -> dict[str, Any]:
        return document

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


def openapi(app: FastAPI) -> dict[str, Any]:
    """Return the OpenAPI document of all calls, problems included."""
    document = get_openapi(
        title=app.title, version=app.version, summary=app.summary, routes=app.routes, tags=None
    )
    components = document.setdefault("components", {})
    components.setdefault("schemas", {})["Problem"] = Problem.model_json_schema()
    components["securitySchemes"] = {"token": {"type": "http", "scheme": "bearer"}}
    document["security"] = [{}, {"token": []}]
    return document


def _explained(request: Request, error: Exception) -> Response:
    response = explain(error)
    response.headers.update(security.HEADERS)
    return response
