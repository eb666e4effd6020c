"""Tasks that hold tasks: nested pipelines, conditions, loops and their rounds."""  # noqa: INP001  # a script, which Alembic runs by its path

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from bakehouse.records.migrations.altering import altered

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Say of each task which group it belongs to, what it is, and since which event it is there."""
    with altered("tasks") as batch:
        batch.add_column(sa.Column("parent", sa.Text(), nullable=False, server_default=""))
        batch.add_column(sa.Column("kind", sa.String(length=16), nullable=False, server_default="step"))
        batch.add_column(sa.Column("position", sa.Integer(), nullable=True))
        batch.add_column(sa.Column("added_seq", sa.Integer(), nullable=False, server_default="1"))
    op.create_index("tasks_of_group", "tasks", ["run_id", "parent", "position", "id"])
    op.create_index("tasks_added", "tasks", ["run_id", "added_seq"])
