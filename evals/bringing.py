"""Let a workspace have the connections of a case, and its inbox what they have brought, as looks at them write it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlmodel import Session, col, select

from evals.case import Case
from evals.connection import Connection, Entry
from heartbeat.config import DEFAULT_SOURCES
from heartbeat.connections import Connections
from heartbeat.fetching import FetchedItem, FetchResult
from heartbeat.settings import Settings
from heartbeat.store import Store, inbox
from heartbeat.store.inbox_tables import InboxItem
from heartbeat.vocabulary import ConnectionKind, FeedKind, Outflow

_EVERY = 7 * 86_400
"""Seconds until a connection is looked at again: long after the beat."""


def write_connections(case: Case, settings: Settings) -> None:
    """Write connections.toml; nothing answers at its addresses."""
    folder = settings.connections_path.parent
    tables = []
    for each in case.connections:
        values = {"kind": each.kind.value, **_values(each)}
        lines = [f"{key} = {json.dumps(value)}" for key, value in values.items()]
        tables.append("\n".join([f"[{each.name}]", *lines, ""]))
        if each.kind == ConnectionKind.FOLDER:
            (folder / _path(each)).mkdir(parents=True, exist_ok=True)
    if tables:
        folder.mkdir(parents=True, exist_ok=True)
        settings.connections_path.write_text("\n".join(tables), encoding="utf-8")


def _values(each: Connection) -> Mapping[str, Any]:
    match each.kind:
        case ConnectionKind.APPRISE:
            return {"url": f"json://phone.invalid/{each.name}"}
        case ConnectionKind.MAIL:
            return {"host": "imap.invalid", "user": each.name, "password": "none"}
        case ConnectionKind.PAGE:
            return {"url": f"https://pages.invalid/{each.name}"}
        case ConnectionKind.CHECK:
            return {"http": f"https://checks.invalid/{each.name}"}
        case ConnectionKind.FOLDER:
            return {"path": str(_path(each)), "write": each.write}
        case _:
            return {"path": str(_path(each))}


def _path(each: Connection) -> Path:
    return Path("world") / each.name


def config_of(case: Case) -> dict[str, Any]:
    """Return what a thread has to be told to look at all connections of a case, and to write to its folders."""
    looked_at = [each.name for each in case.connections if each.is_looked_at]
    writable = [each.name for each in case.connections if each.write]
    config: dict[str, Any] = {}
    if looked_at:
        config |= {"sources": [DEFAULT_SOURCES, *looked_at], "outflow": str(Outflow.ALLOWED)}
    if writable:
        config["target"] = ["forum", *writable]
    return config


def bring(
    case: Case, settings: Settings, store: Store, before: datetime
) -> tuple[dict[str, str], dict[str, int]]:
    """Write what was seen as a look at ``before``, when an earlier beat was, and the rest as a look at the beat.

    Return the labels of the items by their keys, and the highest numbers that were seen, by mark.
    """
    found = Connections.load(settings, store, clock=lambda: case.now)
    known, addresses = found.looked_at(), found.look_addresses()
    brought = [each for each in case.connections if each.is_looked_at]
    for each in brought:
        assert each.name in known, [(it.name, it.problem) for it in found.all]  # noqa: S101 - its values are ours
    private = {each.name: known[each.name].private for each in brought}
    marks: dict[str, int] = {}
    if not brought:
        return {}, marks
    store.write(inbox.keep, private, before - timedelta(seconds=1))
    for is_seen, at in ((True, before), (False, case.now)):
        for each in brought:
            items = _in_order(entry for entry in each.items if entry.seen == is_seen)
            if items or is_seen:
                _look(store, each, addresses[each.name], [_fetched(case, each, it) for it in items], at)
        if is_seen:
            marks = store.read(_numbers)
    return store.read(_labels), marks


def _in_order(entries: Iterable[Entry]) -> list[Entry]:
    return sorted(entries, key=lambda it: -it.age)


def _fetched(case: Case, connection: Connection, entry: Entry) -> FetchedItem:
    return FetchedItem(
        external_id=entry.id,
        kind=connection.kind_of(entry),
        created_at=case.now - entry.age,
        title=entry.title,
        content=entry.content,
        author=entry.author,
        parent=entry.parent,
        due_at=entry.due,
        ends_at=entry.ends,
        all_day=entry.all_day,
    )


def _look(store: Store, each: Connection, address: str, items: list[FetchedItem], at: datetime) -> None:
    store.write(inbox.ask, each.name, at)
    claim = store.write(inbox.claim, each.name, address, store.lease, at, seconds=60)
    assert claim is not None  # noqa: S101 - nobody else looks, and it was asked for
    store.write(inbox.write, claim, FetchResult(tuple(items)), at, every=_EVERY, oldest=None)


def _rows(session: Session) -> list[InboxItem]:
    return list(session.exec(select(InboxItem).order_by(col(InboxItem.id))).all())


def _labels(session: Session) -> dict[str, str]:
    return {f"{row.connection}.{row.kind}:{row.id}": row.external_id for row in _rows(session)}


def _numbers(session: Session) -> dict[str, int]:
    marks: dict[str, int] = {}
    for row in _rows(session):
        mark = f"{row.connection}.{FeedKind(row.kind)}"
        marks[mark] = max(row.seq, marks.get(mark, 0))
    return marks
