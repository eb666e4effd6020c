"""Attempts keep their code's digest, what they asked for, what they used, and since when they were on their way."""  # noqa: INP001  # a script, which Alembic runs by its path

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Add the columns; of attempts that are there nothing is known of this."""
    op.add_column("attempts", sa.Column("component", sa.Text(), nullable=True))
    op.add_column("attempts", sa.Column("code", sa.String(length=64), nullable=True))
    op.add_column("attempts", sa.Column("cpu_request", sa.Float(), nullable=True))
    op.add_column("attempts", sa.Column("memory_request", sa.BigInteger(), nullable=True))
    op.add_column("attempts", sa.Column("preparing_at", sa.Float(), nullable=True))
    op.add_column("attempts", sa.Column("queued_at", sa.Float(), nullable=True))
    op.add_column("attempts", sa.Column("cpu_seconds", sa.Float(), nullable=True))
    op.add_column("attempts", sa.Column("peak_memory", sa.BigInteger(), nullable=True))
    op.add_column("attempts", sa.Column("ran", sa.Float(), nullable=True))
