"""Alembic's environment; the connection comes from heartbeat.store.migrate."""

from alembic import context
from sqlmodel import SQLModel

from heartbeat.store import (  # noqa: F401
    approval_tables,
    forgetting_tables,
    inbox_tables,
    plan_tables,
    revisions,
    tables,
)

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=SQLModel.metadata,
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
