"""Check the two SQLite files: that they open, are intact, have this version's schema, and are not locked."""

from __future__ import annotations

import json
import shlex
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from alembic.script import ScriptDirectory
from sqlmodel.main import default_registry

import heartbeat.store
from heartbeat.store import unreadable
from heartbeat.store.failure import FailureKind, failure_of
from heartbeat.text import as_json, sentence
from heartbeat.vocabulary import WakeReason
from heartbeat.wake import unknown_reason
from heartbeat_service.doctor.finding import Finding, few, ok, problem, unexpected, warning

DATABASE, CHECKPOINTS = "database", "checkpoints"
PATIENCE = 5.0
"""Seconds to wait for a lock. Heartbeat's transactions take milliseconds, so a longer lock is another program's."""
LONGEST = 10.0
"""Seconds after which the integrity check is interrupted."""
_COLUMNS = {"thread_id", "checkpoint_ns", "checkpoint_id", "parent_checkpoint_id", "checkpoint", "metadata"}
_WOKEN = (
    "SELECT id, woken_by FROM thread WHERE woken_by <> '[]' "
    "AND CASE WHEN json_valid(woken_by) THEN json_type(woken_by) = 'array' END ORDER BY id"
)
_SHOWN = 80


@dataclass(frozen=True)
class _File:
    check: str
    path: Path
    damaged: str
    """The remedy for a damaged file."""

    @property
    def quoted(self) -> str:
        return shlex.quote(str(self.path))


def check_database(path: Path, *, patience: float = PATIENCE, longest: float = LONGEST) -> list[Finding]:
    """Check the domain database without changing it."""
    quoted = shlex.quote(str(path))
    file = _File(
        DATABASE,
        path,
        "stop heartbeat serve, then: heartbeat restore DIR --replace; or save what can be read: "
        f"sqlite3 {quoted} .recover | sqlite3 mended.db",
    )
    if not path.exists():
        return [
            warning(
                DATABASE,
                sentence(f"There is no {path}"),
                "go to the folder of your workspace, or: heartbeat init",
            )
        ]
    return _look(file, _schema, patience, longest)


def check_checkpoints(path: Path, *, patience: float = PATIENCE, longest: float = LONGEST) -> list[Finding]:
    """Check the checkpoint database without changing it."""
    quoted = shlex.quote(str(path))
    file = _File(
        CHECKPOINTS,
        path,
        f"stop heartbeat serve, then: mv {quoted} {quoted}.old; what a thread remembers is also on its beats",
    )
    if not path.exists():
        return [ok(CHECKPOINTS, f"There is no {path} yet; the first beat makes it.")]
    return _look(file, _checkpoint_tables, patience, longest)


Look = Callable[[_File, sqlite3.Connection], tuple[str, list[Finding]]]


def _look(file: _File, look: Look, patience: float, longest: float) -> list[Finding]:
    found: list[Finding] = []
    told = ""
    try:
        # Mode rw does not create a missing file, and falls back to read-only if the file cannot be written.
        address = f"{file.path.absolute().as_uri()}?mode=rw"
        with closing(sqlite3.connect(address, uri=True, timeout=patience, isolation_level=None)) as opened:
            told, found = look(file, opened)
            is_current = not found
            found = found or _journal(file, opened)
            found += _integrity(file, opened, longest)
            if is_current and file.check == DATABASE:
                found += _unreadable(file, opened, longest)
                found += _unknown_wakes(file, opened)
            opened.execute("BEGIN IMMEDIATE")
            opened.execute("ROLLBACK")
    except sqlite3.Error as error:
        found.append(_explained(file, error, patience))
    return found or [
        ok(file.check, sentence(f"{file.path} opens, is whole, and nobody holds it locked; {told}"))
    ]


def _explained(file: _File, error: sqlite3.Error, patience: float) -> Finding:
    failure = failure_of(error)
    if failure is None:
        return unexpected(file.check, error)
    if failure.kind is FailureKind.LOCKED:
        return problem(
            file.check,
            f"Another program has held {file.path} locked for {patience:g} s.",
            f"close that program; find it with: lsof {file.quoted}",
        )
    if failure.kind is FailureKind.READ_ONLY:
        return problem(
            file.check,
            f"{file.path} can be read, but not written to.",
            f"let this account write to it and to its folder: chmod u+w {file.quoted}",
        )
    if failure.kind in {FailureKind.FULL, FailureKind.BROKEN_DISK}:
        return problem(file.check, f"{file.path}: {failure.said}", failure.remedy)
    if failure.kind is not FailureKind.DAMAGED:
        return problem(
            file.check,
            sentence(f"{file.path} does not open: {error}"),
            "name a file that this account may read and write, in a folder where it may make files",
        )
    return problem(file.check, sentence(f"{file.path}: {error}"), file.damaged)


def _journal(file: _File, opened: sqlite3.Connection) -> list[Finding]:
    (mode,) = opened.execute("PRAGMA journal_mode").fetchone()
    empty = opened.execute("PRAGMA schema_version").fetchone() == (0,)
    if mode == "wal" or empty:
        return []
    said = f"{file.path} has the journal mode {mode}, not WAL, so readers and writers wait for each other."
    return [warning(file.check, said, f"sqlite3 {file.quoted} 'PRAGMA journal_mode=WAL'")]


