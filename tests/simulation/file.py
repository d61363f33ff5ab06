"""The database of a simulation: the real store on a real file, which dies with its process and can be locked."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable
from datetime import datetime
from functools import cache, partial
from pathlib import Path
from tempfile import mkdtemp
from typing import Any, Concatenate, ParamSpec, TypeVar, cast

from sqlalchemy import event
from sqlalchemy.exc import OperationalError
from sqlmodel import Session

from heartbeat.store import Lease, Store, approvals, beats, due, timer, views
from heartbeat.store.database import create_sqlite_engine

P = ParamSpec("P")
T = TypeVar("T")

_LOG = """
CREATE TABLE sim_log (id INTEGER PRIMARY KEY, kind TEXT, ref);
CREATE TRIGGER sim_1 AFTER INSERT ON beat BEGIN INSERT INTO sim_log(kind, ref) VALUES ('beat', NEW.id); END;
CREATE TRIGGER sim_2 AFTER UPDATE ON beat BEGIN INSERT INTO sim_log(kind, ref) VALUES ('beat', NEW.id); END;
CREATE TRIGGER sim_3 AFTER DELETE ON beat BEGIN INSERT INTO sim_log(kind, ref) VALUES ('beat', OLD.id); END;
CREATE TRIGGER sim_4 AFTER INSERT ON action BEGIN
    INSERT INTO sim_log(kind, ref) VALUES ('action', NEW.beat_id); END;
CREATE TRIGGER sim_5 AFTER UPDATE OF paused_reason ON thread WHEN NEW.paused_reason IS NOT OLD.paused_reason BEGIN
    INSERT INTO sim_log(kind, ref) VALUES ('thread', NEW.id); END;
CREATE TRIGGER sim_6 AFTER INSERT ON thread BEGIN INSERT INTO sim_log(kind) VALUES ('other'); END;
CREATE TRIGGER sim_7 AFTER UPDATE ON thread BEGIN INSERT INTO sim_log(kind) VALUES ('other'); END;
CREATE TRIGGER sim_8 AFTER DELETE ON thread BEGIN INSERT INTO sim_log(kind) VALUES ('other'); END;
CREATE TRIGGER sim_9 AFTER INSERT ON timer BEGIN INSERT INTO sim_log(kind) VALUES ('other'); END;
CREATE TRIGGER sim_10 AFTER UPDATE OF running ON timer BEGIN INSERT INTO sim_log(kind) VALUES ('other'); END;
"""


# What timers ask at every look, and what depends on an instant only by comparing it with stored ones.
_LOOKS = {
    timer.state,
    due.look,
    due.next_wake,
    beats.left_behind,
    beats.abandon_unsupervised,
    approvals.expire,
}
# The sign of life and what people are shown: nothing here depends on them.
_IGNORED_WRITE, _IGNORED_READ = timer.tick, views.beat_view


class Memo:
    """Answers looks again while neither the rows nor their place before or after the instant have changed.

    Saves most of the time of a simulation. Other functions, and those that a test puts in their place, are
    always called.
    """

    def __init__(self, path: Path) -> None:
        self._sql = sqlite3.connect(path, isolation_level=None)
        self._known: dict[Any, tuple[int, datetime | None, Any]] = {}

    def ask(
        self, work: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any], real: Callable[[], T]
    ) -> T:
        """Return what the work would return, or returned."""
        if work not in _LOOKS:
            return real()
        now, *rest = args or (None,)
        key = (work, *rest, *kwargs.items())
        known = self._known.get(key)
        version = self._version()
        if known is not None and known[0] == version and self._same(known[1], now):
            return cast("T", known[2])
        result = real()
        if self._version() == version:
            self._known[key] = (version, now, result)
        return result

    def _version(self) -> int:
        (version,) = self._sql.execute("SELECT max(id) FROM sim_log").fetchone()
        return version or 0

    def _same(self, one: datetime | None, other: datetime | None) -> bool:
        if one is None or other is None or one == other:
            return True
        between = [f"{each:%Y-%m-%dT%H:%M:%S.%fZ}" for each in sorted((one, other))]
        return bool(self._sql.execute(_BETWEEN, between).fetchone() == (0,))

    def close(self) -> None:
        self._sql.close()


_BETWEEN = """
SELECT EXISTS (SELECT 1 FROM thread WHERE wake_at > ?1 AND wake_at <= ?2)
    OR EXISTS (SELECT 1 FROM beat WHERE status = 'running' AND lease_until > ?1 AND lease_until <= ?2)
    OR EXISTS (SELECT 1 FROM beat WHERE status = 'awaiting_approval' AND expires_at > ?1 AND expires_at <= ?2)
"""


class ProcessDied(Exception):  # noqa: N818 - a name of what happened
    """What a killed process meets wherever it still tries to reach the database."""


class SimulatedStore(Store):
    """The real store without migrations, waiting and real retries.

    ``refuse`` raises where the process is dead or the database locked; ``committed`` hears of every commit;
    ``memo`` saves looks that cannot find anything new.
    """

    def __init__(
        self,
        path: Path,
        *,
        lease: Lease,
        refuse: Callable[[bool], None],
        committed: Callable[[tuple[Any, ...]], None],
        memo: Memo,
    ) -> None:
        self.path, self.lease = path, lease
        self.engine = create_sqlite_engine(path)
        self._writer = self.engine.execution_options(heartbeat_writing=True)
        self._refuse, self._committed = refuse, committed
        self._memo = memo
        event.listen(self.engine, "connect", _without_sync)

    def read(self, work: Callable[Concatenate[Session, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        self._refuse(False)
        if work is _IGNORED_READ:
            return cast("T", None)
        return self._memo.ask(work, args, kwargs, partial(super().read, work, *args, **kwargs))

    def write(self, work: Callable[Concatenate[Session, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        self._refuse(True)
        if work is _IGNORED_WRITE:
            return cast("T", None)
        return self._memo.ask(work, args, kwargs, partial(self._commit, work, *args, **kwargs))

    def _commit(self, work: Callable[Concatenate[Session, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        with Session(self._writer, expire_on_commit=False) as session:
            result = work(session, *args, **kwargs)
            session.commit()
        self._committed((work, *args))
        return result


def _without_sync(connection: sqlite3.Connection, _: object) -> None:
    connection.execute("PRAGMA synchronous=OFF")


def locked() -> OperationalError:
    """Return what SQLAlchemy raises when a lock outlasts all patience."""
    return OperationalError("BEGIN IMMEDIATE", {}, sqlite3.OperationalError("database is locked"))


def new_folder() -> Path:
    """Return a folder for one database, in memory where the system has such a place."""
    memory = Path("/dev/shm")
    return Path(mkdtemp(prefix="heartbeat-", dir=memory if memory.is_dir() else None))


@cache
def _template() -> bytes:
    folder = new_folder()
    try:
        path = folder / "template.db"
        Store(path).close()
        connection = sqlite3.connect(path, isolation_level=None)
        connection.executescript(_LOG)
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.close()
        return path.read_bytes()
    finally:
        shutil.rmtree(folder)


def new_database(folder: Path) -> Path:
    """Return the path of a fresh database that logs which rows have changed."""
    path = folder / "heartbeat.db"
    path.write_bytes(_template())
    return path
