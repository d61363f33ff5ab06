"""The database of a simulation: the real store in memory, which dies with its process and can be locked."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable
from datetime import datetime
from functools import cache, partial
from pathlib import Path
from tempfile import mkdtemp
from typing import Any, Concatenate, NamedTuple, ParamSpec, TypeVar, cast

from sqlalchemy import Connection, Engine, NullPool, create_engine
from sqlalchemy.exc import OperationalError
from sqlmodel import Session

from heartbeat.errors import FenceLostError, NotFoundError
from heartbeat.store import Claim, Lease, Store, due, timer, views
from heartbeat.store.due import Look
from heartbeat.vocabulary import AnswerOrigin

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


_CHANGES_A_LOOK = (
    "INSERT ON beat",
    "DELETE ON beat",
    "UPDATE ON beat WHEN (NEW.status, NEW.slot, NEW.retry_at, NEW.lease_until, NEW.supervised)"
    " IS NOT (OLD.status, OLD.slot, OLD.retry_at, OLD.lease_until, OLD.supervised)",
    "INSERT ON thread",
    "DELETE ON thread",
    "UPDATE OF next_due, wake_at ON thread",
    "INSERT ON timer",
    "UPDATE OF running ON timer",
)
_LOOKS = f"""
CREATE TABLE sim_look (version INTEGER);
INSERT INTO sim_look VALUES (0);
{
    "".join(
        f"CREATE TRIGGER sim_look_{number} AFTER {change} BEGIN UPDATE sim_look SET version = version + 1; END;"
        for number, change in enumerate(_CHANGES_A_LOOK)
    )
}
"""


class Memo:
    """Saves most of the time of a simulation: what timers ask again and again when nothing can have changed.

    A look is answered as before while neither what it reads nor its place before or after the instant has changed.
    The house is kept only while there is something in it whose time is over; nothing here depends on the sign of
    life. Of a beat that is shown, only what the runner logs is read. Other functions, and those that a test puts
    in their place, are always called.
    """

    def __init__(self, sql: sqlite3.Connection) -> None:
        self._sql = sql
        self._known: dict[int, tuple[int, datetime, Look]] = {}

    def ask(
        self, work: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any], real: Callable[[], T]
    ) -> T:
        """Return what the work would return, or returned."""
        if work is timer.housekeeping:
            return real() if self._holds(_OVER, args[0]) else cast("T", None)
        if work is views.beat_view:
            return cast("T", None)
        if work is views.beat_detail:
            return cast("T", self._told(*args))
        if work is views.end_of:
            return cast("T", self._end(*args))
        if work is due.look:
            now, limit, *without = args
            if any(without):
                return real()
            return cast("T", self._look(now, limit, cast("Callable[[], Look]", real)))
        return real()

    def _look(self, now: datetime, limit: int, real: Callable[[], Look]) -> Look:
        (version,) = self._sql.execute("SELECT version FROM sim_look").fetchone()
        for asked, (seen, at, known) in self._known.items():
            # One that came to its end before its limit is the same with any limit that it does not reach.
            fits = asked == limit or len(known.due) < min(asked, limit)
            if fits and seen == version and self._same(at, now):
                return known
        result = real()
        self._known[limit] = (version, now, result)
        return result

    def _told(self, beat_id: int) -> Told:
        found = self._sql.execute(_TOLD, (beat_id,)).fetchone()
        if found is None:
            raise NotFoundError(f"beat {beat_id} does not exist")
        return Told(*found)

    def _end(self, claim: Claim) -> Told | None:
        told, (fence, by) = self._told(claim.beat_id), self._sql.execute(_HOLDER, (claim.beat_id,)).fetchone()
        if fence == claim.fence:
            return told
        if by in {None, AnswerOrigin.STANDING}:
            raise FenceLostError("another process has taken it over")
        return None

    def _same(self, one: datetime, other: datetime) -> bool:
        return one == other or not self._holds(_BETWEEN, *sorted((one, other)))

    def _holds(self, query: str, *instants: datetime) -> bool:
        values = [f"{each:%Y-%m-%dT%H:%M:%S.%fZ}" for each in instants]
        return bool(self._sql.execute(query, values).fetchone()[0])


class Told(NamedTuple):
    """What the runner says of a beat that has ended."""

    id: int
    thread_id: str
    trigger: str
    status: str
    reason: str | None
    summary: str
    duration_seconds: float | None
    private: bool


_TOLD = f"SELECT {', '.join(Told._fields)} FROM beat WHERE id = ?"

_HOLDER = "SELECT fence, json_extract(approval, '$.by') FROM beat WHERE id = ?"

_BETWEEN = """
SELECT EXISTS (SELECT 1 FROM thread WHERE wake_at > ?1 AND wake_at <= ?2)
    OR EXISTS (SELECT 1 FROM thread WHERE next_due > ?1 AND next_due <= ?2)
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
        self._connection, self._sql = connection, _raw(connection)
        self._refuse, self._committed = refuse, committed
        self._memo = memo

    def read(self, work: Callable[Concatenate[Session, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        self._refuse(False)
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
        # Past SQLAlchemy, which ends it, unless the work has asked nothing of the database.
        self._sql.execute("BEGIN")
        try:
            with Session(self._connection, expire_on_commit=False) as session:
                result = work(session, *args, **kwargs)
                session.commit()
        finally:
            self._sql.rollback()
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
        connection.executescript(_LOG + _LOOKS)
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

    def connect() -> sqlite3.Connection:
        connection = sqlite3.connect(":memory:", isolation_level=None)
        connection.deserialize(_template())
        connection.execute("PRAGMA foreign_keys=ON")
        return connection

    return create_engine("sqlite://", creator=connect, poolclass=NullPool)


def new_database() -> tuple[Connection, sqlite3.Connection]:
    """Return a connection to a fresh database that logs which rows have changed, and the same past SQLAlchemy.

    Whoever closes the connection is rid of the database.
    """
    connection = _engine().connect()
    connection.detach()
    return connection, _raw(connection)


def _raw(connection: Connection) -> sqlite3.Connection:
    return cast("sqlite3.Connection", connection.connection.dbapi_connection)
