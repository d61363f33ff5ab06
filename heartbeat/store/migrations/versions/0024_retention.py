"""retention: the slots of a thread whose beats were deleted, and an index that queries for private beats go by"""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("thread", sa.Column("pruned_slots", sa.JSON, nullable=False, server_default="[]"))
    op.drop_index("ix_beat_private", "beat")
    op.create_index("ix_beat_private", "beat", ["private"], sqlite_where=sa.text("private = 1"))
