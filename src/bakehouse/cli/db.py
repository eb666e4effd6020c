"""`bakehouse db …`: the records as a whole."""

from __future__ import annotations

from pathlib import Path

import click

from bakehouse.app import settings
from bakehouse.cli import answers, commands
from bakehouse.cli.commands import part


@click.group(cls=commands.LazyGroup, entries=commands.DB)
def db() -> None:
    """Back up, restore and upgrade the records of BAKEHOUSE_HOME, or of BAKEHOUSE_DATABASE where that is set.

    Records are runs, their steps, events, lineage and the cache. Artifacts, logs and series of metrics are files, and are not part of a backup.
    """


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
def backup(file: Path) -> int:
    """Write all records into FILE, which must not exist. Engines may go on.

    In PostgreSQL this is done by pg_dump, which must be installed.
    """
    part("keeping").backup(settings.from_environment(), file)
    answers.lines([f"all records are in {file}"])
    return 0


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
def restore(file: Path) -> int:
    """Put the backup FILE in the place of all records. Nobody may be using them.

    What was in a home's own file is kept beside it, as bakehouse.db.before-restore-…; what was in PostgreSQL is gone. Runs that were
    unfinished in the backup are driven on by the next engine.
    """
    chosen = settings.from_environment()
    revision = part("keeping").restore(chosen, file)
    answers.lines([f"the records are those of {file}, which was at revision {revision}"])
    return 0


@click.command()
def upgrade() -> int:
    """Bring the records to what this Bakehouse needs. Every other command does that too; this one says what was done."""
    before, after = part("keeping").upgrade(settings.from_environment())
    if before == after:
        answers.lines([f"the records are at revision {after} already"])
    else:
        answers.lines([f"the records were upgraded from revision {before} to {after}" if before else f"there were none: made at revision {after}"])
    return 0
