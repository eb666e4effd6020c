"""Texts are compared by their bytes, as SQLite does, whatever language a PostgreSQL database was made for."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Column, String


def by_bytes(columns: Iterable[Column[Any]]) -> None:  # columns of any type
    """Give columns of text the collation that compares bytes, on PostgreSQL."""
    for column in columns:
        kind = column.type
        if isinstance(kind, String) and kind.collation is None:
            column.type = kind.with_variant(type(kind)(kind.length, collation="C"), "postgresql")
