"""What a person has said no to is not proposed again, whatever kind of action it was."""

from __future__ import annotations

from typing import Any

import pytest

from heartbeat.capabilities import ActionType, Capabilities
from heartbeat.draft import Draft
from heartbeat.store import beats
from heartbeat.store.approvals import Edit
from heartbeat.store.declined import declined
from tests.integration.graph.outside import FOLDER, PUBLIC, Outside, connect
from tests.integration.graph.test_plugins import Label, ended
from tests.integration.graph.test_waiting import give
from tests.support.ollama import decision
from tests.support.world import World

pytestmark = pytest.mark.one_question

LABELS = Capabilities(
    actions=(ActionType("label", "Put a label on a post.", Label, on="post"),), sources=("forum",)
)
OWN = {"action": "label", "post_id": "1"}
WAITS = ("awaiting_approval", None)
DECLINED = ("none", "duplicate")


@pytest.fixture
def asking(world: World) -> World:
    """A thread all of whose actions wait, with all kinds of targets."""
    connect(
        world,
        Outside("public", PUBLIC),
        Outside("notes", FOLDER),
        Outside("phone"),
        Outside("labels", LABELS),
    )
    world.thread(target=["public", "notes", "labels", "forum", "phone"], approval="always")
    return world


def soon(world: World, *says: str) -> tuple[str, str | None]:
    """Run a scheduled beat a minute later, with something new to look at."""
    world.ollama.says(*says)
    world.post("New")
    world.clock.move(minutes=1)
    result: tuple[str, str | None] = ended(world.scheduled())
    return result


@pytest.mark.parametrize(
    ("first", "again", "end"),
    [
        ({"action": "post", "title": "Tea", "content": "W"}, {}, DECLINED),
        ({"action": "post", "title": "Tea", "content": "W"}, {"content": "X"}, WAITS),
        ({"action": "comment", "post_id": "1", "content": "Good."}, {"content": "Bad."}, DECLINED),
        ({"action": "comment", "post_id": "1", "content": "Good."}, {"post_id": "2"}, WAITS),
        ({"action": "vote", "post_id": "1", "vote_direction": "up"}, {"vote_direction": "down"}, DECLINED),
        ({"action": "tell", "text": "Down.", "about": "post 1"}, {"text": "It is down."}, DECLINED),
        ({"action": "tell", "text": "Down.", "about": "post 1"}, {"about": "post 2"}, WAITS),
        ({"action": "tell", "text": "Down."}, {}, DECLINED),
        ({"action": "note", "text": "Tea", "file": "a.md", "about": "post 1"}, {"text": "T"}, DECLINED),
        ({"action": "note", "text": "Tea", "file": "a.md"}, {}, DECLINED),
        ({"action": "note", "text": "Tea", "file": "a.md"}, {"text": "Milk"}, WAITS),
        ({**OWN, "label_name": "bug"}, {"label_name": "idea"}, DECLINED),
        ({**OWN, "label_name": "bug"}, {"post_id": "2"}, WAITS),
    ],
)
def test_a_no_counts_for_the_same_act(
    asking: World, first: dict[str, Any], again: dict[str, Any], end: tuple[str, str | None]
) -> None:
    asking.post("Old")
    if first["action"] == "tell":
        asking.configure(approval=["tell"])
    assert soon(asking, decision(**first)) == WAITS
    give(asking, 1, answer="reject")
    asked = len(asking.ollama.calls)
    assert soon(asking, decision(**first | again)) == end
    assert len(asking.ollama.calls) == asked + 1


def test_a_no_counts_also_for_what_is_approved_for_good(asking: World) -> None:
    asking.post("Old")
    comment = {"action": "comment", "content": "Good."}
    assert soon(asking, decision(**comment, post_id="1")) == WAITS
    give(asking, 1, answer="reject")
    assert soon(asking, decision(**comment, post_id="2")) == WAITS
    give(asking, 2, answer="approve", always=True)
    assert soon(asking, decision(action="comment", content="Very good.", post_id="1")) == DECLINED
    assert soon(asking, decision(**comment, post_id="3")) == ("acted", None)


def test_an_edit_is_no_no(asking: World) -> None:
    asking.post("Old")
    assert soon(asking, decision(action="post", title="Tea", content="W")) == WAITS
    give(asking, 1, answer="approve", edit=Edit(title="Coffee"))
    assert soon(asking, decision(action="post", title="Coffee", content="W")) == DECLINED, "it was done"
    assert soon(asking, decision(action="post", title="Tea", content="W")) == WAITS
    give(asking, 3, answer="reject")
    assert soon(asking, decision(action="post", title="Tea", content="W")) == DECLINED


def test_a_no_counts_from_when_it_was_said_however_long_it_had_waited(asking: World) -> None:
    asking.configure(approval_ttl=2_592_000)
    comment = decision(action="comment", post_id="1", content="Good.")
    assert soon(asking, comment) == WAITS
    asking.clock.move(days=29)
    give(asking, 1, answer="reject")
    asking.clock.move(days=5)
    row = asking.store.read(beats.get, 1)
    assert row.action is not None
    draft = Draft.model_validate(row.action)
    assert asking.store.read(declined, "demo", draft, lambda each: each.digest("forum"), asking.clock())
