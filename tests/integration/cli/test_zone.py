"""A new workspace lives in the zone of its machine, where that is known."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from whenever import reset_system_tz

from heartbeat_service.cli.zone import machine_zone
from tests.integration.cli.conftest import Cli


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], None]]:
    """Set the zone of the machine."""

    def at(zone: str) -> None:
        monkeypatch.setenv("TZ", zone)

    yield at
    monkeypatch.setenv("TZ", "UTC")
    reset_system_tz()


@pytest.mark.parametrize(
    ("set_to", "name"),
    [
        ("Europe/Berlin", "Europe/Berlin"),
        (":Asia/Tokyo", "Asia/Tokyo"),
        ("posix/America/New_York", "America/New_York"),
        ("", "UTC"),
        ("Etc/UTC", "UTC"),
        ("Zulu", "UTC"),
        ("Etc/GMT+0", "UTC"),
        ("Mars/Olympus", "UTC"),
        ("CET-1CEST", "UTC"),
        ("<+03>-3", "UTC"),
        ("/no/such/file", "UTC"),
    ],
)
def test_the_zone_of_the_machine(machine: Callable[[str], None], set_to: str, name: str) -> None:
    machine(set_to)
    assert machine_zone() == name


@pytest.mark.parametrize("command", ["init", "demo"])
def test_a_new_workspace_takes_it_and_says_so(cli: Cli, machine: Callable[[str], None], command: str) -> None:
    machine("Europe/Berlin")
    assert "Times of day count in Europe/Berlin, the zone of this machine" in cli.fine(command)
    (thread,) = cli.lines("threads", "list")
    assert thread["config"]["timezone"] == "Europe/Berlin"
    assert "timezone" not in thread["overrides"]
    machine("Asia/Tokyo")
    assert "Times of day" not in cli.fine(command)
    assert cli.lines("threads", "list")[0]["config"]["timezone"] == "Europe/Berlin"


def test_a_workspace_that_is_there_keeps_its_zone(cli: Cli, machine: Callable[[str], None]) -> None:
    cli.fine("threads", "add", "news")
    machine("Europe/Berlin")
    for command in ("init", "demo"):
        assert "Times of day" not in cli.fine(command)
    assert {each["config"]["timezone"] for each in cli.lines("threads", "list")} == {"UTC"}


def test_where_it_is_utc_nothing_is_said(cli: Cli, machine: Callable[[str], None]) -> None:
    machine("Etc/UTC")
    assert "Times of day" not in cli.fine("init")
