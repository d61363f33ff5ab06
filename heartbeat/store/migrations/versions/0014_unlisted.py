"""unlisted: since when a source that never says what is gone lists an item no more"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("inboxitem", sa.Column("unlisted_at", sa.String(27), nullable=True))
    op.create_index(
        "ix_inboxitem_listed",
        "inboxitem",
        ["connection", "external_id"],
        sqlite_where=sa.text("gone_at IS NULL AND unlisted_at IS NULL"),
    )
