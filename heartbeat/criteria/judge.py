"""Run all criteria in parallel, each within its own time limit."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeoutError
from functools import partial
from typing import TypeVar

from heartbeat.criteria.port import Criterion, Situation
from heartbeat.daemon import run_in_daemon_thread
from heartbeat.draft import Draft
from heartbeat.errors import PluginError
from heartbeat.instructions import mask_secrets
from heartbeat.text import clean

FACTS_LIMIT = 5
"""The largest number of facts that one criterion adds to the prompt."""
SENTENCE_LIMIT = 300
T = TypeVar("T")


def refusals(criteria: Iterable[Criterion], draft: Draft, situation: Situation) -> tuple[str, ...]:
    """Return why criteria refuse an action, one sentence for each that does.

    Raises:
        PluginError: a criterion raised, timed out or returned something other than a sentence or None.
    """
    started = [(each, _start(each, partial(each.refusal, draft, situation))) for each in criteria]
    found: list[str] = []
    for criterion, future in started:
        try:
            refusal = _answer(criterion, future)
        except _NoAnswerError as error:
            raise PluginError(str(error)) from error
        if refusal is None:
            continue
        if not isinstance(refusal, str) or not _sentence(refusal):
            raise PluginError(
                f"criterion {criterion.name}: the refusal is no sentence; allowed: text or None"
            )
        found.append(f"{criterion.name}: {_sentence(refusal)}")
    return tuple(found)


def facts(criteria: Iterable[Criterion], situation: Situation) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the facts for the prompt, and one problem for each criterion that failed to give its facts."""
    started = [(each, _start(each, partial(_facts_of, each, situation))) for each in criteria]
    found: list[str] = []
    problems: list[str] = []
    for criterion, future in started:
        try:
            texts = _answer(criterion, future)
        except _NoAnswerError as error:
            problems.append(str(error))
            continue
        if not all(isinstance(each, str) for each in texts):
            problems.append(f"criterion {criterion.name}: a fact is no sentence; allowed: text")
            continue
        found += [sentence for each in texts[:FACTS_LIMIT] if (sentence := _sentence(each))]
    return tuple(found), tuple(problems)


class _NoAnswerError(Exception):
    """A criterion raised or timed out."""


def _facts_of(criterion: Criterion, situation: Situation) -> tuple[str, ...]:
    return tuple(criterion.facts(situation))


def _start(criterion: Criterion, ask: Callable[[], T]) -> Future[T]:
    return run_in_daemon_thread(ask, f"criterion-{criterion.name}")


def _answer(criterion: Criterion, future: Future[T]) -> T:
    try:
        return future.result(timeout=criterion.time_limit)
    except FutureTimeoutError:
        message = f"criterion {criterion.name}: no answer within {criterion.time_limit:g} s"
        raise _NoAnswerError(message) from None
    except Exception as error:
        message = clean(f"{type(error).__name__}: {error}", multiline=False)
        raise _NoAnswerError(mask_secrets(f"criterion {criterion.name}: {message}")) from error


def _sentence(text: str) -> str:
    return clean(text, multiline=False)[:SENTENCE_LIMIT]
