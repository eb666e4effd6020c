"""Tasks know since when they are in their state: limits are counted from there."""  # noqa: INP001  # a script, which Alembic runs by its path

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Add what limits need."""
    op.add_column("tasks", sa.Column("since", sa.Float(), nullable=True))
