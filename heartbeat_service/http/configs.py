"""Calls about config: the workspace's defaults, and the overrides of a thread."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel, Field

from heartbeat.config import Config
from heartbeat.sources import check_sources
from heartbeat.store import threads, workspace
from heartbeat.store.approval_views import StandingView, standing_view
from heartbeat.store.effective import effective, get_defaults
from heartbeat.targets import check_target
from heartbeat_service.http.fields import ConfigFields, ThreadId, config_schema
from heartbeat_service.http.problems import documented
from heartbeat_service.http.route import Route
from heartbeat_service.http.state import Database, Serving
from heartbeat_service.thread_view import one_view, origins
from nodes.outflow import policy_of
from nodes.services import Services

router = APIRouter(tags=["config"], route_class=Route)
WORKSPACE = "/api/heartbeat/config"
THREAD = "/api/threads/{thread_id}/heartbeat/config"


class Defaults(BaseModel):
    """The config of threads that override nothing."""

    config: Config = Field(description="Effective: the built-in defaults with the workspace's own fields.")
    config_problem: str | None = Field(description="What is invalid in the stored config.")
    overrides: dict[str, Any] = Field(description="The workspace's own fields.")
    fields: dict[str, Any] = Field(description="JSON schema of the fields: types, bounds, defaults.")


class ThreadConfig(BaseModel):
    """The config of a thread, its last beat and its next slot."""

    thread_id: str
    config: Config = Field(description="Effective: defaults, the workspace's fields, the thread's own.")
    config_problem: str | None = Field(
        description="What is invalid in the stored config; the thread does not beat until it is fixed."
    )
    overrides: dict[str, Any] = Field(description="The thread's own fields.")
    origins: dict[str, str] = Field(description="Where each field comes from: default, workspace or thread.")
    standing_approvals: list[StandingView] = Field(
        description="What is approved from now on, where the config asks for approval."
    )
    last_run: datetime | None
    last_summary: str | None
    next_due: datetime | None = Field(description="Its next slot; null while it is off or paused.")
    paused_reason: str | None


def check_names(fields: Mapping[str, Any], services: Services) -> None:
    """Refuse names of targets and sources that are not there.

    Raises:
        InvalidValueError: a name is not allowed.
    """
    check_target(fields.get("target"), services.targets)
    if fields.get("sources"):
        check_sources(fields["sources"], services.connections.source_names())


@router.get(WORKSPACE)
def show_defaults(store: Database, service: Serving) -> Defaults:
    """Show the workspace's defaults."""
    own = store.read(get_defaults)
    found = effective(own, {})
    return Defaults(
        config=found.config,
        config_problem=found.problem,
        overrides=own,
        fields=config_schema(service.services.targets),
    )


@router.put(WORKSPACE)
def replace_defaults(fields: ConfigFields, store: Database, service: Serving) -> Defaults:
    """Replace the workspace's own fields; omitted ones return to the built-in defaults."""
    check_names(fields, service.services)
    store.write(
        workspace.set_defaults, fields, service.services.clock(), check=policy_of(service.services).check
    )
    return show_defaults(store, service)


@router.patch(WORKSPACE)
def change_defaults(fields: ConfigFields, store: Database, service: Serving) -> Defaults:
    """Change some of the workspace's own fields."""
    check_names(fields, service.services)
    store.write(
        workspace.change_defaults, fields, service.services.clock(), check=policy_of(service.services).check
    )
    return show_defaults(store, service)


@router.get(THREAD, responses=documented(404))
def show_config(thread_id: ThreadId, store: Database, service: Serving) -> ThreadConfig:
    """Show the config of a thread."""
    view, came_from = (
        store.read(one_view, thread_id, service.services.clock()),
        store.read(origins, thread_id),
    )
    return ThreadConfig(
        thread_id=view.thread_id,
        config=Config.from_dict(view.config),
        config_problem=view.config_problem,
        overrides=view.overrides,
        origins=came_from,
        standing_approvals=store.read(standing_view, thread_id=thread_id),
        last_run=view.last_run,
        last_summary=view.last_summary,
        next_due=view.next_due,
        paused_reason=view.paused_reason,
    )


@router.put(THREAD, responses=documented(404))
def replace_config(
    thread_id: ThreadId, fields: ConfigFields, store: Database, service: Serving
) -> ThreadConfig:
    """Replace the thread's own fields; omitted ones return to the workspace's values."""
    return _configure(thread_id, fields, store, service, replace=True)


@router.patch(THREAD, responses=documented(404))
def change_config(
    thread_id: ThreadId, fields: ConfigFields, store: Database, service: Serving
) -> ThreadConfig:
    """Change some of the thread's own fields."""
    return _configure(thread_id, fields, store, service, replace=False)


@router.post(THREAD, responses=documented(404))
def post_config(thread_id: ThreadId, fields: ConfigFields, store: Database, service: Serving) -> ThreadConfig:
    """Change some of the thread's own fields; the same as PATCH."""
    return _configure(thread_id, fields, store, service, replace=False)


def _configure(
    thread_id: str, fields: Mapping[str, Any], store: Database, service: Serving, *, replace: bool
) -> ThreadConfig:
    check_names(fields, service.services)
    services = service.services
    check = policy_of(services).check
    store.write(threads.configure, thread_id, fields, services.clock(), replace=replace, check=check)
    return show_config(thread_id, store, service)
