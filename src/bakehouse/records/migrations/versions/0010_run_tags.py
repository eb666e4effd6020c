"""Runs have tags: what they show is in their own rows, and one row for each tag finds them."""  # noqa: INP001  # a script, which Alembic runs by its path

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Add the tags of runs: those there are have none."""
    op.add_column("runs", sa.Column("tags", sa.Text(), server_default="{}", nullable=False))
    op.create_table(
        "run_tags",
        sa.Column("run_id", sa.String(length=64), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("namespace", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("created_at", sa.Float(), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("run_id", "key"),
    )
    op.create_index("runs_by_tag", "run_tags", ["namespace", "key", "value", "created_at", "run_id"])
    op.create_index("runs_by_tag_key", "run_tags", ["namespace", "key", "created_at", "run_id"])
