"""The rows of the tables of decisions that the integration tests leave out."""

from __future__ import annotations

from typing import Any

import pytest

from tests.integration.graph.test_validation import (
    ALLOWED,
    REFUSED,
    UNREADABLE,
    check_allowed,
    check_refused,
    check_repair,
    check_unreadable,
    others,
    scene,
)
from tests.support.ollama import Say
from tests.support.world import World

__all__ = ["scene"]

pytestmark = pytest.mark.one_question  # replies with a whole decision, and their repair


@pytest.mark.parametrize(("fields", "done"), others(ALLOWED).values(), ids=others(ALLOWED))
def test_allowed_decision_is_done(scene: World, fields: dict[str, Any], done: str) -> None:
    check_allowed(scene, fields, done)


@pytest.mark.parametrize(("fields", "problem"), others(REFUSED).values(), ids=others(REFUSED))
def test_refused_decision_is_mended_once_and_then_given_up(
    scene: World, fields: dict[str, Any], problem: str
) -> None:
    check_refused(scene, fields, problem)


@pytest.mark.parametrize(("reply", "problem"), others(UNREADABLE).values(), ids=others(UNREADABLE))
def test_reply_that_is_no_decision_is_mended_once_and_then_given_up(
    scene: World, reply: str | Say, problem: str
) -> None:
    check_unreadable(scene, reply, problem)


@pytest.mark.parametrize(("reply", "problem"), others(UNREADABLE).values(), ids=others(UNREADABLE))
def test_repair_of_an_unreadable_reply_succeeds(scene: World, reply: str | Say, problem: str) -> None:
    check_repair(scene, reply, problem)
