"""Find cells that another program has written so that they cannot be read, by queries that do not read them.

Whoever reads such a row fails, with all that is read beside it; so its cells are found in SQL.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import JSON, Column
from sqlmodel import Session, SQLModel

from heartbeat.store.columns import UtcDateTime, Words
from heartbeat.store.rows import columns_of
from heartbeat.store.tables import Beat, Thread
from heartbeat.text import as_json, sentence

Run = Callable[[str], Iterable[Sequence[Any]]]
"""Runs a query and returns its rows."""
_WHEN = frozenset({"status", "slot", "last_slot", "retry_at", "lease_until", "expires_at"})
"""The columns of a beat that decide when its thread is due."""
_SHOWN = 80


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


def of_threads(session: Session) -> dict[str, Unreadable]:
    """Return a cell by which a thread, or when it is due, cannot be read, by the id of the thread."""
    run = session.connection().exec_driver_sql
    found = [*cells(run, Beat, _WHEN), *cells(run, Thread)]
    return {cell.thread: cell for cell in found if cell.thread is not None}


def cells(run: Run, table: type[SQLModel], only: frozenset[str] | None = None) -> Iterator[Unreadable]:
    """Yield the cells of a table that cannot be read, of a row the first; ``only`` are the columns to look at."""
    name, columns, query = _query(table, only)
    for row, thread, number, value in run(query) if columns else ():
        column, allowed = columns[number]
        yield Unreadable(name, row, column, value, allowed, thread)


@cache
def _query(
    table: type[SQLModel], only: frozenset[str] | None
) -> tuple[str, tuple[tuple[str, str], ...], str]:
    """Return the name of a table, its tested columns with what each allows, and the query for cells of others."""
    found = columns_of(table)
    looked_at = [column for column in found.c if only is None or column.name in only]
    tests = [(column, *test) for column in looked_at if (test := _test(table, column)) is not None]
    key = next(iter(found.primary_key.columns)).name
    thread = key if table is Thread else "thread_id" if "thread_id" in found.c else None
    numbers = " ".join(f"WHEN {wrong} THEN {number}" for number, (_, wrong, _) in enumerate(tests))
    values = " ".join(
        f'WHEN {wrong} THEN "{column.name}"'
        if not isinstance(column.type, JSON)
        else f"WHEN {wrong} THEN NULL"
        for column, wrong, _ in tests
    )
    query = (
        f'SELECT "{key}", {thread or "NULL"}, CASE {numbers} END AS wrong, CASE {values} END '  # noqa: S608
        f'FROM "{found.name}" WHERE wrong IS NOT NULL'
    )
    return found.name, tuple((column.name, allowed) for column, _, allowed in tests), query


def _test(table: type[SQLModel], column: Column[Any]) -> tuple[str, str] | None:
    """Return the condition in SQL that a cell cannot be read, and what is allowed in it; None of a plain column."""
    cell, kind = f'"{column.name}"', column.type
    if isinstance(kind, UtcDateTime):
        is_date = f"date(substr({cell}, 1, 10)) IS substr({cell}, 1, 10)"
        wrong = f"NOT ({is_date} AND julianday({cell}) IS NOT NULL)"
        allowed = "a time such as 2026-11-02T12:00:00.000000Z"
    elif isinstance(kind, Words):
        words = [str(member.value) for member in kind.vocabulary]
        wrong = f"{cell} NOT IN ({', '.join(repr(word) for word in words)})"
        allowed = ", ".join(words)
    elif isinstance(kind, JSON):
        shape = "array" if "list[" in str(table.model_fields[column.name].annotation) else "object"
        wrong = f"CASE WHEN json_valid({cell}) THEN json_type({cell}) <> '{shape}' ELSE 1 END"
        allowed = f"a JSON {shape}"
    else:
        return None
    return f"({cell} IS NOT NULL AND {wrong})", allowed
