"""The channels of the graph: plain JSON, so that any checkpointer, tool or person can read and edit them."""

from __future__ import annotations

from typing import Annotated, Any

from langgraph.channels import EphemeralValue
from typing_extensions import TypedDict

from heartbeat.vocabulary import BeatStatus, Reason


class BeatInput(TypedDict, total=False):
    """The input of a run; every field is optional.

    The values last for the first node only, so that they do not affect the next beat of the same LangGraph thread.
    """

    thread: Annotated[str, EphemeralValue]
    """Id of the thread; the default is the one that the LangGraph thread belongs to, else one named like its UUID."""
    dry_run: Annotated[bool, EphemeralValue]
    """Decide, but do not act."""
    beat_id: Annotated[int, EphemeralValue]
    """Number of a started beat, to continue it from its row."""


class BeatOutput(TypedDict, total=False):
    """The output of a run."""

    beat: dict[str, Any]
    """The beat in the form of the HTTP API: id, status, reason, summary, decision, actions and more."""


class Ending(TypedDict):
    """The outcome of the beat; the first node that sets it routes the run to settle."""

    status: str
    reason: str | None
    summary: str
    error: str | None


class ClaimState(TypedDict):
    """The claim of this run on the beat, and the facts fixed at admission."""

    beat_id: int
    fence: int
    thread: str
    trigger: str
    dry_run: bool
    renewed_at: str
    """When the lease was last renewed, ISO 8601."""


class BeatState(BeatInput, BeatOutput, total=False):
    """All channels. ``memory`` is kept for the next beat; the others are reset when a beat begins."""

    memory: dict[str, Any]
    claim: ClaimState | None
    config: dict[str, Any] | None
    instructions: dict[str, Any] | None
    feed: dict[str, Any] | None
    fingerprint: str | None
    round: int
    decision: dict[str, Any] | None
    decided_by: str | None
    followed: dict[str, Any] | None
    """What the beat found of its plan, for the memory; null where it follows none."""
    asked_at: str | None
    """When the decision was made, ISO 8601; a person may approve it much later."""
    draft: dict[str, Any] | None
    refused: str | None
    """Why the last answer to the draft did not count, so that a person is asked again."""
    problems: list[str]
    repair: list[str]
    path: list[str]
    """The nodes that have finished, in order; decide and validate are there twice after a repair."""
    ending: Ending | None
    found: str
    """The result of the last node, as a short text."""


Update = dict[str, Any]
"""The channels that a node changes, with their new values."""


def initial_values() -> Update:
    """Return the values of the channels when a beat begins."""
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
        "followed": None,
        "asked_at": None,
        "draft": None,
        "refused": None,
        "problems": [],
        "repair": [],
        "path": [],
        "ending": None,
    }


def path_with(state: BeatState, node: str) -> list[str]:
    """Return the path with ``node`` added."""
    return [*state.get("path", []), node]


def ending(
    status: BeatStatus, summary: str, *, reason: Reason | None = None, error: str | None = None
) -> Update:
    """Return the update that ends the beat with this outcome."""
    end = Ending(
        status=status.value, reason=None if reason is None else reason.value, summary=summary, error=error
    )
    return {"ending": end, "found": summary}
