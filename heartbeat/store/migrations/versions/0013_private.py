"""private: what was made from something private carries a label"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for table in ("beat", "post", "comment", "message", "delivery"):
        op.add_column(table, sa.Column("private", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.create_index("ix_beat_private", "beat", ["private"], sqlite_where=sa.text("private"))
    for statement in LABELS:
        op.execute(statement)


LABELS = (
    # Texts of a private connection may be in whatever its thread did from the first beat on that was shown one.
    # These beats are looked for once a thread: a workspace may have a million.
    """UPDATE beat SET private = 1 WHERE id IN (
        SELECT later.id FROM (
            SELECT seen.thread_id, min(seen.id) AS first
            FROM beat AS seen JOIN connectionlook AS look ON look.private
            WHERE instr(seen.context, '"source": "' || look.name || '"')
            OR instr(seen.context, '"source":"' || look.name || '"')
            GROUP BY seen.thread_id
        ) AS shown JOIN beat AS later ON later.thread_id = shown.thread_id AND later.id >= shown.first
    )""",
    "UPDATE delivery SET private = 1 WHERE beat_id IN (SELECT id FROM beat WHERE private)",
    """UPDATE message SET private = 1 WHERE author <> 'owner' AND created_at >= (
        SELECT min(started_at) FROM beat WHERE beat.private AND beat.thread_id = message.thread_id
    )""",
)
