"""How Alembic reaches the database: by the connection of whoever called it, within that one's transaction."""

from __future__ import annotations

from alembic import context

from bakehouse.records.migrations import altering  # noqa: F401  # declares how tables are made on PostgreSQL
from bakehouse.records.schema import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata, transactional_ddl=True, render_as_batch=True)
with context.begin_transaction():
    context.run_migrations()
