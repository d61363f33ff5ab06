"""Notes of beats, all the way into the files of a folder."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import pytest

from heartbeat.connections import folder
from heartbeat.connections.folder_target import FolderTarget
from tests.support.delivering import deliver
from tests.support.ollama import decision
from tests.support.world import World

pytestmark = pytest.mark.one_question  # replies with a whole decision


@pytest.fixture
def noting(world: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """A workspace with a folder that its thread writes to; nobody waits for the look back."""
    monkeypatch.setattr(folder, "FolderTarget", partial(FolderTarget, wait=0))
    (world.folder / "lists").mkdir()
    (world.folder / "connections.toml").write_text('[lists]\nkind = "folder"\npath = "lists"\nwrite = true\n')
    twin = world.elsewhere()
    twin.thread(target=["forum", "lists"])
    twin.post()
    yield twin
    twin.close()


def test_a_line_is_added_and_a_box_is_ticked(noting: World) -> None:
    path = noting.folder / "lists" / "todo.md"
    path.write_text("- [ ] Call Bo <today>\n")
    noting.ollama.says(
        decision(action="note", file="todo.md", text="- [ ] Buy tea"),
        decision(action="note", file="todo.md", mode="tick", text="Call Bo <today>"),
    )
    for _ in range(2):
        assert noting.beat()["status"] == "acted"
        deliver(noting)
    assert path.read_text() == "- [x] Call Bo <today>\n- [ ] Buy tea\n"
    added, ticked = (noting.detail(number).actions[0] for number in (1, 2))
    assert (added.status, ticked.status) == ("sent", "sent")
    assert (added.receipt or {})["undo"] == "Delete line 2 of todo.md: - [ ] Buy tea"
    assert (ticked.receipt or {})["undo"] == "Take the x out of line 1 of todo.md: - [x] Call Bo <today>"


def test_a_note_that_the_folder_refuses_is_told_with_the_reason(noting: World) -> None:
    noting.ollama.says(decision(action="note", file="no/todo.md", text="Buy tea"))
    noting.beat()
    [delivery] = deliver(noting)
    assert (delivery.status, delivery.reason) == ("failed", "refused")
    said = 'file: "no/todo.md" lies in "no", which is not there; allowed: folders that exist'
    assert delivery.tries[-1]["said"] == said
    assert noting.detail(1).summary.startswith("Refused by lists: ")
