"""outbox: deliveries to targets outside, how these fare, and connections"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for name in ("text", "about", "file", "mode", "reason"):
        kind = sa.Text() if name == "text" else sa.String()
        op.add_column("action", sa.Column(name, kind, nullable=True))
    op.add_column("action", sa.Column("by_person", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.create_index("ix_action_digest", "action", ["thread_id", "digest"])
    op.create_table(
        "delivery",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(64), nullable=False),
        sa.Column("action_id", sa.Integer(), nullable=True),
        sa.Column("beat_id", sa.Integer(), nullable=True),
        sa.Column("thread_id", sa.String(), nullable=True),
        sa.Column("target", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("payload", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("afterwards", sa.String(), nullable=True),
        sa.Column("by_person", sa.Boolean(), nullable=False),
        sa.Column("searching", sa.Boolean(), nullable=False),
        sa.Column("tries", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("repeatable", sa.Boolean(), nullable=False),
        sa.Column("first_try", sa.String(27), nullable=True),
        sa.Column("next_try", sa.String(27), nullable=True),
        sa.Column("expires_at", sa.String(27), nullable=False),
        sa.Column("deliver_within", sa.Integer(), nullable=True),
        sa.Column("lease_owner", sa.String(), nullable=True),
        sa.Column("lease_until", sa.String(27), nullable=True),
        sa.Column("fence", sa.Integer(), nullable=False),
        sa.Column("receipt", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("created_at", sa.String(27), nullable=False),
        sa.Column("finished_at", sa.String(27), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("key"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_delivery_due", "delivery", ["status", "next_try"])
    op.create_index("ix_delivery_action", "delivery", ["action_id"])
    op.create_index("ix_delivery_target", "delivery", ["target", "id"])
    op.create_index("ix_delivery_thread", "delivery", ["thread_id", "id"])
    op.create_index("ix_delivery_beat", "delivery", ["beat_id"])
    op.create_table(
        "targethealth",
        sa.Column("target", sa.String(), nullable=False),
        sa.Column("misses", sa.Integer(), nullable=False),
        sa.Column("said", sa.Text(), nullable=True),
        sa.Column("last_try", sa.String(27), nullable=True),
        sa.Column("last_sent", sa.String(27), nullable=True),
        sa.Column("down_since", sa.String(27), nullable=True),
        sa.Column("quiet_until", sa.String(27), nullable=True),
        sa.Column("told", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("target"),
    )
    op.create_table(
        "connection",
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("values", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("created_at", sa.String(27), nullable=False),
        sa.Column("updated_at", sa.String(27), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )
    op.create_table(
        "destination",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("salt", sa.String(32), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("missing_since", sa.String(27), nullable=True),
        sa.PrimaryKeyConstraint("name"),
    )
