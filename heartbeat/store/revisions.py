"""Revisions of tables: numbers by which a process knows that nothing has changed in what it has read before.

Triggers of the database raise them, so no writer can forget to. Tables that beats write have none.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from sqlalchemy import ClauseElement, Table
from sqlalchemy.sql import visitors
from sqlmodel import Field, Session, SQLModel, select

IN_PART: Mapping[str, frozenset[str]] = {
    "thread": frozenset(
        [
            "id",
            "langgraph_id",
            "created_at",
            "title",
            "overrides",
            "instructions",
            "instructions_at",
            "paused_reason",
        ]
    ),
    "timer": frozenset({"id", "running"}),
}
"""Tables of which a change of other columns raises nothing."""


class Revision(SQLModel, table=True):
    """How often the rows of a table have changed."""

    name: str = Field(primary_key=True)
    """The name of the table."""
    number: int = 0


Revisions = Mapping[str, int]
"""The revisions of the tables that have one, by name."""

_ALL = select(Revision.name, Revision.number)


def now(session: Session) -> Revisions:
    """Return the revisions of all tables that have one."""
    return {row.name: row.number for row in session.connection().execute(_ALL)}


def read_by(statement: ClauseElement, sql: str) -> set[str]:
    """Return the names of the tables that a statement reads.

    Where it reads a column of which a change raises nothing, that column is named instead, which has no revision.
    """
    found = set()
    for part in visitors.iterate(statement):
        table = part if isinstance(part, Table) else getattr(part, "table", None)
        if isinstance(table, Table):
            found.add(table.name)
    for name in found & IN_PART.keys():
        # A statement of the ORM names a table where it means all of its columns; its SQL names them.
        found |= {f"{name}.{column}" for column in re.findall(rf'\b{name}\."?(\w+)', sql)} - {
            f"{name}.{column}" for column in IN_PART[name]
        }
    return found
