"""the timer: its switch, wake-ups, retries"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "timer",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("running", sa.Boolean(), nullable=False),
        sa.Column("last_tick", sa.String(27), nullable=True),
        sa.Column("ticked_by", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.add_column("thread", sa.Column("resumed_at", sa.String(27), nullable=True))
    op.add_column("thread", sa.Column("waiting", sa.String(), nullable=True))
    op.add_column("thread", sa.Column("wake_at", sa.String(27), nullable=True))
    op.create_index("ix_thread_wake", "thread", ["wake_at"], unique=False)
    op.add_column("beat", sa.Column("takeovers", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("beat", sa.Column("retry_at", sa.String(27), nullable=True))
    op.create_index(
        "ix_beat_retry",
        "beat",
        ["thread_id"],
        unique=False,
        sqlite_where=sa.text("retry_at IS NOT NULL"),
    )
