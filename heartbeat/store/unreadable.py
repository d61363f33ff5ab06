"""Find cells that another program has written so that they cannot be read.

Whoever reads such a row fails, with all that is read beside it. So SQL selects the cells that are not in the form
in which Heartbeat writes them, as bytes, and each of these is read as its column reads it.
"""

from __future__ import annotations

import json
import logging
import re
import sqlite3
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple, cast

from sqlalchemy import Boolean, Column, Float, Integer
from sqlalchemy.dialects import sqlite
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlmodel import Session, SQLModel, bindparam, select
from sqlmodel.main import default_registry

from heartbeat.store import rows
from heartbeat.store.columns import CheckedJson, UtcDateTime, Words
from heartbeat.store.failure import FailureKind, failure_of
from heartbeat.store.rows import columns_of
from heartbeat.store.tables import Action, Beat, Delivery, Thread
from heartbeat.text import as_json, sentence
from heartbeat.vocabulary import UNSETTLED

Run = Callable[[str], Iterable[Sequence[Any]]]
"""Runs a query and returns its rows."""
_UNSETTLED = ", ".join(f"'{status.value}'" for status in sorted(UNSETTLED))
_READ_BY_TICKS = (f"status IN ({_UNSETTLED})", "retry_at IS NOT NULL")
"""Which beats the timer reads, each condition by an index."""
_DIALECT = sqlite.dialect()
_DIGIT, _SHOWN = "[0-9]", 80
_WHOLE = columns_of(Thread).select()
_SLOTS = ("slot", "last_slot")
_LARGE = frozenset({Beat, Action, Delivery})
_SEARCH, _STEPS = 2.0, 10_000
"""Seconds that a search of all tables may take, and after how many of SQLite's steps it looks at the clock."""
_PIECE = 500
"""Threads that are read at once where it is not known which of them cannot be read."""

logger = logging.getLogger("heartbeat")


@dataclass(frozen=True)
class Unreadable:
    """A cell that cannot be read, with what stands in it; the value of JSON is not told.

    ``thread`` is the id of the thread that it belongs to, None where it belongs to none.
    """

    table: str
    row: object
    column: str
    value: str | None
    allowed: str
    thread: str | None

    def __str__(self) -> str:
        row = f"{self.column} of row {as_json(self.row, _SHOWN)} of the table {self.table}"
        found = as_json(self.value, _SHOWN) if self.value is not None else "something else"
        return sentence(f"{row} is {found}; allowed: {self.allowed}")


class _Tested(NamedTuple):
    """A column whose cells are looked at; ``unusual`` selects those that Heartbeat does not write so."""

    column: Column[Any]
    unusual: str
    allowed: str

    def reads(self, cell: bytes | int) -> str | None:
        """Return the text of a cell.

        Raises:
            ValueError: it cannot be read.
            RecursionError: it is JSON that is nested too deeply.
        """
        if not isinstance(cell, bytes):
            raise ValueError("no text")
        text, kind = cell.decode(), self.column.type
        if isinstance(kind, CheckedJson):
            kind.read(text)
        elif isinstance(kind, UtcDateTime | Words):
            kind.process_result_value(text, _DIALECT)
        else:
            raise ValueError("no number")
        return text


def may_explain(error: BaseException) -> bool:
    """Return whether a cell that cannot be read may be why reading has failed."""
    failure = failure_of(error)
    # The driver's error for text that is not UTF-8 has no code.
    return failure is None or failure.kind is FailureKind.OTHER


def may_be_met(error: BaseException) -> bool:
    """Return whether an error is of a kind that a cell that cannot be read causes; a bug may raise others too."""
    # Columns raise ValueError and TypeError, as does whoever counts with a number that is none.
    return isinstance(error, ValueError | TypeError | DBAPIError) and may_explain(error)


def of_threads(session: Session, only: Collection[str] | None = None) -> dict[str, Unreadable]:
    """Return a cell by which a thread, or when it is due, cannot be read, by the id of the thread.

    ``only`` are ids of threads to look at.
    """
    run = session.connection().exec_driver_sql
    found = [cell for condition in _READ_BY_TICKS for cell in cells(run, Beat, condition)]
    if only is None:
        found += cells(run, Thread)
    else:
        found = [cell for cell in found if cell.thread in only]
        ids = json.dumps(list(only))
        condition = "id IN (SELECT value FROM json_each(?))"
        found += cells(lambda query: run(query, (ids,)), Thread, condition)
    return {cell.thread: cell for cell in found if cell.thread is not None}


