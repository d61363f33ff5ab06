"""Asks every criterion, each in its own time."""

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
"""Facts of one criterion that are told."""
SENTENCE_LIMIT = 300
T = TypeVar("T")


def refusals(criteria: Iterable[Criterion], draft: Draft, situation: Situation) -> tuple[str, ...]:
    """Return what the criteria have against an action, one sentence each.

    Raises:
        PluginError: one of them gave no answer, so that nobody knows whether the action may be done.
    """
    started = [(each, _start(each, partial(each.refusal, draft, situation))) for each in criteria]
    found: list[str] = []
    for criterion, future in started:
        try:
            said = _answer(criterion, future)
        except _NoAnswerError as error:
            raise PluginError(str(error)) from error
        if said is None:
            continue
        if not isinstance(said, str) or not _sentence(said):
            raise PluginError(
                f"criterion {criterion.name}: the refusal is no sentence; allowed: text or None"
            )
        found.append(f"{criterion.name}: {_sentence(said)}")
    return tuple(found)


def facts(criteria: Iterable[Criterion], situation: Situation) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return what the criteria tell the model, and the problems of those that cannot."""
    started = [(each, _start(each, partial(_told, each, situation))) for each in criteria]
    told: list[str] = []
    problems: list[str] = []
    for criterion, future in started:
        try:
            said = _answer(criterion, future)
        except _NoAnswerError as error:
            problems.append(str(error))
            continue
        if not all(isinstance(each, str) for each in said):
            problems.append(f"criterion {criterion.name}: a fact is no sentence; allowed: text")
            continue
        told += [sentence for each in said[:FACTS_LIMIT] if (sentence := _sentence(each))]
    return tuple(told), tuple(problems)


class _NoAnswerError(Exception):
    """A criterion raised, or took too long."""


def _told(criterion: Criterion, situation: Situation) -> tuple[str, ...]:
    return tuple(criterion.facts(situation))


def _start(criterion: Criterion, ask: Callable[[], T]) -> Future[T]:
    return run_in_daemon_thread(ask, f"criterion-{criterion.name}")


def _answer(criterion: Criterion, future: Future[T]) -> T:
    try:
        return future.result(timeout=criterion.time_limit)
    except FutureTimeoutError:
        said = f"criterion {criterion.name}: no answer within {criterion.time_limit:g} s"
        raise _NoAnswerError(said) from None
    except Exception as error:
        said = clean(f"{type(error).__name__}: {error}", multiline=False)
        raise _NoAnswerError(mask_secrets(f"criterion {criterion.name}: {said}")) from error


def _sentence(text: str) -> str:
    return clean(text, multiline=False)[:SENTENCE_LIMIT]
