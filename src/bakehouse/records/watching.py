"""Seeing that something was recorded, whoever recorded it, without reading what."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from bakehouse.records.opening import trouble


class Watch:
    """A connection of its own on the records of a home: SQLite tells it of every transaction of any other. For one thread at a time."""

    def __init__(self, home: Path) -> None:
        self._path = home / "bakehouse.db"
        with trouble(self._path):
            self._db = sqlite3.connect(f"{self._path.absolute().as_uri()}?mode=rw", uri=True, isolation_level=None, check_same_thread=False)

    def version(self) -> int:
        """A number that changes when something was recorded since it was asked last (`PRAGMA data_version`); cheap. Raises `DatabaseUnusable`."""
        with trouble(self._path):
            (version,) = self._db.execute("PRAGMA data_version").fetchone()
        return int(version)

    def close(self) -> None:
        """Let go of the connection."""
        self._db.close()
