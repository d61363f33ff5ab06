"""Many threads are changed at once, in bites."""

from __future__ import annotations

from typing import Any

import pytest
from sqlmodel import Session

from heartbeat.errors import ConflictError, InvalidValueError, NotFoundError
from heartbeat.store import threads
from heartbeat_service import matching
from heartbeat_service.matching import Changed, change_matching
from tests.support.counting import counting
from tests.support.world import World

IDS = ("team-a", "team-b", "team-c", "team-long", "teams", "other")


@pytest.fixture
def teams(world: World) -> World:
    for each in IDS:
        world.thread(each)
    return world


def titled(session: Session, thread_id: str) -> Any:
    """Change a thread so that it can be seen; one of them is refused, after others of its bite."""
    threads.get(session, thread_id).title = "changed"
    if thread_id == "team-b":
        raise ConflictError("it is not to be changed")


def changed(world: World) -> list[str]:
    return [row.id for row in world.store.read(threads.every) if row.title == "changed"]


@pytest.mark.parametrize(
    ("match", "matching"),
    [
        ("team-?", ["team-a", "team-c"]),
        ("team*", ["team-a", "team-c", "team-long", "teams"]),
        ("*", ["other", "team-a", "team-c", "team-long", "teams"]),
        ("other", ["other"]),
    ],
)
@pytest.mark.parametrize("bite", [2, 50])
def test_one_that_is_refused_does_not_keep_the_others(
    teams: World, monkeypatch: pytest.MonkeyPatch, match: str, matching: list[str], bite: int
) -> None:
    monkeypatch.setattr("heartbeat_service.matching.BITE", bite)
    made = change_matching(teams.store, match, titled)
    refused = {} if match == "other" else {"team-b": "it is not to be changed"}
    assert made == Changed(len(matching), refused)
    assert changed(teams) == matching


def test_a_bite_is_one_transaction(teams: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(matching, "BITE", 2)
    with counting(teams.store.engine) as counts:
        change_matching(teams.store, "*", threads.get)
    assert (len(counts.writing), len(counts.reading)) == (3, 4)


@pytest.mark.parametrize("match", ["", "Team-*", "team-[ab]", "a" * 65, "team a"])
def test_a_pattern_that_fits_no_id_is_refused(teams: World, match: str) -> None:
    with pytest.raises(InvalidValueError, match=r"match: .* is not allowed; allowed: 1 to 64 of a-z"):
        change_matching(teams.store, match, titled)


def test_a_pattern_that_nothing_matches_is_told(teams: World) -> None:
    with pytest.raises(NotFoundError, match=r"no thread matches 'nobody-\*'"):
        change_matching(teams.store, "nobody-*", titled)
