"""The workspace of a command: its clock and its open database."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from heartbeat.errors import NotFoundError
from heartbeat.instructions import read_document
from heartbeat.settings import Settings, load_settings
from heartbeat.store import Store
from heartbeat.vocabulary import ThreadStateName
from heartbeat_service.cli.terminal import say
from heartbeat_service.thread_view import ThreadView


def utc_now() -> datetime:
    """Return the current instant in UTC."""
    return datetime.now(UTC)


def warn_if_off(view: ThreadView) -> None:
    """Print whether an existing thread is switched off or paused, and how to change that."""
    for each in view.obstacles:
        if each.name in {ThreadStateName.DISABLED, ThreadStateName.PAUSED}:
            say(f"Thread {view.thread_id}: {each.told()}", "yellow")


def content_of(file: Path, home: Path) -> str:
    """Return the text of a file of instructions; ``home`` is the folder of the databases.

    Raises:
        NotFoundError: there is no such file.
        UnreadableError: it cannot be read.
    """
    document = read_document(file, home)
    if document is None:
        raise NotFoundError(f"there is no {file}")
    return document.content


@contextmanager
def open_store(settings: Settings | None = None) -> Iterator[Store]:
    """Open the domain database of the settings while the context is open.

    Raises:
        InvalidValueError: an environment variable has a value that is not allowed.
        SchemaTooNewError: the database was written by a newer version.
    """
    store = Store.from_settings(settings or load_settings())
    try:
        yield store
    finally:
        store.close()
