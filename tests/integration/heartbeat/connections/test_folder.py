"""A folder of connections.toml as the target of notes."""

from __future__ import annotations

import pytest

from heartbeat.connections import Connections
from heartbeat.connections.folder_target import FolderTarget
from heartbeat.errors import RefusedError
from heartbeat.outgoing import Outgoing
from heartbeat.settings import load_settings
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
    with pytest.raises(RefusedError, match="is Heartbeat's own"):
        target.deliver(Outgoing(kind="note", file=name, mode=mode, text="Look around"), "k", 2.0)
    assert instructions.read_text() == "- [ ] Look around\n"


@pytest.mark.parametrize(
    "name",
    [
        "connections.toml",
        "home/secrets/kept.json",
        "home/new.md",
        "prompts/new.md",
        "phone.url",
        "second.url",
        "data.db",
        "data.db-journal",
        "data.db.lock",
    ],
)
def test_notes_never_change_what_is_heartbeat_s_own(world: World, name: str) -> None:
    (world.settings.home / "secrets").mkdir(parents=True)
    (world.folder / "prompts").mkdir()
    files = ("connections.toml", "home/secrets/kept.json", "phone.url")
    (world.folder / "phone.url").write_text("ntfy://localhost/a")
    (world.folder / "phone.url").chmod(0o600)
    (world.folder / "second.url").hardlink_to(world.folder / "phone.url")
    (world.folder / "home/secrets/kept.json").write_text("{}")
    (world.folder / "connections.toml").write_text(
        '[all]\nkind = "folder"\npath = "."\nglob = "**/*"\nwrite = true\n'
        '[phone]\nkind = "apprise"\nurl = "file:phone.url"\n'
    )
    # The workspace is the folder itself, under another name.
    other = world.folder.parent / f"{world.folder.name}-also"
    other.symlink_to(world.folder)
    settings = load_settings(
        home=other / "home",
        instructions=other / "HEARTBEAT.md",
        prompts=other / "prompts",
        database_url=f"sqlite:///{other}/data.db",
    )
    before = [(world.folder / each).read_bytes() for each in files]
    target = Connections.load(settings, world.store, clock=world.clock).targets()["all"]
    assert isinstance(target, FolderTarget)
    with pytest.raises(RefusedError):
        target.deliver(Outgoing(kind="note", file=name, mode="append", text="[evil]"), "k", 2.0)
    assert [(world.folder / each).read_bytes() for each in files] == before
    assert list(world.folder.glob("data.db*")) == []
    assert not (world.folder / "home/new.md").exists()
    assert not (world.folder / "prompts/new.md").exists()


def test_a_folder_that_has_become_a_link_is_not_written_through(
    world: World, connections: Connections
) -> None:
    target = connections.targets()["notes"]
    assert isinstance(target, FolderTarget)
    secrets = world.settings.home / "secrets"
    secrets.mkdir(parents=True)
    (world.folder / "notes").rmdir()
    (world.folder / "notes").symlink_to(secrets)
    with pytest.raises(RefusedError, match="has become a link"):
        target.deliver(Outgoing(kind="note", file="new.md", mode="append", text="Hi"), "k", 2.0)
    assert list(secrets.iterdir()) == []
    assert "notes" not in connections.targets(), "it leads into HEARTBEAT_HOME now"


def test_notes_are_not_written_into_the_folder_of_prompts(world: World) -> None:
    prompts = world.folder / "prompts"
    (prompts / "notes").mkdir(parents=True)
    (world.folder / "connections.toml").write_text(
        '[notes]\nkind = "folder"\npath = "prompts/notes"\nwrite = true\n'
    )
    settings = load_settings(
        home=world.settings.home, instructions=world.settings.instructions, prompts=prompts
    )
    target = Connections.load(settings, world.store, clock=world.clock).targets()["notes"]
    assert isinstance(target, FolderTarget)
    with pytest.raises(RefusedError, match="is Heartbeat's own"):
        target.deliver(Outgoing(kind="note", file="new.md", mode="append", text="Hi"), "k", 2.0)