def _integrity(file: _File, opened: sqlite3.Connection, longest: float) -> list[Finding]:
    with _interrupted_after(opened, longest) as is_over:
        try:
            (first,) = opened.execute("PRAGMA quick_check(1)").fetchone()
        except sqlite3.OperationalError:
            if not is_over():
                raise
            said = f"{file.path} is so large that looking at every page takes over {longest:g} s."
            return [
                warning(file.check, said, f"when there is time: sqlite3 {file.quoted} 'PRAGMA quick_check'")
            ]
    if first == "ok":
        return []
    return [
        problem(file.check, sentence(f"{file.path} is damaged: {' '.join(first.split()):.200}"), file.damaged)
    ]


def _unreadable(file: _File, opened: sqlite3.Connection, longest: float) -> list[Finding]:
    """Return the cells that cannot be read, since another program has written them."""
    found: list[Finding] = []
    with _interrupted_after(opened, longest) as is_over:
        try:
            for table in sorted((each.class_ for each in default_registry.mappers), key=str):
                found += [_of_cell(file, cell) for cell in unreadable.cells(opened.execute, table)]
        except sqlite3.OperationalError:
            if not is_over():
                raise
            said = f"{file.path} is so large that looking at every row takes over {longest:g} s."
            found.append(warning(file.check, said, "look at the log of heartbeat serve for: cannot be read"))
    return few(found)


def _unknown_wakes(file: _File, opened: sqlite3.Connection) -> list[Finding]:
    """Return the wakes of threads whose reason only another version knows; the timer passes over them."""
    found = [
        warning(
            file.check,
            sentence(
                f"Thread {thread} is to be woken for {as_json(reason, _SHOWN)}, which this version does not "
                f"know and passes over; known: {', '.join(WakeReason)}"
            ),
            "start the version that has written it, or leave it: the thread's next beat drops it",
        )
        for thread, stored in opened.execute(_WOKEN)
        for each in json.loads(stored)
        if (reason := unknown_reason(each)) is not None
    ]
    return few(found)


def _of_cell(file: _File, cell: unreadable.Unreadable) -> Finding:
    said = f"Unreadable: {cell}"
    if cell.thread not in {None, cell.row}:
        said += f" It is of thread {cell.thread}"
    return problem(file.check, sentence(said), f"write what is allowed there: sqlite3 {file.quoted}")


@contextmanager
def _interrupted_after(opened: sqlite3.Connection, seconds: float) -> Iterator[Callable[[], bool]]:
    over = threading.Event()

    def interrupt() -> None:
        over.set()
        opened.interrupt()

    timer = threading.Timer(seconds, interrupt)
    timer.start()
    try:
        yield over.is_set
    finally:
        timer.cancel()
        # The connection must not be closed while the timer thread interrupts it.
        timer.join()


def _schema(file: _File, opened: sqlite3.Connection) -> tuple[str, list[Finding]]:
    tables = _tables(opened)
    if not tables:
        return "it is empty", [
            warning(DATABASE, f"{file.path} is empty.", "the next command fills it: heartbeat init")
        ]
    if "alembic_version" not in tables:
        said = f"{file.path} holds the tables of another program."
        return "", [problem(DATABASE, said, "name a file of Heartbeat's own: HEARTBEAT_DATABASE_URL")]
    (revision,) = opened.execute("SELECT version_num FROM alembic_version").fetchone() or (None,)
    head, known = _revisions()
    if revision not in known and revision is not None:
        said = f"{file.path} was written by a newer Heartbeat (schema {revision}, here {head})."
        return "", [problem(DATABASE, said, "upgrade langgraph-heartbeat, or name another HEARTBEAT_HOME")]
    if revision != head:
        said = sentence(f"{file.path} has the schema {revision}; this version's is {head}")
        remedy = "the next command brings it up to date, for example: heartbeat threads list"
        return "", [warning(DATABASE, said, remedy)]
    return f"its schema is this version's, {head}", []


def _revisions() -> tuple[str | None, set[str]]:
    scripts = ScriptDirectory(str(Path(heartbeat.store.__file__).parent / "migrations"))
    return scripts.get_current_head(), {script.revision for script in scripts.walk_revisions()}


def _checkpoint_tables(file: _File, opened: sqlite3.Connection) -> tuple[str, list[Finding]]:
    tables = _tables(opened)
    if not tables:
        return "it is empty, and the first beat fills it", []
    columns = {row[1] for row in opened.execute("PRAGMA table_info(checkpoints)")}
    if "checkpoints" in tables and not columns >= _COLUMNS:
        said = f"{file.path} was written by another version of LangGraph's checkpoint library."
        return "", [problem(CHECKPOINTS, said, file.damaged)]
    threads = opened.execute("SELECT count(DISTINCT thread_id) FROM checkpoints") if columns else None
    return f"threads in it: {threads.fetchone()[0] if threads else 0}", []


def _tables(opened: sqlite3.Connection) -> set[str]:
    return {name for (name,) in opened.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
