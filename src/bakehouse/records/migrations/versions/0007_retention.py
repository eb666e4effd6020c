"""Runs can be pinned, those that were deleted are known, and policies say which runs go by themselves."""  # noqa: INP001  # a script, which Alembic runs by its path

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Add what retention needs."""
    op.add_column("runs", sa.Column("pinned_at", sa.Float(), nullable=True))
    op.add_column("runs", sa.Column("pin_reason", sa.Text(), nullable=True))
    op.create_index("runs_pinned", "runs", ["pinned_at"])
    op.create_table(
        "deleted_runs",
        sa.Column("run_id", sa.String(length=64), nullable=False),
        sa.Column("namespace", sa.Text(), nullable=False),
        sa.Column("deleted_at", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("run_id"),
    )
    op.create_table(
        "retention_policies",
        sa.Column("namespace", sa.Text(), nullable=False),
        sa.Column("experiment", sa.Text(), nullable=False),
        sa.Column("pipeline", sa.Text(), nullable=False),
        sa.Column("older_than", sa.Float(), nullable=True),
        sa.Column("keep_last", sa.Integer(), nullable=True),
        sa.Column("drop_cache", sa.Integer(), nullable=False),
        sa.Column("set_at", sa.Float(), nullable=False),
        sa.Column("set_by", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("namespace", "experiment", "pipeline"),
    )
