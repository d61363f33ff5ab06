"""Words of the vocabulary in the database and in checkpoints: members in code, plain text where they are kept."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import StatementError
from sqlmodel import Session

from heartbeat.store import beats, history
from heartbeat.store.tables import Beat
from heartbeat.vocabulary import BeatStatus, Decider, EventKind, Reason, Trigger
from tests.support.plan_beats import order_post
from tests.support.world import World


@pytest.fixture
def acted(world: World) -> World:
    world.thread()
    order_post(world)
    world.graph.invoke({"thread": "demo"}, context=world.context())
    return world


def test_a_row_has_members_and_the_file_has_their_values(acted: World) -> None:
    row = acted.store.read(beats.get, 1)
    assert (row.status, row.reason, row.trigger, row.decided_by) == (
        *(BeatStatus.ACTED, None, Trigger.MANUAL, Decider.MODEL),
    )
    assert [type(each) for each in (row.status, row.trigger)] == [BeatStatus, Trigger]
    query = text(
        "SELECT status, reason, trigger, decided_by, typeof(status), (SELECT kind FROM event LIMIT 1) FROM beat"
    )
    kept = acted.store.read(lambda session: session.connection().execute(query).one())
    assert tuple(kept) == ("acted", None, "manual", "model", "text", EventKind.BEAT_STARTED.value)


def test_what_is_no_word_is_refused_when_it_is_written(acted: World) -> None:
    def change(session: Session) -> None:
        beats.get(session, 1).status = "skiped"  # type: ignore[assignment]

    with pytest.raises(StatementError, match="'skiped' is not a valid BeatStatus"):
        acted.store.write(change)
    assert acted.store.read(beats.get, 1).status == BeatStatus.ACTED


def test_what_is_no_word_is_searched_for_and_not_found(acted: World) -> None:
    assert acted.store.read(history.count, history.Filter(words="unchan")) == 0
    acted.store.write(_end_unchanged)
    assert acted.store.read(history.count, history.Filter(words="unchan")) == 1


def _end_unchanged(session: Session) -> None:
    row: Beat = beats.get(session, 1)
    row.status, row.reason = BeatStatus.SKIPPED, Reason.UNCHANGED


def test_the_state_of_a_run_is_plain_json(world: World) -> None:
    world.thread()
    order_post(world)
    for update in world.graph.stream({"thread": "demo"}, context=world.context(), stream_mode="updates"):
        assert list(_words(update)) == []


def _words(value: Any) -> list[Any]:
    """Members and other values that JSON has no type for."""
    if isinstance(value, dict):
        return [each for pair in value.items() for part in pair for each in _words(part)]
    if isinstance(value, list | tuple):
        return [each for part in value for each in _words(part)]
    return [] if type(value) in {str, int, float, bool, type(None)} else [value]
