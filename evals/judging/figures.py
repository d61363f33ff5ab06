"""Figures of verdicts: how many are right, and how well the odds tell yes from no."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from evals.judging.pairs import Pair
from evals.shares import share
from heartbeat.plan.verdict import Verdict

CUTS = (0.0, 0.5, 1.0, 1.5, 2.0, 2.5, 3.0, 4.0)


@dataclass(frozen=True)
class Judged:
    """A pair with its verdict; None where the model answered neither yes nor no, which counts as wrong."""

    pair: Pair
    verdict: Verdict | None

    @property
    def right(self) -> bool:
        """Whether the answer is the right one."""
        return self.verdict is not None and self.verdict.yes == self.pair.meant

    @property
    def odds(self) -> float:
        """The odds of yes; 1 in either direction where only the word is known, 0 without a verdict."""
        if self.verdict is None:
            return 0.0
        return self.verdict.odds if self.verdict.odds is not None else 1.0 if self.verdict.yes else -1.0


def auc(judged: Sequence[Judged]) -> float:
    """Return how often a pair that is meant has higher odds than one that is not; 0.5 is chance, and for none."""
    yes = [each.odds for each in judged if each.pair.meant]
    no = [each.odds for each in judged if not each.pair.meant]
    if not yes or not no:
        return 0.5
    higher = sum((one > other) + 0.5 * (one == other) for one in yes for other in no)
    return higher / (len(yes) * len(no))


def rows(name: str, judged: Sequence[Judged]) -> list[str]:
    """Return the figures of some pairs as lines of text."""
    right = [each for each in judged if each.right]
    said = [each for each in judged if each.verdict is not None and each.verdict.yes]
    meant = [each for each in judged if each.pair.meant]
    hits = sum(each.right for each in said)
    return [
        f"{name}: right {share(len(right), len(judged))}, AUC {auc(judged):.2f}, "
        f"of what it says yes to, right {share(hits, len(said))}; found {share(hits, len(meant))}"
    ]


def cuts(judged: Sequence[Judged]) -> list[str]:
    """Return what would be done at some cuts, and what lies within them, as lines of text."""
    meant = sum(each.pair.meant for each in judged)
    found = []
    for cut in CUTS:
        taken = [each for each in judged if each.odds > 0 and each.odds >= cut]
        right = sum(each.pair.meant for each in taken)
        near = [each for each in judged if abs(each.odds) < cut]
        wrong = sum(not each.right for each in near)
        of_wrong = sum(not each.right for each in judged)
        found.append(
            f"odds {cut:3.1f}: of what is taken, right {share(right, len(taken))}; found {right}/{meant}; "
            f"unsure of {wrong}/{of_wrong} wrong and of {len(near) - wrong}/{len(judged) - of_wrong} right"
        )
    return found
