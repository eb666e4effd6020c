"""Runs have tags, which are in their own rows and, to be found, in rows of their own; policies of retention go by them."""  # noqa: INP001  # a script, which Alembic runs by its path

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Add the tags of runs, which have none so far, and the policies for them."""
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
    op.create_table(
        "tag_policies",
        sa.Column("namespace", sa.Text(), nullable=False),
        sa.Column("tag", sa.Text(), nullable=False),
        sa.Column("experiment", sa.Text(), nullable=False),
        sa.Column("pipeline", sa.Text(), nullable=False),
        sa.Column("older_than", sa.Float(), nullable=True),
        sa.Column("keep_last", sa.Integer(), nullable=True),
        sa.Column("drop_cache", sa.Integer(), nullable=False),
        sa.Column("set_at", sa.Float(), nullable=False),
        sa.Column("set_by", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("namespace", "tag", "experiment", "pipeline"),
    )
