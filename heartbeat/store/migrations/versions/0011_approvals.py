"""approvals: LangGraph threads of beats that wait, and standing approvals"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "approvalthread",
        sa.Column("langgraph_id", sa.String(36), nullable=False),
        sa.Column("beat_id", sa.Integer(), nullable=False),
        sa.Column("thread_id", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("langgraph_id"),
    )
    op.create_index("ix_approvalthread_beat", "approvalthread", ["beat_id"])
    op.create_index("ix_approvalthread_state", "approvalthread", ["state"])
    op.create_table(
        "standingapproval",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("thread_id", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("target", sa.String(), nullable=False),
        sa.Column("beat_id", sa.Integer(), nullable=False),
        sa.Column("given_at", sa.String(27), nullable=False),
        sa.Column("given_by", sa.String(), nullable=False),
        sa.Column("revoked_at", sa.String(27), nullable=True),
        sa.Column("revoked_by", sa.String(), nullable=True),
        sa.Column("reason", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(["thread_id"], ["thread.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_standingapproval_thread", "standingapproval", ["thread_id"])
    # Their interrupts lie on the LangGraph threads of their threads, which wait with them.
    op.execute("UPDATE beat SET supervised = 0 WHERE status = 'awaiting_approval'")
