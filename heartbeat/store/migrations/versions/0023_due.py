"""due: an index by which the threads that are due are counted"""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_thread_due", "thread", ["next_due"], sqlite_where=sa.text("next_due IS NOT NULL"))
