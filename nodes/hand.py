"""What a run has in hand: what its beat began with, and how it ended, so that nobody reads it again."""

from __future__ import annotations

from dataclasses import dataclass, field

from heartbeat.run_data import Parsed
from heartbeat.store.beats import Claim
from heartbeat.store.outset import Outset
from heartbeat.store.tables import Beat
from heartbeat.store.views import Closed


@dataclass
class Hand:
    """What a runner hands to the nodes of one run, and gets back; a run from outside has none."""

    outset: Outset
    row: Beat | None = None
    """The row of the beat as this run has written it last; nobody else writes to it under its claim."""
    closed: Closed | None = None
    """The beat as this run has settled it."""
    parsed: Parsed = field(default_factory=Parsed)
    """What the nodes have parsed of the state."""

    def __post_init__(self) -> None:
        self.row = self.row or self.outset.row

    def is_of(self, beat_id: int | None) -> bool:
        """Return whether it is what a new beat began with, which nobody else has written to."""
        row = self.outset.row
        return row is not None and row.fence == 1 and beat_id in {None, row.id}

    def end(self, closed: Closed, claim: Claim) -> None:
        """Keep the end of the beat, if it ended under this claim."""
        if closed.row.fence == claim.fence:
            self.closed = closed
