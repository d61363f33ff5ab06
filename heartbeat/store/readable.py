"""Read many threads, beats or deliveries, also where another program has written some so that they cannot be read."""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from typing import Any, TypeVar

from sqlmodel import Session, col, select

from heartbeat.store import rows, unreadable
from heartbeat.store.tables import Beat, Delivery, Thread
from heartbeat.store.unreadable import Unreadable

Row = TypeVar("Row", Thread, Beat, Delivery)
_AMONG = "id IN (SELECT value FROM json_each(?))"

logger = logging.getLogger("heartbeat")


def readable(session: Session, table: type[Row], query: Any, *, options: Sequence[Any] = ()) -> list[Row]:
    """Return the rows of a query that can be read; the others are named in the log.

    ``query`` selects the table alone, without options; those are in ``options``. Where it has a limit, the rows that
    cannot be read do not count towards it.
    """
    found, others = split(session, table, query, options=options)
    for cell in others:
        said = "a row is left out until it can be read: %s"
        logger.error(said, cell, extra={"action": "row_unreadable"})
    return found


def split(
    session: Session, table: type[Row], query: Any, *, options: Sequence[Any] = ()
) -> tuple[list[Row], list[Unreadable]]:
    """Return the rows of a query that can be read, as `readable` does, and a cell of each of the others."""
    others: list[Unreadable] = []
    while True:
        without = [cell.row for cell in others]
        those = query.where(col(table.id).not_in(without)) if without else query
        try:
            return list(session.exec(those.options(*options)).all()), others
        except Exception as error:
            if not unreadable.may_explain(error):
                raise
            more = _among(session, table, those)
            if not more:
                raise
            others += more


def threads(session: Session) -> list[Thread]:
    """Return all threads that can be read, sorted by id; the others are named in the log."""
    return readable(session, Thread, select(Thread).order_by(col(Thread.id)))


def _among(session: Session, table: type[Row], query: Any) -> list[Unreadable]:
    """Return a cell of each row of a query that cannot be read."""
    ids = list(rows.read(session, query.with_only_columns(table.id)).scalars())
    run = session.connection().exec_driver_sql
    found = list(unreadable.cells(lambda text: run(text, (json.dumps(ids),)), table, _AMONG))
    if not found and table is Thread:
        found = list(unreadable.one_by_one(session, ids).values())
    return found
