"""Migrate a database to the schema of this version, in one process at a time."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from filelock import FileLock
from sqlalchemy import Connection, Engine, inspect, text

from heartbeat.errors import SchemaTooNewError
from heartbeat.store.database import retrying

if TYPE_CHECKING:
    from alembic.config import Config as AlembicConfig

HEAD = "0024"
"""The newest revision under ``migrations/versions``, which a test checks."""
_SCRIPTS = Path(__file__).parent / "migrations"


def migrate(engine: Engine, path: Path) -> None:
    """Apply the missing migrations; a database that is up to date is only read, without a lock.

    Raises:
        SchemaTooNewError: the database knows a revision that this version does not.
    """
    if _revision(engine) == HEAD:
        return
    # Imported late: importing Alembic takes longer than opening a database that is up to date.
    from alembic import command

    with FileLock(path.with_name(path.name + ".lock"), mode=0o600):
        found = _revision(engine)
        if found == HEAD:
            return
        if found is not None:
            check_known(found, path, "upgrade langgraph-heartbeat or use another HEARTBEAT_HOME")
        config = _alembic()
        retrying()(_use_wal, engine)
        writer = engine.execution_options(heartbeat_writing=True)
        with writer.begin() as connection:
            config.attributes["connection"] = connection
            command.upgrade(config, "head")


def check_known(revision: str, path: Path, remedy: str) -> None:
    """Check that this version knows the schema of what is at a path.

    Raises:
        SchemaTooNewError: it does not; ``remedy`` ends the message.
    """
    if revision != HEAD and revision not in _known(_alembic()):
        raise SchemaTooNewError(f"{path} was written by a newer Heartbeat (schema {revision}); {remedy}")


def _revision(engine: Engine) -> str | None:
    """Return the revision of the database; None if it is empty."""
    with engine.connect() as connection:
        if not inspect(connection).has_table("alembic_version"):
            return None
        return _stored(connection)


def _stored(connection: Connection) -> str | None:
    found: str | None = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return found


def _alembic() -> AlembicConfig:
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_SCRIPTS).replace("%", "%%"))
    return config


def _known(config: AlembicConfig) -> set[str]:
    from alembic.script import ScriptDirectory

    return {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}


def _use_wal(engine: Engine) -> None:
    # The mode is stored in the file. It is set under the file lock, since SQLite's busy timeout does not apply
    # when two processes change the mode at once.
    connection = engine.raw_connection()
    try:
        connection.cursor().execute("PRAGMA journal_mode=WAL")
    finally:
        connection.close()
