"""threads: make, configure, pause, remove."""

from __future__ import annotations

import json
import re
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlmodel import Session, select

from heartbeat.errors import ConflictError
from heartbeat.settings import load_settings
from heartbeat.store import Store, threads, timer
from heartbeat.store.approval_tables import ApprovalThread
from heartbeat_service.cli.threads import show_changed
from heartbeat_service.matching import Changed
from tests.integration.cli.conftest import Cli
from tests.support.plugins import Packages


def test_add_and_show(cli: Cli) -> None:
    hours = 'active_hours={"start":"08:00","end":"23:00"}'
    cli.fine(
        "threads", "add", "news", "--title", "The news", "every=30m", "model=null", 'approval=["post"]', hours
    )
    view = cli.json("threads", "show", "news")
    assert view["title"] == "The news"
    assert view["overrides"] == {
        "every": 1800,
        "model": None,
        "approval": ["post"],
        "active_hours": {"start": "08:00", "end": "23:00"},
    }
    assert view["config"]["max_tokens"] == 500
    said = cli.fine("threads", "show", "news")
    assert "The news" in said
    assert "30m (thread)" in said


@pytest.mark.parametrize("hours", ["08:00-09:30", "8:00-9:30", "8-9:30", '{"start": 8, "end": "9:30"}'])
def test_hours_are_read_alike_by_add_set_and_schedule(cli: Cli, hours: str) -> None:
    cli.fine("threads", "add", "news", f"active_hours={hours}")
    cli.fine("threads", "add", "other")
    cli.fine("threads", "set", "other", f"active_hours={hours}")
    expected = {"start": "08:00", "end": "09:30"}
    assert [view["overrides"]["active_hours"] for view in cli.lines("threads", "list")] == [expected] * 2
    if not hours.startswith("{"):
        assert cli.json("schedule", "--active", hours)["active_hours"] == expected


@pytest.mark.parametrize(
    ("argument", "sentence"),
    [
        ("every=5", "every: 5 is not allowed"),
        ("every=soon", 'every: "soon" is not allowed'),
        ("nope=1", "nope: unknown field"),
        ("active_hours=8", "active_hours: 8 is not allowed; allowed: null, text like 08:00-23:00"),
        ("active_hours=8-9:5", 'active_hours.end: "9:5" is not allowed; allowed: a time like 09:05'),
        ("temperature=NaN", "temperature: NaN is not allowed"),
        ("enabled=yes", 'enabled: "yes" is not allowed'),
        ("model=" + "[" * 5000, "model: "),
        ("every", "'every' is not allowed; allowed: FIELD=VALUE"),
        ("=1", "'=1' is not allowed; allowed: FIELD=VALUE"),
    ],
)
def test_a_bad_value_is_one_sentence_and_saves_nothing(cli: Cli, argument: str, sentence: str) -> None:
    cli.fine("threads", "add", "news", "every=2h")
    assert cli.refused("threads", "set", "news", "max_tokens=100", argument).startswith(sentence)
    assert cli.json("threads", "show", "news")["overrides"] == {"every": 7200}


def test_a_field_given_twice_is_refused(cli: Cli) -> None:
    cli.fine("threads", "add", "news")
    assert (
        cli.refused("threads", "set", "news", "every=1h", "every=2h") == "every: given twice; allowed: once"
    )


def test_unset_goes_back_to_the_default(cli: Cli) -> None:
    cli.fine("threads", "add", "news", "every=2h", "fallback=rules")
    cli.fine("threads", "unset", "news", "every")
    assert cli.json("threads", "show", "news")["overrides"] == {"fallback": "rules"}
    assert cli.refused("threads", "unset", "news", "nope").startswith("nope: unknown field")


def test_pause_and_resume(cli: Cli) -> None:
    cli.fine("threads", "add", "news")
    cli.fine("threads", "pause", "news", "--reason", "holiday")
    assert cli.json("threads", "show", "news")["status"] == "paused"
    assert "It is paused: holiday." in " ".join(cli.fine("threads", "list").split())
    cli.fine("threads", "resume", "news")
    assert cli.json("threads", "show", "news")["status"] == "on"
    cli.fine("threads", "set", "news", "enabled=false")
    assert cli.json("threads", "show", "news")["status"] == "off"


@pytest.fixture
def quiet(cli: Cli, store: Store) -> str:
    """A thread whose active hours have just closed, and a timer that has just ticked."""
    now = datetime.now(UTC)
    start, end = now - timedelta(hours=2), now - timedelta(hours=1)
    hours = {"start": f"{start:%H:%M}", "end": f"{end:%H:%M}"}
    cli.fine("threads", "add", "news", f"active_hours={json.dumps(hours)}")
    store.write(timer.tick, now, "this-test")
    return f"It is quiet until {start + timedelta(days=1):%a %Y-%m-%d %H:%M} UTC"


