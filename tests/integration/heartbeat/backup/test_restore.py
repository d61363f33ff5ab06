"""Restoring a backup: what is put where, what is refused, and that it is all or nothing."""

from __future__ import annotations

import errno
import json
import os
import sqlite3
import stat
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from langgraph.types import Command

from checkpoints import open_saver
from graph.heartbeat import HeartbeatGraph, compile_graph, run_config
from heartbeat.backup import restore, take
from heartbeat.backup.own_folder import MARKER
from heartbeat.connections import Connections
from heartbeat.errors import (
    ConflictError,
    HeartbeatError,
    InvalidValueError,
    NotFoundError,
    SchemaTooNewError,
)
from heartbeat.fetching import FetchedItem, FetchResult
from heartbeat.memory import Memory
from heartbeat.plan.shipped import shipped_path
from heartbeat.restoring import STAGE, journal_of
from heartbeat.settings import Settings, load_settings
from heartbeat.store import Store, beats, history, inbox, threads, timer
from heartbeat.store.migrate import HEAD
from heartbeat.token_file import TokenFile
from heartbeat.vocabulary import BeatStatus, FeedKind
from nodes.services import Services
from tests.integration.heartbeat.backup.conftest import LATER, elsewhere, held, opened, restored, taken
from tests.support.database import write_as
from tests.support.ollama import FakeOllama, Say, decision
from tests.support.world import START, World

SAME = ("HEARTBEAT.md", "HEARTBEAT.plan.json", "connections.toml", "notes/diary.jsonl", "prompts/age.txt")


@pytest.fixture
def other(tmp_path: Path, ollama: FakeOllama) -> Settings:
    """An empty workspace in another folder, whose files have other names."""
    folder = tmp_path / "another machine"
    folder.mkdir()
    return load_settings(
        home=folder / "state",
        instructions=folder / "agent.md",
        prompts=folder / "words",
        ollama_url=ollama.url,
    )


def test_everything_is_there_again(full: World, other: Settings) -> None:
    made = taken(full)
    report = restored(other, made.path)
    assert (report.backup, report.manifest, report.kept, report.undone) == (
        made.path,
        made.manifest,
        (),
        False,
    )
    stored, found = held(made.path), held(other.home.parent)
    places = {
        "HEARTBEAT.md": "agent.md",
        "HEARTBEAT.plan.json": "agent.plan.json",
        "prompts/age.txt": "words/age.txt",
        "connections.toml": "connections.toml",
    }
    for name in SAME:
        assert found[places.get(name, f"state/{name}")] == stored[name], name
    store = opened(other)
    try:
        assert [row.id for row in store.read(threads.every)] == ["demo"]
        assert not store.read(timer.state).running
        connections = Connections.load(other, store)
        assert connections.get("phone").problem is None
        assert connections.get("news").name == "news"
    finally:
        store.close()
    with open_saver(other.checkpoints_path):
        pass


def test_only_the_account_reads_it(full: World, other: Settings) -> None:
    restored(other, taken(full).path)
    for path in (other.home, *other.home.rglob("*"), other.connections_path):
        assert not stat.S_IMODE(path.stat().st_mode) & 0o077, path


def test_nothing_else_is_left(full: World, other: Settings) -> None:
    restored(other, taken(full).path)
    names = {path.name for path in other.home.iterdir()}
    assert names == {"heartbeat.db", "checkpoints.db", "notes", "secrets", "restoring.lock"}


def test_both_databases_let_readers_and_writers_work_at_once(full: World, other: Settings) -> None:
    restored(other, taken(full).path)
    for path in (other.database_path, other.checkpoints_path):
        with closing(sqlite3.connect(path)) as file:
            assert file.execute("PRAGMA journal_mode").fetchone() == ("wal",)


def test_the_token_stays_where_it_is(full: World, other: Settings) -> None:
    made = taken(full)
    here = TokenFile.of(full.settings)
    before = here.read()
    restored(other, made.path)
    assert TokenFile.of(other).read() is None
    full.store.close()
    restored(full.settings, made.path, replace=True)
    assert here.read() == before
    assert stat.S_IMODE(here.path.stat().st_mode) == 0o600