def one_by_one(session: Session, only: Collection[str] | None = None) -> dict[str, Unreadable]:
    """Read threads whole, and return a cell of each that fails, by its id; one by one where a piece of them fails."""
    ids = sorted(session.exec(select(Thread.id)) if only is None else only)
    pieces = [ids[start : start + _PIECE] for start in range(0, len(ids), _PIECE)]
    failing = [piece for piece in pieces if only is not None or not _can_be_read(session, _WHOLE, piece)]
    found = (_failing(session, thread_id) for piece in failing for thread_id in piece)
    return {cell.thread: cell for cell in found if cell is not None and cell.thread is not None}


def _failing(session: Session, thread_id: str) -> Unreadable | None:
    if _can_be_read(session, _WHOLE, [thread_id]):
        return None
    for column in columns_of(Thread).c:
        if not _can_be_read(session, select(column), [thread_id]):
            tested = _tested(column)
            allowed = tested.allowed if tested else "text in UTF-8"
            return Unreadable("thread", thread_id, column.name, None, allowed, thread_id)
    return None


def _can_be_read(session: Session, query: Any, thread_ids: list[str]) -> bool:
    """Return whether the threads from the first to the last of some ids can be read."""
    query = query.where(columns_of(Thread).c.id.between(bindparam("first"), bindparam("last")))
    try:
        rows.read(session, query, {"first": thread_ids[0], "last": thread_ids[-1]}).all()
    except Exception as error:
        if not may_explain(error):
            raise
        return False
    return True


def of_slots(session: Session, only: Collection[str] | None = None) -> dict[str, Unreadable]:
    """Return a cell by which the slots of a thread's beats cannot be read, by the id of the thread.

    ``only`` are ids of threads to look at; without them all beats are read.
    """
    run, ids = session.connection().exec_driver_sql, json.dumps(list(only or ()))
    among = "slot IS NOT NULL" if only is None else "thread_id IN (SELECT value FROM json_each(?))"
    look = run if only is None else lambda query: run(query, (ids,))
    found = cells(look, Beat, among, _SLOTS)
    return {cell.thread: cell for cell in found if cell.thread is not None}


_NOT_UTF8 = re.compile(r"Could not decode to UTF-8 column '(\w+)'")


def said_of_text(error: BaseException) -> str | None:
    """Return a sentence on a cell that holds no text in UTF-8, by the driver's error; None of other errors."""
    found = _NOT_UTF8.search(str(error)) if isinstance(error, OperationalError) else None
    return f"a cell of the column {found[1]} is no text in UTF-8." if found else None


def search(read: Callable[[Callable[[Session], Unreadable | None]], Unreadable | None]) -> Unreadable | None:
    """Return what `find` returns in a transaction of ``read``; None, and a line in the log, where it fails.

    The error for which a cell was looked for says more than that of the search.
    """
    try:
        return read(find)
    except Exception as error:  # noqa: BLE001 - logged; the caller goes on with its own error
        logger.warning("no cell was looked for: %s", error, extra={"action": "row_unreadable"})
        return None


def find(session: Session) -> Unreadable | None:
    """Return a cell of any table that cannot be read, of the smaller tables first; None where none is found.

    The search ends after `_SEARCH` seconds.
    """
    return _first(cast("sqlite3.Connection", session.connection().connection.dbapi_connection))


def find_in(path: Path) -> Unreadable | None:
    """Return what `find` returns of a file that nobody has open here; None, and a line in the log, where it fails."""
    address = f"{path.absolute().as_uri()}?mode=rw"  # which makes no file
    try:
        with closing(sqlite3.connect(address, uri=True, timeout=_SEARCH, isolation_level=None)) as opened:
            return _first(opened)
    except sqlite3.Error as error:
        logger.warning("no cell was looked for: %s", error, extra={"action": "row_unreadable"})
        return None


def told(cell: Unreadable | str) -> str:
    """Return the sentences that tell whoever has met a cell that it cannot be read."""
    return f"The database holds a cell that cannot be read: {cell} See: heartbeat doctor."


