"""path: the nodes that a beat's run has finished"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Existing rows keep NULL, since their nodes were not recorded.
    op.add_column("beat", sa.Column("path", sa.JSON(none_as_null=True), nullable=True))
