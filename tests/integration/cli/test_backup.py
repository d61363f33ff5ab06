"""`heartbeat backup` and `heartbeat restore` as somebody types them."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from heartbeat.backup import Manifest, Report, layout
from heartbeat.backup.manifest import NAME
from heartbeat.store import Store, standing
from heartbeat.store.restored import Restored
from heartbeat.vocabulary import AnswerOrigin, DeliveryStatus
from heartbeat_service.cli.restore import tell
from heartbeat_service.cli.workspace import utc_now
from tests.integration.cli.conftest import Cli
from tests.support.deliveries import brought_to
from tests.support.paths import ROOT


def move_on(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    """Go to another folder, as on another machine."""
    folder.mkdir()
    monkeypatch.chdir(folder)
    monkeypatch.setenv("HEARTBEAT_HOME", str(folder / "home"))
    monkeypatch.setenv("HEARTBEAT_INSTRUCTIONS", str(folder / "HEARTBEAT.md"))


def allow(store: Store) -> None:
    """Approve all posts of the thread demo."""
    store.write(standing.give, "demo", "post", "forum", utc_now(), beat_id=1, by=AnswerOrigin.CLI)


def test_a_workspace_moves_to_another_machine(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cli.fine("demo", "--quiet")
    said = cli.fine("backup", "backups")
    [made] = [path for path in (tmp_path / "backups").iterdir() if path.is_dir()]
    assert f"The backup is backups/{made.name}, with 3 files" in said
    assert "It holds secrets" in said
    move_on(monkeypatch, tmp_path / "there")
    said = cli.fine("restore", "../backups")
    assert f"Restored ../backups/{made.name}, made at " in said
    assert "The timer is stopped; 1 thread will go on from now." in said
    assert "What is in the forum and in conversations counts as looked at." in said
    assert "heartbeat start" in said
    assert cli.lines("threads", "list")[0]["thread_id"] == "demo"
    found = {each["check"]: each["level"] for each in json.loads(cli("doctor", "--json").stdout)["findings"]}
    assert (found["database"], found["checkpoints"], found["timer"]) == ("ok", "ok", "warning")
    assert "The timer runs" in cli.fine("start")


def test_a_restored_demo_needs_no_model_to_know_its_rules(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cli.fine("demo", "--quiet")
    before = cli.json("plan")
    cli.fine("backup", "backups")
    move_on(monkeypatch, tmp_path / "there")
    cli.fine("restore", "../backups")
    after = cli.json("plan")
    assert [each["says"] for each in after["rules"]] == [each["says"] for each in before["rules"]] != []
    assert after["unread"] == before["unread"] == []


def test_both_say_what_they_did_as_json(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, store: Store
) -> None:
    cli.fine("demo", "--quiet")
    brought_to(store, DeliveryStatus.PENDING, utc_now())
    allow(store)
    made = cli.json("backup", "backups")
    assert made.keys() == {"path", "made_at", "heartbeat", "schema", "files", "bytes"}
    assert (tmp_path / made["path"] / "manifest.json").is_file()
    move_on(monkeypatch, tmp_path / "there")
    found = cli.json("restore", "../" + made["path"], "--keep-marks")
    assert found == {
        "path": "../" + made["path"],
        "made_at": made["made_at"],
        "heartbeat": made["heartbeat"],
        "threads": 1,
        "threads_going_on": 1,
        "closed_beats": 0,
        "unknown_deliveries": 1,
        "standing_approvals": 1,
        "kept": [],
    }


def test_what_was_under_way_and_what_is_kept_is_said(cli: Cli, store: Store, tmp_path: Path) -> None:
    cli.fine("demo", "--quiet")
    brought_to(store, DeliveryStatus.PENDING, utc_now())
    allow(store)
    cli.fine("backup", "backups")
    store.close()
    assert "--replace" in cli.refused("restore", "backups")
    said = cli.fine("restore", "backups", "--replace", "--keep-marks")
    assert "1 delivery may have arrived since, so only you can send it again." in said
    assert "1 standing approval stands as it did then, also if you revoked it since." in said
    assert "What was new at the time of the backup will be looked at." in said
    assert "heartbeat deliveries --status unknown" in said
    assert f"{tmp_path}/home/heartbeat.db.replaced-" in said


def test_a_delivery_of_before_does_not_look_tried(cli: Cli, store: Store) -> None:
    cli.fine("demo", "--quiet")
    brought_to(store, DeliveryStatus.PENDING, utc_now())
    cli.fine("backup", "backups")
    store.close()
    cli.fine("restore", "backups", "--replace")
    said = " ".join(cli.fine("deliveries", "--status", "unknown").split())
    assert "last try: It may have been made after the backup of 20" in said
    assert ", from which the workspace was restored." in said


NUMBERS = [
    (Restored(1, 1, 0, 0, 0), "1 thread will go on from now."),
    (Restored(3, 2, 0, 0, 0), "2 of 3 threads will go on from now, 1 is switched off, paused or faulty."),
    (Restored(3, 1, 0, 0, 0), "1 of 3 threads will go on from now, 2 are switched off, paused or faulty."),
    (Restored(1, 0, 0, 0, 0), "no thread will go on: 1 is switched off, paused or faulty."),
    (Restored(0, 0, 0, 0, 0), "0 threads will go on from now."),
    (Restored(1, 1, 1, 0, 0), "1 beat ran or waited for you then; it is closed, since it may have acted."),
    (
        Restored(1, 1, 2, 0, 0),
        "2 beats ran or waited for you then; they are closed, since they may have acted.",
    ),
    (Restored(1, 1, 0, 2, 0), "2 deliveries may have arrived since, so only you can send them again."),
]


@pytest.mark.parametrize(("done", "said"), NUMBERS)
def test_numbers_read_well(
    done: Restored, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made = Manifest(made_at=utc_now(), heartbeat="1", database_schema="1", files=())
    tell(Report(tmp_path, made, done, (), False), keep_marks=False)
    assert said in " ".join(capsys.readouterr().out.split())


def test_asked_wrongly(cli: Cli) -> None:
    assert "there is no workspace here" in cli.refused("backup", "backups")
    assert "holds no backup" in cli.refused("restore", "backups")


def test_the_commands_of_the_page_work_one_after_the_other(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = (ROOT / "docs" / "backup.md").read_text()
    blocks = re.findall(r"```bash\n(.*?)```", page, re.DOTALL)
    lines = [line for block in blocks for line in block.splitlines() if line != "heartbeat serve"]
    assert len(lines) == 5
    backup, *others = [line.split()[1:] for line in lines]
    cli.fine("demo", "--quiet")
    cli.fine(*backup)
    there = tmp_path / "there"
    move_on(monkeypatch, there)
    (tmp_path / "backups").rename(there / "backups")
    for command in others:
        result = cli(*command)
        assert result.exit_code == 0 or command == ["doctor"], result.output
    assert len(list((there / "home").glob("heartbeat.db.replaced-*"))) == 1


def test_the_page_names_all_that_is_in_a_backup() -> None:
    table = (ROOT / "docs" / "backup.md").read_text().partition("## What is in it")[2].partition("\n## ")[0]
    kinds = (layout.INSTRUCTIONS, layout.PLAN, layout.CONNECTIONS)
    for name in (
        *kinds,
        layout.DATABASE,
        layout.CHECKPOINTS,
        NAME,
        *(f"{each}/" for each in (layout.SECRETS, layout.NOTES, layout.PROMPTS)),
    ):
        assert f"`{name}`" in table
