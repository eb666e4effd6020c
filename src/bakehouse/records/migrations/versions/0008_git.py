"""Runs keep the git state of the author's file."""  # noqa: INP001  # a script, which Alembic runs by its path

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Add the column."""
    op.add_column("runs", sa.Column("git", sa.Text(), nullable=True))
