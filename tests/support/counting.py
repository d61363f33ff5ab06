"""Count what a beat asks of the database and of threads: each statement with the place that issued it."""

from __future__ import annotations

import asyncio
import functools
import re
import threading
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, event

_ROOT = Path(__file__).parents[2]
_OURS = tuple(
    str(_ROOT / room)
    for room in ("heartbeat", "heartbeat_decision", "heartbeat_service", "nodes", "graph", "checkpoints")
)
_ELSEWHERE = "elsewhere"
_BELOW = ("store/database.py", "store/rows.py", "store/core.py")
"""Modules that only pass a statement on: the place is who called them."""


@dataclass
class Counts:
    """What happened while it was counted.

    ``statements`` and ``reading`` have one entry for each statement and read transaction: where it came from, and the
    SQL. ``writing`` are the write transactions by their place, ``hops`` the works that were handed to another thread.
    """

    statements: list[tuple[str, str]] = field(default_factory=list)
    reading: list[str] = field(default_factory=list)
    writing: list[str] = field(default_factory=list)
    hops: list[str] = field(default_factory=list)

    @property
    def shapes(self) -> list[str]:
        """What each statement does: its verb and the first table that it names."""
        return [_shape(sql) for _, sql in self.statements]

    def told(self) -> str:
        """Return all of it, one entry a line."""
        kinds = {
            "statements": [f"{place}: {' '.join(sql.split())[:150]}" for place, sql in self.statements],
            "read transactions": self.reading,
            "write transactions": self.writing,
            "hand-offs": self.hops,
        }
        return "\n".join(
            f"{len(each)} {name}:\n" + "\n".join(f"  {n:2} {line}" for n, line in enumerate(each, 1))
            for name, each in kinds.items()
        )


@contextmanager
def counting(engine: Engine) -> Iterator[Counts]:
    """Count on an engine and in this process until the context is left."""
    counts = Counts()

    def statement(_: Connection, __: Any, sql: str, *___: Any) -> None:
        if not sql.startswith("BEGIN"):
            counts.statements.append((_place(), sql))

    def begin(connection: Connection) -> None:
        is_writing = connection.get_execution_options().get("heartbeat_writing")
        (counts.writing if is_writing else counts.reading).append(_place())

    with pytest.MonkeyPatch.context() as patch:
        _count_hops(patch, counts)
        event.listen(engine, "before_cursor_execute", statement)
        event.listen(engine, "begin", begin)
        try:
            yield counts
        finally:
            event.remove(engine, "before_cursor_execute", statement)
            event.remove(engine, "begin", begin)


def _count_hops(patch: pytest.MonkeyPatch, counts: Counts) -> None:
    hand_over, start = asyncio.BaseEventLoop.run_in_executor, threading.Thread.start

    def run_in_executor(
        loop: asyncio.BaseEventLoop, executor: Any, work: Callable[..., Any], *args: Any
    ) -> Any:
        counts.hops.append(f"{_place()}: {_name(work)}")
        return hand_over(loop, executor, work, *args)

    def started(thread: threading.Thread) -> None:
        # An executor starts its threads once, whatever is handed to it later; and a fake server has threads too.
        place = _place()
        if place != _ELSEWHERE and not thread.name.startswith(("asyncio_", "ThreadPoolExecutor")):
            counts.hops.append(f"{place}: thread {thread.name}")
        start(thread)

    patch.setattr(asyncio.BaseEventLoop, "run_in_executor", run_in_executor)
    patch.setattr(threading.Thread, "start", started)


_TABLE = re.compile(r'\b(?:FROM|INTO|UPDATE)\s+"?(\w+)')


def _shape(sql: str) -> str:
    table = _TABLE.search(sql)
    return f"{sql.split(maxsplit=1)[0]} {table[1] if table else '?'}"


def _name(work: object) -> str:
    """Return the name of what is handed over, without the partials around it."""
    while isinstance(work, functools.partial):
        work = work.args[0] if getattr(work.func, "__name__", "") == "run" and work.args else work.func
    return str(getattr(work, "__qualname__", work))[:80]


def _place() -> str:
    """Return the innermost lines of this project that led here."""
    own = [
        f"{Path(each.filename).relative_to(_ROOT)}:{each.lineno} {each.name}"
        for each in traceback.extract_stack()
        if each.filename.startswith(_OURS) and not each.filename.endswith(_BELOW)
    ]
    return " < ".join(own[:-5:-1]) or _ELSEWHERE
