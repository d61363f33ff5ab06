"""Health checks for load balancers and container runtimes."""

from __future__ import annotations

import asyncio

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel

from heartbeat.store import timer
from heartbeat_service.announcing import NONCE, PROOF, proof_of
from heartbeat_service.http.problems import problem
from heartbeat_service.http.route import ProbeRoute
from heartbeat_service.http.state import Database, Serving

router = APIRouter(tags=["health"], route_class=ProbeRoute)
PATIENCE = 90.0
"""Seconds without a tick after which a loop counts as stuck; a locked database may hold them for 30."""


class Healthy(BaseModel):
    """The answer of a health check that passed."""

    ok: bool = True


@router.get("/healthz", response_model=Healthy)
async def alive(service: Serving, request: Request, response: Response) -> object:
    """Check liveness: 503 if a restart would help, since a loop is stuck or a database was replaced."""
    if nonce := request.headers.get(NONCE):
        response.headers[PROOF] = proof_of(service.secret, nonce)
    missing = await asyncio.to_thread(service.health.missing)
    if missing is not None:
        return problem(503, str(missing))
    for loop in (service.timer, service.deliverer, service.fetcher, service.approval_keeper):
        if not loop.is_alive(PATIENCE):
            return problem(503, f"The {loop.NAME} has not ticked for {PATIENCE:g} s; restart the process.")
    return Healthy()


@router.get("/readyz", response_model=Healthy)
def ready(service: Serving, store: Database) -> object:
    """Check readiness: 503 unless both databases can be read and written, and beats come when they are due."""
    failure = service.health.look()
    if failure is not None:
        return problem(503, str(failure))
    store.read(timer.state)
    if service.enabled and service.timer.ticked_at is None:
        return problem(503, "The timer has not looked yet which beats are due; it does in a moment.")
    return Healthy()
