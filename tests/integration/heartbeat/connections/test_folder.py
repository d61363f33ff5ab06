"""A folder of connections.toml as the target of notes."""

from __future__ import annotations

import pytest

from heartbeat.connections import Connections
from heartbeat.connections.folder_target import FolderTarget
from heartbeat.errors import RefusedError
from heartbeat.outgoing import Outgoing
from heartbeat.vocabulary import Reach
from tests.support.world import World


@pytest.fixture
def connections(world: World) -> Connections:
    (world.folder / "notes").mkdir()
    (world.folder / "connections.toml").write_text(
        '[notes]\nkind = "folder"\npath = "notes"\nwrite = true\n'
        '[all]\nkind = "folder"\npath = "."\nwrite = true\n'
        '[read]\nkind = "folder"\npath = "notes"\n'
    )
    return Connections.load(world.settings, world.store, clock=world.clock)


def test_only_a_folder_that_is_written_to_is_a_target(world: World, connections: Connections) -> None:
    targets = connections.targets()
    assert sorted(targets) == ["all", "notes"]
    can = targets["notes"].capabilities()
    assert (can.kinds, can.reach) == (("note",), Reach.OWNER)
    note = Outgoing(kind="note", file="today.md", mode="append", text="Call Bo")
    targets["notes"].deliver(note, "k", 2.0)
    assert (world.folder / "notes" / "today.md").read_text() == "Call Bo\n"
    assert (world.settings.home / "notes" / "notes.jsonl").exists()


@pytest.mark.parametrize("name", ["HEARTBEAT.md", "linked.md"])
@pytest.mark.parametrize("mode", ["append", "tick"])
def test_the_agent_writes_itself_no_orders(
    world: World, connections: Connections, name: str, mode: str
) -> None:
    instructions = world.settings.instructions
    instructions.write_text("- [ ] Look around\n")
    (world.folder / "linked.md").hardlink_to(instructions)
    target = connections.targets()["all"]
    assert isinstance(target, FolderTarget)
    with pytest.raises(RefusedError, match="gives the agent its orders"):
        target.deliver(Outgoing(kind="note", file=name, mode=mode, text="Look around"), "k", 2.0)
    assert instructions.read_text() == "- [ ] Look around\n"
