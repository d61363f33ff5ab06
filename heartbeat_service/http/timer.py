"""Calls about the timer: status, start, stop, schedule, statistics, the graph."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field
from sqlmodel import Session

from graph.heartbeat import graph
from heartbeat.config import effective_config
from heartbeat.errors import InvalidValueError
from heartbeat.instructions import mask_secrets
from heartbeat.schedule import parse_interval, upcoming
from heartbeat.store import due, history, slots, stats, threads, timer
from heartbeat.store.effective import effective, get_defaults
from heartbeat.store.stats import Stats
from heartbeat.threads import DEFAULT_THREAD
from heartbeat.vocabulary import BeatStatus
from heartbeat_decision.model import ModelError, ModelMissingError
from heartbeat_service.http.fields import INTERVAL, THREAD_ID, Instant, Since
from heartbeat_service.http.problems import documented
from heartbeat_service.http.route import Route
from heartbeat_service.http.state import Database, Serving

router = APIRouter(prefix="/api/heartbeat", tags=["timer"], route_class=Route)
MOST_BUCKETS = 1_000
MOST_MODELS = 20
PLANNING = frozenset({"every", "active_hours", "timezone"})
LENGTH: dict[str, Any] = {"pattern": INTERVAL}


class ModelStatus(BaseModel):
    """Whether a model can be asked."""

    name: str
    reachable: bool = Field(description="Whether it can be asked: its server answers and has it.")
    state: Literal["ready", "missing", "unreachable"] = Field(
        description="missing: the server answers but does not have it; unreachable: its server cannot be used."
    )
    remedy: str | None = Field(description="What to do if it cannot be asked.")


class Status(BaseModel):
    """The state of the timer, its backlog and the models."""

    enabled: bool = Field(
        description="Whether this process has a timer: `heartbeat serve` has one, and so has an app with Heartbeat "
        "mounted in it if HEARTBEAT_ENABLED is true. The timer starts beats only while `running` is true."
    )
    running: bool = Field(
        description="The stored switch of the timers of all processes; start and stop set it. It does not show "
        "whether any process has a timer; `last_tick` does."
    )
    last_tick: datetime | None = Field(description="The last tick of any timer on this database.")
    ticked_by: str | None = Field(description="Host, process and name of that timer.")
    lag_seconds: float = Field(description="How long the oldest due slot has been waiting.")
    due: int = Field(description="Threads that are due.")
    in_flight: int = Field(description="Running beats of all processes.")
    awaiting_approval: int = Field(description="Actions of all threads that wait for a person.")
    threads: int
    sharing: int = Field(description="Threads without a text of their own, which follow HEARTBEAT.md.")
    model: ModelStatus = Field(description="The default model, of threads whose config names none.")
    models: list[ModelStatus] = Field(
        description="The models of enabled threads, the most used first; the default model if no thread is enabled."
    )


class Switched(BaseModel):
    """The answer of a call to start or stop."""

    ok: bool = True
    running: bool


class Schedule(BaseModel):
    """Due instants."""

    slots: list[datetime]


class Edge(BaseModel):
    """An edge from one node to another."""

    source: str
    target: str
    conditional: bool = Field(description="Whether it depends on what the source found.")


class Drawing(BaseModel):
    """The graph of a beat, as Mermaid and as nodes and edges."""

    mermaid: str
    nodes: list[str] = Field(description="From __start__ to __end__, in the order of a beat.")
    edges: list[Edge]


@router.get("/status")
async def status(service: Serving) -> Status:
    """Show whether the timer runs, what is due, and whether the models can be asked."""
    services = service.services
    now = services.clock()
    found, names = await asyncio.gather(
        asyncio.to_thread(services.store.read, _status, now, service.enabled),
        asyncio.to_thread(services.store.read, _models, services.settings.model),
    )
    each = dict.fromkeys(names)
    known = dict(zip(each, await asyncio.gather(*(_look(service, name) for name in each)), strict=True))
    default, *used = (known[name] for name in names)
    return Status(**found, model=default, models=used or [default])


def _status(session: Session, now: datetime, enabled: bool) -> dict[str, object]:
    state, backlog = timer.state(session), due.backlog(session, now)
    return {
        "enabled": enabled,
        "running": state.running,
        "last_tick": state.last_tick,
        "ticked_by": state.ticked_by,
        "lag_seconds": max(0.0, (now - backlog.oldest).total_seconds()) if backlog.oldest else 0.0,
        "due": backlog.number,
        "in_flight": history.count(session, history.Filter(status=BeatStatus.RUNNING)),
        "awaiting_approval": history.count(session, history.Filter(status=BeatStatus.AWAITING_APPROVAL)),
        "threads": threads.count(session),
        "sharing": threads.count(session, own_text=False),
    }


def _models(session: Session, model: str) -> list[str]:
    """Return the default model, then the models of enabled threads, the most used first."""
    config = effective(get_defaults(session), {}).config
    default = config.model or model
    used: dict[str, int] = {}
    for name, number in threads.models(session, enabled=config.enabled).items():
        used[name or default] = used.get(name or default, 0) + number
    return [default, *sorted(used, key=lambda name: (-used[name], name))[:MOST_MODELS]]


async def _look(service: Serving, name: str) -> ModelStatus:
    try:
        await service.services.model.check(service.services.settings.ollama_url, name)
    except ModelError as error:
        state: Literal["missing", "unreachable"] = (
            "missing" if isinstance(error, ModelMissingError) else "unreachable"
        )
        return ModelStatus(name=name, reachable=False, state=state, remedy=mask_secrets(str(error)))
    return ModelStatus(name=name, reachable=True, state="ready", remedy=None)


@router.post("/start")
def start(store: Database, service: Serving) -> Switched:
    """Switch scheduled beats on, in all processes; calling it again changes nothing."""
    return Switched(running=store.write(timer.switch, True, service.services.clock()).running)


@router.post("/stop")
def stop(store: Database, service: Serving) -> Switched:
    """Switch scheduled beats off, in all processes; running beats are finished, beats by hand still work."""
    return Switched(running=store.write(timer.switch, False, service.services.clock()).running)


@router.get("/schedule", responses=documented(404))
def schedule(
    store: Database,
    service: Serving,
    thread: Annotated[
        str | None, Query(pattern=THREAD_ID, description="The thread whose config is used.")
    ] = None,
    every: Annotated[
        str | None,
        Query(
            max_length=20, description="Interval that replaces the thread's own.", json_schema_extra=LENGTH
        ),
    ] = None,
    start: Annotated[
        str | None, Query(max_length=5, description="Start of active hours, as 09:05, 9:05 or 9.")
    ] = None,
    end: Annotated[
        str | None, Query(max_length=5, description="End of active hours, as 09:05, 9:05 or 9.")
    ] = None,
    all_day: Annotated[bool, Query(description="Ignore stored active hours.")] = False,
    timezone: Annotated[str | None, Query(max_length=64, description="IANA name.")] = None,
    after: Annotated[Instant | None, Query(alias="from", description="Default: now.")] = None,
    n: Annotated[int, Query(ge=1, le=1000, description="How many.")] = 10,
) -> Schedule:
    """List the next due instants of a thread, or of any interval, active hours and zone."""
    own = store.read(lambda session: threads.get(session, thread).overrides) if thread else {}
    given: dict[str, object] = {"every": every, "timezone": timezone}
    changed = {name: value for name, value in given.items() if value is not None}
    hours = {name: value for name, value in (("start", start), ("end", end)) if value is not None}
    if hours and all_day:
        said = f"all_day: true is not allowed beside {' and '.join(hours)}; allowed: either, not both"
        raise InvalidValueError("all_day", said)
    if hours:
        changed["active_hours"] = hours
    elif all_day:
        changed["active_hours"] = None
    overrides = {**own, **changed}
    config = effective_config(_planning(store.read(get_defaults)), _planning(overrides))
    plan = slots.plan_of(thread or DEFAULT_THREAD, config)
    return Schedule(slots=upcoming(plan, after or service.services.clock(), n))


def _planning(fields: dict[str, Any]) -> dict[str, Any]:
    # Only these fields affect when a thread is due; invalid values of other fields do not matter here.
    return {name: value for name, value in fields.items() if name in PLANNING}


@router.get("/stats", responses=documented(404))
def figures(
    store: Database,
    service: Serving,
    since: Since = None,
    bucket: Annotated[
        str,
        Query(max_length=20, description="60 to 86400 seconds, or 15m, 1h, 1d.", json_schema_extra=LENGTH),
    ] = "1h",
    thread: Annotated[str | None, Query(pattern=THREAD_ID, description="Only of this thread.")] = None,
) -> Stats:
    """Count beats by outcome and reason, tokens and actions over time; by default the last 24 hours."""
    now = service.services.clock()
    began = since or now - timedelta(days=1)
    try:
        seconds = parse_interval(int(bucket) if bucket.isascii() and bucket.isdigit() else bucket)
    except ValueError as error:
        raise InvalidValueError("bucket", f"bucket: {error}") from None
    if (now - began).total_seconds() / seconds > MOST_BUCKETS:
        said = f"bucket: {bucket} makes more than {MOST_BUCKETS} buckets since {began.isoformat()}; allowed: fewer"
        raise InvalidValueError("bucket", said)
    if thread is not None:
        store.read(threads.get, thread)
    return store.read(stats.collect, since=began, bucket=seconds, thread_id=thread)


@router.get("/graph")
def show_graph() -> Drawing:
    """Draw the graph of a beat."""
    drawn = graph.get_graph()
    edges = [
        Edge(source=each.source, target=each.target, conditional=each.conditional) for each in drawn.edges
    ]
    return Drawing(mermaid=drawn.draw_mermaid(), nodes=list(drawn.nodes), edges=edges)
