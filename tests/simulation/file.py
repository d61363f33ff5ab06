"""The database of a simulation: the real store on a real file, which dies with its process and can be locked."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import Any, Concatenate, ParamSpec, TypeVar

from sqlalchemy import event
from sqlalchemy.exc import OperationalError
from sqlmodel import Session

from heartbeat.store import Lease, Store
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
"""


class ProcessDied(Exception):  # noqa: N818 - a name of what happened
    """What a killed process meets wherever it still tries to reach the database."""


class SimulatedStore(Store):
    """The real store without migrations, waiting and real retries.

    ``refuse`` raises where the process is dead or the database locked; ``committed`` hears of every commit.
    """

    def __init__(
        self,
        path: Path,
        *,
        lease: Lease,
        refuse: Callable[[bool], None],
        committed: Callable[[tuple[Any, ...]], None],
    ) -> None:
        self.path, self.lease = path, lease
        self.engine = create_sqlite_engine(path)
        self._writer = self.engine.execution_options(heartbeat_writing=True)
        self._refuse, self._committed = refuse, committed
        event.listen(self.engine, "connect", _without_sync)

    def read(self, work: Callable[Concatenate[Session, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        self._refuse(False)
        return super().read(work, *args, **kwargs)

    def write(self, work: Callable[Concatenate[Session, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        self._refuse(True)
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
