"""Calls about instructions: the workspace's HEARTBEAT.md, and a thread's own text that replaces it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from fastapi import APIRouter, Response
from pydantic import AwareDatetime, BaseModel, Field

from heartbeat.errors import NotFoundError
from heartbeat.instructions import (
    Task,
    check_content,
    mask_secrets,
    read_document,
    sha256_of,
    write_document,
)
from heartbeat.instructions.parse import parse
from heartbeat.plan.view import PlanView
from heartbeat.store import threads
from heartbeat_service.http.etags import IfMatch, IfNoneMatch, Preconditions, condition_of
from heartbeat_service.http.fields import Strict, ThreadId
from heartbeat_service.http.plan import PlanThread
from heartbeat_service.http.problems import documented
from heartbeat_service.http.route import Route
from heartbeat_service.http.state import Database, Serving
from heartbeat_service.plan import plan_of

router = APIRouter(tags=["instructions"], route_class=Route)
FILE = "/api/heartbeat/heartbeat.md"
TAGGED: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The text.",
        "headers": {
            "ETag": {
                "description": "For If-Match: the sha256 in quotes.",
                "required": True,
                "schema": {"type": "string", "pattern": '^"[0-9a-f]{64}"$'},
            }
        },
    }
}
OWN = "/api/threads/{thread_id}/heartbeat.md"
UNCHANGED: dict[int | str, dict[str, Any]] = {304: {"description": "The text has an ETag of If-None-Match."}}


class Text(Strict):
    """A text of instructions."""

    content: str = Field(
        description="Markdown, up to 65,536 bytes; kept byte for byte.",
        examples=["## Checklist\n- Look for questions addressed to you\n"],
    )


class DocumentView(BaseModel):
    """A text of instructions with its hash, time of change and path."""

    content: str
    sha256: str = Field(description="Of the UTF-8 bytes; also the ETag.")
    last_modified: AwareDatetime | None
    path: str | None = Field(description="The file; null for a thread's own text.")


class Checked(BaseModel):
    """What a text asks for."""

    empty: bool = Field(description="It has no content and no tasks, so that a beat costs nothing.")
    only_tasks: bool = Field(description="It has nothing but `tasks:` blocks.")
    tasks: tuple[Task, ...] = Field(description="The tasks that can be followed.")
    plan: PlanView


@router.get(FILE, responses={**TAGGED, **UNCHANGED, **documented(404)}, response_model=DocumentView)
def show_file(
    service: Serving, response: Response, if_none_match: IfNoneMatch = None
) -> DocumentView | Response:
    """Show the workspace's HEARTBEAT.md."""
    settings = service.services.settings
    path = settings.instructions
    document = read_document(path, settings.home)
    if document is None:
        raise NotFoundError(f"there is no {path}; PUT one here, or make one with: heartbeat init")
    if if_none_match and if_none_match.name(document.sha256):
        return _unchanged(document.sha256)
    return _shown(response, document.content, document.last_modified, document.path)


@router.put(FILE, responses={**TAGGED, **documented(412)})
def write_file(
    text: Text, service: Serving, response: Response, preconditions: Preconditions
) -> DocumentView:
    """Replace the workspace's HEARTBEAT.md; the next beat follows it."""
    settings, condition = service.services.settings, preconditions.condition()
    document = write_document(settings.instructions, text.content, condition=condition, home=settings.home)
    return _shown(response, document.content, document.last_modified, document.path)


@router.post(FILE, responses={**TAGGED, **documented(412)})
def post_file(text: Text, service: Serving, response: Response, preconditions: Preconditions) -> DocumentView:
    """Replace the workspace's HEARTBEAT.md; the same as PUT."""
    return write_file(text, service, response, preconditions)


@router.post(f"{FILE}/check", responses=documented(404))
def check(text: Text, service: Serving, thread: PlanThread = None) -> Checked:
    """Show the plan of a text without storing it: no model is asked, so lines that are new are unread."""
    check_content(text.content)
    found = parse(mask_secrets(text.content))
    shown = plan_of(service.services, thread, text=text.content).view
    return Checked(empty=found.empty, only_tasks=found.only_tasks, tasks=found.tasks, plan=shown)


@router.get(OWN, responses={**TAGGED, **UNCHANGED, **documented(404)}, response_model=DocumentView)
def show_own(
    thread_id: ThreadId, store: Database, response: Response, if_none_match: IfNoneMatch = None
) -> DocumentView | Response:
    """Show the thread's own text."""
    row = store.read(threads.get, thread_id)
    if row.instructions is None:
        raise NotFoundError(
            f"thread {thread_id!r} has no text of its own; it follows the workspace's HEARTBEAT.md"
        )
    sha256 = sha256_of(row.instructions)
    if if_none_match and if_none_match.name(sha256):
        return _unchanged(sha256)
    return _shown(response, row.instructions, row.instructions_at, None)


@router.put(OWN, responses={**TAGGED, **documented(404, 412)})
def write_own(
    thread_id: ThreadId,
    text: Text,
    store: Database,
    service: Serving,
    response: Response,
    preconditions: Preconditions,
) -> DocumentView:
    """Give the thread its own text in place of HEARTBEAT.md, or replace it."""
    now, condition = service.services.clock(), preconditions.condition()
    row = store.write(threads.set_instructions, thread_id, text.content, now, condition=condition)
    return _shown(response, text.content, row.instructions_at, None)


@router.post(OWN, responses={**TAGGED, **documented(404, 412)})
def post_own(
    thread_id: ThreadId,
    text: Text,
    store: Database,
    service: Serving,
    response: Response,
    preconditions: Preconditions,
) -> DocumentView:
    """Give the thread its own text; the same as PUT."""
    return write_own(thread_id, text, store, service, response, preconditions)


@router.delete(OWN, status_code=204, responses=documented(404, 412))
def drop_own(thread_id: ThreadId, store: Database, service: Serving, if_match: IfMatch = None) -> Response:
    """Let the thread follow the workspace's HEARTBEAT.md again."""
    now, condition = service.services.clock(), condition_of(if_match)
    store.write(threads.set_instructions, thread_id, None, now, condition=condition)
    return Response(status_code=204)


def _unchanged(sha256: str) -> Response:
    return Response(status_code=304, headers={"ETag": f'"{sha256}"'})


def _shown(response: Response, content: str, modified: datetime | None, path: str | None) -> DocumentView:
    sha256 = sha256_of(content)
    response.headers["ETag"] = f'"{sha256}"'
    return DocumentView(content=content, sha256=sha256, last_modified=modified, path=path)
