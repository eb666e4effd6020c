"""Changing a table: a new one in the place of the old one on SQLite, so that its layout is that of a fresh database; in its place on PostgreSQL.

Scripts use this and no `batch_alter_table` of their own: others refer to a table, and on PostgreSQL engines are at work on it.
"""

from __future__ import annotations

from typing import Any

from alembic import op
from alembic.ddl.postgresql import PostgresqlImpl
from sqlalchemy import Column, Table

from bakehouse.records.collating import by_bytes


def altered(table: str) -> Any:  # Alembic's context manager
    """A batch of changes to a table."""
    return op.batch_alter_table(table, recreate="always" if op.get_context().dialect.name == "sqlite" else "never")


class ByBytes(PostgresqlImpl):
    """Alembic on PostgreSQL, which takes the last one that is declared for a dialect: scripts need not say how texts are compared."""

    __dialect__ = "postgresql"

    def create_table(self, table: Table, **options: Any) -> None:  # Alembic's own signature
        """Make a table."""
        by_bytes(table.columns)
        super().create_table(table, **options)

    def add_column(self, table_name: str, column: Column[Any], **options: Any) -> None:  # Alembic's own signature
        """Add a column."""
        by_bytes([column])
        super().add_column(table_name, column, **options)
