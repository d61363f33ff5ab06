"""own kinds: fields of actions whose kind a target defines"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("action", sa.Column("fields", sa.JSON(none_as_null=True), nullable=True))
