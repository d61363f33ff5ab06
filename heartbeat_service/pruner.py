"""The loop that keeps the checkpoint file bounded, in every serving process."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import ClassVar

from checkpoints import GroupCommitSaver
from heartbeat_service.ticking import Ticking
from nodes.services import Services

_BEGINNING = ""
"""What is before every LangGraph thread."""


@dataclass
class Pruner(Ticking):
    """Deletes the checkpoints of all but the last runs of each thread, also of runs from outside, until `stop`.

    It goes through the threads in pieces. After each deletion and each piece it rests for ``pause`` seconds, so that
    beats store theirs; when it has gone through all threads, for ``poll``, or for ``REST`` where nothing was deleted.
    """

    NAME: ClassVar[str] = "pruner"
    REST: ClassVar[float] = 600.0

    services: Services
    saver: GroupCommitSaver
    wake: asyncio.Event = field(default_factory=asyncio.Event)
    poll: float = 5.0
    pause: float = 0.02

    def __post_init__(self) -> None:
        super().__post_init__()
        self.watch = self.REST
        self._after, self._removed = _BEGINNING, 0

    async def tick(self) -> float:
        """Prune the threads of the next piece; return the seconds until the next tick is needed."""
        kept = self.services.settings.checkpoints_kept
        piece = await asyncio.to_thread(self.saver.over, kept, after=self._after)
        for thread_id in piece.over:
            while not self._stopping and (
                removed := await asyncio.to_thread(self.saver.prune_runs, thread_id, kept)
            ):
                self._removed += removed
                await asyncio.sleep(self.pause)
        self._note_tick(self.services.clock())
        if piece.last is not None:
            self._after = piece.last
            return self.pause
        self._after, removed, self._removed = _BEGINNING, self._removed, 0
        return self.poll if removed else self.REST

    async def _begin_to_watch(self) -> float:
        return 0.0  # it needs nothing at once, so it looks for no commits
