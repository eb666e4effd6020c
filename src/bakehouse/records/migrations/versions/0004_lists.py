"""Runs know their experiment by its id; lists by end and by the pipeline's name; an experiment for runs that name none."""  # noqa: INP001  # a script, which Alembic runs by its path

from __future__ import annotations

import time
import uuid

import sqlalchemy as sa
from alembic import op

from bakehouse.records.migrations.altering import altered

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Add what lists need."""
    _runs()
    _default()


def _runs() -> None:
    op.drop_index("runs_of_experiment", "runs")
    op.drop_index("runs_of_pipeline", "runs")
    with altered("runs") as batch:
        batch.add_column(sa.Column("experiment_id", sa.String(length=64), nullable=False, server_default=""))
    op.get_bind().execute(
        sa.text(
            "UPDATE runs SET experiment_id = coalesce((SELECT experiments.id FROM experiments "
            "WHERE experiments.namespace = runs.namespace AND experiments.name = runs.experiment), '')"
        )
    )
    op.create_index("runs_of_experiment", "runs", ["namespace", "storage_state", "experiment", "created_at", "id"])
    op.create_index("runs_of_pipeline", "runs", ["namespace", "storage_state", "pipeline_id", "created_at", "id"])
    op.create_index("runs_in_experiment", "runs", ["namespace", "storage_state", "experiment_id", "created_at", "id"])
    op.create_index("runs_by_end", "runs", ["namespace", "storage_state", "finished_at", "id"])
    op.create_index("runs_by_pipeline_name", "runs", ["namespace", "storage_state", "pipeline_name", "created_at", "id"])


def _default() -> None:
    new = {"at": time.time(), "id": str(uuid.uuid4()), "description": "All runs created without specifying an experiment will be grouped here."}
    op.get_bind().execute(
        sa.text(
            "INSERT INTO experiments (namespace, name, created_at, id, description) VALUES ('default', 'Default', :at, :id, :description) "
            "ON CONFLICT DO NOTHING"
        ),
        new,
    )
