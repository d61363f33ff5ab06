"""What a target can do: read by the schema of a decision, by validation and by the panel."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from heartbeat.config import ACTION_KINDS, ActionKind

Direction = Literal["up", "down"]
ItemKind = Literal["post", "comment"]
DIRECTIONS: tuple[Direction, ...] = ("up", "down")

TITLE_LIMIT = 200
CONTENT_LIMIT = 5_000


@dataclass(frozen=True)
class Capabilities:
    """Kinds of actions, limits and habits of one target. Lengths in characters, cooldowns in seconds.

    ``sources`` are those whose posts and comments it can answer, vote on or act on; others are only read.
    """

    kinds: tuple[ActionKind, ...] = ACTION_KINDS
    boards: tuple[str, ...] = ()
    sources: tuple[str, ...] = ("forum",)
    title_required: bool = True
    title_limit: int = TITLE_LIMIT
    content_limit: int = CONTENT_LIMIT
    votes: Mapping[ItemKind, tuple[Direction, ...]] = field(
        default_factory=lambda: {"post": DIRECTIONS, "comment": DIRECTIONS}
    )
    markup: Literal["plain", "markdown", "html"] = "plain"
    cooldowns: Mapping[ActionKind, int] = field(default_factory=dict)
    idempotent: bool = False
