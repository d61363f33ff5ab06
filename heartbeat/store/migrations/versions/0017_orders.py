"""orders: which messages of the owner may order a silence that lasts, and when an order was lifted"""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Messages from before were forgotten after five others anyway: they order nothing that lasts.
    op.add_column("message", sa.Column("settled", sa.Boolean, nullable=False, server_default=sa.true()))
    op.add_column("message", sa.Column("lifted_at", sa.String(27), nullable=True))
    op.add_column("message", sa.Column("lifted_by", sa.String, nullable=True))
    op.create_index(
        "ix_message_owner", "message", ["thread_id", "created_at"], sqlite_where=sa.text("author = 'owner'")
    )
    op.create_index("ix_message_unsettled", "message", ["thread_id"], sqlite_where=sa.text("NOT settled"))
