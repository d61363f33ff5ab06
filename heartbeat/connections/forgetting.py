"""Forget what a connection brought, in both databases of a workspace, also where other processes have them open."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from heartbeat.connections.note_journal import NoteJournal
from heartbeat.settings import Settings
from heartbeat.store import forgetting
from heartbeat.store.database import Database
from heartbeat.store.scrub import PATIENCE, delete_checkpoints, rewrite
from heartbeat.text import utc


@dataclass(frozen=True)
class Forgotten:
    """How far a connection is forgotten; ``said`` is one sentence."""

    is_finished: bool
    said: str


def go_on(
    settings: Settings,
    store: Database,
    name: str,
    clock: Callable[[], datetime],
    *,
    patience: float = PATIENCE,
) -> Forgotten:
    """Forget a connection as far as that is possible now; calling it again goes on where it ended.

    It is not finished while a run may still be at work that was closed and knows its texts, or while another program
    reads a database for longer than ``patience`` seconds.

    Raises:
        sqlite3.Error: a database is damaged, or the disk is full.
    """
    store.write(forgetting.look_through, name, clock())
    has_checkpoints = _delete(settings, store, name, clock)
    NoteJournal.of(settings.home, name).path.unlink(missing_ok=True)
    paths = (settings.database_path, settings.checkpoints_path)
    waits = [path.name for path in paths if not rewrite(path, patience=patience)]
    if has_checkpoints and settings.checkpoints_path.name not in waits:
        waits.append(settings.checkpoints_path.name)
    if waits:
        said = (
            f"Nothing of {name} is shown any more, but its bytes are still in {' and '.join(waits)}, which another "
            "program is using; heartbeat serve tries again by itself, and so does the same command."
        )
        return Forgotten(False, said)
    again = store.read(forgetting.again_at, name, clock())
    if again is not None:
        said = (
            f"Nothing of {name} is shown any more; a beat that was running may still write to the checkpoints, so "
            f"heartbeat serve looks once more at {utc(again)}, and so does the same command after that."
        )
        return Forgotten(False, said)
    store.write(forgetting.end, name, clock())
    return Forgotten(True, f"Nothing of {name} is left in the databases; backups made before still hold it.")


def go_on_with_all(settings: Settings, store: Database, clock: Callable[[], datetime]) -> list[Forgotten]:
    """Go on with all connections that are being forgotten, where something can be done now."""
    waiting = [
        name for name in store.read(forgetting.names) if not store.read(forgetting.again_at, name, clock())
    ]
    return [go_on(settings, store, name, clock) for name in waiting]


def _delete(settings: Settings, store: Database, name: str, clock: Callable[[], datetime]) -> bool:
    """Delete rows and checkpoints; return whether checkpoints are left, since another program writes to them."""
    again_after = timedelta(seconds=settings.beat_timeout) + forgetting.GRACE
    while True:
        while store.write(forgetting.step, name, settings.agent_name, clock(), again_after=again_after):
            pass
        found = store.read(forgetting.search, name)
        if store.write(forgetting.add, name, found, clock(), again_after=again_after):
            continue
        where = store.read(forgetting.traces, name)
        if not delete_checkpoints(
            settings.checkpoints_path, where.langgraph_ids, where.sources, where.threads
        ):
            return True
        if not store.write(forgetting.note_cleaned, name, clock()):
            return False
