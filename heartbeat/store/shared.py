"""What was read from the database, kept for all threads of a process until a table that it was read from changes."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

from sqlalchemy import Connection, Engine, event
from sqlalchemy.engine import Compiled

from heartbeat.store.revisions import Revisions, read_by

T = TypeVar("T")

LIMIT = 10_000
"""Maximum number of results that are kept; the one that was used least lately goes first."""

_reads: ContextVar[set[str] | None] = ContextVar("reads", default=None)
"""The tables that are read while a result is made."""
_UNKNOWN = "?"
"""Stands for the tables of a statement whose tables cannot be told."""
_tables: WeakKeyDictionary[Compiled, set[str]] = WeakKeyDictionary()
"""The tables that compiled statements read: to find them takes as long as to run one."""


@dataclass
class Moment:
    """The revisions that a run goes by until it looks again: what was read at them is not read anew.

    None until something shared is read, so that nothing is read where a run only begins, as on an event loop.
    """

    revisions: Revisions | None
    found: dict[Hashable, Any] = field(default_factory=dict)
    """What was found outside of the database meanwhile, by what found it."""


@dataclass(frozen=True)
class _Kept:
    value: Any
    seen: Mapping[str, int]

    def is_current(self, revisions: Revisions) -> bool:
        return all(revisions.get(name) == number for name, number in self.seen.items())

    def is_older(self, raised: Revisions) -> bool:
        return any(self.seen.get(name, number) < number for name, number in raised.items())


def always(_: object) -> bool:
    """Return True: a result that depends on no time holds as long as its tables stay as they are."""
    return True


@dataclass
class Shared:
    """Results by what made them. They are shared between threads, so nobody may change them.

    Once a table has changed, all that was read from it before is dropped at the next call for anything: it may hold
    what was deleted, and nobody may ask for it again, as where positions are part of what made it.
    """

    _kept: OrderedDict[Hashable, _Kept] = field(default_factory=OrderedDict)
    _newest: dict[str, int] = field(default_factory=dict)
    _last: Revisions | None = None
    """The revisions of the last call, of which nothing is to be dropped any more."""
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def get(
        self, key: Hashable, revisions: Revisions, make: Callable[[], T], holds: Callable[[T], bool] = always
    ) -> T:
        """Return what was made under a key, or make it where a table it was read from has changed since.

        ``holds`` says of a kept result whether it is still right by the clock.
        """
        with self._lock:
            self._drop_older(revisions)
            kept = self._kept.get(key)
            if kept is not None:
                self._kept.move_to_end(key)
        if kept is not None and kept.is_current(revisions) and holds(kept.value):
            _note(kept.seen)
            return kept.value  # type: ignore[no-any-return]
        with _noting() as tables:
            value = make()
        # What has changed since the revisions were read was perhaps seen, and is then read again once.
        if tables <= revisions.keys():
            made = _Kept(value, {name: revisions[name] for name in tables})
            with self._lock:
                if made.is_older(self._newest):
                    return value
                self._kept[key] = made
                self._kept.move_to_end(key)
                while len(self._kept) > LIMIT:
                    self._kept.popitem(last=False)
        return value

    def _drop_older(self, revisions: Revisions) -> None:
        if revisions is self._last:
            return
        self._last = revisions
        # A run may go by older revisions than another: it drops nothing of what that one has read.
        raised = {name: number for name, number in revisions.items() if number > self._newest.get(name, -1)}
        if raised:
            self._newest |= raised
            for key in [key for key, kept in self._kept.items() if kept.is_older(raised)]:
                del self._kept[key]


@contextmanager
def _noting() -> Iterator[set[str]]:
    outer, tables = _reads.get(), set[str]()
    token = _reads.set(tables)
    try:
        yield tables
    finally:
        _reads.reset(token)
        if outer is not None:
            outer |= tables


def _note(names: Mapping[str, int]) -> None:
    outer = _reads.get()
    if outer is not None:
        outer.update(names)


def follow_reads(engine: Engine) -> None:
    """Note which tables the statements of an engine read, where a result is made of them."""

    @event.listens_for(engine, "before_cursor_execute")
    def execute(_: Connection, __: Any, sql: str, ___: Any, context: Any, ____: Any) -> None:
        tables = _reads.get()
        if tables is None:
            return
        if context.compiled is not None:
            tables |= _read_by(context.compiled, sql)
        elif not sql.startswith("BEGIN"):
            tables.add(_UNKNOWN)


def _read_by(compiled: Compiled, sql: str) -> set[str]:
    found = _tables.get(compiled)
    if found is None:
        statement = compiled.statement
        found = {_UNKNOWN} if statement is None else read_by(statement, sql)
        _tables[compiled] = found
    return found
