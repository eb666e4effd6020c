"""Cache entries can be listed and invalidated; equal steps that run at the same time know of each other."""  # noqa: INP001  # a script, which Alembic runs by its path

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from bakehouse.records.migrations.altering import altered

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Say of each entry of which pipeline and component it is, and whether it still counts; keep claims."""
    with altered("cache_entries") as batch:
        batch.add_column(sa.Column("pipeline_name", sa.Text(), nullable=True))
        batch.add_column(sa.Column("component", sa.Text(), nullable=True))
        batch.add_column(sa.Column("invalidated_at", sa.Float(), nullable=True))
    op.get_bind().execute(
        sa.text("UPDATE cache_entries SET pipeline_name = (SELECT runs.pipeline_name FROM runs WHERE runs.id = cache_entries.run_id)")
    )
    op.create_index("cache_of_component", "cache_entries", ["namespace", "component", "created_at"])
    op.create_index("cache_of_pipeline", "cache_entries", ["namespace", "pipeline_name", "created_at"])
    op.create_index("cache_latest", "cache_entries", ["namespace", "created_at"])
    op.create_table(
        "claims",
        sa.Column("namespace", sa.Text(), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("run_id", sa.String(length=64), nullable=False),
        sa.Column("task_id", sa.Text(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("claimed_at", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("namespace", "key"),
    )
    op.create_index("claims_of_run", "claims", ["run_id", "task_id"])
