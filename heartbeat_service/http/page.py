"""The panel: its page at ``/`` and every path that is not a call, and its files."""

from __future__ import annotations

from mimetypes import guess_type
from pathlib import Path

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse
from starlette.exceptions import HTTPException
from starlette.staticfiles import StaticFiles

from heartbeat_service.http.codings import accepted_codings
from heartbeat_service.http.route import OpenRoute

router = APIRouter(route_class=OpenRoute, include_in_schema=False)
mounted = APIRouter(route_class=OpenRoute, include_in_schema=False)
"""Routes of the pages and files by name, for an app that answers all other paths itself."""
PAGES = (
    "heartbeat",
    "login",
    "threads",
    "defaults",
    "instructions",
    "beats",
    "approvals",
    "history",
    "forum",
    "world",
)
"""First segments of the panel's paths; ``/heartbeat`` is its start page in an app that has its own ``/``."""
FILES = ("icon.svg", "scheme.js")
BUILT = Path(__file__).parents[1] / "panel"
"""Folder of the panel's build, in a checkout and in a wheel."""
_INDEX = "index.html"
_ANEW = "no-cache"
"""Browsers revalidate the file before each use, so a new build is used at once."""
_FOR_EVER = "public, max-age=31536000, immutable"
"""For files whose names change with their content."""
_COMPRESSED = {"br": ".br", "gzip": ".gz"}
"""Endings of the compressed forms of a file, by their codings, the smallest first."""
_METHODS = ["GET", "HEAD"]
_NOT_YET = """<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark"><meta http-equiv="refresh" content="5"><title>Heartbeat</title>
<body style="font-family: system-ui; line-height: 1.5; max-width: 40em; margin: 3em auto; padding: 0 1em">
<h1>Heartbeat</h1>
<p>The service runs. Its panel is not built yet: <code>make run</code> builds it behind the service, which takes a
minute or two; <code>make panel</code> builds it by hand. This page looks for it every five seconds.</p>
<p>The HTTP API is there already; <a href="/api/openapi.json">/api/openapi.json</a> describes it. Start with
<a href="/api/heartbeat/status">/api/heartbeat/status</a> and
<a href="/api/heartbeat/history">/api/heartbeat/history</a>.</p>
"""


@router.api_route("/", methods=_METHODS)
@mounted.api_route("/", methods=_METHODS)
async def show(request: Request) -> Response:
    """Show the panel, or if it is not built, how to build it."""
    return await page(request)


@router.api_route("/assets/{path:path}", methods=_METHODS)
@mounted.api_route("/assets/{path:path}", methods=_METHODS)
async def asset(request: Request, path: str) -> Response:
    """Return a script, style or font of the panel."""
    return await _file(request, f"assets/{path}", _FOR_EVER)


for _name in PAGES:
    mounted.add_api_route(f"/{_name}", show, methods=_METHODS)
    mounted.add_api_route(f"/{_name}/{{path:path}}", show, methods=_METHODS)


async def file(request: Request) -> Response:
    """Return a file from the folder of the page."""
    return await _file(request, request.url.path.lstrip("/"), _ANEW)


for _name in FILES:
    mounted.add_api_route(f"/{_name}", file, methods=_METHODS)


def is_wanted(request: Request) -> bool:
    """Return whether a request that matches no call may ask for a page or file of the panel."""
    return request.method in _METHODS and not f"{request.url.path}/".startswith("/api/")


async def answer(request: Request) -> Response:
    """Answer a path that is not a call with a file of the panel, or else its page, which routes in the browser.

    Raises:
        HTTPException: 404, there is no such file, and the caller does not accept HTML.
    """
    try:
        return await _file(request, request.url.path.lstrip("/"), _ANEW)
    except HTTPException:
        if "text/html" not in request.headers.get("accept", ""):
            raise
    return await page(request)


async def page(request: Request) -> Response:
    """Return the panel's page, or a placeholder if the panel is not built."""
    try:
        return await _file(request, _INDEX, _ANEW)
    except HTTPException:
        return HTMLResponse(_NOT_YET, headers={"Cache-Control": "no-store"})


async def _file(request: Request, path: str, caching: str) -> Response:
    if path.endswith(tuple(_COMPRESSED.values())):
        raise HTTPException(404)  # it is a form of another file, not one of its own
    # StaticFiles refuses paths outside of the folder, and handles HEAD, ranges and If-None-Match.
    files = StaticFiles(directory=getattr(request.app.state, "panel", BUILT), check_dir=False)
    found = await _compressed(files, request, path) or await files.get_response(path, request.scope)
    found.headers["Cache-Control"] = caching
    found.headers["Vary"] = "Accept-Encoding"
    return found


async def _compressed(files: StaticFiles, request: Request, path: str) -> Response | None:
    """Return the smallest form of a file that the build has made and the caller accepts; None if there is none.

    Each form has an ETag of its own. Who asks for a range gets it of the file as it is.
    """
    if request.headers.get("Range"):
        return None
    accepted = accepted_codings(request.headers.get("accept-encoding", ""))
    for coding, ending in _COMPRESSED.items():
        if coding not in accepted:
            continue
        try:
            found = await files.get_response(path + ending, request.scope)
        except HTTPException:
            continue
        if found.status_code == 200:
            media = guess_type(path)[0] or "application/octet-stream"
            found.headers["Content-Type"] = f"{media}; charset=utf-8" if media.startswith("text/") else media
            found.headers["Content-Encoding"] = coding
        return found
    return None
