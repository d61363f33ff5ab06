"""The workspace a command works in: its settings and its open database."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from heartbeat.settings import Settings, load_settings
from heartbeat.store import Store
from heartbeat_service.cli.terminal import say
from heartbeat_service.thread_view import ThreadView


def utc_now() -> datetime:
    """Return the present instant."""
    return datetime.now(UTC)


def warn_if_off(view: ThreadView) -> None:
    """Say that a thread was here already, switched off or paused, and what changes that."""
    for each in view.obstacles:
        if each.name in {"disabled", "paused"}:
            say(f"Thread {view.thread_id}: {each.told()}", "yellow")


@contextmanager
def open_store(settings: Settings | None = None) -> Iterator[Store]:
    """Yield the domain database that the settings name, and close it afterwards.

    Raises:
        InvalidValueError: an environment variable has a value that is not allowed.
        SchemaTooNewError: the database was written by a newer version.
    """
    store = Store.from_settings(settings or load_settings())
    try:
        yield store
    finally:
        store.close()