def test_quiet_hours_are_named_where_people_look(cli: Cli, quiet: str) -> None:
    listed = " ".join(cli.fine("threads", "list").split())
    assert re.search(r"news quiet 30m in \d+h", listed)
    assert "It is quiet until" in listed
    assert quiet in cli.fine("threads", "show", "news")
    assert quiet in cli.fine("history", "news")
    assert cli.json("threads", "show", "news")["state"]["name"] == "quiet"
    assert quiet in cli("doctor").stdout


def test_a_stopped_timer_is_named_where_people_look(cli: Cli) -> None:
    cli.fine("threads", "add", "news")
    cli.fine("stop")
    said = "The timer is stopped, so no scheduled beat starts. Change that with: heartbeat start"
    for place in (("threads", "list"), ("threads", "show", "news"), ("history", "news"), ("history",)):
        assert said in cli.fine(*place)
    assert re.search(r"news +on +30m +never", cli.fine("threads", "list"))
    cli.fine("start")
    assert "No timer runs on this database (none ever ran)" in cli.fine("threads", "list")


def test_a_thread_that_is_paused_or_off_says_so_in_its_empty_history(cli: Cli) -> None:
    cli.fine("threads", "add", "news")
    cli.fine("threads", "pause", "news", "--reason", "holiday")
    assert "It is paused: holiday." in cli.fine("history", "news")
    cli.fine("threads", "add", "off", "enabled=false")
    assert "heartbeat threads set off enabled=true" in cli.fine("history", "off")


def test_list_shows_the_last_beat(cli: Cli) -> None:
    assert "heartbeat threads add" in cli.fine("threads", "list")
    cli.fine("demo")
    assert "never" in cli.fine("threads", "list")
    cli.fine("beat", "demo", "--dry-run")
    assert "dry_run" in cli.fine("threads", "list")
    assert cli.lines("threads", "list")[0]["last_status"] == "dry_run"


def test_a_removed_thread_leaves_nothing_behind(cli: Cli) -> None:
    """Not even what LangGraph keeps: a thread of the same name sees everything as new."""
    cli.fine("demo")
    first = cli.json("beat", "demo")
    assert first["status"] == "acted"
    cli.fine("threads", "remove", "demo")
    assert cli.lines("history") == []
    cli.fine("threads", "add", "demo", "fallback=rules")
    assert cli.json("beat", "demo")["summary"] == first["summary"]


def test_a_removed_thread_leaves_no_checkpoint_of_a_beat_that_waits(cli: Cli, store: Store) -> None:
    cli.fine("demo")
    cli.fine("threads", "set", "demo", "approval=always", "sources=forum")
    assert cli.json("beat", "demo")["status"] == "awaiting_approval"
    assert _stored()
    cli.fine("threads", "remove", "demo")
    assert _stored() == []
    assert store.read(lambda session: session.exec(select(ApprovalThread)).all()) == []


def _stored() -> list[str]:
    """The LangGraph threads that hold checkpoints."""
    with closing(sqlite3.connect(load_settings().checkpoints_path)) as file:
        return [name for (name,) in file.execute("SELECT DISTINCT thread_id FROM checkpoints")]


def test_all_that_match_are_set_paused_and_resumed(cli: Cli) -> None:
    for each in ("team-a", "team-b", "other"):
        cli.fine("threads", "add", each)
    assert cli.fine("threads", "set", "--match", "team-*", "every=1h", "dry_run=true") == "2 threads set.\n"
    assert cli.fine("threads", "pause", "--match", "*", "--reason", "a holiday") == "3 threads paused.\n"
    assert cli.fine("threads", "resume", "--match", "team-?") == "2 threads resumed.\n"
    shown = {each["thread_id"]: each for each in cli.lines("threads", "list")}
    assert [shown[each]["config"]["every"] for each in ("team-a", "team-b", "other")] == [3600, 3600, 1800]
    assert [shown[each]["status"] for each in ("team-a", "team-b")] == ["on", "on"]
    assert shown["other"]["status"] == "paused"


def test_a_change_of_many_that_is_asked_wrongly_is_one_sentence(cli: Cli) -> None:
    cli.fine("threads", "add", "demo")
    assert "no thread matches 'team-*'" in cli.refused("threads", "pause", "--match", "team-*")
    assert "not with the id 'demo'" in cli.refused("threads", "pause", "demo", "--match", "*")
    assert "ID: missing" in cli.refused("threads", "resume")
    assert "FIELD=VALUE: missing" in cli.refused("threads", "set", "--match", "*")
    assert "every:" in cli.refused("threads", "set", "--match", "*", "every=never")
    assert cli.refused("threads", "pause", "--match", "*", "--reason", "a" * 5_000) == (
        "reason: 5000 characters; allowed: text of 1 to 500 characters, not blank"
    )
    assert "--reason" not in cli.refused("threads", "pause", "--match", "*", "--reason", " ")


