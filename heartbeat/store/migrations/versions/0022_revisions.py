"""revisions: a number for each table that many beats read and few write, which every change of its rows raises"""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

_TABLES = (
    "board",
    "comment",
    "connection",
    "connectionlook",
    "correction",
    "forgetting",
    "inboxitem",
    "line_reading",
    "message",
    "plan_reader",
    "post",
    "targethealth",
    "verdict",
    "vote",
    "workspace",
)
# Only what a person sets: beats write the rest of a thread's row, and each tick the rest of the timer's.
_IN_PART = {"thread": "title, overrides, instructions, instructions_at, paused_reason", "timer": "running"}


def upgrade() -> None:
    table = op.create_table(
        "revision",
        sa.Column("name", sa.String(), primary_key=True),
        sa.Column("number", sa.Integer(), nullable=False),
    )
    op.bulk_insert(table, [{"name": name, "number": 0} for name in (*_TABLES, *_IN_PART)])
    for name in _TABLES:
        for event in ("INSERT", "UPDATE", "DELETE"):
            _follow(name, event, event)
    for name, columns in _IN_PART.items():
        _follow(name, "INSERT", "INSERT")
        _follow(name, "UPDATE", f"UPDATE OF {columns}")
        _follow(name, "DELETE", "DELETE")


def _follow(name: str, event: str, what: str) -> None:
    raised = f"UPDATE revision SET number = number + 1 WHERE name = '{name}'"  # noqa: S608 - names from above
    op.execute(f'CREATE TRIGGER revision_{name}_{event.lower()} AFTER {what} ON "{name}" BEGIN {raised}; END')
