"""Check the configured connections."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from heartbeat.connections import Connection, Connections
from heartbeat.plugins import load_plugins
from heartbeat.settings import Settings
from heartbeat.store.database import Database
from heartbeat.text import count, sentence
from heartbeat.vocabulary import ConnectionOrigin, ConnectionState
from heartbeat_service.doctor.finding import Finding, few, ok, warning
from heartbeat_service.unused import remedy

CHECK = "connections"
_PATIENCE = 2.0


@dataclass(frozen=True)
class Examined:
    """The connections of a workspace, and the names that a thread's target may have."""

    connections: tuple[Connection, ...]
    target_names: tuple[str, ...]
    problem: str | None
    exposed: bool
    unused: Mapping[str, str]
    """The commands by which a thread looks at connections that none looks at, by their names."""


def read_connections(settings: Settings, clock: Callable[[], datetime]) -> Examined:
    """Read file, settings and a database with this version's schema, without migrating it.

    Raises:
        SQLAlchemyError: the database cannot be read.
    """
    database = Database(settings.database_path, busy_timeout=_PATIENCE)
    try:
        sources = load_plugins(settings).fetched
        found = Connections.load(settings, database, clock=clock, sources=sources)
        every = tuple(found.all)
        unused = {each.name: database.read(remedy, each.name) for each in every if each.unused}
        return Examined(every, found.target_names(), found.problem, found.exposed, unused)
    finally:
        database.close()


def check_connections(read: Examined, settings: Settings) -> list[Finding]:
    """Report connections that are not used, and those whose last try or look failed."""
    file = settings.connections_path
    found = [] if read.problem is None else [warning(CHECK, sentence(read.problem), f"mend {file}")]
    if read.exposed:
        said = f"{file} holds a secret, and other accounts of this machine may read it."
        found.append(warning(CHECK, said, f"chmod 600 {file}, or name the secret by ${{NAME}} or file:PATH"))
    for name, command in read.unused.items():
        said = f"No thread looks at {name}: it is private, and no thread names it in its sources."
        found.append(warning(CHECK, said, command))
    for each in read.connections:
        # What is wrong with the file as a whole is said once.
        if each.problem is None or each.problem == read.problem:
            continue
        said = sentence(f"Connection {each.name}: {each.problem}")
        if each.hidden:
            mend = f"heartbeat connections remove {each.name}, or rename the table in {file}"
        elif each.state == ConnectionState.FAILING:
            is_look = each.fetch is not None and each.failing_since is not None
            mend = f"heartbeat {'look' if is_look else 'connections test'} {each.name}"
        elif each.origin == ConnectionOrigin.FILE:
            mend = f"mend [{each.name}] in {file}"
        elif each.origin == ConnectionOrigin.SETTING:
            mend = "mend HEARTBEAT_NOTIFY, HEARTBEAT_WEBHOOK_URL or HEARTBEAT_WEBHOOK_SECRET"
        else:
            mend = (
                f"change it in the panel, or where it is not needed: heartbeat connections remove {each.name}"
            )
        found.append(warning(CHECK, said, mend))
    if found:
        return few(found)
    if not read.connections:
        return [ok(CHECK, "None are configured.")]
    return [ok(CHECK, f"{count(len(read.connections), 'connection')} can be used.")]
