"""The database of a simulation: the real store in memory, which dies with its process and can be locked."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable
from datetime import datetime
from functools import cache, partial
from pathlib import Path
from tempfile import mkdtemp
from typing import Any, Concatenate, ParamSpec, TypeVar, cast

from sqlalchemy import Connection, Engine, event
from sqlalchemy.exc import OperationalError
from sqlmodel import Session

from heartbeat.store import Lease, Store, due, timer, views
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


# Nothing here depends on what people are shown.
_IGNORED = views.beat_view


class Memo:
    """Saves most of the time of a simulation: what timers ask again and again when nothing can have changed.

    A look is answered as before while neither the rows nor their place before or after the instant have changed.
    The house is kept only while there is something in it whose time is over; nothing here depends on the sign of
    life. Other functions, and those that a test puts in their place, are always called.
    """

    def __init__(self, sql: sqlite3.Connection) -> None:
        self._sql = sql
        self._known: dict[Any, tuple[int, datetime, Any]] = {}

    def ask(
        self, work: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any], real: Callable[[], T]
    ) -> T:
        """Return what the work would return, or returned."""
        if work is timer.keep_house:
            return real() if self._holds(_OVER, args[0]) else cast("T", None)
        if work is not due.look:
            return real()
        now, *rest = args
        key = (*rest, *kwargs.items())
        known = self._known.get(key)
        version = self._version()
        if known is not None and known[0] == version and self._same(known[1], now):
            return cast("T", known[2])
        result = real()
        self._known[key] = (version, now, result)
        return result

    def _version(self) -> int:
        (version,) = self._sql.execute("SELECT max(id) FROM sim_log").fetchone()
        return version or 0

    def _same(self, one: datetime, other: datetime) -> bool:
        return one == other or not self._holds(_BETWEEN, *sorted((one, other)))

    def _holds(self, query: str, *instants: datetime) -> bool:
        values = [f"{each:%Y-%m-%dT%H:%M:%S.%fZ}" for each in instants]
        return bool(self._sql.execute(query, values).fetchone()[0])


_BETWEEN = """
SELECT EXISTS (SELECT 1 FROM thread WHERE wake_at > ?1 AND wake_at <= ?2)
    OR EXISTS (SELECT 1 FROM beat WHERE status = 'running' AND lease_until > ?1 AND lease_until <= ?2)
"""

_OVER = """
SELECT EXISTS (SELECT 1 FROM beat WHERE status = 'running' AND lease_until <= ?1)
    OR EXISTS (SELECT 1 FROM beat WHERE status = 'awaiting_approval' AND expires_at <= ?1)
"""


class ProcessDied(Exception):  # noqa: N818 - a name of what happened
    """What a killed process meets wherever it still tries to reach the database."""


class SimulatedStore(Store):
    """The real store without migrations, waiting and real retries.

    All processes of a simulation share its connection: it does one transaction after the other anyway.
    ``refuse`` raises where the process is dead or the database locked; ``committed`` hears of every commit;
    ``memo`` saves looks that cannot find anything new.
    """

    def __init__(
        self,
        connection: Connection,
        *,
        lease: Lease,
        refuse: Callable[[bool], None],
        committed: Callable[[tuple[Any, ...]], None],
        memo: Memo,
    ) -> None:
        self.lease = lease
        self._connection = connection
        self._refuse, self._committed = refuse, committed
        self._memo = memo

    def read(self, work: Callable[Concatenate[Session, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        self._refuse(False)
        if work is _IGNORED:
            return cast("T", None)
        return self._memo.ask(work, args, kwargs, partial(self._look, work, *args, **kwargs))

    def write(self, work: Callable[Concatenate[Session, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        self._refuse(True)
        return self._memo.ask(work, args, kwargs, partial(self._commit, work, *args, **kwargs))

    def changes(self) -> Callable[[], bool]:
        # Timers of a simulation rest for as long as they watch.
        return lambda: True

    def close(self) -> None:
        # The connection is the simulation's.
        pass

    def _look(self, work: Callable[Concatenate[Session, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        with Session(self._connection, expire_on_commit=False) as session:
            return work(session, *args, **kwargs)

    def _commit(self, work: Callable[Concatenate[Session, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        with Session(self._connection, expire_on_commit=False) as session:
            result = work(session, *args, **kwargs)
            session.commit()
        self._committed((work, *args))
        return result


def locked() -> OperationalError:
    """Return what SQLAlchemy raises when a lock outlasts all patience."""
    return OperationalError("BEGIN IMMEDIATE", {}, sqlite3.OperationalError("database is locked"))


@cache
def _template() -> bytes:
    folder = Path(mkdtemp(prefix="heartbeat-"))
    try:
        path = folder / "template.db"
        Store(path).close()
        connection = sqlite3.connect(path, isolation_level=None)
        connection.executescript(_LOG)
        # A database in memory has no place for a log beside it.
        connection.execute("PRAGMA journal_mode=DELETE")
        content = connection.serialize()
        connection.close()
        return content
    finally:
        shutil.rmtree(folder)


@cache
def _engine() -> Engine:
    """Return the engine of this worker: all its simulations share the statements that it has compiled."""
    engine = create_sqlite_engine(Path("simulation.db"))

    @event.listens_for(engine, "do_connect")
    def connect(*_: object) -> sqlite3.Connection:
        connection = sqlite3.connect(":memory:")
        connection.deserialize(_template())
        return connection

    return engine


def new_database() -> tuple[Connection, sqlite3.Connection]:
    """Return a connection to a fresh database that logs which rows have changed, and the same past SQLAlchemy.

    Whoever closes the connection is rid of the database.
    """
    connection = _engine().connect()
    connection.detach()
    return connection, cast("sqlite3.Connection", connection.connection.dbapi_connection)
