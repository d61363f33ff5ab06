"""The doctor: each check where all is well and where it is not, and that none of them raises or writes."""

from __future__ import annotations

import asyncio
import os
import shlex
import socket
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from checkpoints import open_saver
from heartbeat.restoring import journal_of
from heartbeat.settings import load_settings
from heartbeat.store import connections, threads, timer
from heartbeat.store.tables import Thread
from heartbeat.vocabulary import Trigger
from heartbeat_decision.model import OllamaModel
from heartbeat_service.doctor import Finding, databases, examination, examine, facts, instructions, server
from heartbeat_service.doctor.clock import check_clock
from heartbeat_service.doctor.databases import check_checkpoints, check_database
from heartbeat_service.doctor.facts import Facts, read_facts
from heartbeat_service.doctor.finding import few, warning
from heartbeat_service.doctor.folders import check_disk, check_folders
from heartbeat_service.plan import read_now
from tests.conftest import NOBODY
from tests.support.holds import SOON
from tests.support.library import hide_library
from tests.support.line_reading import Reads
from tests.support.ollama import Say, decision
from tests.support.plugins import Packages
from tests.support.world import World

WEATHER = """
class Weather:
    name, time_limit = "weather", 5
    def __init__(self, settings): pass
    def look(self, look): return []
"""


@pytest.fixture(autouse=True)
def _ollama_is_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "which", lambda name: f"/usr/bin/{name}")


@pytest.fixture
def well(world: World) -> World:
    """A workspace with one thread, in which nothing is wrong."""
    world.thread()
    world.ollama.date = format_datetime(world.clock(), usegmt=True)
    with open_saver(world.settings.checkpoints_path):
        pass
    return world


def look(world: World, *, ask: bool = False, **changed: Any) -> list[Finding]:
    settings = world.settings.model_copy(update=changed)
    model = OllamaModel() if ask else None
    return asyncio.run(examine(settings, clock=world.clock, model=model))


def of(findings: list[Finding], check: str) -> Finding:
    """The only finding of a check, or the only one that is not ok."""
    found = [each for each in findings if each.check == check]
    bad = [each for each in found if each.level != "ok"]
    (one,) = bad or found
    assert (one.remedy is None) == (one.level == "ok")
    return one


def sql(path: Path, statement: str, *values: Any) -> None:
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute(statement, values)
    connection.close()


def test_where_all_is_well_every_check_says_so(well: World) -> None:
    before = sorted(well.folder.rglob("*"))
    found = look(well)
    assert [each for each in found if each.level != "ok"] == []
    assert [each.check for each in found if each.check != "api"] == [
        *("settings", "folders", "disk", "database", "checkpoints", "token", "instructions"),
        *(
            "prompts",
            "plugins",
            "connections",
            "network",
            "library",
            "ollama",
            "model",
            "plan",
            "threads",
            "targets",
            "timer",
            "zones",
            "clock",
        ),
    ]
    assert sorted(well.folder.rglob("*")) == before
    assert well.ollama.calls == []


