"""One SQLite file: connections, transactions, and patience with other programs that hold its lock."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Concatenate, ParamSpec, TypeVar, cast

from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.exc import OperationalError
from sqlalchemy.pool import PoolProxiedConnection
from sqlmodel import Session
from tenacity import Retrying, retry_if_exception, stop_after_attempt, wait_exponential_jitter

from heartbeat.store import search
from heartbeat.store.failure import LostError, is_locked
from heartbeat.store.place import Place

P = ParamSpec("P")
T = TypeVar("T")

BUSY_TIMEOUT = 30.0
"""Seconds SQLite itself waits for another writer before it gives up."""
_CONNECTIONS = 100
"""Connections a process may open beyond SQLAlchemy's five: writers that wait for a lock must not keep readers out."""
ATTEMPTS = 3
"""Tries of one transaction when the lock outlasts ``BUSY_TIMEOUT``."""


def retrying() -> Retrying:
    """Return tenacity's loop for work that may meet a locked database; the last error comes through."""
    return Retrying(
        retry=retry_if_exception(is_locked),
        stop=stop_after_attempt(ATTEMPTS),
        wait=wait_exponential_jitter(multiplier=0.2, max=5),
        reraise=True,
    )


def create_sqlite_engine(place: Place, *, busy_timeout: float = BUSY_TIMEOUT) -> Engine:
    """Return an engine whose transactions begin where SQLAlchemy says, not where sqlite3 guesses.

    None begins, and none is committed, where the file is no longer in its place; the file is made once at most.
    """
    place.prepare()

    def connect() -> sqlite3.Connection:
        place.check()
        connection = sqlite3.connect(place.uri, uri=True, timeout=busy_timeout, check_same_thread=False)
        try:
            place.keep()
            connection.isolation_level = None
            connection.execute("PRAGMA synchronous=NORMAL")
            connection.execute("PRAGMA foreign_keys=ON")
            search.register(connection)
        except BaseException:
            connection.close()
            raise
        return connection

    engine = create_engine(
        URL.create("sqlite", database=str(place.path)), creator=connect, max_overflow=_CONNECTIONS
    )

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        _check(place)
        # A transaction that reads first and writes later can fail half-way when another writer came between;
        # IMMEDIATE takes the write lock at once, so it waits at the start or not at all.
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
        # As the driver's own errors come, so that whoever expects those expects this.
        raise OperationalError("", {}, error) from error


class Database:
    """Runs functions that take a session first, each in one transaction.

    ``write`` is retried with backoff while the database is locked, so its work must have no effect outside.
    """

    def __init__(self, path: Path, *, busy_timeout: float = BUSY_TIMEOUT) -> None:
        self.path = path
        self.place = Place(path)
        self.engine = create_sqlite_engine(self.place, busy_timeout=busy_timeout)
        self._watching: list[PoolProxiedConnection] = []
        self._writer = self.engine.execution_options(heartbeat_writing=True)

    def read(self, work: Callable[Concatenate[Session, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run ``work(session, ...)`` in a transaction that sees one moment of the database."""
        with Session(self.engine, expire_on_commit=False) as session:
            return work(session, *args, **kwargs)

    def write(self, work: Callable[Concatenate[Session, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run ``work(session, ...)`` in a transaction that is committed when it returns."""

        def attempt() -> T:
            with Session(self._writer, expire_on_commit=False) as session:
                result = work(session, *args, **kwargs)
                session.commit()
                return result

        with self.place.writing():
            return retrying()(attempt)

    def changes(self) -> Callable[[], bool]:
        """Return a function that tells whether anybody has committed since it was made or last called.

        It costs a few microseconds, takes no lock, and sees other processes too (``PRAGMA data_version``). Its
        connection is open until `close`.
        """
        connection = self.engine.raw_connection()
        # Not given back to the pool: the number it reads is compared on one connection only.
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
        self.place.release()