def _first(opened: sqlite3.Connection) -> Unreadable | None:
    until = time.monotonic() + _SEARCH
    tables = sorted(
        (each.class_ for each in default_registry.mappers), key=lambda table: (table in _LARGE, str(table))
    )
    opened.set_progress_handler(lambda: int(time.monotonic() > until), _STEPS)
    try:
        return next((cell for table in tables for cell in cells(opened.execute, table)), None)
    except sqlite3.OperationalError:
        if time.monotonic() > until:
            return None
        raise
    finally:
        opened.set_progress_handler(None, 0)


def cells(
    run: Run, table: type[SQLModel], condition: str = "1", only: tuple[str, ...] = ()
) -> Iterator[Unreadable]:
    """Yield the cells of a table that cannot be read, of a row the first.

    ``condition`` selects rows, in SQL; ``only`` are the columns that are looked at, by default all.
    """
    name, looked_at, query = _query(table, condition, only)
    for row, thread, *found in run(query) if looked_at else ():
        for tested, cell in zip(looked_at, found, strict=True):
            if cell is None:
                continue
            try:
                tested.reads(cell)
            except (ValueError, RecursionError):
                yield Unreadable(name, row, tested.column.name, _told(tested, cell), tested.allowed, thread)
                break


def _told(tested: _Tested, cell: bytes | int) -> str | None:
    """Return what stands in a cell, as far as it is told."""
    if isinstance(tested.column.type, CheckedJson) or not isinstance(cell, bytes):
        return None
    return cell.decode(errors="replace")


@cache
def _query(
    table: type[SQLModel], condition: str, only: tuple[str, ...]
) -> tuple[str, tuple[_Tested, ...], str]:
    """Return the name of a table, its columns that are looked at, and the query for their unusual cells.

    A cell that is as usual is NULL in it; one that holds no text is 0.
    """
    columns = columns_of(table)
    chosen = [column for column in columns.c if not only or column.name in only]
    looked_at = [tested for column in chosen if (tested := _tested(column)) is not None]
    key = next(iter(columns.primary_key.columns)).name
    thread = key if table is Thread else "thread_id" if "thread_id" in columns.c else "NULL"
    found = ", ".join(
        f"CASE WHEN {tested.unusual} THEN "
        f"CASE typeof({cell}) WHEN 'text' THEN CAST({cell} AS BLOB) ELSE 0 END END"
        for tested in looked_at
        for cell in (f'"{tested.column.name}"',)
    )
    unusual = " OR ".join(tested.unusual for tested in looked_at)
    query = f'SELECT "{key}", {thread}, {found} FROM "{columns.name}" WHERE {condition} AND ({unusual})'  # noqa: S608
    return columns.name, tuple(looked_at), query


def _tested(column: Column[Any]) -> _Tested | None:
    """Return how the cells of a column are looked at; None of a plain column."""
    cell, kind = f'"{column.name}"', column.type
    if isinstance(kind, UtcDateTime):
        two = _DIGIT * 2
        form = f"{two}{two}-{two}-{two}T[0-2]{_DIGIT}:[0-5]{_DIGIT}:[0-5]{_DIGIT}.{two * 3}Z"
        is_day = f"date(substr({cell}, 1, 10)) IS substr({cell}, 1, 10) AND {cell} >= '0001'"
        usual = f"{cell} GLOB '{form}' AND substr({cell}, 12, 2) < '24' AND {is_day}"
        allowed = "a time such as 2026-11-02T12:00:00.000000Z"
    elif isinstance(kind, Words):
        words = [str(member.value) for member in kind.vocabulary]
        usual = f"{cell} IN ({', '.join(repr(word) for word in words)})"
        allowed = ", ".join(words)
    elif isinstance(kind, CheckedJson):
        called = "array" if kind.shape is list else "object"
        usual = f"CASE WHEN json_valid({cell}) THEN json_type({cell}) = '{called}' ELSE 0 END"
        if kind.check is not None or kind.quick is not None:
            usual = f"{cell} = '[]'"  # what else there is, is held against the check
        allowed = kind.allowed
    elif isinstance(kind, Boolean | Integer | Float):
        stored = "'integer', 'real'" if isinstance(kind, Float) else "'integer'"
        unusual = f"typeof({cell}) NOT IN ({stored}, 'null')"
        return _Tested(column, unusual, "a number")
    else:
        return None
    unusual = f"({cell} IS NOT NULL AND NOT (typeof({cell}) = 'text' AND {usual}))"
    return _Tested(column, unusual, allowed)
