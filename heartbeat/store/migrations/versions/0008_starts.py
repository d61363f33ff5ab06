"""starts: the start times of a thread's last beats"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "thread", sa.Column("starts", sa.JSON(none_as_null=True), nullable=False, server_default="[]")
    )
