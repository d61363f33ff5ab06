"""verdicts: what a model answered to questions about items"""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "verdict",
        sa.Column("key", sa.String(64), primary_key=True),
        sa.Column("question", sa.String, nullable=False),
        sa.Column("item_key", sa.String, nullable=False),
        sa.Column("item_digest", sa.String(16), nullable=False),
        sa.Column("source", sa.String, nullable=False),
        sa.Column("kind", sa.String, nullable=False),
        sa.Column("private", sa.Boolean, nullable=False),
        sa.Column("yes", sa.Boolean, nullable=False),
        sa.Column("odds", sa.Float, nullable=True),
        sa.Column("asked_at", sa.String(27), nullable=False),
        sa.Column("used_at", sa.String(27), nullable=False),
    )
    op.create_index("ix_verdict_item", "verdict", ["item_key"])
    op.create_index("ix_verdict_source", "verdict", ["source"])
    op.create_index("ix_verdict_used", "verdict", ["used_at"])
