"""One SQLite file: connections, transactions, and patience with other programs that hold its lock."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Concatenate, ParamSpec, TypeVar

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.pool import ConnectionPoolEntry
from sqlmodel import Session
from tenacity import Retrying, retry_if_exception, stop_after_attempt, wait_exponential_jitter

P = ParamSpec("P")
T = TypeVar("T")

BUSY_TIMEOUT = 30.0
"""Seconds SQLite itself waits for another writer before it gives up."""
_CONNECTIONS = 100
"""Connections a process may open beyond SQLAlchemy's five: writers that wait for a lock must not keep readers out."""
ATTEMPTS = 3
"""Tries of one transaction when the lock outlasts ``BUSY_TIMEOUT``."""


def is_locked(error: BaseException) -> bool:
    """Whether ``error`` says that another program holds the database."""
    if isinstance(error, PoolTimeoutError):
        return True  # every connection waits for the lock
    cause = error.orig if isinstance(error, OperationalError) else error
    return isinstance(cause, sqlite3.OperationalError) and any(
        word in str(cause) for word in ("locked", "busy")
    )


def retrying() -> Retrying:
    """Return tenacity's loop for work that may meet a locked database; the last error comes through."""
    return Retrying(
        retry=retry_if_exception(is_locked),
        stop=stop_after_attempt(ATTEMPTS),
        wait=wait_exponential_jitter(multiplier=0.2, max=5),
        reraise=True,
    )


def create_sqlite_engine(path: Path, *, busy_timeout: float = BUSY_TIMEOUT) -> Engine:
    """Return an engine whose transactions begin where SQLAlchemy says, not where sqlite3 guesses."""
    path.parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(
        f"sqlite:///{path}", connect_args={"timeout": busy_timeout}, max_overflow=_CONNECTIONS
    )

    @event.listens_for(engine, "connect")
    def connect(connection: sqlite3.Connection, _: ConnectionPoolEntry) -> None:
        connection.isolation_level = None
        connection.execute("PRAGMA synchronous=NORMAL")
        connection.execute("PRAGMA foreign_keys=ON")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        # A transaction that reads first and writes later can fail half-way when another writer came between;
        # IMMEDIATE takes the write lock at once, so it waits at the start or not at all.
        writing = connection.get_execution_options().get("heartbeat_writing")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")

    return engine


class Database:
    """Runs functions that take a session first, each in one transaction.

    ``write`` is retried with backoff while the database is locked, so its work must have no effect outside.
    """

    def __init__(self, path: Path, *, busy_timeout: float = BUSY_TIMEOUT) -> None:
        self.path = path
        self.engine = create_sqlite_engine(path, busy_timeout=busy_timeout)
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

        return retrying()(attempt)

    def changes(self) -> Callable[[], bool]:
        """Return a function that tells whether anybody has committed since it was made or last called.

        It costs a few microseconds, takes no lock, and sees other processes too (``PRAGMA data_version``).
        """
        connection = self.engine.raw_connection()
        # Not given back to the pool: the number it reads is compared on one connection only.
        connection.detach()

        def version() -> int:
            (number,) = connection.cursor().execute("PRAGMA data_version").fetchone()
            return int(number)

        last = version()

        def changed() -> bool:
            nonlocal last
            before, last = last, version()
            return last != before

        return changed

    def close(self) -> None:
        """Close every connection."""
        self.engine.dispose()
