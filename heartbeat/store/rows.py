"""Rows past the unit of work of the ORM, which costs several times what the database does.

For where beats begin and end. What a session has changed is seen here, and its objects stay true to the database.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache, partial
from typing import Any, TypeVar

from sqlalchemy import CompoundSelect, CursorResult, Insert, Select, Table, Update, insert
from sqlalchemy.orm import make_transient_to_detached
from sqlalchemy.orm.attributes import instance_dict, instance_state, manager_of_class, set_committed_value
from sqlalchemy.orm.util import identity_key
from sqlmodel import Session, SQLModel, bindparam, update

from heartbeat.store.tables import Action, Beat, Comment, Post, Thread

T = TypeVar("T", bound=SQLModel)


def columns_of(table: type[Any]) -> Table:
    """Return the columns of a table, for queries whose rows `found_by` returns."""
    columns: Table = table.__table__
    return columns


def read(
    session: Session,
    query: Select[*tuple[Any, ...]] | CompoundSelect[*tuple[Any, ...]],
    params: Mapping[str, Any] | None = None,
) -> CursorResult[*tuple[Any, ...]]:
    """Run a query of columns."""
    session.flush()
    return session.connection().execute(query, params)


def find(session: Session, table: type[T], number: object) -> T | None:
    """Return the row with this ``id``, as `Session.get` does.

    The object of the session is returned if there is one. Otherwise the columns are read, and the object is made of
    them: a query of the ORM prepares anew each time how to read each column.
    """
    known: T | None = session.identity_map.get(identity_key(table, number))
    if known is not None and known not in session.deleted:
        return known
    session.flush()
    row = session.connection().execute(_by_id(table), {"number": number}).first()
    if row is None:
        return None
    return attach(session, table, row._asdict())


def attach(session: Session, table: type[T], values: Mapping[str, Any]) -> T:
    """Return the object of the session with these columns of a stored row."""
    known: T | None = session.identity_map.get(identity_key(table, values["id"]))
    if known is not None:
        return known
    made = _made(table, values)
    session.add(made)
    return made


def found_by(
    session: Session, table: type[T], query: Select[*tuple[Any, ...]], params: Mapping[str, Any]
) -> list[T]:
    """Return the rows of a table that a query of its columns selects."""
    return [attach(session, table, row._asdict()) for row in read(session, query, params)]


def new(table: type[T], **values: Any) -> T:
    """Return a row to be added, with the defaults of its columns, past __init__, which costs what `add` does."""
    made: T = manager_of_class(table).new_instance()
    defaults = {name: make() for name, make in _defaults(table).items() if name not in values}
    instance_dict(made).update(defaults | values)
    return made


def add(session: Session, row: Beat | Action | Post | Comment) -> None:
    """Write a new row and give it its ``id``; the session does not follow what becomes of it."""
    session.flush()
    values = {name: getattr(row, name) for name in type(row).model_fields if name != "id"}
    row.id = session.connection().execute(_add(type(row)), values).lastrowid


def put(session: Session, row: Beat | Thread, **values: Any) -> None:
    """Write columns of a stored row, by name, where they are to change, with what the session has changed of it."""
    pending = {name: getattr(row, name) for name in instance_state(row).committed_state}
    changed = pending | {name: value for name, value in values.items() if getattr(row, name) != value}
    if changed:
        session.connection().execute(_put(type(row), tuple(changed)), {**changed, "number": row.id})
        for name, value in changed.items():
            set_committed_value(row, name, value)
        # All of it is written: nothing is left for the session to flush.
        instance_state(row)._commit_all(instance_dict(row), session.identity_map)


def changed(row: T, **values: Any) -> T:
    """Return a copy of a stored row with the columns that were written since; no session follows it."""
    return _made(type(row), {name: getattr(row, name) for name in type(row).model_fields} | values)


def _made(table: type[T], values: Mapping[str, Any]) -> T:
    """Return the object of a stored row, past __init__, as the ORM makes it."""
    made: T = manager_of_class(table).new_instance()
    instance_dict(made).update(values)
    make_transient_to_detached(made)
    return made


@cache
def _defaults(table: type[SQLModel]) -> dict[str, Callable[[], Any]]:
    """Return how the default of each column that has one is made."""
    return {
        name: partial(field.get_default, call_default_factory=True)
        for name, field in table.model_fields.items()
        if not field.is_required()
    }


@cache
def _by_id(table: type[Any]) -> Select[*tuple[Any, ...]]:
    columns = columns_of(table)
    return columns.select().where(columns.c.id == bindparam("number"))


@cache
def _add(table: type[Any]) -> Insert:
    return insert(columns_of(table))


@cache
def _put(table: type[Any], names: tuple[str, ...]) -> Update:
    return (
        update(table).where(table.id == bindparam("number")).values({name: bindparam(name) for name in names})
    )
