"""Run cases one after another, and collect the results."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime

from evals.case import Case
from evals.figures import Result, groups
from evals.judge import judge
from evals.kept_model import KeptModel
from evals.load import Loaded, fingerprint
from evals.play import Asked, ModelGoneError, PlanFrom, play
from evals.reading import read_ahead
from evals.report import Run, commit, settings_of
from heartbeat.settings import load_settings
from heartbeat_decision import prompt
from heartbeat_decision.judging.guard import PLAIN, STEERS
from heartbeat_decision.judging.question import NO, YES
from heartbeat_decision.model import Model
from heartbeat_decision.prompts import load_templates


def run(
    loaded: Sequence[Loaded],
    asked: Asked,
    model: Model,
    *,
    which: str = "all",
    only: str | None = None,
    tell: Callable[[Result], None] = lambda _: None,
) -> Run:
    """Run the cases; ``tell`` is called with each result.

    If the run is interrupted, or the model becomes unreachable, it keeps its results, and ``ended`` says why.

    Raises:
        ModelUnreachableError: the model cannot be asked at all.
        ModelGoneError: it became unreachable in the first case.
    """
    asyncio.run(model.check(asked.url, asked.model))
    started, measured = datetime.now(UTC), commit()
    results: list[Result] = []
    ended: str | None = None
    try:
        if asked.plan and isinstance(model, KeptModel):
            _ask_ahead([case for _, case in loaded], asked, model)
        for half, case in loaded:
            deed = play(case, asked, model)
            results.append(Result.of(half, case, deed, judge(case, deed)))
            tell(results[-1])
    except (KeyboardInterrupt, ModelGoneError) as error:
        if not results:
            raise
        ended = str(error) or "interrupted."
    return Run(
        started_at=started,
        finished_at=datetime.now(UTC),
        ended=ended,
        model=asked.model,
        settings=settings_of(asked),
        prompt_version=prompt.version(load_templates(load_settings().prompts)),
        commit=measured,
        which=which,
        only=only,
        cases=fingerprint(loaded),
        figures=groups(results),
        results=results,
    )


def _ask_ahead(cases: Sequence[Case], asked: Asked, model: KeptModel) -> None:
    """Ask the questions of one kind about all cases before those of the next, so that a server keeps their beginning.

    First the lines are read, then items are judged, then the guard is asked about those that are meant; what has to
    be written is asked when the cases are run.
    """
    if asked.plan == PlanFrom.READ:
        read_ahead(cases, asked, model)
    try:
        for model.only in ([(YES, NO)], [(YES, NO), (STEERS, PLAIN)]):
            for case in cases:
                with suppress(ModelGoneError):
                    play(case, asked, model)
    finally:
        model.only = None