@pytest.mark.parametrize("name", ["langchain_ollama", "ollama"])
def test_a_client_library_that_is_missing(well: World, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    hide_library(monkeypatch, name)
    found = look(well, ask=True)
    missing = of(found, "library")
    assert missing.level == "problem"
    assert missing.said.startswith("No model can be asked: the package langchain-ollama cannot be imported (")
    assert f" {name} " in missing.said
    assert str(missing.remedy).endswith("langchain-ollama")
    assert [each for each in found if each.level != "ok"] == [missing]


def test_an_empty_folder_stays_empty(tmp_path: Path) -> None:
    settings = load_settings(home=tmp_path / "deep" / "home", instructions=tmp_path / "HEARTBEAT.md")
    found = asyncio.run(examine(settings, clock=lambda: datetime.now(UTC)))
    said = {each.check: (each.level, each.remedy) for each in found if each.level != "ok"}
    assert said == {
        "database": ("warning", "go to the folder of your workspace, or: heartbeat init"),
        "instructions": ("problem", "heartbeat init"),
        "ollama": ("problem", "ollama serve; it listens on 11434, unless OLLAMA_HOST says 9"),
        "threads": ("problem", "heartbeat init"),
    }
    assert list(tmp_path.iterdir()) == []


# Settings and folders


def test_a_bad_variable_is_named_with_what_is_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEARTBEAT_CONCURRENCY", "many")
    (found,) = asyncio.run(examine(clock=lambda: datetime.now(UTC)))
    assert found.level == "problem"
    assert found.said == "HEARTBEAT_CONCURRENCY: 'many' is not allowed."
    assert found.remedy == "set HEARTBEAT_CONCURRENCY to a whole number from 1 to 256, or unset it"


def test_the_environment_is_what_counts_without_settings(
    well: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HEARTBEAT_OLLAMA_URL", well.ollama.url)
    assert all(each.level == "ok" for each in asyncio.run(examine(clock=well.clock)))


def test_a_variable_that_nobody_reads_is_told_without_its_value(
    well: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HEARTBEAT_OLAMA_URL", "hunter2")
    found = of(look(well), "settings")
    assert (found.level, found.remedy) == ("warning", "did you mean HEARTBEAT_OLLAMA_URL?")
    monkeypatch.delenv("HEARTBEAT_OLAMA_URL")
    monkeypatch.setenv("HEARTBEAT_ZZZZZZZZZ", "hunter2")
    assert of(look(well), "settings").remedy == "unset HEARTBEAT_ZZZZZZZZZ"
    assert "hunter2" not in str(look(well))


def test_a_setting_of_an_earlier_version_is_named_with_what_replaces_it(well: World) -> None:
    older = of(look(well, triage=False, decision=None), "settings")
    assert (older.level, older.said) == (
        "warning",
        "HEARTBEAT_TRIAGE=false is HEARTBEAT_DECISION=whole now.",
    )
    assert older.remedy == "set HEARTBEAT_DECISION=whole, and unset HEARTBEAT_TRIAGE"


@pytest.fixture
def _no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.lower().endswith("_proxy") or name.startswith("SSL_CERT_"):
            monkeypatch.delenv(name)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ALL_PROXY", "socks5://127.0.0.1:1080"),
        ("http_proxy", "http://127.0.0.1:9"),
        ("HTTPS_PROXY", "nonsense"),
        ("SSL_CERT_FILE", "/nonexistent/ca.pem"),
        ("SSL_CERT_DIR", "/nonexistent"),
    ],
)
@pytest.mark.usefixtures("_no_proxies")
def test_a_proxy_is_no_matter_to_a_server_on_this_machine(
    well: World, monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    found = look(well)
    assert [each for each in found if each.level != "ok"] == []
    assert of(found, "network").said == f"The model server is reached directly. Not used for that: {name}."


@pytest.mark.usefixtures("_no_proxies")
def test_a_proxy_that_stands_in_the_way_is_named(well: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALL_PROXY", "socks5://ann:hunter2@127.0.0.1:1080")
    found = look(well, ollama_url="https://ollama.example.com")
    assert of(found, "ollama").said == (
        "The model server was not asked: ALL_PROXY names a SOCKS proxy, which Heartbeat does not speak."
    )
    assert "put ollama.example.com into NO_PROXY" in str(of(found, "network").remedy)
    assert "hunter2" not in str(found)


@pytest.mark.usefixtures("_no_proxies")
def test_a_proxy_that_does_not_answer_is_named(well: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("https_proxy", NOBODY)
    found = look(well, ollama_url="https://ollama.example.com")
    assert of(found, "network").said == "The model server is reached through the proxy of https_proxy."
    assert of(found, "ollama").said == (
        "No model server answers at https://ollama.example.com through the proxy of https_proxy."
    )


def test_a_server_that_wants_to_know_who_asks(well: World) -> None:
    well.ollama.demands = "Bearer key-of-ollama"
    found = of(look(well), "ollama")
    assert (found.said, found.remedy) == (
        "The model server wants to know who asks (401).",
        "set OLLAMA_API_KEY, or HEARTBEAT_OLLAMA_LOGIN to user:password",
    )
    changes: dict[str, dict[str, Any]] = {
        "OLLAMA_API_KEY": {"ollama_api_key": SecretStr("hunter2")},
        "HEARTBEAT_OLLAMA_LOGIN": {"ollama_login": SecretStr("ann:hunter2")},
    }
    for name, changed in changes.items():
        found = of(look(well, **changed), "ollama")
        assert found.said == f"The model server does not accept what {name} says (401)."
        assert "hunter2" not in str(found)
    assert all(each.level == "ok" for each in look(well, ollama_api_key=SecretStr("key-of-ollama")))


def test_a_model_counts_by_any_name_that_means_it(well: World) -> None:
    assert of(look(well, model="registry.ollama.ai/library/Llama3.2"), "model").level == "ok"


def test_of_many_threads_some_are_examined_first_those_that_a_person_is_asked_about(
    well: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(facts, "EXAMINED", 2)
    for name in ("a", "b", "z"):
        well.thread(name)
    assert of(look(well), "threads").said == "Of 4 threads 2 were examined, to keep this short."
    well.store.write(threads.pause, "z", "for a while", well.clock())
    found = [each for each in look(well) if each.check == "threads"]
    assert [each.said for each in found] == [
        "Thread z is paused: for a while.",
        "Of 4 threads 2 were examined, to keep this short.",
    ]
    well.clock.move(days=1)
    assert of(look(well), "timer").said.startswith("Due: 3 threads, ")
    for name in ("a", "b", "demo"):
        well.store.write(threads.configure, name, {"enabled": False}, well.clock())
    assert not [each for each in look(well) if "No thread is enabled" in each.said]


@pytest.mark.parametrize("installed", [False, True])
def test_ollama_is_started_where_it_is_installed(
    well: World, monkeypatch: pytest.MonkeyPatch, installed: bool
) -> None:
    monkeypatch.setattr(server, "which", lambda name: "/usr/bin/ollama" if installed else None)
    remedy = of(look(well, ollama_url="http://127.0.0.1:11434"), "ollama").remedy
    assert remedy == (
        "ollama serve" if installed else "install Ollama: https://ollama.com/download, then: ollama serve"
    )


def test_what_kubernetes_sets_beside_a_service_is_told_and_harmless(
    well: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {
        "HEARTBEAT_SERVICE_HOST": "10.0.0.5",
        "HEARTBEAT_SERVICE_PORT": "8765",
        "HEARTBEAT_SERVICE_PORT_HTTP": "8765",
        "HEARTBEAT_PORT": "tcp://10.0.0.5:8765",
        "HEARTBEAT_PORT_8765_TCP": "tcp://10.0.0.5:8765",
        "HEARTBEAT_PORT_8765_TCP_PROTO": "tcp",
        "HEARTBEAT_PORT_8765_TCP_PORT": "8765",
        "HEARTBEAT_PORT_8765_TCP_ADDR": "10.0.0.5",
        "HEARTBEAT_OLLAMA_URL": well.ollama.url,
    }.items():
        monkeypatch.setenv(name, value)
    found = of(asyncio.run(examine(clock=well.clock)), "settings")
    assert (found.level, found.said) == (
        "warning",
        "HEARTBEAT_PORT is tcp://10.0.0.5:8765, as Kubernetes sets it beside a Service of that name, "
        "and is not read.",
    )
    assert "enableServiceLinks: false" in str(found.remedy)


def test_a_folder_that_is_a_file_cannot_be_written_to(well: World) -> None:
    (well.folder / "file").write_text("")
    found = of(look(well, home=well.folder / "file" / "home"), "folders")
    assert (found.level, found.said) == (
        "problem",
        f"Nothing can be written to {well.folder / 'file'}: not a directory.",
    )
    assert "HEARTBEAT_HOME" in str(found.remedy)


def test_a_restore_that_was_cut_off(well: World) -> None:
    journal_of(well.settings).write_text("{}")
    found = of(check_folders(well.settings), "folders")
    assert (found.level, found.remedy) == (
        "problem",
        "where it was cut off, run it again: heartbeat restore DIR",
    )


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_may_not_be_written_to(well: World) -> None:
    well.settings.home.chmod(0o500)
    try:
        assert of(check_folders(well.settings), "folders").level == "problem"
    finally:
        well.settings.home.chmod(0o700)


@pytest.mark.parametrize(("free", "level"), [(49, "problem"), (51, "warning"), (501, "ok")])
def test_a_full_disk(well: World, free: float, level: str) -> None:
    found = of(check_disk(well.settings, lambda _: free), "disk")
    assert (found.level, f"{free} MB" in found.said) == (level, True)


def test_room_is_looked_for_where_the_folder_will_be(tmp_path: Path) -> None:
    found = of(check_disk(load_settings(home=tmp_path / "none" / "home"), lambda _: 1000), "disk")
    assert found.said == f"There are 1,000 MB free at {tmp_path}."


# Databases


@contextmanager
def locked(path: Path, how: str) -> Iterator[None]:
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute(how)
    try:
        yield
    finally:
        connection.close()


def test_a_locked_database_names_what_finds_the_culprit(well: World) -> None:
    for check, path in (
        (check_database, well.settings.database_path),
        (check_checkpoints, well.settings.checkpoints_path),
    ):
        with locked(path, "BEGIN IMMEDIATE"):
            (found,) = check(path, patience=0.1)
        assert (found.level, found.said) == (
            "problem",
            f"Another program has held {path} locked for 0.1 s.",
        )
        assert found.remedy == f"close that program; find it with: lsof {path}"
        assert check(path)[0].level == "ok"


def test_a_cell_that_cannot_be_read_is_named(well: World) -> None:
    path, thread = well.settings.database_path, well.thread("other")
    well.store.open_beat(thread, Trigger.MANUAL, None, well.clock(), supervised=True)
    well.store.close()
    with closing(sqlite3.connect(path)) as other, other:
        other.execute("UPDATE thread SET next_due = 'tomorrow', overrides = '{' WHERE id = ?", (thread,))
        other.execute(
            "UPDATE beat SET status = 'tea', started_at = '2026-11-02 12:00:00' WHERE thread_id = ?",
            (thread,),
        )
    found = {each.said.partition(";")[0]: each for each in check_database(path)}
    assert list(found) == [
        'Unreadable: status of row 1 of the table beat is "tea"',
        'Unreadable: overrides of row "other" of the table thread is something else',
    ]
    assert {each.level for each in found.values()} == {"problem"}
    assert all(str(path) in str(each.remedy) for each in found.values())


def test_a_wake_that_only_another_version_knows_is_named(well: World) -> None:
    path = well.settings.database_path
    sql(path, "UPDATE thread SET woken_by = ?", '[{"reason": "moonrise", "at": "2026-11-02T12:00:00Z"}]')
    (found,) = check_database(path)
    assert found.level == "warning"
    assert found.said.startswith(
        f'Thread {well.store.read(threads.every)[0].id} is to be woken for "moonrise"'
    )
    assert found.said.endswith("known: due, follow_up, instant, read.")


def test_a_short_lock_is_waited_for(well: World) -> None:
    with locked(well.settings.database_path, "BEGIN IMMEDIATE") as _:
        found: list[Finding] = []
        asking = threading.Thread(target=lambda: found.extend(check_database(well.settings.database_path)))
        asking.start()
    asking.join()
    assert [each.level for each in found] == ["ok"]


def test_a_database_that_nobody_else_may_even_read(well: World) -> None:
    well.store.close()
    connection = sqlite3.connect(well.settings.database_path, isolation_level=None)
    connection.execute("PRAGMA locking_mode=EXCLUSIVE")
    connection.execute("BEGIN EXCLUSIVE")
    connection.execute("UPDATE thread SET title = 'x'")
    (found,) = check_database(well.settings.database_path, patience=0.1)
    connection.close()
    assert "locked" in found.said


@pytest.mark.parametrize("which", ["database", "checkpoints"])
def test_a_file_that_is_no_database(well: World, which: str) -> None:
    path = well.settings.database_path if which == "database" else well.settings.checkpoints_path
    well.store.close()
    path.write_bytes(b"not a database, though long enough to be taken for one" * 100)
    found = look(well)
    assert of(found, which).level == "problem"
    assert "file is not a database" in of(found, which).said
    if which == "database":
        assert of(found, "threads").said.startswith("Threads and timer were not looked at")
    else:
        assert f"mv {path} {path}.old" in str(of(found, which).remedy)


def test_a_damaged_page_is_found(well: World) -> None:
    for number in range(200):
        well.post(f"Post {number}", "words " * 100)
    well.store.close()
    path = well.settings.database_path
    sql(path, "PRAGMA wal_checkpoint(TRUNCATE)")
    size = path.stat().st_size
    with path.open("r+b") as file:
        file.seek(size // 2 // 4096 * 4096)
        file.write(b"\xff" * 4096)
    found = of(check_database(path), "database")
    assert (found.level, "is damaged" in found.said or "malformed" in found.said) == ("problem", True)
    assert ".recover" in str(found.remedy)


class _Endless(sqlite3.Connection):
    """A file whose pages nobody has ever seen the end of."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.interrupted = threading.Event()

    def execute(self, *_: Any) -> Any:
        assert self.interrupted.wait(60)
        raise sqlite3.OperationalError("interrupted")

    def interrupt(self) -> None:
        self.interrupted.set()


def test_a_file_too_large_to_look_through_is_a_warning() -> None:
    endless = _Endless(":memory:")
    file = databases._File("database", Path("large.db"), "mend it")
    found = of(databases._integrity(file, endless, 0.01), "database")
    assert (found.level, "PRAGMA quick_check" in str(found.remedy)) == ("warning", True)
    with pytest.raises(sqlite3.OperationalError):
        databases._integrity(file, endless, 60)
    endless.close()


def test_a_journal_that_is_not_wal(well: World) -> None:
    well.store.close()
    for which, path in (
        ("database", well.settings.database_path),
        ("checkpoints", well.settings.checkpoints_path),
    ):
        sql(path, "PRAGMA journal_mode=DELETE")
        found = of(look(well), which)
        assert (found.level, "journal mode delete" in found.said) == ("warning", True)
        assert found.remedy == f"sqlite3 {path} 'PRAGMA journal_mode=WAL'"


def test_the_schema_of_another_version(well: World) -> None:
    path = well.settings.database_path
    sql(path, "UPDATE alembic_version SET version_num = '9999'")
    found = of(check_database(path), "database")
    assert (found.level, "newer Heartbeat (schema 9999" in found.said) == ("problem", True)
    sql(path, "UPDATE alembic_version SET version_num = '0001'")
    found = of(check_database(path), "database")
    assert (found.level, "has the schema 0001" in found.said) == ("warning", True)


def test_an_older_schema_is_not_brought_up_to_date_by_looking(well: World) -> None:
    sql(well.settings.database_path, "UPDATE alembic_version SET version_num = '0001'")
    sql(well.settings.database_path, "ALTER TABLE thread RENAME COLUMN wake_at TO other")
    assert of(look(well), "threads").level == "warning"
    connection = sqlite3.connect(well.settings.database_path)
    assert connection.execute("SELECT version_num FROM alembic_version").fetchone() == ("0001",)
    connection.close()


def test_the_file_of_another_program(tmp_path: Path) -> None:
    path = tmp_path / "other.db"
    sql(path, "CREATE TABLE notes (id)")
    found = of(check_database(path), "database")
    assert (found.level, "another program" in found.said) == ("problem", True)


def test_empty_files_are_filled_by_the_next_command(tmp_path: Path) -> None:
    path = tmp_path / "empty.db"
    path.touch()
    assert of(check_database(path), "database").remedy == "the next command fills it: heartbeat init"
    assert of(check_checkpoints(path), "checkpoints").level == "ok"


def test_a_folder_in_place_of_a_file(tmp_path: Path) -> None:
    found = of(check_database(tmp_path), "database")
    assert (found.level, "does not open" in found.said) == ("problem", True)


def test_checkpoints_of_another_library(tmp_path: Path) -> None:
    path = tmp_path / "checkpoints.db"
    sql(path, "CREATE TABLE checkpoints (id)")
    sql(path, "PRAGMA journal_mode=WAL")
    assert of(check_checkpoints(path), "checkpoints").level == "problem"


def test_a_database_without_checkpoints_yet(world: World) -> None:
    world.thread()
    assert of(look(world), "checkpoints").said.endswith("the first beat makes it.")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_database_that_may_only_be_read(well: World) -> None:
    well.store.close()
    well.settings.database_path.chmod(0o400)
    assert "not written to" in of(check_database(well.settings.database_path), "database").said


def test_what_sqlite_says_of_a_file_it_may_only_read(well: World) -> None:
    file = databases._File("database", well.settings.database_path, "mend it")
    error = sqlite3.OperationalError("attempt to write a readonly database")
    assert "chmod u+w" in str(databases._explained(file, error, 1).remedy)


# Instructions


def test_missing_instructions(well: World) -> None:
    well.settings.instructions.unlink()
    assert of(look(well), "instructions").remedy == "heartbeat init"


@pytest.mark.parametrize(
    ("content", "said"),
    [(b"caf\xe9", "is not UTF-8 on line 1"), (b"x" * 65_537, "is larger than 64 KiB")],
)
def test_instructions_that_cannot_be_read(well: World, content: bytes, said: str) -> None:
    well.settings.instructions.write_bytes(content)
    found = of(look(well), "instructions")
    assert (found.level, said in found.said) == ("problem", True)


def test_instructions_that_are_a_folder(well: World) -> None:
    well.settings.instructions.unlink()
    well.settings.instructions.mkdir()
    assert "is not a file" in of(look(well), "instructions").said


def test_instructions_that_ask_for_nothing(well: World) -> None:
    well.write("# Heartbeat\n\n<!-- nothing -->\n")
    found = of(look(well), "instructions")
    assert (found.level, "asks for nothing" in found.said) == ("problem", True)


def test_what_is_not_understood_in_instructions(well: World) -> None:
    well.write("tasks:\n  - name: x\n    prompt: y\n  - name: z\n    prompt: y\n\n## Rules\n- Reply to all\n")
    found = of(look(well), "instructions")
    assert (found.level, "2 problems, first on line 2: This task has no interval" in found.said) == (
        "problem",
        True,
    )
    assert found.remedy == f"heartbeat instructions check {well.settings.instructions}"


def test_warnings_of_instructions_are_warnings(well: World) -> None:
    well.write("- Look\n\n```\nPost\n")
    found = of(look(well), "instructions")
    assert (found.level, "line 3: " in found.said) == ("warning", True)


def _own_text(world: World, content: str, thread: str = "demo") -> None:
    def change(session: Any) -> None:
        session.get(Thread, thread).instructions = content

    world.store.write(change)


def test_the_own_text_of_a_thread(well: World) -> None:
    _own_text(well, "- Read\n")
    well.settings.instructions.unlink()
    said = [each.said for each in look(well) if each.check == "instructions"]
    assert said[0].endswith("every thread has a text of its own.")
    assert said[1] == "1 thread with a text of its own: understood."
    _own_text(well, "")
    assert of(look(well), "instructions").said.startswith("The own text of thread demo asks for nothing")


def test_a_bad_file_that_no_thread_uses_is_a_warning(well: World) -> None:
    _own_text(well, "- Read\n")
    well.settings.instructions.write_bytes(b"\xff")
    assert of(look(well), "instructions").level == "warning"
    well.settings.instructions.write_bytes(b"")
    assert all(each.level == "ok" for each in look(well))


def test_many_own_texts_do_not_take_long(well: World, monkeypatch: pytest.MonkeyPatch) -> None:
    _own_text(well, "- Read\n")
    monkeypatch.setattr(instructions, "LONGEST", -1.0)
    assert of(look(well), "instructions").said.startswith("1 own text of threads were not looked at")


# The model server


def test_words_of_the_workspace(well: World) -> None:
    well.settings.prompts_path.mkdir()
    age = well.settings.prompts_path / "age.txt"
    age.write_text("{{ minutes }} m")
    assert of(look(well), "prompts").said == f"The workspace's own words in {age.parent}: age."
    age.write_text("{{ seconds }} s")
    finding = of(look(well), "prompts")
    assert finding.level == "problem"
    assert finding.said == f"{age} line 1: {{{{ seconds }}}} is unknown; allowed: minutes, hours, days."
    assert finding.remedy == "mend the file, or remove it to have the usual words"


def test_plug_ins(well: World, monkeypatch: pytest.MonkeyPatch) -> None:
    assert of(look(well), "plugins").said == "None are installed."
    packages = Packages(well.folder / "site", monkeypatch)
    packages.add(WEATHER, sources={"weather": "Weather"})
    assert of(look(well), "plugins").said == "Loaded: source weather (extra 1.0)."
    packages.add("1/0", name="other", targets={"ledger": "Ledger"}, sources={"tides": "Tides"})
    first, second, third = (each for each in look(well) if each.check == "plugins")
    assert (first.level, second.level, third.level) == ("problem", "warning", "ok")
    assert first.said == (
        "The target ledger of other 1.0 cannot be imported: ZeroDivisionError: division by zero."
    )
    assert second.said.startswith("The source tides of other 1.0 cannot be imported")
    assert first.remedy is not None
    assert "HEARTBEAT_PLUGINS" in first.remedy
    assert of(look(well, plugins="none"), "plugins").said == "None are let in."


def test_connections(well: World) -> None:
    assert of(look(well), "connections").said == "None are configured."
    file = well.folder / "connections.toml"
    file.write_text('[phone]\nkind = "apprise"\nurl = "ntfy://localhost/a"\n')
    file.chmod(0o600)
    well.thread("told", target="phone")
    found = look(well)
    assert of(found, "connections").said == "1 connection can be used."
    assert of(found, "targets").level == "ok"
    file.write_text('[phone]\nkind = "apprise"\nurl = "ntfy://${HB_NOT_SET}/a"\n')
    finding = of(look(well), "connections")
    assert finding.level == "warning"
    assert finding.said == "Connection phone: url: the environment variable HB_NOT_SET is not set; set it."
    assert finding.remedy == f"mend [phone] in {file}"
    assert of(look(well), "targets").level == "problem"
    file.write_text("[phone]\nkind =\n")
    finding = of(look(well), "connections")
    assert finding.said.startswith(f"{file} is no TOML")


@pytest.mark.parametrize("content", [b"[phone]\nkind =\n", b"phone.kind =\n", b"\xff\xfe"])
def test_a_broken_connections_toml_is_mended_and_nothing_else(well: World, content: bytes) -> None:
    values = {"url": "ntfy://localhost/a"}
    well.store.write(connections.add, "phone", "apprise", values, well.clock())
    file = well.folder / "connections.toml"
    file.write_bytes(content)
    [finding] = [each for each in look(well) if each.check == "connections"]
    assert finding.remedy == f"mend {file}"
    assert "remove" not in finding.said


def test_a_connection_of_the_database_is_changed_rather_than_removed(well: World) -> None:
    well.store.write(connections.add, "notes", "folder", {"path": "/"}, well.clock())
    remedy = of(look(well), "connections").remedy
    assert remedy == "change it in the panel, or where it is not needed: heartbeat connections remove notes"


@pytest.mark.skipif(os.name != "posix", reason="modes of files are POSIX")
def test_a_secret_that_others_may_read(well: World) -> None:
    file = well.folder / "connections.toml"
    file.write_text('[phone]\nkind = "apprise"\nurl = "ntfy://localhost/a"\n')
    file.chmod(0o644)
    finding = of(look(well), "connections")
    assert finding.said == f"{file} holds a secret, and other accounts of this machine may read it."
    assert finding.remedy == f"chmod 600 {file}, or name the secret by ${{NAME}} or file:PATH"
    file.chmod(0o600)
    assert of(look(well), "connections").level == "ok"
    file.write_text('[phone]\nkind = "apprise"\nurl = "ntfy://localhost/${HB_TOPIC}"\n')
    file.chmod(0o644)
    assert "may read" not in of(look(well), "connections").said


def test_the_target_of_a_plug_in_is_configured(well: World, monkeypatch: pytest.MonkeyPatch) -> None:
    well.configure(target="ledger")
    assert of(look(well), "targets").level == "problem"
    Packages(well.folder / "site", monkeypatch).add("", targets={"ledger": "Ledger"})
    assert of(look(well), "targets").said == "Configured: ledger."


def test_nobody_listens(well: World) -> None:
    found = look(well, ollama_url=NOBODY)
    assert (of(found, "ollama").level, of(found, "ollama").said) == (
        "problem",
        f"No model server answers at {NOBODY}.",
    )
    assert [each for each in found if each.check == "model"] == []


@pytest.mark.parametrize(
    ("url", "remedy"),
    [
        ("http://127.0.0.1:11434", "ollama serve"),
        ("http://localhost:9", "ollama serve; it listens on 11434, unless OLLAMA_HOST says 9"),
        ("http://gpu-box:11434", "start it on gpu-box, or name another: HEARTBEAT_OLLAMA_URL"),
        (
            "http://gpu-box",
            "start it on gpu-box, or name another: HEARTBEAT_OLLAMA_URL; without a port, 80 or 443 is meant, "
            "and Ollama listens on 11434",
        ),
    ],
)
def test_a_server_is_started_where_it_is_missed(url: str, remedy: str) -> None:
    assert server._silent(url).remedy == remedy


def test_a_server_elsewhere_that_is_not_there(well: World) -> None:
    found = of(look(well, ollama_url="http://gpu-box.invalid:11434"), "ollama")
    assert found.remedy == "start it on gpu-box.invalid, or name another: HEARTBEAT_OLLAMA_URL"


def test_rules_make_a_server_that_is_down_a_warning(well: World) -> None:
    well.configure(fallback="rules")
    found = of(look(well, ollama_url=NOBODY), "ollama")
    assert (found.level, "the rules decide meanwhile" in found.said) == ("warning", True)
    well.thread("strict")
    assert of(look(well, ollama_url=NOBODY), "ollama").level == "problem"
    well.store.write(threads.configure, "strict", {"enabled": False}, well.clock())
    assert of(look(well, ollama_url=NOBODY), "ollama").level == "warning"


def test_what_is_no_address(well: World) -> None:
    for url in ("http://", "http://127.0.0.1:99999", "http://a b:1:2"):
        assert of(look(well, ollama_url=url), "ollama").level == "problem"


class _Web(BaseHTTPRequestHandler):
    disable_nagle_algorithm = True
    answer: tuple[int, bytes] = (200, b"<html>")

    def do_GET(self) -> None:
        self.send_response(self.answer[0])
        self.end_headers()
        self.wfile.write(self.answer[1])

    def log_message(self, *_: Any) -> None:
        pass


@contextmanager
def web(status: int, body: bytes) -> Iterator[str]:
    handler = type("Handler", (_Web,), {"answer": (status, body)})
    other = HTTPServer(("127.0.0.1", 0), handler)
    running = threading.Thread(target=other.serve_forever, kwargs={"poll_interval": 0.02})
    running.start()
    try:
        yield f"http://127.0.0.1:{other.server_address[1]}"
    finally:
        other.shutdown()
        running.join()
        other.server_close()


@pytest.mark.parametrize(
    ("status", "body"),
    [(404, b""), (200, b"<html>"), (200, b"[]"), (200, b'{"models": [{}]}'), (200, b"[" * 100_000)],
)
def test_another_server_than_ollama(well: World, status: int, body: bytes) -> None:
    with web(status, body) as url:
        found = of(look(well, ollama_url=url), "ollama")
    assert (found.level, "is it Ollama?" in found.said) == ("problem", True)


def test_a_server_that_accepts_and_says_nothing(well: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "LONGEST", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        url = f"http://127.0.0.1:{deaf.getsockname()[1]}"
        started = time.monotonic()
        assert "No model server answers" in of(look(well, ollama_url=url), "ollama").said
    assert time.monotonic() - started < SOON


@pytest.mark.parametrize(
    ("version", "level", "said"),
    [
        ("0.12.3", "ok", "Ollama 0.12.3 answers."),
        ("0.4.9", "problem", "does not know JSON schemas"),
        ("0.0.0", "ok", "Ollama 0.0.0"),
        ("b1234", "ok", "Ollama b1234"),
        (None, "ok", "unknown version"),
    ],
)
def test_the_version_of_the_server(well: World, version: str | None, level: str, said: str) -> None:
    well.ollama.version = version
    found = of(look(well), "ollama")
    assert (found.level, said in found.said) == (level, True)


def test_a_model_that_is_not_pulled(well: World) -> None:
    well.configure(model="qwen2.5:7b")
    found = [each for each in look(well) if each.check == "model"]
    assert found[0] == Finding(
        "model", "problem", "The model qwen2.5:7b is not pulled.", "ollama pull qwen2.5:7b"
    )
    assert found[1].said == "llama3.2:latest is there."
    well.configure(fallback="rules")
    assert of(look(well), "model").level == "warning"


def test_the_model_of_the_settings_where_no_thread_uses_it(well: World) -> None:
    well.ollama.models = ["qwen2.5:7b"]
    well.configure(model="qwen2.5:7b")
    found = of(look(well), "model")
    assert (found.level, "which new threads would use" in found.said) == ("warning", True)


def test_a_name_without_a_tag_is_the_latest(well: World) -> None:
    assert of(look(well, model="llama3.2"), "model").level == "ok"


# The plan


def test_lines_that_are_read_are_counted(well: World) -> None:
    assert of(look(well), "plan").said == (
        "Of HEARTBEAT.md, 3 lines wait to be read, by heartbeat serve or heartbeat plan."
    )
    well.write("- Look at mail\n- Look at news\n")
    assert asyncio.run(read_now(well.services)) == "read"
    assert of(look(well), "plan") == Finding("plan", "ok", "2 lines of HEARTBEAT.md are read.")
    well.store.write(threads.set_instructions, "demo", "- Look at mail\n", well.clock())
    said = [each.said for each in look(well) if each.check == "plan"]
    assert said == ["2 lines of HEARTBEAT.md are read.", "1 line of the text of thread demo is read."]
    assert len(well.ollama.readings) == 4


def test_a_reader_model_that_is_not_pulled(well: World) -> None:
    settings = well.settings.model_copy(update={"reader_model": "nobody:1b"})
    assert asyncio.run(read_now(replace(well.services, settings=settings))) == "down"
    missing, waiting = (each for each in look(well, reader_model="nobody:1b") if each.check == "plan")
    assert (missing.level, missing.remedy) == ("warning", "ollama pull nobody:1b")
    assert missing.said == "The model nobody:1b, which reads the lines, is not pulled."
    assert "3 lines wait to be read: The server" in waiting.said
    assert (waiting.level, waiting.remedy) == ("warning", "mend that, then: heartbeat plan")


def test_lines_that_cannot_be_read_or_followed_are_named(well: World) -> None:
    well.write("- Look at mail\n- Push the branch\n- Look at news\n")
    well.ollama.reads = Reads({"news": "banana", "Push": ("other", "always", "any", {})})
    asyncio.run(read_now(well.services))
    unread, lacking = (each for each in look(well) if each.check == "plan")
    assert unread.said == "Of HEARTBEAT.md, 1 line could not be read as a rule, first line 3."
    assert lacking.said.startswith("Of HEARTBEAT.md, 1 line cannot be followed, first line 2: ")
    assert {unread.level, lacking.level} == {"warning"}


# One real question


def test_a_model_that_answers_by_a_schema(well: World) -> None:
    well.ollama.says('{"answer": "yes"}')
    found = look(well, ask=True)
    assert [each.level for each in found if each.check == "model"] == ["ok", "ok"]
    assert "answered by a JSON schema in" in [each.said for each in found if each.check == "model"][1]
    assert well.ollama.calls[0]["format"]["required"] == ["answer"]


@pytest.mark.parametrize(
    ("reply", "level", "said"),
    [
        (Say("Of course it is!"), "problem", "not by a JSON schema"),
        (Say("[" * 50_000), "problem", "not by a JSON schema"),
        (Say('{"answer', done_reason="length"), "warning", "did not come to an end"),
        (Say(status=400, error='"embed" does not support chat'), "problem", "does not support chat"),
    ],
)
def test_a_model_that_cannot_decide(well: World, reply: Say, level: str, said: str) -> None:
    well.ollama.says(reply)
    found = of(look(well, ask=True), "model")
    assert (found.level, said in found.said) == (level, True)
    assert "ollama pull" in str(found.remedy)


def test_a_model_that_takes_too_long(well: World) -> None:
    silence = threading.Event()
    well.ollama.says(Say(wait=silence))
    found = of(look(well, ask=True, model_timeout=0.2), "model")
    silence.set()
    assert (found.level, "HEARTBEAT_MODEL_TIMEOUT" in str(found.remedy)) == ("problem", True)


def test_only_models_that_are_there_are_asked(well: World) -> None:
    well.configure(model="nobody")
    well.ollama.says('{"answer": "no"}')
    look(well, ask=True)
    assert [call["model"] for call in well.ollama.calls] == ["llama3.2:latest"]
    assert look(well, ask=True, ollama_url=NOBODY)


# Threads, targets, zones


def test_no_threads(world: World) -> None:
    found = look(world)
    assert of(found, "threads").remedy == "heartbeat init"
    assert {"targets", "zones"} & {each.check for each in found} == set()


def test_a_paused_thread_and_its_reason(well: World) -> None:
    well.store.write(threads.pause, "demo", "10 slots in a row failed.", well.clock())
    assert of(look(well), "threads") == Finding(
        "threads",
        "warning",
        "Thread demo is paused: 10 slots in a row failed.",
        "heartbeat threads resume demo",
    )


def test_threads_that_are_switched_off(well: World) -> None:
    well.thread("quiet", enabled=False)
    assert of(look(well), "threads").said == "2 threads, 1 of them switched off."
    well.configure(enabled=False)
    assert of(look(well), "threads").remedy == "heartbeat threads set demo enabled=true"


def test_threads_outside_their_active_hours(well: World) -> None:
    well.configure(active_hours={"start": 2, "end": 3})
    assert of(look(well), "threads").said == (
        "1 thread, 1 outside active hours now. Thread demo: "
        "It is quiet until Tue 2026-11-03 02:00 UTC: its active hours are 02:00-03:00."
    )
    well.thread("other", active_hours={"start": 2, "end": 4})
    assert "2 outside active hours now. The first, demo: " in of(look(well), "threads").said


@pytest.mark.one_question  # replies with a whole decision
def test_a_spent_budget_and_when_it_is_free(well: World) -> None:
    well.configure(daily_token_budget=1000)
    well.ollama.default = Say(decision(action="none"), prompt_tokens=1000)
    well.beat()
    found = of(look(well), "threads")
    assert (found.level, found.remedy) == ("warning", "heartbeat threads set demo daily_token_budget=2000")
    assert found.said.endswith("It is free again Tue 2026-11-03 00:00 UTC.")
    well.configure(enabled=False)
    assert not any("budget" in each.said for each in look(well) if each.check == "threads")


@pytest.mark.one_question  # replies with a whole decision
def test_what_waits_for_a_person(well: World) -> None:
    well.configure(approval="always")
    well.post()
    well.ollama.says(decision(action="post", board="general", title="Hello", content="A word."))
    assert well.scheduled()["status"] == "awaiting_approval"
    found = of(look(well), "threads")
    assert (found.level, found.remedy) == ("warning", "heartbeat approve 1, or heartbeat reject 1")
    assert found.said == (
        "Thread demo: Beat 1 waits for a person until Tue 2026-11-03 12:00 UTC. "
        "Until then the thread goes on, but does nothing else on forum."
    )


def test_a_target_that_is_not_configured(well: World) -> None:
    well.configure(target="discord")
    found = of(look(well), "targets")
    assert (found.level, found.remedy) == ("problem", "heartbeat threads set demo target=forum")


@pytest.mark.parametrize(
    ("check", "overrides", "said"),
    [
        ("threads", '{"every": 5}', "every: 5 is not allowed"),
        ("zones", '{"timezone": "Mars/Base"}', "Mars/Base"),
    ],
)
@pytest.mark.parametrize("shared", [False, True])
def test_a_stored_config_that_is_refused(
    well: World, check: str, overrides: str, said: str, shared: bool
) -> None:
    path = well.settings.database_path
    if shared:
        sql(path, "INSERT OR REPLACE INTO workspace (id, defaults) VALUES (1, ?)", overrides)
    else:
        sql(path, "UPDATE thread SET overrides = ?", overrides)
    found = of(look(well), check)
    assert (found.level, said in found.said) == ("problem", True)
    command = str(found.remedy).partition("or drop the value: ")
    program, *arguments = shlex.split(command[2] or command[0])
    if shared:
        assert (program, arguments[0]) == ("sqlite3", str(path))
        sql(path, arguments[1])
    else:
        assert (program, *arguments[:-1]) == ("heartbeat", "threads", "unset", "demo")
        well.store.write(threads.unset, "demo", arguments[-1:], well.clock())
    assert of(look(well), check).level == "ok"


@pytest.mark.skipif(os.name != "posix", reason="modes of files are POSIX")
def test_a_home_that_others_can_read(well: World) -> None:
    well.settings.home.chmod(0o750)
    well.settings.instructions.parent.chmod(0o755)
    found = of(look(well), "folders")
    assert (found.level, found.said) == (
        "warning",
        f"{well.settings.home} can be read by other accounts of this machine.",
    )
    assert str(found.remedy).endswith(f"chmod 700 {well.settings.home}")
    well.settings.home.chmod(0o700)
    assert of(look(well), "folders").level == "ok"


# The HTTP API


def test_beyond_loopback_a_token_is_demanded(well: World) -> None:
    for host in ("127.0.0.1", "localhost", "::1"):
        assert of(look(well, host=host), "api").level == "ok"
    for host in ("0.0.0.0", "::", "box.example"):
        found = of(look(well, host=host), "api")
        assert (found.level, "HEARTBEAT_API_TOKEN" in str(found.remedy)) == ("problem", True)
    token = load_settings(api_token="hunter2hunter2").api_token
    assert of(look(well, host="0.0.0.0", api_token=token), "api").level == "ok"
    names = ("hb.localhost", "hb.example.org")
    found = of(look(well, allowed_hosts=names), "api")
    assert (found.level, "hb.example.org" in found.said) == ("problem", True)
    assert "HEARTBEAT_API_TOKEN" in str(found.remedy)
    assert of(look(well, allowed_hosts=names, api_token=token), "api").level == "ok"
    assert of(look(well, allowed_hosts=names[:1]), "api").level == "ok"


# Timer and clock


def test_the_timer_that_was_stopped(well: World) -> None:
    well.store.write(timer.switch, False, well.clock())
    assert of(look(well), "timer").remedy == "heartbeat start"


def test_a_timer_with_nothing_to_do_need_not_run(well: World) -> None:
    found = of(look(well), "timer")
    assert (found.level, "it has never ticked yet; next: demo at" in found.said) == ("ok", True)


def test_due_threads_and_no_timer(well: World) -> None:
    well.store.write(timer.tick, well.clock(), "other-process")
    well.clock.move(hours=2)
    found = of(look(well), "timer")
    assert (found.level, found.remedy) == ("warning", "heartbeat serve")
    assert found.said.startswith("Due: 1 thread, the first since 2026-11-02 12:")
    assert found.said.endswith("last tick: 2026-11-02 12:00:00 UTC.")


def test_due_threads_and_a_timer_that_ticks(well: World) -> None:
    row = well.store.read(threads.get, "demo")
    assert row.wake_at is not None
    well.clock.now = row.wake_at + timedelta(seconds=5)
    well.store.write(timer.tick, well.clock(), "other-process")
    assert of(look(well), "timer").level == "ok"
    well.clock.move(seconds=60)
    well.store.write(timer.tick, well.clock(), "other-process")
    found = of(look(well), "timer")
    assert (found.level, "HEARTBEAT_CONCURRENCY (now 4)" in str(found.remedy)) == ("warning", True)


def test_a_clock_behind_the_newest_row(well: World) -> None:
    well.clock.move(minutes=-2)
    found = of([each for each in look(well) if "newest row" in each.said], "clock")
    assert found.level == "warning"
    assert "the newest row is of 2026-11-02 12:00:00 UTC" in found.said


def test_a_clock_that_never_was_set() -> None:
    assert of(check_clock(datetime(1970, 1, 1, tzinfo=UTC), None, None), "clock").level == "problem"


@pytest.mark.parametrize(("ahead", "said"), [(3600, "3,600 s ahead of it"), (-90, "90 s behind it")])
def test_a_model_server_with_another_time(well: World, ahead: int, said: str) -> None:
    well.ollama.date = format_datetime(well.clock() + timedelta(seconds=ahead), usegmt=True)
    found = of(look(well), "clock")
    assert (found.level, said in found.said) == ("warning", True)


@pytest.mark.parametrize(
    "date", ["", "yesterday", "Mon, 99 Nov 2026 12:00:00 GMT", "Mon, 02 Nov 2026 12:00:00 -0000"]
)
def test_a_server_that_does_not_tell_the_time(well: World, date: str) -> None:
    well.ollama.date = date
    assert "as does" not in of(look(well), "clock").said


# Together


def test_secrets_are_never_shown(well: World) -> None:
    for url in ("http://me:pa/ss@127.0.0.1:9", "http://me:pa@ss@127.0.0.1:9", "http://pass@127.0.0.1:9"):
        said = str(look(well, ollama_url=url))
        assert "[secret]@127.0.0.1:9" in said
        assert "pa/ss" not in said
        assert "ss@" not in said
    token = load_settings(api_token="hunter2hunter2").api_token
    well.store.write(threads.pause, "demo", "the token hunter2hunter2 is old", well.clock())
    assert "hunter2" not in str(look(well, api_token=token))


def test_no_check_may_raise(well: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any, **__: Any) -> Any:
        raise RuntimeError("out of order")

    async def broken_later(*_: Any) -> Any:
        raise RuntimeError("out of order")

    for name in [each for each in vars(examination) if each.startswith(("check_", "read_", "visit"))]:
        monkeypatch.setattr(examination, name, broken)
    monkeypatch.setattr(examination, "ask_models", broken_later)
    found = look(well, ask=True)
    unread, *broken_ones = sorted(found, key=lambda each: each.level == "problem")
    assert unread.said.startswith("Threads and timer were not looked at")
    assert all("RuntimeError: out of order" in each.said and each.remedy for each in broken_ones)
    assert {each.level for each in broken_ones} == {"problem"}
    (settings,) = asyncio.run(examine(clock=well.clock))
    assert settings.check == "settings"


def test_threads_that_cannot_be_read_are_not_looked_at(well: World) -> None:
    sql(well.settings.database_path, "UPDATE thread SET overrides = 'not json'")
    found = look(well)
    assert of(found, "database").said.startswith("Unreadable: overrides of row")
    assert of(found, "threads").said.startswith("Threads and timer were not looked at")


def test_facts_that_cannot_be_read_though_the_database_is_whole(
    well: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("heartbeat_service.doctor.examination.read_facts", lambda *_: 1 // 0)
    found = of(look(well), "threads")
    assert (found.level, "could not be checked" in found.said) == ("problem", True)


def test_no_database_is_no_facts(tmp_path: Path) -> None:
    assert read_facts(tmp_path / "none.db", datetime.now(UTC)) == Facts()


def test_many_findings_of_a_kind_are_counted() -> None:
    shown = few([warning("threads", f"Thread {number}.", "x") for number in range(15)])
    assert (len(shown), shown[-1].said) == (11, "There are 5 more like these.")