def test_of_several_backups_the_newest_is_restored(full: World, other: Settings) -> None:
    taken(full)
    full.clock.move(hours=10)
    newest = taken(full)
    broken = newest.path.parent / "zzz"
    broken.mkdir()
    (broken / "manifest.json").write_text("{")
    assert restored(other, newest.path.parent).backup == newest.path


@pytest.mark.parametrize("name", ["none", "empty", "unfinished"])
def test_no_backup_is_a_sentence(other: Settings, tmp_path: Path, name: str) -> None:
    (tmp_path / "empty").mkdir()
    unfinished = tmp_path / "unfinished" / ".unfinished-2026-11-02T120000Z"
    unfinished.mkdir(parents=True)
    (unfinished / "manifest.json").write_text("{}")
    with pytest.raises(
        NotFoundError, match=r"holds no backup; allowed: a folder that heartbeat backup has made"
    ):
        restored(other, tmp_path / name)


def change(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def manifest(path: Path, **values: Any) -> None:
    found = json.loads((path / "manifest.json").read_text())
    (path / "manifest.json").write_text(json.dumps(found | values))


DAMAGES = [
    (lambda path: change(path / "heartbeat.db"), "heartbeat.db has changed"),
    (lambda path: (path / "checkpoints.db").unlink(), "checkpoints.db is missing"),
    (lambda path: (path / "connections.toml").write_text("another"), "connections.toml has changed"),
    (lambda path: (path / "manifest.json").write_text('{"format": 1'), "is damaged"),
    (lambda path: manifest(path, files=[]), "names no heartbeat.db"),
    (lambda path: manifest(path, files=[{"name": "../x", "size": 1, "sha256": "0" * 64}]), "is damaged"),
    (
        lambda path: manifest(path, files=[{"name": "secrets/../x", "size": 1, "sha256": "0" * 64}]),
        "is damaged",
    ),
]


@pytest.mark.parametrize(("damage", "said"), DAMAGES)
def test_a_damaged_backup_is_refused_and_nothing_is_left(
    full: World, other: Settings, damage: Any, said: str
) -> None:
    made = taken(full)
    damage(made.path)
    with pytest.raises(InvalidValueError, match=said):
        restored(other, made.path)
    assert held(other.home.parent) == {}


def test_a_backup_of_a_newer_version_is_refused(full: World, other: Settings) -> None:
    made = taken(full)
    manifest(made.path, database_schema="9999")
    with pytest.raises(
        SchemaTooNewError,
        match=r"written by a newer Heartbeat \(schema 9999\); upgrade langgraph-heartbeat, then restore it again",
    ):
        restored(other, made.path)
    more = {"name": "HEARTBEAT.more.json", "size": 1, "sha256": "0" * 64}
    manifest(made.path, database_schema=HEAD, format=3, files=[more])
    with pytest.raises(SchemaTooNewError, match=r"was made by Heartbeat .*; upgrade langgraph-heartbeat"):
        restored(other, made.path)
    assert held(other.home.parent) == {}


def test_a_backup_of_an_earlier_version_is_brought_up_to_date(world: World, other: Settings) -> None:
    world.thread(enabled=False)
    world.store.close()
    write_as("0009", world.settings.database_path)
    restored(other, taken(world).path)
    store = opened(other)
    try:
        assert [row.summary for row in store.read(history.latest)] == [
            "The workspace was restored from the backup of 2026-11-02T12:00:00Z; "
            "what was there then counts as looked at."
        ]
    finally:
        store.close()


@pytest.mark.parametrize(
    "name", ["state/heartbeat.db", "state/checkpoints.db", "agent.md", "agent.plan.json", "connections.toml"]
)
def test_what_is_there_is_not_replaced_unless_somebody_says_so(
    full: World, other: Settings, name: str
) -> None:
    made = taken(full)
    path = other.home.parent / name
    path.parent.mkdir(exist_ok=True)
    path.write_text("mine")
    with pytest.raises(
        ConflictError, match=rf"{path.name} is there already; .* --replace, which keeps the old one"
    ):
        restored(other, made.path)
    assert held(other.home.parent) == {name: b"mine"}
    report = restored(other, made.path, replace=True)
    assert [kept.name for kept in report.kept] == [f"{path.name}.replaced-2026-11-03T120000Z"]
    assert report.kept[0].read_text() == "mine"


def test_a_backup_without_a_plan_leaves_the_one_that_is_there(full: World, other: Settings) -> None:
    """As one of an earlier version is, which stored none."""
    shipped_path(full.settings.instructions).unlink()
    mine = shipped_path(other.instructions)
    mine.write_text("mine")
    assert restored(other, taken(full).path).kept == ()
    assert mine.read_text() == "mine"


def test_texts_that_are_the_same_are_not_in_the_way(full: World, other: Settings) -> None:
    made = taken(full)
    other.instructions.write_bytes(full.settings.instructions.read_bytes())
    assert restored(other, made.path).kept == ()


def test_a_workspace_that_is_replaced_is_kept_beside_and_can_be_put_back(full: World) -> None:
    made = taken(full)
    full.post("After the backup")
    full.store.close()
    home = full.settings.home
    before = held(home)
    report = restored(full.settings, made.path, replace=True)
    mark = ".replaced-2026-11-03T120000Z"
    kept = {path.name for path in report.kept}
    assert kept == {f"{name}{mark}" for name in ("heartbeat.db", "checkpoints.db", "secrets", "notes")}
    assert (home / f"heartbeat.db{mark}").read_bytes() == before["heartbeat.db"]
    for path in report.kept:
        now = path.with_name(path.name.removesuffix(mark))
        now.rename(path.with_name(f"{now.name}.restored"))
        path.rename(now)
    store = opened(full.settings)
    try:
        assert [row.id for row in store.read(threads.every)] == ["demo"]
    finally:
        store.close()


def test_a_log_of_the_old_database_never_meets_the_new_one(full: World, tmp_path: Path) -> None:
    """A process that was killed leaves a write-ahead log, which belongs to the old file alone."""
    made = taken(full)
    full.post("In the log")
    twin = tmp_path / "left"
    twin.mkdir()
    database = full.settings.database_path
    for path in database.parent.glob("heartbeat.db*"):
        (twin / path.name).write_bytes(path.read_bytes())
    full.store.close()
    for path in twin.iterdir():
        if not path.name.endswith(".lock"):
            (database.parent / path.name).write_bytes(path.read_bytes())
    restored(full.settings, made.path, replace=True)
    with closing(sqlite3.connect(database)) as file:
        assert file.execute("SELECT count(*) FROM post").fetchone() == (1,)
    mark = ".replaced-2026-11-03T120000Z"
    with closing(sqlite3.connect(f"{database}{mark}")) as file:
        assert file.execute("SELECT count(*) FROM post").fetchone() == (2,)


def test_the_databases_go_where_the_settings_say(full: World, tmp_path: Path) -> None:
    base = tmp_path / "m"
    settings = load_settings(
        home=base / "home",
        instructions=base / "HEARTBEAT.md",
        database_url=f"sqlite:///{base}/data/agent.db",
        checkpoints=base / "more" / "steps.db",
    )
    restored(settings, taken(full).path)
    assert {path.name for path in (base / "data").iterdir()} == {"agent.db"}
    assert {path.name for path in (base / "more").iterdir()} == {"steps.db"}
    opened(settings).close()
    again = elsewhere(tmp_path / "third")
    restored(again, take(settings, tmp_path / "b2", lambda: START).path)
    opened(again).close()


def beside(tmp_path: Path) -> Settings:
    """Return the settings of a workspace whose database is among the files of its owner."""
    base = tmp_path / "m"
    return load_settings(
        home=base / "home",
        instructions=base / "HEARTBEAT.md",
        database_url=f"sqlite:///{base}/data/agent.db",
    )


@pytest.mark.parametrize("name", ["restoring", STAGE])
def test_a_folder_of_the_owner_stays(full: World, tmp_path: Path, name: str) -> None:
    settings = beside(tmp_path)
    mine = settings.database_path.parent / name
    mine.mkdir(parents=True)
    (mine / "thesis.txt").write_text("years of work")
    made = taken(full)
    if name == STAGE:
        with pytest.raises(ConflictError, match=r"Heartbeat has not made it; give it another name, then"):
            restored(settings, made.path)
        assert held(tmp_path / "m") == {f"data/{name}/thesis.txt": b"years of work"}
        assert not (settings.home / STAGE).exists()
    else:
        restored(settings, made.path)
    assert (mine / "thesis.txt").read_text() == "years of work"


def test_a_link_of_the_owner_stays(full: World, tmp_path: Path) -> None:
    settings = beside(tmp_path)
    far = tmp_path / "far"
    for folder in (far, settings.database_path.parent):
        folder.mkdir(parents=True)
    (far / MARKER).touch()
    (settings.database_path.parent / STAGE).symlink_to(far)
    with pytest.raises(ConflictError, match="Heartbeat has not made it"):
        restored(settings, taken(full).path)
    assert (far / MARKER).exists()


@pytest.mark.parametrize("left", [(), (MARKER,), (MARKER, "agent.db")])
def test_what_a_restore_that_was_killed_prepared_is_cleared(
    full: World, tmp_path: Path, left: tuple[str, ...]
) -> None:
    settings = beside(tmp_path)
    stage = settings.database_path.parent / STAGE
    stage.mkdir(parents=True)
    for name in left:
        (stage / name).write_text("half")
    restored(settings, taken(full).path)
    assert {path.name for path in stage.parent.iterdir()} == {"agent.db"}


def test_linked_files_stay_where_the_links_lead(full: World, other: Settings, tmp_path: Path) -> None:
    made = taken(full)
    disk = tmp_path / "disk"
    disk.mkdir()
    other.home.mkdir()
    other.database_path.symlink_to(disk / "heartbeat.db")
    other.instructions.symlink_to(disk / "text.md")
    (disk / "text.md").write_text("old")
    restored(other, made.path, replace=True)
    assert other.instructions.is_symlink()
    assert (disk / "text.md").read_bytes() == (made.path / "HEARTBEAT.md").read_bytes()
    assert other.database_path.is_symlink()
    assert (disk / "heartbeat.db").is_file()


def test_a_backup_inside_the_workspace_is_not_restored_over_itself(full: World) -> None:
    made = taken(full)
    full.store.close()
    inside = full.settings.home / "backup"
    made.path.rename(inside)
    with pytest.raises(InvalidValueError, match=r"is in .*, which is restored; move it elsewhere"):
        restored(full.settings, inside, replace=True)


POINTS = ["staged", "settled", "journal", *(f"placed {number}" for number in range(7))]


@pytest.mark.parametrize("point", POINTS)
def test_an_error_in_the_middle_leaves_what_was_there(full: World, point: str) -> None:
    """As a disk that is full does."""
    made = taken(full)
    full.post("After the backup")
    full.settings.instructions.write_text("- New text\n")
    shipped_path(full.settings.instructions).write_text("{}")
    full.settings.connections_path.unlink()
    full.store.close()
    before = held(full.folder)

    def fail(name: str) -> None:
        if name == point:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with pytest.raises(OSError, match="No space left"):
        restore(full.settings, made.path, LATER, replace_old=True, probe=fail)
    assert held(full.folder) == before
    assert not journal_of(full.settings).exists()
    restored(full.settings, made.path, replace=True)
    assert full.settings.instructions.read_bytes() == (made.path / "HEARTBEAT.md").read_bytes()


def test_nothing_is_opened_while_a_restore_has_not_ended(full: World) -> None:
    journal_of(full.settings).write_text("{}")
    said = (
        r"a restore into .* goes on or was cut off; where it was cut off, run it again: heartbeat restore DIR"
    )
    with pytest.raises(ConflictError, match=said):
        opened(full.settings)
    with pytest.raises(ConflictError, match=said):
        open_saver()


class CutOffError(Exception):
    """The end of a process."""


def cut_off(world: World, backup: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Begin to replace a workspace, and leave it half done, as a process does that is killed."""

    def die(name: str) -> None:
        if name == "placed 3":
            raise CutOffError

    with monkeypatch.context() as patched:
        for name in ("_undo_steps", "_forget"):
            patched.setattr(f"heartbeat.backup.place.{name}", lambda *_: None)
        with pytest.raises(CutOffError):
            restore(world.settings, backup, LATER, replace_old=True, probe=die)


def test_what_to_run_again_names_replace_where_something_is_replaced(
    full: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = taken(full)
    full.store.close()
    cut_off(full, made.path, monkeypatch)
    with pytest.raises(ConflictError, match=r"run it again: heartbeat restore DIR --replace$"):
        opened(full.settings)


def test_a_refusal_says_that_what_was_cut_off_is_undone(full: World, monkeypatch: pytest.MonkeyPatch) -> None:
    made = taken(full)
    full.post("After the backup")
    full.store.close()
    before = held(full.folder)
    undone = r"^the restore that was cut off was undone, and the old workspace is there again; "
    cut_off(full, made.path, monkeypatch)
    with pytest.raises(ConflictError, match=rf"{undone}.*heartbeat.db is there already; .* with --replace"):
        restored(full.settings, made.path)
    assert held(full.folder) == before
    cut_off(full, made.path, monkeypatch)
    with pytest.raises(NotFoundError, match=rf"{undone}.* holds no backup"):
        restored(full.settings, full.folder / "none", replace=True)
    assert held(full.folder) == before
    cut_off(full, made.path, monkeypatch)
    assert restored(full.settings, made.path, replace=True).undone


def test_a_damaged_journal_is_a_sentence(full: World) -> None:
    made = taken(full)
    full.store.close()
    journal_of(full.settings).write_text("{")
    with pytest.raises(
        ConflictError, match=r"is damaged, so it is not known what an earlier restore has moved"
    ):
        restored(full.settings, made.path, replace=True)


def test_errors_are_one_sentence(full: World, other: Settings) -> None:
    made = taken(full)
    other.instructions.mkdir()
    with pytest.raises(HeartbeatError, match=r"agent.md is no file; put it away, then restore again"):
        restored(other, made.path)


def test_a_thread_beats_on_after_a_restore(full: World, other: Settings) -> None:
    restored(other, taken(full).path)
    store = opened(other)
    try:
        [row] = store.read(history.latest)
        assert row.status == BeatStatus.NONE
    finally:
        store.close()


def test_a_damaged_database_is_replaced(full: World) -> None:
    made = taken(full)
    full.store.close()
    full.settings.database_path.write_bytes(b"noise" * 1_000)
    report = restored(full.settings, made.path, replace=True)
    kept = next(path for path in report.kept if path.name.startswith("heartbeat.db.replaced-"))
    assert kept.read_bytes() == b"noise" * 1_000
    opened(full.settings).close()


@pytest.mark.one_question  # replies with whole decisions
def test_a_checkpoint_of_another_moment_does_not_count(full: World, other: Settings) -> None:
    """A beat that ends between the two copies is in the database alone; what its row remembers is used."""
    full.ollama.default = Say(decision(action="none", note="First note."))
    with open_saver(full.settings.checkpoints_path) as saver:
        graph = compile_graph(saver)
        beat_with(graph, full)

        def beat(point: str) -> None:
            if point == "checkpoints":
                full.post("Between")
                full.ollama.default = Say(decision(action="none", note="Second note."))
                beat_with(graph, full)

        made = take(full.settings, full.folder / "backups", full.clock, probe=beat)
    restored(other, made.path)
    full.clock.now = LATER + timedelta(hours=1)
    full.store.close()
    full.settings, full.store = other, opened(other)
    full.services = Services.from_settings(other, store=full.store, clock=full.clock)
    with open_saver(other.checkpoints_path) as saver:
        assert compile_graph(saver).get_state(run_config("demo")).values["memory"]["note"] == "First note."
        beat_with(compile_graph(saver), full)
    assert "Your note to yourself: Second note." in full.ollama.prompts[-1]
    assert "New posts: 0." in full.ollama.prompts[-1]


def beat_with(graph: HeartbeatGraph, world: World) -> None:
    """Run one beat on the LangGraph thread of the thread."""
    world.clock.move(minutes=2)
    graph.invoke({"thread": "demo"}, run_config("demo"), context=world.context())


def test_a_text_is_not_cut_off_where_it_cannot_be_kept(full: World, monkeypatch: pytest.MonkeyPatch) -> None:
    made = taken(full)
    full.store.close()
    full.settings.instructions.write_text("- A text of my own\n")
    before = held(full.folder)

    def half(source: Path, copy: Path) -> None:
        copy.write_bytes(source.read_bytes()[:3])
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(copy))

    monkeypatch.setattr("heartbeat.backup.files.copy_new", half)
    with pytest.raises(OSError, match="No space left"):
        restored(full.settings, made.path, replace=True)
    assert held(full.folder) == before


@pytest.mark.one_question  # replies with whole decisions
def test_an_answer_to_an_approval_of_before_does_nothing(full: World, other: Settings) -> None:
    """A run from outside waits in its checkpoint, which is restored too."""
    full.configure(approval="always")
    full.ollama.default = Say(decision(action="post", board="general", title="Hello", content="Words"))
    with open_saver(full.settings.checkpoints_path) as saver:
        beat_with(compile_graph(saver), full)
    assert full.detail(1).status == BeatStatus.AWAITING_APPROVAL
    restored(other, taken(full).path)
    full.clock.now = LATER + timedelta(hours=1)
    full.store.close()
    full.settings, full.store = other, opened(other)
    full.services = Services.from_settings(other, store=full.store, clock=full.clock)
    with open_saver(other.checkpoints_path) as saver:
        graph = compile_graph(saver)
        resume: Any = Command(resume={"answer": "approve"})
        graph.invoke(resume, run_config("demo"), context=full.context())
        assert full.posts() == []
        full.ollama.default = Say(decision(action="none"))
        beat_with(graph, full)
    assert [row.status for row in full.history()] == [BeatStatus.NONE, BeatStatus.NONE, BeatStatus.ABANDONED]
    assert full.posts() == []


@pytest.mark.parametrize(("keep", "mark"), [(False, 2), (True, 0)], ids=["looked-at", "keep-marks"])
def test_what_the_inbox_holds_counts_as_looked_at_unless_somebody_says_no(
    full: World, other: Settings, keep: bool, mark: int
) -> None:
    full.store.write(inbox.keep, {"news": False}, full.clock())
    claim = full.store.write(inbox.claim, "news", "here", full.store.lease, full.clock(), seconds=60)
    assert claim is not None
    items = [FetchedItem(name, FeedKind.ENTRY, full.clock(), title=name) for name in ("a", "b")]
    full.store.write(inbox.write, claim, FetchResult(items), full.clock(), every=600, oldest=None)
    full.store.write(inbox.done, 1, full.clock())
    full.clock.move(minutes=10)
    assert full.store.write(inbox.claim, "news", "here", full.store.lease, full.clock(), seconds=60)
    restore(other, taken(full).path, LATER, keep_marks=keep)
    store = Store.from_settings(other)
    try:
        memory = store.read(beats.latest_memory, "demo")
        assert Memory.newest(memory).marks.get("news.entry", 0) == mark
        assert [(row.title, row.done_at is None) for row in store.read(inbox.page)] == [
            ("b", True),
            ("a", False),
        ]
        row = store.read(inbox.all_looks)["news"]
        assert (row.next_look, row.lease_owner, row.lease_until) == (None, None, None)
    finally:
        store.close()
