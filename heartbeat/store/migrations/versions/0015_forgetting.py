"""forgetting: connections whose texts are being deleted, and the beats that have lost theirs"""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "forgetting",
        sa.Column("name", sa.String(64), primary_key=True),
        sa.Column("asked_at", sa.String(27), nullable=False),
        sa.Column("threads", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("pieces", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("cleaned_at", sa.String(27), nullable=True),
        sa.Column("again_at", sa.String(27), nullable=True),
    )
    op.add_column("beat", sa.Column("forgotten_at", sa.String(27), nullable=True))
