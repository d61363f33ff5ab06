"""instants: the rules of each thread's plan that name times of the day"""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "thread", sa.Column("instants", sa.JSON(none_as_null=True), nullable=False, server_default="[]")
    )
