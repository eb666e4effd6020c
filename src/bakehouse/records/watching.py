"""Seeing that something was recorded, whoever recorded it, without reading what."""

from __future__ import annotations

from bakehouse.records.opening import Database


class Watch:
    """Hears of every transaction on the records, from any process. For one thread at a time."""

    def __init__(self, database: Database) -> None:
        self._database, self._version = database, 0
        with database.trouble():
            self._ear = database.backend.ear()

    def version(self) -> int:
        """A number that changes when something was recorded since it was asked last; cheap. Raises `DatabaseUnusable`."""
        with self._database.trouble():
            self._version += self._ear.heard()
        return self._version

    def close(self) -> None:
        """Let go of the connection."""
        self._ear.close()
