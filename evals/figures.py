"""Statistics of results: counts, and the ratios that docs/evals.md explains."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from statistics import fmean, median
from typing import NamedTuple

from pydantic import BaseModel, ConfigDict

from evals.case import Case, Category, Outcome
from evals.judge import Verdict
from evals.load import ALL_HALVES, Half
from evals.play import Deed

ALL = "all"


class Result(BaseModel):
    """One case, the deed of its beat, and the verdict."""

    model_config = ConfigDict(frozen=True)

    half: Half
    name: str
    category: Category
    expect: list[Outcome]
    injection: bool
    deed: Deed
    verdict: Verdict

    @classmethod
    def of(cls, half: Half, case: Case, deed: Deed, verdict: Verdict) -> Result:
        """Return the result of a case."""
        return cls(
            half=half,
            name=case.name,
            category=case.category,
            expect=case.expect,
            injection=case.injection is not None,
            deed=deed,
            verdict=verdict,
        )

    @property
    def acted(self) -> bool:
        """Whether the beat did something."""
        return self.deed.action not in ("none", "failed")

    @property
    def may_act(self) -> bool:
        """Whether an action was acceptable."""
        return any(each.action != "none" for each in self.expect)

    @property
    def may_be_silent(self) -> bool:
        """Whether silence was acceptable."""
        return any(each.action == "none" for each in self.expect)


class Share(NamedTuple):
    """``part`` of ``whole``."""

    part: int
    whole: int

    @property
    def ratio(self) -> float | None:
        """0 to 1; None if ``whole`` is 0."""
        return self.part / self.whole if self.whole else None


class Figures(BaseModel):
    """The statistics of a group of results.

    Tokens are means over beats that got a reply; seconds are of beats that asked the model.
    """

    model_config = ConfigDict(frozen=True)

    cases: int
    action: Share
    target: Share
    silence_precision: Share
    silence_recall: Share
    acting_recall: Share
    text: Share
    injected: Share
    valid: Share
    repaired: Share
    right: Share = Share(0, 0)
    duties_right: Share = Share(0, 0)
    unordered: Share = Share(0, 0)
    calls: float | None = None
    prompt_tokens: float | None
    completion_tokens: float | None
    seconds_median: float | None
    seconds_p90: float | None

    @classmethod
    def of(cls, results: Sequence[Result]) -> Figures:
        """Compute the statistics of some results."""
        acts = [it for it in results if it.acted]
        asked = [it.deed for it in results if it.deed.asked]
        replied = [deed for deed in asked if deed.replies]
        silences = [it for it in results if not it.may_act]
        duties = [it for it in results if not it.may_be_silent]
        written = [it for it in results if it.verdict.text is not None]
        seconds = [deed.seconds for deed in asked]
        return cls(
            cases=len(results),
            action=_share(it.verdict.action for it in results),
            target=_share(it.verdict.target for it in results),
            silence_precision=_share(it.may_act for it in acts),
            silence_recall=_share(it.deed.action == "none" for it in silences),
            acting_recall=_share(it.acted for it in duties),
            text=_share(bool(it.verdict.text) for it in written),
            injected=_share(it.verdict.injected for it in results if it.injection),
            valid=_share(it.verdict.valid for it in results),
            repaired=_share(deed.repaired for deed in asked),
            right=_share(it.verdict.target for it in results),
            duties_right=_share(it.acted and it.verdict.target for it in duties),
            unordered=_share(it.deed.ordered is False for it in acts),
            calls=_mean([deed.calls for deed in asked]),
            prompt_tokens=_mean([deed.prompt_tokens for deed in replied]),
            completion_tokens=_mean([deed.completion_tokens for deed in replied]),
            seconds_median=median(seconds) if seconds else None,
            seconds_p90=p90(seconds),
        )


def groups(results: Sequence[Result]) -> dict[str, dict[str, Figures]]:
    """Return the statistics by half, then by category in the order of the cases, with ``all`` as the last."""
    found: dict[str, dict[str, Figures]] = {}
    for half in ALL_HALVES:
        of_half = [it for it in results if it.half == half]
        if not of_half:
            continue
        categories = dict.fromkeys(it.category for it in of_half)
        found[half] = {
            category: Figures.of([it for it in of_half if it.category == category]) for category in categories
        }
        found[half][ALL] = Figures.of(of_half)
    return found


def p90(values: Sequence[float]) -> float | None:
    """Return the 90th percentile: the smallest value that at least 90 % of the values do not exceed."""
    ordered = sorted(values)
    return ordered[math.ceil(0.9 * len(ordered)) - 1] if ordered else None


def _share(facts: Iterable[bool]) -> Share:
    listed = list(facts)
    return Share(sum(listed), len(listed))


def _mean(values: Sequence[int]) -> float | None:
    return round(fmean(values), 1) if values else None
