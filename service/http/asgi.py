"""The calls as an ASGI app of their own: for langgraph.json's ``http.app``, or `uvicorn service.http.asgi:app`."""

from __future__ import annotations

from fastapi import FastAPI

from service.http.app import install

app = FastAPI(title="Heartbeat", openapi_url=None)
install(app)
