"""path: the nodes that a beat has gone through"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Rows that are there already keep NULL: which nodes they went through was not kept.
    op.add_column("beat", sa.Column("path", sa.JSON(none_as_null=True), nullable=True))
