"""The rows of connections that were made in the panel, over HTTP or on the command line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlmodel import Session, col, select

from heartbeat.errors import ConflictError, NotFoundError
from heartbeat.store import events, outbox, rows, standing
from heartbeat.store.forgetting_tables import Forgetting
from heartbeat.store.tables import ConnectionRow
from heartbeat.vocabulary import EventKind, StandingEnd

_VERSIONS = select(
    ConnectionRow.name, ConnectionRow.kind, ConnectionRow.updated_at, ConnectionRow.values
).order_by(col(ConnectionRow.name))


class Version(NamedTuple):
    """What tells a changed row from an unchanged one."""

    name: str
    kind: str
    updated_at: datetime
    values: Mapping[str, Any]


def versions(session: Session) -> list[Version]:
    """Return the version of each row by name."""
    return [Version(*row) for row in rows.read(session, _VERSIONS)]


def every(session: Session) -> Sequence[ConnectionRow]:
    """Return all rows by name."""
    return session.exec(select(ConnectionRow).order_by(col(ConnectionRow.name))).all()


def get(session: Session, name: str) -> ConnectionRow:
    """Return one row.

    Raises:
        NotFoundError: there is none of this name.
    """
    row = session.get(ConnectionRow, name)
    if row is None:
        raise NotFoundError(
            f'There is no connection "{name:.64}"; list them with: heartbeat connections list'
        )
    return row


def add(session: Session, name: str, kind: str, values: Mapping[str, Any], now: datetime) -> ConnectionRow:
    """Insert a row; what waits for an earlier connection of its name is cancelled.

    Raises:
        ConflictError: there is one of this name, or an earlier one is still being forgotten.
    """
    if session.get(ConnectionRow, name) is not None:
        raise ConflictError(f'name: there is a connection "{name}" already; remove it, or take another name')
    if session.get(Forgetting, name) is not None:
        said = f'name: what an earlier connection "{name}" brought is still being forgotten'
        raise ConflictError(f"{said}; take another name, or add it later")
    row = ConnectionRow(name=name, kind=kind, values=dict(values), created_at=now, updated_at=now)
    session.add(row)
    _forget_target(session, name, now)
    events.add(session, EventKind.CONNECTION_CHANGED, now, name=name)
    return row


def change(
    session: Session, name: str, values: Mapping[str, Any], now: datetime, *, since: datetime
) -> ConnectionRow:
    """Replace the values of a row that has not changed ``since``, and forget how it fared before.

    Raises:
        NotFoundError: there is none of this name.
        ConflictError: somebody else has changed it meanwhile.
    """
    row = get(session, name)
    if row.updated_at != since:
        raise ConflictError(f"Connection {name} was changed by somebody else meanwhile; look at it again.")
    row.values, row.updated_at = dict(values), now
    session.add(row)
    outbox.forget_health(session, name)
    events.add(session, EventKind.CONNECTION_CHANGED, now, name=name)
    return row


def remove(session: Session, name: str, now: datetime, *, used: bool) -> None:
    """Delete a row; if it was ``used``, cancel what was on its way to it and forget how it fared.

    Raises:
        NotFoundError: there is none of this name.
    """
    session.delete(get(session, name))
    if used:
        _forget_target(session, name, now)
    events.add(session, EventKind.CONNECTION_CHANGED, now, name=name)


def _forget_target(session: Session, name: str, now: datetime) -> None:
    outbox.cancel_all(session, now, target=name)
    outbox.forget_health(session, name)
    standing.end_all(session, name, StandingEnd.REMOVED, now)
