"""Rows past the unit of work of the ORM, which costs several times what the database does.

For where beats begin and end. What a session has changed is seen here, and its objects stay true to the database.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any, TypeVar

from sqlalchemy import CompoundSelect, CursorResult, Select, Update, insert
from sqlalchemy.orm.attributes import set_committed_value
from sqlmodel import Session, SQLModel, bindparam, select, update
from sqlmodel.sql.expression import SelectOfScalar

from heartbeat.store.tables import Beat, Thread

T = TypeVar("T", bound=SQLModel)

_ADD = insert(Beat)


def read(
    session: Session,
    query: Select[*tuple[Any, ...]] | CompoundSelect[*tuple[Any, ...]],
    params: Mapping[str, Any] | None = None,
) -> CursorResult[*tuple[Any, ...]]:
    """Run a query of columns."""
    session.flush()
    return session.connection().execute(query, params)


def find(session: Session, table: type[T], number: object) -> T | None:
    """Return the row with this ``id``, as `Session.get` does, which makes its statement anew each time."""
    return session.exec(_by_id(table), params={"number": number}).first()


def add(session: Session, row: Beat) -> None:
    """Write a new row and give it its ``id``; the session does not follow what becomes of it."""
    values = {name: getattr(row, name) for name in Beat.model_fields if name != "id"}
    row.id = session.connection().execute(_ADD, values).lastrowid


def put(session: Session, row: Beat | Thread, **values: Any) -> None:
    """Write columns of a stored row, by name, where they are to change."""
    changed = {name: value for name, value in values.items() if getattr(row, name) != value}
    if changed:
        session.connection().execute(_put(type(row), tuple(changed)), {**changed, "number": row.id})
        for name, value in changed.items():
            set_committed_value(row, name, value)


@cache
def _by_id(table: type[Any]) -> SelectOfScalar[Any]:
    return select(table).where(table.id == bindparam("number"))


@cache
def _put(table: type[Any], names: tuple[str, ...]) -> Update:
    return (
        update(table).where(table.id == bindparam("number")).values({name: bindparam(name) for name in names})
    )
