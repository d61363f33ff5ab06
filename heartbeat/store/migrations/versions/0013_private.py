"""private: what was made from something private carries a label"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for table in ("beat", "post", "comment", "message", "delivery"):
        op.add_column(table, sa.Column("private", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.create_index("ix_beat_private", "beat", ["private"], sqlite_where=sa.text("private"))
