"""Calls about connections: list, add, show, change, remove, and try them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field, WithJsonSchema
from starlette.exceptions import HTTPException

from heartbeat.connections import Connection, editing
from heartbeat.connections.making import CONFIGURABLE
from heartbeat.connections.trial import Trial, try_kept, try_out
from heartbeat_service.access import Key
from heartbeat_service.attempt import called
from heartbeat_service.connection_view import ConnectionView
from heartbeat_service.http import security
from heartbeat_service.http.fields import THREAD_ID, Strict
from heartbeat_service.http.paging import Limit, Page
from heartbeat_service.http.problems import documented
from heartbeat_service.http.route import Route
from heartbeat_service.http.state import Serving
from heartbeat_service.lifespan import TRIALS, Service

router = APIRouter(prefix="/api/connections", tags=["connections"], route_class=Route)

Name = Annotated[str, Path(max_length=64, description="Name of a connection.", examples=["phone"])]
Kind = Annotated[str, WithJsonSchema({"type": "string", "enum": [str(each) for each in CONFIGURABLE]})]
Values = Annotated[dict[str, Any], Field(max_length=50)]
_ALLOWED = "The keys of its kind, see docs/connections.md."
_EXAMPLE = {"url": "ntfys://ntfy.sh/my-topic", "reach": "owner"}


class NewConnection(Strict):
    """A connection to add."""

    name: str = Field(pattern=THREAD_ID, description="1 to 64 of a-z, 0-9, _ and -.", examples=["phone"])
    kind: Kind = Field(description="What it leads to; it never changes.", examples=["apprise"])
    values: Values = Field(description=_ALLOWED, examples=[_EXAMPLE])


class ChangedConnection(Strict):
    """What changes of a connection."""

    values: Values = Field(
        description="The keys that change; null returns one to its default. Secrets that are left out are kept.",
        examples=[{"repeat": False}],
    )


class TrialText(Strict):
    """What a test sends."""

    text: str | None = Field(
        None,
        min_length=1,
        max_length=1_000,
        description="Demanded where the connection is public, since the test is a post.",
        examples=["Is anybody there?"],
    )


class NewTrial(NewConnection, TrialText):
    """A connection to try before it is added."""


class TrialResult(BaseModel):
    """What came of a test."""

    ok: bool
    said: str = Field(description="One sentence.")
    field: str | None = Field(None, description="The key that is to blame, if it is known.")


class Forgetting(BaseModel):
    """A connection that is removed and not quite forgotten yet."""

    said: str = Field(description="What is left to do, and when it is done, in one sentence.")


UNFINISHED: dict[int | str, dict[str, Any]] = {
    202: {"model": Forgetting, "description": "It is removed; forgetting goes on by itself."}
}


class ConnectionPage(Page[ConnectionView]):
    """One page of connections."""

    problem: str | None = Field(
        description="What is wrong with connections.toml as a whole, also that others may read a secret in it."
    )


@router.get("")
def list_connections(
    service: Serving,
    after: Annotated[str, Query(max_length=64, description="Only connections after this name.")] = "",
    limit: Limit = 50,
) -> ConnectionPage:
    """List all connections by name, also faulty and hidden ones."""
    connections = service.services.connections
    found = [ConnectionView.of(each) for each in connections.all if each.name > after]
    page = found[:limit]
    while len(page) < len(found) and page[-1].name == found[len(page)].name:
        page.append(found[len(page)])
    more = page[-1].name if len(page) < len(found) else None
    return ConnectionPage(items=page, next=more, problem=connections.problem or connections.exposure)


@router.post("", status_code=201, responses=documented(409))
def add_connection(
    new: NewConnection, request: Request, response: Response, service: Serving
) -> ConnectionView:
    """Add a connection. Its secrets are kept apart and never returned.

    With the first private one every call needs the token; the answer has the cookie of a session, so that the panel
    goes on.
    """
    made = editing.add(service.services.connections, new.name, new.kind, new.values)
    _go_on(request, response, service, made)
    return ConnectionView.of(made)


@router.post("/test")
async def try_new_connection(new: NewTrial, service: Serving) -> TrialResult:
    """Try a connection without adding it."""
    connections = service.services.connections

    def trial() -> Trial:
        made = editing.preview(connections, new.name, new.kind, new.values)
        return try_out(made, connections.maker.site, new.text)

    return await _tried(service, trial)


@router.get("/{name}", responses=documented(404))
def show_connection(name: Name, service: Serving) -> ConnectionView:
    """Show one connection."""
    return ConnectionView.of(service.services.connections.get(name))


@router.patch("/{name}", responses=documented(404, 409))
def change_connection(
    name: Name, changes: ChangedConnection, request: Request, response: Response, service: Serving
) -> ConnectionView:
    """Change a connection; its kind and its reach never change."""
    made = editing.change(service.services.connections, name, changes.values)
    _go_on(request, response, service, made)
    return ConnectionView.of(made)


@router.delete("/{name}", status_code=204, responses={**documented(404, 409), **UNFINISHED})
def remove_connection(
    name: Name,
    service: Serving,
    forget: Annotated[
        bool,
        Query(
            description="Delete what it has brought too: items, and the texts of all beats since one looked at it, "
            "with what these told, wrote and posted on the built-in forum. This cannot be undone. It works for one "
            "that was removed before, too."
        ),
    ] = False,
) -> Response:
    """Remove a connection with its secrets; what was on its way to it is cancelled."""
    forgotten = editing.remove(service.services.connections, name, forget=forget)
    if forgotten is None or forgotten.is_finished:
        return Response(status_code=204)
    return JSONResponse(Forgetting(said=forgotten.said).model_dump(mode="json"), 202)


@router.post("/{name}/test", responses=documented(404, 409))
async def try_connection(name: Name, service: Serving, trial: TrialText | None = None) -> TrialResult:
    """Try a connection: send a message through it, or look at its folder."""
    connections, text = service.services.connections, trial.text if trial else None
    return await _tried(service, lambda: try_kept(connections, connections.get(name), text))


def _go_on(request: Request, response: Response, service: Service, made: Connection) -> None:
    """Give the caller that made the first private connection a session."""
    before: Key = request.state.key
    if made.private and not before.demanded:
        now = service.access.key()
        if now.token is not None:
            security.begin_session(request, response, now.token, service.services.clock())


async def _tried(service: Service, trial: Callable[[], Trial]) -> TrialResult:
    """Run a trial in a thread of its own: those of the other calls are few, and a trial may take long.

    Raises:
        HTTPException: 429, as many are under way as may be at once.
    """
    if service.trying.locked():
        said = (
            f"{TRIALS} connections are being tried, and no more are at once; try again when one has answered."
        )
        raise HTTPException(429, said, {"Retry-After": "5"})
    async with service.trying:
        result = await called(trial, trial, "connection-trial")
    return TrialResult(ok=result.ok, said=result.said, field=result.field)
