"""Approvals in words: where a beat was answered, and what became of a standing approval."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from heartbeat.errors import NotFoundError
from heartbeat.store import standing
from heartbeat.store.approval_views import StandingView, approval_view, standing_view
from heartbeat.store.approvals import Answer
from heartbeat.vocabulary import AnswerOrigin, StandingEnd
from tests.support.world import World

NOW = datetime(2026, 11, 2, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("stored", "said"),
    [
        ({"answer": "approve"}, "approved"),
        ({"answer": "approve", "by": "panel"}, "approved in the panel"),
        ({"answer": "reject", "by": "cli", "reason": "no"}, "rejected on the command line"),
        ({"answer": "approve", "by": "run"}, "approved by resuming its run"),
        ({"answer": "approve", "by": "api", "edit": {"title": "x"}}, "approved with an edit over HTTP"),
        ({"answer": "approve", "by": "standing", "standing_id": 3}, "approved by standing approval 3"),
        (
            {"answer": "approve", "by": "panel", "always": True, "standing_id": 3},
            "approved in the panel, and from then on by standing approval 3",
        ),
    ],
)
def test_an_answer_in_words(stored: dict[str, Any], said: str) -> None:
    view = approval_view(stored)
    assert view is not None
    assert view.said == said


def test_a_beat_without_an_answer() -> None:
    assert approval_view(None) is None


def test_a_rejection_never_stands() -> None:
    with pytest.raises(ValueError, match="only what is approved can be approved from now on"):
        Answer(answer="reject", always=True)


def made(world: World, target: str = "phone", thread: str = "demo") -> StandingView:
    by = AnswerOrigin.PANEL
    row = world.store.write(standing.give, thread, "post", target, NOW, beat_id=1, by=by)
    return StandingView.of(row)


def test_what_became_of_one(world: World) -> None:
    world.thread()
    phone, blog, mail = made(world), made(world, "blog"), made(world, "mail")
    assert (phone.covers, phone.given, phone.ended) == ("every post to phone", "in the panel", None)
    world.store.write(standing.revoke, phone.id, NOW, by=AnswerOrigin.CLI)
    world.store.write(standing.end_all, "blog", StandingEnd.ELSEWHERE, NOW)
    world.store.write(standing.end_all, "mail", StandingEnd.REMOVED, NOW)
    found = {each.id: each.ended for each in world.store.read(standing_view, revoked=True)}
    assert found == {
        phone.id: "was revoked on the command line 2026-11-02 12:00:00 UTC",
        blog.id: "was revoked 2026-11-02 12:00:00 UTC, since the connection blog leads elsewhere now",
        mail.id: "was revoked 2026-11-02 12:00:00 UTC, since the connection mail was removed",
    }
    assert world.store.read(standing_view) == []


def test_given_twice_the_first_stands(world: World) -> None:
    world.thread()
    assert made(world).id == made(world).id
    assert len(world.store.read(standing_view, thread_id="demo")) == 1


def test_of_no_such_approval(world: World) -> None:
    with pytest.raises(NotFoundError, match="heartbeat approvals"):
        world.store.write(standing.revoke, 7, NOW, by=AnswerOrigin.CLI)
