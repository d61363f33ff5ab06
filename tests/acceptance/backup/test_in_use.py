"""A workspace is backed up while fifty threads beat and deliver, and restored: nothing that left leaves again."""

from __future__ import annotations

import json
import shutil
import sqlite3
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import select

from heartbeat.memory import Memory
from heartbeat.settings import Settings, load_settings
from heartbeat.store import Store, beats, threads, timer
from heartbeat.store.tables import Action, Beat, Delivery
from heartbeat.vocabulary import OPEN_DELIVERIES, UNSETTLED, ActionStatus, BeatStatus, DeliveryStatus
from tests.acceptance.chaos.process import READY, Process, environment
from tests.support.ollama import FakeOllama, Say, decision
from tests.support.sinks import HttpSink, http_sink

pytestmark = pytest.mark.timeout(600)
THREADS = 50
PATIENCE = 120.0


@dataclass
class Voice:
    """Tells the owner something new each time, and notes it."""

    said: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def __call__(self, _: dict[str, Any]) -> Say:
        with self.lock:
            text = f"Message {len(self.said) + 1}."
            self.said.append(text)
        time.sleep(0.1)
        return Say(decision(action="tell", text=text, note=f"Said {text}"))


@dataclass
class Site:
    """One workspace and the variables of its processes."""

    folder: Path
    ollama: FakeOllama
    sink: HttpSink

    def __post_init__(self) -> None:
        self.folder.mkdir(exist_ok=True)

    @property
    def variables(self) -> dict[str, str]:
        return {
            "HEARTBEAT_HOME": str(self.folder / "home"),
            "HEARTBEAT_INSTRUCTIONS": str(self.folder / "HEARTBEAT.md"),
            "HEARTBEAT_OLLAMA_URL": self.ollama.url,
            "HEARTBEAT_DECISION": "whole",
            "HEARTBEAT_POLL_SECONDS": "0.2",
            "HEARTBEAT_PORT": "0",
        }

    @property
    def settings(self) -> Settings:
        return load_settings(home=self.folder / "home", instructions=self.folder / "HEARTBEAT.md")

    def begin(self, *arguments: str) -> subprocess.Popen[str]:
        command = [str(Path(sys.executable).parent / "heartbeat"), *arguments]
        return subprocess.Popen(
            command,
            cwd=self.folder,
            env=environment(self.variables),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, *arguments: str) -> str:
        """Run a command that must work, and return what it prints."""
        out, err = self.begin(*arguments).communicate(timeout=PATIENCE)
        assert err == ""
        return out

    @contextmanager
    def serving(self, *arguments: str) -> Iterator[Process]:
        words = ["heartbeat", "serve", *arguments]
        call = f"import sys; from heartbeat_service.cli import main; sys.argv = {words}; main()"
        process = Process("serve", self.folder, self.variables, ("-c", call))
        try:
            until(
                lambda: READY in process.out.read_text() or "The timer is stopped" in process.out.read_text()
            )
            yield process
            process.ask_to_stop()
            assert process.wait(PATIENCE) == 0, process.err.read_text()
        finally:
            process.close()

    @contextmanager
    def store(self) -> Iterator[Store]:
        opened = Store.from_settings(self.settings)
        try:
            yield opened
        finally:
            opened.close()


def until(true: Callable[[], object]) -> None:
    """Wait for what another process does."""
    end = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < end
        time.sleep(0.01)


def slowly(_: str) -> bytes:
    """Answer late, so that some messages have arrived whose answer nobody has yet."""
    time.sleep(1)
    return b"{}"


def arrived(sink: HttpSink) -> Counter[str]:
    return Counter(json.loads(each.body)["message"] for each in list(sink.got))


def rows(store: Store, table: type[Any]) -> dict[int, Any]:
    return {row.id: row for row in store.read(lambda session: session.exec(select(table)).all())}


@pytest.fixture
def sites(tmp_path: Path, ollama: FakeOllama) -> Iterator[tuple[Site, Site, HttpSink]]:
    """Two workspaces, of which the first has fifty threads that are due, and the connection that both have."""
    ollama.answer = Voice()
    with http_sink() as sink:
        sink.reply = slowly
        first, second = (Site(tmp_path / name, ollama, sink) for name in ("first", "second"))
        (first.folder / "HEARTBEAT.md").write_text("- Tell me something new\n")
        # Without a second try: where one took too long, it would be the product's own choice to send again.
        (first.folder / "connections.toml").write_text(
            f'[phone]\nkind = "apprise"\nurl = "ntfy://{sink.address}/phone"\nrepeat = false\n'
        )
        with first.store() as store:
            due = datetime.now(UTC) - timedelta(minutes=2)
            for number in range(THREADS):
                store.write(threads.create, f"t{number:02}", due, config={"every": "1m", "recheck_after": 0})
        yield first, second, sink