def test_a_long_name_or_pattern_is_not_repeated_whole(cli: Cli) -> None:
    cli.fine("threads", "add", "demo")
    for arguments in (
        ("pause", "--match", "a" * 5_000),
        ("pause", "a" * 5_000, "--match", "*"),
        ("show", "a" * 5_000),
        ("set", "demo", f"every={'a' * 5_000}"),
    ):
        assert len(cli.refused("threads", *arguments)) < 200


@pytest.mark.parametrize(
    ("number", "said", "error"),
    [
        (2, "2 threads paused.", "1 thread not paused; the others are"),
        (0, "", "1 thread not paused"),
    ],
)
def test_others_are_spoken_of_where_there_are_some(
    capsys: pytest.CaptureFixture[str], number: int, said: str, error: str
) -> None:
    with pytest.raises(ConflictError) as raised:
        show_changed(Changed(number, {"team-a": "It is not to be paused."}), "paused")
    assert str(raised.value) == error
    first, _, rest = capsys.readouterr().out.rpartition("team-a")
    assert (first.strip(), rest.strip()) == (said, "It is not to be paused.")


@pytest.mark.parametrize("command", ["show", "pause", "resume", "remove"])
def test_an_unknown_thread_is_refused(cli: Cli, command: str) -> None:
    assert cli.refused("threads", command, "nobody") == "thread 'nobody' does not exist"


def test_a_thread_cannot_be_made_twice(cli: Cli) -> None:
    cli.fine("threads", "add", "news")
    assert cli.refused("threads", "add", "news") == "thread 'news' exists already"


def test_next_beat_is_shown(cli: Cli) -> None:
    cli.fine("threads", "add", "soon", "every=60")
    assert re.search(r"next beat +(in (\d+s|1m)|due)\n", cli.fine("threads", "show", "soon"))
    assert re.search(r"soon +on +1m +(in (\d+s|1m)|due) +never", cli.fine("threads", "list"))
    cli.fine("threads", "pause", "soon")
    assert re.search(r"next beat +never\n", cli.fine("threads", "show", "soon"))
    cli.fine("threads", "resume", "soon")
    assert cli.json("threads", "show", "soon")["next_due"] is not None
    cli.fine("threads", "set", "soon", "enabled=false")
    assert cli.json("threads", "show", "soon")["next_due"] is None


def test_a_stored_config_that_is_refused_is_shown_and_mended(cli: Cli, store: Store) -> None:
    cli.fine("threads", "add", "demo")

    def keep(session: Session) -> None:
        row = threads.get(session, "demo")
        row.overrides = {"every": 5, "gone": 1}
        session.add(row)

    store.write(keep)
    assert "thread demo: every: 5 is not allowed" in cli.fine("threads", "show", "demo")
    assert "refused" in cli.fine("threads", "list")
    assert cli.refused("beat", "demo").startswith("thread demo: every: 5 is not allowed")
    assert "thread demo: gone: unknown field" in cli.fine("threads", "set", "demo", "every=1h")
    assert cli.fine("threads", "unset", "demo", "gone").strip() == "Thread demo now has of its own: every=1h"
    assert "refused" not in cli.fine("threads", "list")


def test_the_target_of_a_plug_in_can_be_set(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cli.fine("init")
    said = cli.refused("threads", "set", "default", "target=ledger")
    assert said == 'target: "ledger" is not configured; allowed: forum, none'
    Packages(tmp_path / "site", monkeypatch).add("", targets={"ledger": "Ledger"})
    cli.fine("threads", "set", "default", "target=ledger")
    assert cli.json("threads", "show", "default")["config"]["target"] == "ledger"


def test_several_targets_and_kinds_are_named_with_commas(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cli.fine("init")
    Packages(tmp_path / "site", monkeypatch).add("", targets={"ledger": "Ledger"})
    said = cli.fine("threads", "set", "default", "target=forum, ledger", "approval=post,tell")
    assert 'target=["forum", "ledger"]' in said
    config = cli.json("threads", "show", "default")["config"]
    assert config["target"] == ["forum", "ledger"]
    assert config["approval"] == ["post", "tell"]
    said = cli.refused("threads", "set", "default", "target=ledger,moon")
    assert said == 'target: "moon" is not configured; allowed: forum, none, ledger'
    assert cli.refused("threads", "set", "default", "target=forum,none").startswith(
        'target: ["forum", "none"] is not allowed; allowed: '
    )
