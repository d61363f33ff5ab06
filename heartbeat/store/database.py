"""One SQLite file: its connections, transactions, and retries while another program holds its lock."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import Concatenate, ParamSpec, TypeVar, cast

from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.exc import OperationalError
from sqlalchemy.pool import PoolProxiedConnection
from sqlmodel import Session
from tenacity import Retrying, retry_if_exception, stop_after_attempt, wait_exponential_jitter

from heartbeat.store import revisions, search
from heartbeat.store.failure import LostError, is_locked
from heartbeat.store.place import Place
from heartbeat.store.revisions import Revisions
from heartbeat.store.shared import Moment, Shared, always, follow_reads

P = ParamSpec("P")
T = TypeVar("T")

BUSY_TIMEOUT = 30.0
"""Seconds that SQLite waits for another writer before it reports the database as locked."""
_MAX_OVERFLOW = 100
"""Connections beyond SQLAlchemy's pool of five, so that writers waiting for the lock leave some to readers."""
ATTEMPTS = 3
"""How often one transaction is attempted if the lock is held for longer than ``BUSY_TIMEOUT``."""


def retrying() -> Retrying:
    """Return a retry loop for work that may find the database locked; it raises the last error."""
    return Retrying(
        retry=retry_if_exception(is_locked),
        stop=stop_after_attempt(ATTEMPTS),
        wait=wait_exponential_jitter(multiplier=0.2, max=5),
        reraise=True,
    )


def create_sqlite_engine(
    place: Place, *, busy_timeout: float = BUSY_TIMEOUT, durable: bool = False
) -> Engine:
    """Return an engine whose transactions are begun by SQLAlchemy, not implicitly by sqlite3.

    The place must be prepared. Beginning or committing a transaction fails if the file was removed or replaced. A
    commit survives a crash of the process, and where it is ``durable`` a power cut too.
    """

    def connect() -> sqlite3.Connection:
        place.check()
        connection = sqlite3.connect(place.uri, uri=True, timeout=busy_timeout, check_same_thread=False)
        try:
            place.record_identity()
            connection.isolation_level = None
            connection.execute(f"PRAGMA synchronous={'FULL' if durable else 'NORMAL'}")
            connection.execute("PRAGMA foreign_keys=ON")
            search.register(connection)
        except BaseException:
            connection.close()
            raise
        return connection

    engine = create_engine(
        URL.create("sqlite", database=str(place.path)), creator=connect, max_overflow=_MAX_OVERFLOW
    )

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        _check(place)
        # A transaction that reads first and writes later can fail if another one writes in between.
        # IMMEDIATE takes the write lock at the start, so only the start can wait.
        writing = connection.get_execution_options().get("heartbeat_writing")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")

    @event.listens_for(engine, "commit")
    def commit(_: Connection) -> None:
        _check(place)

    return engine


def _check(place: Place) -> None:
    try:
        place.check()
    except (LostError, OSError) as error:
        # Wrapped as SQLAlchemy wraps the driver's errors, so that the same handlers catch it.
        raise OperationalError("", {}, error) from error


