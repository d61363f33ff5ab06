"""Verdicts: what a model answered to a question about an item, and whether that is enough to act on."""

from __future__ import annotations

from dataclasses import dataclass

from heartbeat.plan.words import Do

SURE = 1.0
"""Odds below which a verdict is unsure, whichever word it is."""
MEANT = 0.5
"""Odds of yes from which an item is meant: a small model says yes somewhat too easily."""
MEANT_TO_SEND = SURE
"""Odds of yes from which it is meant by a rule that does what others see: the model has to be sure.

All three were chosen on few tuning pairs (docs/evals.md).
"""
_UNDONE = frozenset({Do.NOTE, Do.SILENT})


@dataclass(frozen=True)
class Verdict:
    """An answer to a question about an item.

    ``odds`` is the logarithm of the share of yes against that of no: above 0 for yes. It is None where the server
    tells no probabilities; then the word is all there is.
    """

    yes: bool
    odds: float | None = None

    @property
    def unsure(self) -> bool:
        """Whether the model was close to the other word."""
        return self.odds is not None and abs(self.odds) < SURE


def excepts(verdict: Verdict, do: str) -> bool:
    """Return whether an exception holds for an item, of a rule that does ``do``.

    Of what cannot be undone an exception holds where the model is unsure, too: nothing is done then.
    """
    if verdict.odds is None or do in _UNDONE:
        return verdict.yes
    return verdict.odds > -SURE


def means(verdict: Verdict, do: str) -> bool:
    """Return whether an item is meant by a rule that does ``do``, a word of `Do` or a kind of a target's own.

    What cannot be undone, since others have read it by then, asks for higher odds. Without odds the word counts.
    """
    if verdict.odds is None:
        return verdict.yes
    return verdict.odds >= (MEANT if do in _UNDONE else MEANT_TO_SEND)
