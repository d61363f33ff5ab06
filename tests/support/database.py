"""An empty database of this version, migrated once a process and copied for each test."""

from __future__ import annotations

import sqlite3
import tempfile
from contextlib import closing
from functools import cache
from pathlib import Path

from alembic import command
from sqlalchemy import create_engine

from heartbeat.private import make_folder
from heartbeat.store.database import Database
from heartbeat.store.migrate import _alembic, migrate


@cache
def migrated() -> bytes:
    """Return the bytes of an empty database that all migrations have run on."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "heartbeat.db"
        database = Database(path)
        migrate(database.engine, path)
        database.close()
        return path.read_bytes()


def lay(path: Path) -> Path:
    """Copy the migrated database to ``path``, unless a database is there already."""
    if not path.exists():
        make_folder(path.parent)
        path.write_bytes(migrated())
    return path


def write_as(revision: str, path: Path) -> None:
    """Replace the closed database at ``path`` by one of an earlier schema, with all that this schema can hold."""
    old = path.with_name("earlier.db")
    engine = create_engine(f"sqlite:///{old}")
    config = _alembic()
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
    engine.dispose()
    with closing(sqlite3.connect(old)) as file, file:
        file.execute("ATTACH DATABASE ? AS newer", (str(path),))
        left = set(_tables(file, "newer"))
        for table in (each for each in _tables(file) if each in left):
            columns = ", ".join(f'"{name}"' for name in _columns(file, table))
            file.execute(f"DELETE FROM {table}")
            file.execute(f"INSERT INTO {table} ({columns}) SELECT {columns} FROM newer.{table}")
        file.execute("UPDATE alembic_version SET version_num = ?", (revision,))
    for each in path.parent.glob(f"{path.name}*"):
        if not each.name.endswith(".lock"):
            each.unlink()
    old.rename(path)


def _tables(file: sqlite3.Connection, schema: str = "main") -> list[str]:
    query = f"SELECT name FROM {schema}.sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
    return [name for (name,) in file.execute(query)]


def _columns(file: sqlite3.Connection, table: str) -> list[str]:
    return [row[1] for row in file.execute(f"PRAGMA main.table_info({table})")]