def test_nothing_is_lost_and_nothing_leaves_twice(sites: tuple[Site, Site, HttpSink]) -> None:
    first, second, sink = sites
    folder = first.folder.parent / "backups"
    with first.serving():
        until(lambda: arrived(sink))
        _kill_one(first, folder)
        with first.store() as store:
            before = {table: rows(store, table) for table in (Beat, Delivery, Action)}
        backup = Path(json.loads(first.run("backup", str(folder), "--json"))["path"])
        with first.store() as store:
            until(lambda: not _open(store) & _in_backup(backup))
    shutil.rmtree(first.folder / "home")
    said = second.run("restore", str(folder))
    assert f"Restored {backup}" in said
    assert "The timer is stopped; 50 threads will go on from now." in said
    with second.store() as store:
        assert not store.read(timer.state).running
        after = {table: rows(store, table) for table in (Beat, Delivery, Action)}
        notes = {
            name: Memory.newest(store.read(beats.latest_memory, name)).note
            for name in {row.thread_id for row in after[Action].values()}
        }
    _check_kept(before, after)
    assert all(note.startswith("Said Message ") for note in notes.values())
    assert DeliveryStatus.UNKNOWN in {row.status for row in after[Delivery].values()}
    _check_nothing_leaves_again(second, sink)


def _kill_one(site: Site, folder: Path) -> None:
    """Kill a backup as soon as it has begun, and see that it is none."""
    process = site.begin("backup", str(folder))
    until(lambda: list(folder.glob(".unfinished-*")) or process.poll() is not None)
    process.kill()
    process.communicate()
    for whole in folder.glob("2*"):
        assert (whole / "manifest.json").is_file()
        shutil.rmtree(whole)
    refused = site.begin("restore", str(folder), "--replace")
    assert "holds no backup" in refused.communicate(timeout=PATIENCE)[1]


def _open(store: Store) -> set[int]:
    return {row.id for row in rows(store, Delivery).values() if row.status in OPEN_DELIVERIES}


def _in_backup(backup: Path) -> set[int]:
    with closing(sqlite3.connect(backup / "heartbeat.db")) as file:
        return {number for (number,) in file.execute("SELECT id FROM delivery")}


def _check_kept(before: dict[type[Any], dict[int, Any]], after: dict[type[Any], dict[int, Any]]) -> None:
    for table, found in before.items():
        assert found.keys() <= after[table].keys(), "what was committed before the backup began is in it"
    for number, row in after[Delivery].items():
        assert row.status not in OPEN_DELIVERIES
        old = before[Delivery].get(number)
        if old is not None and old.status == DeliveryStatus.SENT:
            assert row == old
    for action in after[Action].values():
        assert action.status in (ActionStatus.SENT, ActionStatus.UNKNOWN)
        summary = after[Beat][action.beat_id].summary
        assert summary.startswith(
            "Told you" if action.status == ActionStatus.SENT else "Perhaps arrived at phone"
        )
    for number, beat in after[Beat].items():
        assert beat.status not in UNSETTLED
        old = before[Beat].get(number)
        if old is not None and old.status not in UNSETTLED:
            assert beat.status == old.status
        if old is None and beat.status == BeatStatus.ABANDONED:
            assert "restored from the backup" in beat.summary


def _check_nothing_leaves_again(site: Site, sink: HttpSink) -> None:
    """Start what was restored, and let one thread tell something new: the outbox is gone through by then."""
    earlier = arrived(sink)
    site.run("start")
    with site.serving("--beat", "t00"):
        until(lambda: arrived(sink).keys() - earlier.keys())
    assert {text: number for text, number in arrived(sink).items() if number > 1} == {}


def test_it_is_refused_while_it_is_served(sites: tuple[Site, Site, HttpSink]) -> None:
    first, _, _ = sites
    folder = first.folder.parent / "backups"
    with first.serving():
        first.run("backup", str(folder))
        process = first.begin("restore", str(folder), "--replace")
        out, err = process.communicate(timeout=PATIENCE)
        assert (process.returncode, out) == (2, "")
        assert "is in use; stop heartbeat serve and whatever else has it open" in err
        assert not (first.folder / "home" / "restoring.json").exists()
    first.run("restore", str(folder), "--replace")
