"""Pipelines with versions; experiments with ids; an archive for runs."""  # noqa: INP001  # a script, which Alembic runs by its path

from __future__ import annotations

import uuid

import sqlalchemy as sa
from alembic import op

from bakehouse.records.migrations.altering import altered

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Add what the server records."""
    _experiments()
    _runs()
    _pipelines()


def _experiments() -> None:
    with altered("experiments") as batch:
        batch.add_column(sa.Column("id", sa.String(length=64), nullable=False, server_default=""))
        batch.add_column(sa.Column("description", sa.Text(), nullable=False, server_default=""))
        batch.add_column(sa.Column("storage_state", sa.String(length=16), nullable=False, server_default="AVAILABLE"))
        batch.add_column(sa.Column("last_run_at", sa.Float(), nullable=True))
    db = op.get_bind()
    change = sa.text(
        "UPDATE experiments SET id = :id, last_run_at = (SELECT max(created_at) FROM runs WHERE runs.namespace = :namespace AND experiment = :name) "
        "WHERE namespace = :namespace AND name = :name"
    )
    for namespace, name in db.execute(sa.text("SELECT namespace, name FROM experiments")).all():
        db.execute(change, {"id": str(uuid.uuid4()), "namespace": namespace, "name": name})
    op.create_index("experiments_by_id", "experiments", ["id"], unique=True)


def _runs() -> None:
    op.drop_index("runs_by_state", "runs")
    with altered("runs") as batch:
        batch.add_column(sa.Column("description", sa.Text(), nullable=False, server_default=""))
        batch.add_column(sa.Column("storage_state", sa.String(length=16), nullable=False, server_default="AVAILABLE"))
        batch.add_column(sa.Column("archived_at", sa.Float(), nullable=True))
        batch.add_column(sa.Column("service_account", sa.Text(), nullable=False, server_default=""))
        batch.add_column(sa.Column("pipeline_id", sa.String(length=64), nullable=False, server_default=""))
        batch.add_column(sa.Column("version_id", sa.String(length=64), nullable=False, server_default=""))
    op.create_index("runs_stored", "runs", ["namespace", "storage_state", "created_at", "id"])
    op.create_index("runs_by_name", "runs", ["namespace", "storage_state", "name", "id"])
    op.create_index("runs_of_pipeline", "runs", ["namespace", "pipeline_id", "created_at", "id"])
    op.create_index("runs_by_state", "runs", ["namespace", "storage_state", "state", "created_at", "id"])


def _pipelines() -> None:
    op.create_table(
        "pipelines",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("namespace", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("display_name", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("tags", sa.Text(), nullable=False),
        sa.Column("created_at", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("pipelines_by_name", "pipelines", ["namespace", "name"], unique=True)
    op.create_index("pipelines_newest", "pipelines", ["namespace", "created_at", "id"])
    op.create_table(
        "pipeline_versions",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("namespace", sa.Text(), nullable=False),
        sa.Column("pipeline_id", sa.String(length=64), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("display_name", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("tags", sa.Text(), nullable=False),
        sa.Column("spec", sa.String(length=64), nullable=False),
        sa.Column("package_url", sa.Text(), nullable=False),
        sa.Column("code_source_url", sa.Text(), nullable=False),
        sa.Column("created_at", sa.Float(), nullable=False),
        sa.ForeignKeyConstraint(["pipeline_id"], ["pipelines.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("versions_by_name", "pipeline_versions", ["pipeline_id", "name"], unique=True)
    op.create_index("versions_newest", "pipeline_versions", ["pipeline_id", "created_at", "id"])
    op.create_index("versions_of_spec", "pipeline_versions", ["namespace", "spec"])
