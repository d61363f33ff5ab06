"""schedule: when a thread beats next."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta

import pytest

from heartbeat.config import ALLOWED
from heartbeat.schedule import Plan, next_due, phase
from heartbeat.store import Store
from heartbeat.store.tables import Workspace
from tests.integration.cli.conftest import Cli
from tests.support.paths import ROOT

DOCS = ROOT / "docs"
NOON = ("--from", "2026-11-02T12:00:00Z")
SHANGHAI = ("--every", "4h", "--active", "08:00-23:00", "--tz", "Asia/Shanghai")


def test_a_thread_for_people(cli: Cli) -> None:
    hours = 'active_hours={"start":"08:00","end":"23:00"}'
    cli.fine("threads", "add", "demo", "every=4h", hours, "timezone=Asia/Shanghai")
    said = cli.fine("schedule", "demo", *NOON, "-n", "3")
    assert [line.rstrip() for line in said.splitlines()] == [
        "Every 4h from 08:00 to 23:00 in Asia/Shanghai, on the grid of thread demo, "
        "after 2026-11-02 12:00:00 UTC:",
        "#  Local time                      UTC                  After",
        "1  Mon 2026-11-02 20:50:52 +08:00  2026-11-02 12:50:52  50m52s",
        "2  Tue 2026-11-03 08:50:52 +08:00  2026-11-03 00:50:52  12h50m52s",
        "3  Tue 2026-11-03 12:50:52 +08:00  2026-11-03 04:50:52  16h50m52s",
    ]


def test_the_example_in_the_docs(cli: Cli) -> None:
    shown = re.search(r"```console\n\$ heartbeat (schedule .*)\n((?s:.*?))```", (DOCS / "cli.md").read_text())
    assert shown is not None
    cli.fine("demo")
    said = cli.fine(*shown[1].split())
    assert [line.rstrip() for line in said.splitlines()] == shown[2].splitlines()


def test_json_is_one_line(cli: Cli) -> None:
    cli.fine("threads", "add", "demo", "every=4h")
    said = cli.fine("schedule", "demo", *NOON, "-n", "2", "--json")
    assert said.count("\n") == 1
    assert json.loads(said) == {
        "slots": ["2026-11-02T12:50:52Z", "2026-11-02T16:50:52Z"],
        "from": "2026-11-02T12:00:00Z",
        "thread_id": "demo",
        "enabled": True,
        "paused_reason": None,
        "obstacles": [],
        "every": 14400,
        "active_hours": None,
        "timezone": "UTC",
    }


def test_options_stand_in_for_fields_and_change_nothing(cli: Cli) -> None:
    cli.fine("threads", "add", "demo", "every=30m", "timezone=Asia/Shanghai", "active_hours=null")
    before = cli.json("threads", "show", "demo")
    view = cli.json("schedule", "demo", *NOON, "--every", "1h", "--active", "9-17")
    assert (view["every"], view["timezone"]) == (3600, "Asia/Shanghai")
    assert view["active_hours"] == {"start": "09:00", "end": "17:00"}
    assert len(view["slots"]) == 10
    assert cli.json("threads", "show", "demo") == before


def test_options_alone_have_the_grid_of_the_default_thread(cli: Cli) -> None:
    cli.fine("threads", "add", "default")
    alone, stored = cli.json("schedule", *SHANGHAI, *NOON), cli.json("schedule", "default", *SHANGHAI, *NOON)
    assert alone == {**stored, "thread_id": None}
    plan = Plan(14_400, phase("default", 14_400), 480, 1_380, "Asia/Shanghai")
    first = next_due(plan, datetime(2026, 11, 2, 12, tzinfo=UTC))
    assert first is not None
    assert alone["slots"][0] == f"{first:%Y-%m-%dT%H:%M:%SZ}"
    assert "on the grid of thread default" in cli.fine("schedule", *SHANGHAI)


def test_options_alone_have_the_workspace_defaults(cli: Cli, store: Store) -> None:
    defaults = {"every": 7200, "timezone": "Europe/Berlin", "enabled": False}
    store.write(lambda session: session.merge(Workspace(id=1, defaults=defaults)))
    view = cli.json("schedule", "--tz", "Asia/Tokyo")
    assert (view["every"], view["timezone"]) == (7200, "Asia/Tokyo")
    assert cli.fine("schedule").startswith("Every 2h at all hours in Europe/Berlin")


def test_from_is_now_unless_given(cli: Cli) -> None:
    before = datetime.now(UTC).replace(microsecond=0)
    view = cli.json("schedule", "--every", "60", "-n", "1")
    assert before <= datetime.fromisoformat(view["from"]) <= datetime.now(UTC)
    wait = datetime.fromisoformat(view["slots"][0]) - datetime.fromisoformat(view["from"])
    assert timedelta(0) < wait <= timedelta(minutes=1)


def test_from_may_be_in_any_zone(cli: Cli) -> None:
    at = cli.json("schedule", *NOON)
    assert cli.json("schedule", "--from", "2026-11-02T20:00:00.999+08:00") == at


def test_local_time_follows_the_clocks(cli: Cli) -> None:
    said = cli.fine(
        "schedule", "--every", "1h", "--tz", "America/New_York", "--from", "2026-11-01T05:00Z", "-n", "2"
    )
    assert re.findall(r"Sun 2026-11-01 01:\d\d:\d\d (\S+)", said) == ["-04:00", "-05:00"]


def test_a_thread_that_is_off_says_so_first(cli: Cli) -> None:
    cli.fine("threads", "add", "news", "enabled=false")
    first, second, *rest = cli.fine("schedule", "news", "-n", "2").splitlines()
    assert first == "None of these beats will happen as things are now."
    assert second == (
        "It is switched off, and beats only by hand. "
        "Change that with: heartbeat threads set news enabled=true"
    )
    assert len(rest) == 4
    assert cli.json("schedule", "news")["enabled"] is False


def test_a_paused_thread_says_so_first(cli: Cli) -> None:
    cli.fine("threads", "add", "news")
    cli.fine("threads", "pause", "news", "--reason", "on\nholiday")
    first, second, *rest = cli.fine("schedule", "news", "-n", "2").splitlines()
    assert first == "None of these beats will happen as things are now."
    assert second == "It is paused: on holiday. Change that with: heartbeat threads resume news"
    assert len(rest) == 4
    assert cli.json("schedule", "news")["paused_reason"] == "on\nholiday"
    cli.fine("threads", "set", "news", "enabled=false")
    _, paused, off, *_ = cli.fine("schedule", "news").splitlines()
    assert (paused.split(":")[0], off.split(",")[0]) == ("It is paused", "It is switched off")


def test_a_stopped_timer_is_said_first(cli: Cli) -> None:
    cli.fine("threads", "add", "news")
    cli.fine("stop")
    first, second, *_ = cli.fine("schedule", "news", "-n", "2").splitlines()
    assert first == "None of these beats will happen as things are now."
    assert second.endswith("Change that with: heartbeat start")
    assert [each["name"] for each in cli.json("schedule", "news")["obstacles"]] == ["timer_stopped"]


def test_none_within_370_days_is_one_sentence(cli: Cli) -> None:
    said = cli.fine("schedule", "--from", "9999-12-30T00:00:00Z")
    assert said == "No due instant within 370 days after 9999-12-30 00:00:00 UTC.\n"
    assert cli.json("schedule", "--from", "9999-12-30T00:00:00Z")["slots"] == []
    said = cli.fine("schedule", "--every", "1d", "--from", "9999-12-27T00:00:00Z")
    assert said.count("+00:00") == 2
    assert said.splitlines()[-1].startswith("No due instant within 370 days after 9999-12-28 ")


def test_as_many_as_asked_for(cli: Cli) -> None:
    assert len(cli.json("schedule", *NOON, "-n", "1", *SHANGHAI)["slots"]) == 1
    many = cli.json("schedule", *NOON, "-n", "1000", "--every", "1d", "--active", "02:00-03:00")["slots"]
    assert len(set(many)) == 1000
    assert many == sorted(many)


@pytest.mark.parametrize(
    ("option", "value", "allowed"),
    [
        ("--every", "5", ALLOWED["every"]),
        ("--every", "soon", ALLOWED["every"]),
        ("--every", "", ALLOWED["every"]),
        ("--active", "08:00", ALLOWED["active_hours.end"]),
        ("--active", "08:00-08:00", "START-END that differ"),
        ("--active", "24:00-08:00", ALLOWED["active_hours.start"]),
        ("--active", "08:00-24:30", ALLOWED["active_hours.end"]),
        ("--active", "08:00-12:00-14:00", "START-END"),
        ("--active", "-", "START-END"),
        ("--tz", "Mars/Olympus", ALLOWED["timezone"]),
        ("--from", "2026-11-02T12:00:00", "ISO 8601 with Z or an offset"),
        ("--from", "tomorrow", "ISO 8601 with Z or an offset"),
        ("--from", "0001-01-01T00:00:00+14:00", "ISO 8601 with Z or an offset"),
        ("-n", "0", "a whole number from 1 to 1000"),
        ("-n", "1001", "a whole number from 1 to 1000"),
        ("-n", "-1", "a whole number from 1 to 1000"),
        ("-n", "ten", "a whole number from 1 to 1000"),
        ("-n", "99999999999999999999", "a whole number from 1 to 1000"),
    ],
)
def test_a_bad_value_is_one_sentence(cli: Cli, option: str, value: str, allowed: str) -> None:
    sentence = cli.refused("schedule", option, value)
    assert sentence.startswith(f"{option}: {value!r} is not allowed; allowed: ")
    assert allowed in sentence


def test_a_thread_that_is_not_there_is_refused(cli: Cli) -> None:
    assert cli.refused("schedule", "nobody") == "thread 'nobody' does not exist"
    assert cli.refused("schedule", "Bad!").startswith("thread: 'Bad!' is not a thread id")
