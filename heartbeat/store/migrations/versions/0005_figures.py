"""figures: indexes for statistics over time"""

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    columns = ["started_at", "status", "reason", "missed", "prompt_tokens", "completion_tokens"]
    op.create_index("ix_beat_figures", "beat", columns)
    op.create_index("ix_action_figures", "action", ["created_at", "kind"])
