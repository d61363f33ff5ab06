"""The HTTP API as an ASGI app, for ``http.app`` of langgraph.json or for uvicorn."""

from __future__ import annotations

from fastapi import FastAPI

from heartbeat_service.http.app import install

app = FastAPI(title="Heartbeat", openapi_url=None)
install(app)
