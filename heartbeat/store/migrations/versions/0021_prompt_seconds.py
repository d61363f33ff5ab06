"""prompt seconds: how long the model server read the prompts of a beat, and what it had kept of them"""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for name in ("model_seconds", "prompt_seconds", "load_seconds"):
        op.add_column("beat", sa.Column(name, sa.Float(), nullable=True))
    op.add_column("beat", sa.Column("kept_tokens", sa.Integer(), nullable=True))