class Database:
    """Run functions whose first parameter is a session, each in one transaction.

    ``write`` is retried with backoff while the database is locked, so its work must have no other side effects.
    """

    def __init__(self, path: Path, *, busy_timeout: float = BUSY_TIMEOUT) -> None:
        self.path = path
        self.place = Place(path)
        self.place.prepare()
        self.engine = create_sqlite_engine(self.place, busy_timeout=busy_timeout)
        follow_reads(self.engine)
        self._shared = Shared()
        self._moment: ContextVar[Moment | None] = ContextVar("moment", default=None)
        self._watching: list[PoolProxiedConnection] = []
        self._writer = self.engine.execution_options(heartbeat_writing=True)
        self._busy_timeout = busy_timeout
        self._durable_lock = threading.Lock()
        self._durable_made: Engine | None = None

    @property
    def _durable(self) -> Engine:
        """The engine of durable writes, made at the first of them.

        SQLite does not change how it commits inside a transaction, so these have connections of their own.
        """
        with self._durable_lock:
            if self._durable_made is None:
                self._durable_made = create_sqlite_engine(
                    self.place, busy_timeout=self._busy_timeout, durable=True
                )
            return self._durable_made

    def read(self, work: Callable[Concatenate[Session, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run ``work(session, ...)`` in a transaction that reads one snapshot of the database."""
        with Session(self.engine, expire_on_commit=False) as session:
            return work(session, *args, **kwargs)

    def shared(
        self,
        work: Callable[..., T],
        *args: Hashable,
        by: Hashable = None,
        holds: Callable[[T], bool] = always,
    ) -> T:
        """Return what ``work(session, *args)`` reads, once for all callers until a table changes that it has read.

        The result is shared, so nobody may change it. ``work`` may depend on nothing but its arguments and the
        database; ``by`` stands for arguments that cannot be compared, and ``holds`` says whether a result that
        depends on the time is still right. Inside of `at` nothing is asked of the database to tell.
        """
        key = (work, args if by is None else by)
        moment = self._moment.get()
        if moment is not None and moment.revisions is not None:
            return self._shared.get(key, moment.revisions, lambda: self.read(work, *args), holds)
        with Session(self.engine, expire_on_commit=False) as session:
            found = revisions.now(session)
            if moment is not None:
                moment.revisions = found
            return self._shared.get(key, found, lambda: work(session, *args), holds)

    @contextmanager
    def at(self, found: Revisions | None = None) -> Iterator[None]:
        """Let `shared` go by these revisions, or by those of its first call, until `look_again` or the end.

        Inside of another such context nothing changes, unless revisions are given.
        """
        if found is None and self._moment.get() is not None:
            yield
            return
        token = self._moment.set(Moment(found))
        try:
            yield
        finally:
            self._moment.reset(token)

    def look_again(self) -> None:
        """Let `shared` go by the revisions of its next call: what was read before may have changed since."""
        moment = self._moment.get()
        if moment is not None:
            moment.revisions = None
            moment.found.clear()

    def forget_found(self) -> None:
        """Look again at what depends on files, where they may have changed since: while a model thought, say."""
        moment = self._moment.get()
        if moment is not None:
            moment.found.clear()

    def found_once(self, find: Callable[[], T]) -> T:
        """Return what ``find`` returns; inside of `at` it is called once until `look_again` or the end.

        It is for what depends on files besides the database, which else are looked at each time.
        """
        moment = self._moment.get()
        if moment is None:
            return find()
        if find not in moment.found:
            moment.found[find] = find()
        return cast("T", moment.found[find])

    def write(self, work: Callable[Concatenate[Session, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run ``work(session, ...)`` in a write transaction and commit it."""
        return self._write(self._writer, lambda session: work(session, *args, **kwargs))

    def write_durably(
        self, work: Callable[Concatenate[Session, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Write as `write` does; what is committed is on the disk when this returns, so that a power cut keeps it."""
        return self._write(
            self._durable.execution_options(heartbeat_writing=True),
            lambda session: work(session, *args, **kwargs),
        )

    def _write(self, engine: Engine, work: Callable[[Session], T]) -> T:
        def attempt() -> T:
            with Session(engine, expire_on_commit=False) as session:
                result = work(session)
                session.commit()
                return result

        with self.place.writing():
            return retrying()(attempt)

    def changes(self) -> Callable[[], bool]:
        """Return a function that returns whether anything was committed since its last call.

        It takes a few microseconds and no lock, and detects commits of other processes too
        (``PRAGMA data_version``). Its connection stays open until `close`.
        """
        connection = self.engine.raw_connection()
        # Kept out of the pool: values of data_version can be compared on the same connection only.
        connection.detach()
        self._watching.append(connection)
        file = cast("sqlite3.Connection", connection.dbapi_connection)

        def version() -> int:
            (number,) = file.execute("PRAGMA data_version").fetchone()
            return int(number)

        last = version()

        def changed() -> bool:
            nonlocal last
            before, last = last, version()
            return last != before

        return changed

    def close(self) -> None:
        """Close every connection."""
        while self._watching:
            self._watching.pop().close()
        self.engine.dispose()
        if self._durable_made is not None:
            self._durable_made.dispose()
        self.place.release()
