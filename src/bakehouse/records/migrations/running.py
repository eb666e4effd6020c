"""Bringing a database to the newest revision, in one transaction; and the folder of the scripts."""

from __future__ import annotations

import sqlite3
import time
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from bakehouse.records import engines, opening, schema
from bakehouse.records.errors import InUse
from bakehouse.version import __version__

FOLDER = Path(__file__).parent


def upgrade(home: Path, path: Path) -> None:
    """Run all scripts that the database lacks. Raises `InUse` when an engine has come up meanwhile."""
    engine = opening.connect(path)
    try:
        with engine.connect().execution_options(writes=True) as db:
            # Tables that are made anew and renamed must not take the rows that refer to them along. No effect within a transaction.
            _driver(db).execute("PRAGMA foreign_keys=OFF").close()
            with db.begin():
                # Now nobody else writes, so no engine can begin: see `SqlDriving`.
                if engines.any_alive(home):
                    raise InUse(path=str(path))
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


def _driver(db: Connection) -> sqlite3.Connection:
    connection = db.connection.driver_connection
    assert isinstance(connection, sqlite3.Connection)  # noqa: S101  # for the type checker; PostgreSQL needs no such pragma
    return connection
