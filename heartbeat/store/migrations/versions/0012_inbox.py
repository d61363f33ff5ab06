"""inbox: items of connections, looks at them, and wakes of threads"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "inboxitem",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("connection", sa.String(), nullable=False),
        sa.Column("external_id", sa.String(300), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("author", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("content", sa.Text(), nullable=True),
        sa.Column("url", sa.Text(), nullable=True),
        sa.Column("parent", sa.String(), nullable=True),
        sa.Column("own", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.String(27), nullable=False),
        sa.Column("due_at", sa.String(27), nullable=True),
        sa.Column("ends_at", sa.String(27), nullable=True),
        sa.Column("all_day", sa.Boolean(), nullable=False),
        sa.Column("first_at", sa.String(27), nullable=False),
        sa.Column("changed_at", sa.String(27), nullable=False),
        sa.Column("churn", sa.Integer(), nullable=False),
        sa.Column("gone_at", sa.String(27), nullable=True),
        sa.Column("done_at", sa.String(27), nullable=True),
        sa.Column("snoozed_until", sa.String(27), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("connection", "external_id"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_inboxitem_seq", "inboxitem", ["connection", "kind", "seq"])
    op.create_index(
        "ix_inboxitem_due", "inboxitem", ["connection", "due_at"], sqlite_where=sa.text("due_at IS NOT NULL")
    )
    op.create_index(
        "ix_inboxitem_snoozed",
        "inboxitem",
        ["snoozed_until"],
        sqlite_where=sa.text("snoozed_until IS NOT NULL"),
    )
    op.create_table(
        "connectionlook",
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("used", sa.Boolean(), nullable=False),
        sa.Column("private", sa.Boolean(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("first_look", sa.String(27), nullable=True),
        sa.Column("last_look", sa.String(27), nullable=True),
        sa.Column("next_look", sa.String(27), nullable=True),
        sa.Column("memo", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("misses", sa.Integer(), nullable=False),
        sa.Column("failing_since", sa.String(27), nullable=True),
        sa.Column("said", sa.Text(), nullable=True),
        sa.Column("told", sa.Boolean(), nullable=False),
        sa.Column("held_back", sa.Integer(), nullable=False),
        sa.Column("lease_owner", sa.String(), nullable=True),
        sa.Column("lease_until", sa.String(27), nullable=True),
        sa.Column("fence", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )
    op.add_column("thread", sa.Column("woken_at", sa.String(27), nullable=True))
    op.add_column(
        "thread", sa.Column("woken_by", sa.JSON(none_as_null=True), nullable=False, server_default="[]")
    )
    op.add_column("thread", sa.Column("due_through", sa.String(27), nullable=True))
    op.add_column("thread", sa.Column("wake_tries", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("thread", sa.Column("follow_ups", sa.Integer(), nullable=False, server_default="0"))
    op.create_index("ix_thread_woken", "thread", ["woken_at"], sqlite_where=sa.text("woken_at IS NOT NULL"))
    op.add_column("beat", sa.Column("woken_by", sa.JSON(none_as_null=True), nullable=True))
