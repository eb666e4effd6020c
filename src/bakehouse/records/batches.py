"""Statements of one transaction, gathered so that each of them runs once, with all its rows."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from sqlalchemy import Connection, Dialect, TextClause

from bakehouse.records.rows import Values

#: By the name of a dialect and the statement.
_compiled: dict[tuple[str, TextClause], tuple[str, Sequence[str] | None]] = {}


def compiled(statement: TextClause, dialect: Dialect) -> tuple[str, Sequence[str] | None]:
    """A statement as its driver takes it, and the names of its values in order; `None` where the driver takes them by name.

    SQLAlchemy looks anew at each row of a statement that it runs many times; these have nothing that it would find.
    """
    key = dialect.name, statement
    if key not in _compiled:
        made = statement.compile(dialect=dialect)
        _compiled[key] = str(made), made.positiontup if made.positional else None
    return _compiled[key]


class Misfit(Exception):  # never leaves the records: `SqlDriving` says what did not fit
    """Rows of a guarded statement do not find what they are to change."""


class Batch:
    """Rows for statements that run in the `order` of their list, however the rows came; rows of one statement run in the order in which they came.

    Each row of a statement in `guarded` must change or insert exactly one row of the database.
    """

    def __init__(self, db: Connection, *, order: Sequence[TextClause], guarded: Collection[TextClause]) -> None:
        self._db, self._guarded = db, guarded
        self._rows: dict[TextClause, list[Values]] = {statement: [] for statement in order}

    def add(self, statement: TextClause, *rows: Values) -> None:
        """These too."""
        self._rows[statement].extend(rows)

    def run(self) -> None:
        """Run all that was added since the last time. Raises `Misfit`."""
        for statement, rows in self._rows.items():
            if not rows:
                continue
            sql, names = compiled(statement, self._db.dialect)
            values = [tuple(row[name] for name in names) for row in rows] if names is not None else rows
            changed = self._db.exec_driver_sql(sql, values).rowcount
            if statement in self._guarded and changed != len(rows):
                raise Misfit(f"{changed} of {len(rows)} rows: {statement.text}")
            rows.clear()
