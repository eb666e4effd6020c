"""`bakehouse db …`: the records of the settings, copied, replaced, brought up to date."""

from __future__ import annotations

from pathlib import Path

from bakehouse.app.locking import ServerLock
from bakehouse.app.settings import Settings
from bakehouse.records import backups, home


def backup(settings: Settings, target: Path) -> None:
    """Write all records into a file. Raises `BackupUnusable`, `ToolMissing`."""
    backups.backup(settings.home, settings.database, target)


def restore(settings: Settings, source: Path) -> str:
    """Put a backup in the place of all records; its revision. Raises `ServerRuns`, `RecordsInUse`, `BackupUnusable`, `ToolMissing`."""
    home.prepare(settings.home)
    lock = ServerLock.acquire(settings.home)
    try:
        return backups.restore(settings.home, settings.database, source)
    finally:
        lock.release()


def upgrade(settings: Settings) -> tuple[str, str]:
    """Bring the records up to date: from which revision, empty if there were none, and to which. Raises `InUse`."""
    return backups.upgrade(settings.home, settings.database)
