"""The context of a run, whose fields LangGraph Studio shows as settings."""

from __future__ import annotations

from typing import Any

from langgraph.runtime import Runtime
from pydantic import BaseModel, ConfigDict, Field, InstanceOf
from pydantic.json_schema import SkipJsonSchema

from heartbeat.store import Claim, beats, outset
from heartbeat.store.outset import Outset
from heartbeat.store.tables import Beat
from nodes.hand import Hand
from nodes.services import Services, default_services
from nodes.state import BeatState
from nodes.view import StateView


class Context(BaseModel):
    """Settings of one run. A null field is taken from the thread's config, then from the environment."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    model: str | None = Field(None, min_length=1, max_length=200, description="Ollama model to ask.")
    ollama_url: str | None = Field(
        None, pattern=r"^https?://", description="Address of the Ollama server, http://host:port."
    )
    temperature: float | None = Field(None, ge=0, le=1, description="Sampling temperature, 0 to 1.")
    max_tokens: int | None = Field(None, ge=10, le=4000, description="Longest reply, in tokens.")
    model_timeout: float | None = Field(
        None, ge=1, le=3600, description="Total seconds one model call may take, connecting included."
    )
    look: bool = Field(
        True, description="Look first at connections that are due, where no service does that."
    )
    services: SkipJsonSchema[InstanceOf[Services] | None] = Field(
        None, exclude=True, description="Store, clock, model, targets and sources; from Python only."
    )
    claim: SkipJsonSchema[InstanceOf[Claim] | None] = Field(
        None,
        exclude=True,
        description="The claim made before the run, under which it writes; without it the run claims for itself. "
        "From Python only.",
    )
    hand: SkipJsonSchema[InstanceOf[Hand] | None] = Field(
        None, exclude=True, description="What the claim has read already; from Python only."
    )

    def config_overrides(self) -> dict[str, Any]:
        """Return the fields that replace those of the thread's config in this run."""
        return self.model_dump(include={"model", "temperature", "max_tokens"}, exclude_none=True)


def outset_of(context: Context, services: Services, claim: Claim) -> Outset:
    """Return what a claimed beat began with: what the runner has in hand, or else it is read."""
    if context.hand is not None:
        return context.hand.outset
    return services.store.read(outset.of_beat, claim, services.clock())


def row_of(context: Context, services: Services, claim: Claim) -> Beat:
    """Return the row of a claimed beat: as this run has written it, or else it is read.

    Raises:
        NotFoundError: no such beat.
        FenceLostError: the beat was claimed again since.
    """
    row = context.hand.row if context.hand is not None else None
    return services.store.read(beats.held, claim) if row is None or row.fence != claim.fence else row


def context_of(runtime: Runtime[Context]) -> Context:
    """Return the run's context, or a default one if the caller gave none."""
    # LangGraph passes None on, and its server passes the plain JSON that the caller sent.
    given: object = runtime.context
    return given if isinstance(given, Context) else Context.model_validate(given or {})


def view_of(state: BeatState, runtime: Runtime[Context]) -> StateView:
    """Return typed access to the state of a run; what an earlier node of it has parsed is not parsed again."""
    hand = context_of(runtime).hand
    return StateView(state) if hand is None else StateView(state, hand.parsed)


def services_of(runtime: Runtime[Context]) -> Services:
    """Return the services of the run."""
    return context_of(runtime).services or default_services()
