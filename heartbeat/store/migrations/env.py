"""Alembic's environment; the connection comes from heartbeat.store.migrate."""

from alembic import context
from sqlmodel import SQLModel

from heartbeat.store import approval_tables, forgetting_tables, inbox_tables, plan_tables, tables  # noqa: F401

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=SQLModel.metadata,
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
