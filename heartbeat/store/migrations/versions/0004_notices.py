"""notices: notifications for people"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "notices",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("cursor", sa.Integer(), nullable=False),
        sa.Column("waiting", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("sent", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("unreachable_since", sa.String(27), nullable=True),
        sa.Column("unreachable_last", sa.String(27), nullable=True),
        sa.Column("unreachable_told", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
