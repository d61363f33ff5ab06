"""The page at ``/``: the panel."""

from __future__ import annotations

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from service.http.route import OpenRoute

router = APIRouter(route_class=OpenRoute, include_in_schema=False)
_PLAIN = """<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Heartbeat</title>
<body style="font-family: system-ui; max-width: 40em; margin: 3em auto; padding: 0 1em">
<h1>Heartbeat</h1>
<p>The service runs. Its HTTP API is described by <a href="/api/openapi.json">/api/openapi.json</a>;
start with <a href="/api/heartbeat/status">/api/heartbeat/status</a> and
<a href="/api/heartbeat/history">/api/heartbeat/history</a>.</p>
"""


@router.get("/")
def show() -> HTMLResponse:
    """Show a plain page."""
    return HTMLResponse(_PLAIN)
