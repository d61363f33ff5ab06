"""The state of a beat. Channels hold plain JSON, so that any checkpointer, tool or person can read and edit them."""

from __future__ import annotations

from typing import Annotated, Any

from langgraph.channels import EphemeralValue
from typing_extensions import TypedDict

from heartbeat.vocabulary import BeatStatus, Reason


class BeatInput(TypedDict, total=False):
    """What a caller may say; everything is optional.

    The values live for the first node only, so that a later beat of the same LangGraph thread starts afresh.
    """

    thread: Annotated[str, EphemeralValue]
    """Id of the thread. Without it: the one that the LangGraph thread belongs to, else one named like its UUID."""
    dry_run: Annotated[bool, EphemeralValue]
    """Decide, and do nothing."""
    beat_id: Annotated[int, EphemeralValue]
    """Go on with a beat that was begun, from what its row holds."""


class BeatOutput(TypedDict, total=False):
    """What a caller gets."""

    beat: dict[str, Any]
    """The beat as the HTTP API shows it: id, status, reason, summary, decision, actions, ..."""


class Ending(TypedDict):
    """How the beat ends; the first node that sets it sends the run to settle."""

    status: str
    reason: str | None
    summary: str
    error: str | None


class ClaimState(TypedDict):
    """The right to write about this beat, and the facts fixed at admission."""

    beat_id: int
    fence: int
    thread: str
    trigger: str
    dry_run: bool
    renewed_at: str
    """When the lease was last renewed, ISO 8601."""


class BeatState(BeatInput, BeatOutput, total=False):
    """Everything the nodes share. ``memory`` goes on to the next beat; the rest is reset when one begins."""

    memory: dict[str, Any]
    claim: ClaimState | None
    config: dict[str, Any] | None
    instructions: dict[str, Any] | None
    feed: dict[str, Any] | None
    fingerprint: str | None
    round: int
    decision: dict[str, Any] | None
    decided_by: str | None
    asked_at: str | None
    """When the model answered, ISO 8601; a person may approve much later."""
    draft: dict[str, Any] | None
    problems: list[str]
    repair: list[str]
    path: list[str]
    """The nodes that have finished, in order; one that is asked for a repair finishes twice."""
    ending: Ending | None
    found: str
    """What the last node found, in one sentence."""


Update = dict[str, Any]
"""What a node changes."""


def initial_values() -> Update:
    """Return the values with which a beat begins."""
    return {
        "beat": {},
        "claim": None,
        "config": None,
        "instructions": None,
        "feed": None,
        "fingerprint": None,
        "round": 0,
        "decision": None,
        "decided_by": None,
        "asked_at": None,
        "draft": None,
        "problems": [],
        "repair": [],
        "path": [],
        "ending": None,
    }


def path_with(state: BeatState, node: str) -> list[str]:
    """Return the nodes that have finished once ``node`` has."""
    return [*state.get("path", []), node]


def ending(
    status: BeatStatus, summary: str, *, reason: Reason | None = None, error: str | None = None
) -> Update:
    """Return the update that ends the beat."""
    end = Ending(
        status=status.value, reason=None if reason is None else reason.value, summary=summary, error=error
    )
    return {"ending": end, "found": summary}
