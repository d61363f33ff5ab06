"""plan: readings of lines, corrections, and the reader of the workspace"""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "line_reading",
        sa.Column("key", sa.String(64), primary_key=True),
        sa.Column("line_key", sa.String(64), nullable=False),
        sa.Column("reading", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("failures", sa.Integer, nullable=False),
        sa.Column("unsure", sa.Boolean, nullable=False),
        sa.Column("told", sa.Boolean, nullable=False),
        sa.Column("calls", sa.Integer, nullable=False),
        sa.Column("prompt_tokens", sa.Integer, nullable=False),
        sa.Column("completion_tokens", sa.Integer, nullable=False),
        sa.Column("milliseconds", sa.Integer, nullable=False),
        sa.Column("read_at", sa.String(27), nullable=True),
        sa.Column("seen_at", sa.String(27), nullable=False),
    )
    op.create_index("ix_line_reading_line", "line_reading", ["line_key"])
    op.create_index("ix_line_reading_seen", "line_reading", ["seen_at"])
    op.create_table(
        "plan_reader",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("model", sa.String, nullable=False),
        sa.Column("digest", sa.String, nullable=False),
        sa.Column("lease_owner", sa.String, nullable=True),
        sa.Column("lease_until", sa.String(27), nullable=True),
        sa.Column("fence", sa.Integer, nullable=False),
        sa.Column("misses", sa.Integer, nullable=False),
        sa.Column("said", sa.Text, nullable=True),
        sa.Column("next_try", sa.String(27), nullable=True),
    )
    op.create_table(
        "correction",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("thread_id", sa.String(64), sa.ForeignKey("thread.id", ondelete="CASCADE"), nullable=True),
        sa.Column("line_id", sa.String(100), nullable=False),
        sa.Column("line_text", sa.String, nullable=False),
        sa.Column("rules", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("role", sa.String, nullable=True),
        sa.Column("by", sa.String, nullable=False),
        sa.Column("at", sa.String(27), nullable=False),
        sa.Column("gone_at", sa.String(27), nullable=True),
        sa.UniqueConstraint("thread_id", "line_id"),
    )
    op.create_index(
        "ix_correction_shared",
        "correction",
        ["line_id"],
        unique=True,
        sqlite_where=sa.text("thread_id IS NULL"),
    )
    op.create_index(
        "ix_thread_instructed",
        "thread",
        ["instructions_at"],
        sqlite_where=sa.text("instructions IS NOT NULL"),
    )
