"""Bring a database to the schema of this version, one process at a time."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config as AlembicConfig
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from filelock import FileLock
from sqlalchemy import Engine

from heartbeat.errors import SchemaTooNewError
from heartbeat.store.database import retrying

_SCRIPTS = Path(__file__).parent / "migrations"


def migrate(engine: Engine, path: Path) -> None:
    """Apply what is missing; nothing is locked when nothing is missing.

    Raises:
        SchemaTooNewError: the database knows a revision that this version does not.
    """
    config = AlembicConfig()
    config.set_main_option("script_location", str(_SCRIPTS).replace("%", "%%"))
    scripts = ScriptDirectory.from_config(config)
    if _is_current(engine, scripts, path):
        return
    with FileLock(path.with_name(path.name + ".lock")):
        if _is_current(engine, scripts, path):
            return
        retrying()(_use_wal, engine)
        writer = engine.execution_options(heartbeat_writing=True)
        with writer.begin() as connection:
            config.attributes["connection"] = connection
            command.upgrade(config, "head")


def _use_wal(engine: Engine) -> None:
    # The mode is kept in the file. It is set here, under the file lock, because SQLite does not wait for
    # other processes when two of them change it at once.
    connection = engine.raw_connection()
    try:
        connection.cursor().execute("PRAGMA journal_mode=WAL")
    finally:
        connection.close()


def _is_current(engine: Engine, scripts: ScriptDirectory, path: Path) -> bool:
    with engine.connect() as connection:
        revision = MigrationContext.configure(connection).get_current_revision()
    known = {script.revision for script in scripts.walk_revisions()}
    if revision is not None and revision not in known:
        raise SchemaTooNewError(
            f"{path} was written by a newer Heartbeat (schema {revision}); "
            "upgrade langgraph-heartbeat or use another HEARTBEAT_HOME"
        )
    return revision == scripts.get_current_head()
