"""Bringing a database to the newest revision, in one transaction; and the folder of the scripts."""

from __future__ import annotations

import time
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from bakehouse.records import engines, schema, sqlite
from bakehouse.records.backends import Access, Backend
from bakehouse.records.errors import InUse
from bakehouse.version import __version__

FOLDER = Path(__file__).parent


def upgrade(home: Path, backend: Backend) -> None:
    """Run all scripts that the database lacks. Raises `InUse` when an engine has come up on a file meanwhile."""
    engine = backend.connect()
    try:
        with engine.connect().execution_options(access=Access.ALONE) as db:
            if not backend.shared:
                sqlite.let_references_dangle(db)
            with db.begin():
                # Now nobody else migrates; and nobody else writes to a file, so no engine can begin: see `SqlDriving`.
                if not backend.shared and engines.any_alive(home):
                    raise InUse(path=backend.place)
                command.upgrade(configuration(db), "head")
                _stamp_releases(db)
    finally:
        engine.dispose()


def configuration(db: Connection) -> Config:
    """What Alembic wants to know; `env.py` takes the connection from it."""
    config = Config(attributes={"connection": db})
    config.set_main_option("script_location", str(FOLDER).replace("%", "%%"))
    config.set_main_option("path_separator", "newline")  # a folder may have spaces and commas in its name
    return config


def _stamp_releases(db: Connection) -> None:
    """Note which release brought the revisions that are new."""
    known = set(db.execute(schema.releases.select().with_only_columns(schema.releases.c.revision)).scalars())
    for script in ScriptDirectory(str(FOLDER)).walk_revisions():
        if script.revision not in known:
            row = {"revision": script.revision, "namespace": "", "release": __version__, "at": time.time()}
            db.execute(schema.releases.insert().values(row))
