"""What waits for a connection is sent to where that led when it was queued, or to nobody."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any

import pytest

from heartbeat.connections import Connections, editing
from heartbeat.outgoing import Outgoing
from heartbeat.settings import load_settings
from heartbeat.store import outbox
from heartbeat.store.tables import TargetHealth
from heartbeat_service.deliverer import Deliverer, targets_outside
from tests.support.world import World

OLD, NEW = "ntfy://127.0.0.1:9/old-topic", "ntfy://127.0.0.1:9/new-topic"


@dataclass
class Yard:
    """A workspace whose connections change."""

    world: World

    def __post_init__(self) -> None:
        self.connections = self.loaded()

    def loaded(self, **given: Any) -> Connections:
        own = self.world.settings
        made = load_settings(home=own.home, instructions=own.instructions, **given)
        return Connections.load(made, self.world.store, clock=self.world.clock)

    def write(self, text: str) -> None:
        (self.world.folder / "connections.toml").write_text(text)

    def table(self, url: str, name: str = "phone", more: str = "") -> None:
        self.write(f'[{name}]\nkind = "apprise"\nurl = "{url}"\n{more}')

    def queue(self, target: str = "phone") -> None:
        """Queue something as a beat does, and let the target have been down before."""
        self.connections.follow([target])
        self.world.store.write_durably(
            outbox.queue,
            Outgoing(kind="tell", text="Tea is ready."),
            target=target,
            deliver_within=None,
            now=self.world.clock(),
        )

    def down(self, target: str = "phone") -> None:
        now = self.world.clock()
        self.world.store.write(
            lambda session: session.add(TargetHealth(target=target, misses=3, last_try=now, down_since=now))
        )

    def is_down(self, target: str = "phone") -> bool:
        return self.world.store.read(outbox.is_down, target)

    def pass_a_minute(self) -> None:
        self.connections.follow()
        self.world.clock.move(minutes=1)
        self.connections.follow()

    def states(self) -> list[str]:
        rows = self.world.store.read(outbox.page)
        return [f"{row.status}/{row.reason}" if row.reason else str(row.status) for row in reversed(rows)]


@pytest.fixture
def yard(world: World) -> Yard:
    return Yard(world)


def test_an_address_that_changes_in_place(yard: Yard) -> None:
    yard.table(OLD)
    yard.queue()
    yard.down()
    yard.table(NEW)
    yard.connections.follow()
    assert (yard.states(), yard.is_down()) == (["failed/cancelled"], False)
    yard.queue()
    yard.connections.follow()
    assert yard.states() == ["failed/cancelled", "pending"]


def test_what_is_queued_at_once_after_the_change_is_sent(yard: Yard) -> None:
    yard.table(OLD)
    yard.queue()
    yard.table(NEW)
    yard.queue()
    yard.connections.follow()
    assert yard.states() == ["failed/cancelled", "pending"]


def test_another_table_takes_the_name(yard: Yard) -> None:
    yard.table(OLD)
    yard.queue()
    yard.write("")
    yard.connections.follow()
    yard.table(NEW)
    yard.connections.follow()
    assert yard.states() == ["failed/cancelled"]


def test_the_same_address_for_others(yard: Yard) -> None:
    yard.table(OLD)
    yard.queue()
    yard.table(OLD, more='reach = "public"\n')
    yard.connections.follow()
    assert yard.states() == ["failed/cancelled"]


@pytest.mark.parametrize("file", ["", '[other]\nkind = "apprise"\n'])
def test_a_table_that_is_removed(yard: Yard, file: str) -> None:
    yard.table(OLD)
    yard.queue()
    yard.down()
    yard.write(file)
    yard.pass_a_minute()
    assert (yard.states(), yard.is_down()) == (["failed/cancelled"], False)


def test_a_setting_that_is_removed(yard: Yard) -> None:
    yard.connections = yard.loaded(notify=f"{OLD}, {NEW}")
    yard.queue("notify-1")
    yard.queue("notify-2")
    yard.connections = yard.loaded(notify=OLD)
    yard.pass_a_minute()
    assert yard.states() == ["pending", "failed/cancelled"]


def test_a_row_gets_another_address(yard: Yard) -> None:
    editing.add(yard.connections, "phone", "apprise", {"url": "ntfys://ntfy.sh/old-topic"})
    yard.queue()
    editing.change(yard.connections, "phone", {"url": "ntfys://ntfy.sh/new-topic"})
    yard.connections.follow()
    assert yard.states() == ["failed/cancelled"]


def test_what_is_no_other_address_changes_nothing(yard: Yard) -> None:
    yard.table(OLD)
    yard.queue()
    yard.down()
    for text in (
        f'# a remark\n[phone]\nkind = "apprise"\nurl = "{OLD}"\nrepeat = false\n',
        '[phone]\nkind = "apprise"\nurl = "ntfy://${HB_NOT_SET}/a"\n',
        '[phone]\nkind = "apprise"\nurl = \n',
        "[phone",
    ):
        yard.write(text)
        yard.pass_a_minute()
    yard.table(OLD)
    yard.pass_a_minute()
    assert (yard.states(), yard.is_down()) == (["pending"], True)


def test_a_file_that_is_saved_in_steps(yard: Yard) -> None:
    yard.table(OLD)
    yard.queue()
    for _ in range(3):
        yard.write("")
        yard.connections.follow()
        yard.world.clock.move(seconds=59)
        yard.table(OLD)
        yard.connections.follow()
    assert yard.states() == ["pending"]


def test_a_command_without_the_settings_of_the_others_cancels_nothing(yard: Yard) -> None:
    yard.table(OLD)
    serving = yard.loaded(notify=NEW)
    serving.follow(["notify-1"])
    yard.queue("notify-1")
    yard.connections = yard.loaded()
    yard.queue("phone")
    yard.world.clock.move(minutes=5)
    yard.queue("phone")
    serving.follow()
    assert yard.states() == ["pending"] * 3


def test_the_database_tells_no_address(yard: Yard) -> None:
    yard.table(OLD)
    yard.queue()
    yard.world.store.close()
    for path in yard.world.settings.home.rglob("*.db*"):
        assert b"old-topic" not in path.read_bytes()


@pytest.mark.parametrize("by_hand", [False, True])
def test_nothing_is_sent_to_the_new_address(world: World, by_hand: bool) -> None:
    """A folder shows what was written to it."""
    services, file = world.services, world.folder / "connections.toml"
    for name in ("old", "new"):
        (world.folder / name).mkdir()
    table = '[notes]\nkind = "folder"\nwrite = true\npath = "{}"\n'
    file.write_text(table.format("old"))
    services.connections.follow()
    row = world.store.write_durably(
        outbox.queue,
        Outgoing(kind="note", text="Tea.", file="tea.md", mode="append"),
        target="notes",
        deliver_within=None,
        now=world.clock(),
    )
    file.write_text(table.format("new"))
    deliverer = Deliverer(services, lambda: targets_outside(services))

    async def work() -> None:
        if by_hand:
            await deliverer.deliver_now([row.id or 0])
        else:
            await deliverer.tick()
            await deliverer.drain(60)

    asyncio.run(work())
    assert world.store.read(outbox.get, row.id or 0).reason == "cancelled"
    assert not list((world.folder / "new").iterdir())
