"""The database that homes share: PostgreSQL, through psycopg 3, also behind a pooler that lends a connection for one transaction at a time.

Nothing is left behind in a session: no prepared statements, no settings, no locks that outlast a transaction. Loaded by name, as its driver is
an extra.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

import psycopg
from psycopg import conninfo
from psycopg.types.string import StrDumperUnknown
from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.exc import ArgumentError
from sqlalchemy.pool import ConnectionPoolEntry

from bakehouse.records.backends import Access, Ear
from bakehouse.records.errors import BadDatabase, DatabaseDamaged, DatabaseUnusable

#: How long one transaction waits for another's lock, and how long one may do nothing while others wait for it.
LOCK_SECONDS, IDLE_SECONDS = 15, 15
#: Of PostgreSQL's own: who writes alone holds it. Any number will do that no other program on the same database uses.
ALONE = 0x62616B65  # "bake"
CHANNEL = "bakehouse"
#: Between looks where nothing tells that something was recorded.
POLL_SECONDS = 1.0
_SCHEMES = {"postgresql", "postgres", "postgresql+psycopg"}
_SECRETS = ("password", "sslpassword")  # where they stand behind the question mark
#: For whatever the URL does not say itself: a machine that is gone is noticed, and a server knows who asks.
_CONNECTING: Mapping[str, Any] = {
    "connect_timeout": 5,
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 3,
    "tcp_user_timeout": 10_000,
    "application_name": "bakehouse",
}
_LIMITS = f"SET LOCAL lock_timeout = '{LOCK_SECONDS}s'; SET LOCAL idle_in_transaction_session_timeout = '{IDLE_SECONDS}s'"
_WRITING = f"BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE; {_LIMITS}"
_WAKING = f"NOTIFY {CHANNEL}"  # as often as one likes: a transaction sends it once, when it is committed
#: How each kind of transaction begins: one message to the server.
_BEGIN: Mapping[Access, str] = {
    Access.READING: "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
    Access.BEATING: _WRITING,
    Access.DRIVING: f"{_WRITING}; {_WAKING}",
    Access.ALONE: f"{_WRITING}; {_WAKING}; SELECT pg_advisory_xact_lock({ALONE})",
}
#: What PostgreSQL says (the SQLSTATE or its class), what it means, and what the reader can do.
_TROUBLES: Mapping[str, tuple[str, str]] = {
    "55P03": ("another process has kept it locked for too long", "If one of Bakehouse's processes is stopped or hangs, end it; then try again."),
    "53100": ("there is no space left on its disk", "Free some space there, then try again; runs that are driven go on by themselves."),
    "53300": ("it takes no more connections", "Raise max_connections of the server, or put PgBouncer between; then try again."),
    "25006": ("it may not be written", "See that the address is that of the primary server, not of a standby."),
    "42501": ("its user lacks a right", "Give the user all rights on the schema: one that owns its database has them."),
    "3D000": ("there is no such database", "Make it: `createdb NAME`; Bakehouse makes the tables."),
    "25P": (
        "a transaction did nothing for too long, and was ended",
        "See that the process was not stopped and that its machine is not overloaded; runs that are driven go on by themselves.",
    ),
    "28": ("the user may not log in", "See the user and the password in BAKEHOUSE_DATABASE, or in ~/.pgpass."),
    "40": ("another transaction was in the way", "Try again."),
    "XX": ("it has a fault of its own", "See the log of the server; runs that are driven wait until it can be used."),
    "57P": ("it is being shut down or started", "Try again when it is up; runs that are driven wait for it."),
}
_AWAY = "See that PostgreSQL runs there and takes connections; runs that are driven wait for it."
#: No waiting brings back a table.
_DAMAGE = (psycopg.errors.UndefinedTable, psycopg.errors.UndefinedColumn)
_log = logging.getLogger("bakehouse.records")


class Postgresql:
    """`records.backends.Backend` on the database that a URL names. Raises `BadDatabase`."""

    shared = True
    tables = text("SELECT tablename FROM pg_catalog.pg_tables WHERE schemaname = current_schema()")
    clock = text("SELECT extract(epoch FROM clock_timestamp())")
    up_since = text("SELECT extract(epoch FROM pg_postmaster_start_time())")

    def __init__(self, url: str) -> None:
        given = parsed(url)
        # Not left in the URL: it is shown in what objects of SQLAlchemy say of themselves.
        self._secrets = {name: given.query[name] for name in _SECRETS if name in given.query}
        self._url = given.difference_update_query(_SECRETS)
        self.place = shown(given)
        self._told = threading.Event()

    def connect(self) -> Engine:
        """At most 20 connections at a time; one that broke while it was not in use is replaced unseen."""
        engine = create_engine(
            self._url, connect_args=self._connecting(), use_native_hstore=False, pool_pre_ping=True, pool_size=5, max_overflow=15, pool_timeout=15
        )

        def prepared(connection: psycopg.Connection[Any], _entry: ConnectionPoolEntry) -> None:
            connection.adapters.register_dumper(str, _WithoutNul)

        def begun(connection: Connection) -> None:
            connection.exec_driver_sql(_BEGIN[connection.get_execution_options().get("access", Access.READING)])

        event.listen(engine, "connect", prepared)
        event.listen(engine, "begin", begun)
        return engine

    def _connecting(self) -> dict[str, Any]:
        # Transactions are ours: see `begun`. A prepared statement would be looked for in another session, behind a pooler.
        return {**self._given(), **self._secrets, "autocommit": True, "prepare_threshold": None}

    def _given(self) -> dict[str, Any]:
        return {name: value for name, value in _CONNECTING.items() if name not in self._url.query}

    def meant(self, error: BaseException) -> DatabaseUnusable | DatabaseDamaged | None:
        """What PostgreSQL or the way to it says of the database."""
        said = (str(error).strip() or type(error).__name__).splitlines()[0]
        if isinstance(error, _DAMAGE):
            return DatabaseDamaged(path=self.place, why=said, remedy="Put a copy of yours in its place: `bakehouse db restore FILE`.")
        state = getattr(error, "sqlstate", None) or ""
        found = next((_TROUBLES[code] for code in (state, state[:3], state[:2]) if code in _TROUBLES), None)
        if found is not None:
            why, remedy = found
            return DatabaseUnusable(path=self.place, why=f"{why} ({said})", remedy=remedy)
        if isinstance(error, psycopg.Error) and not isinstance(error, (psycopg.OperationalError, psycopg.InterfaceError)):
            return None
        return DatabaseUnusable(path=self.place, why=said, remedy=_AWAY)

    def for_tools(self) -> tuple[str, Mapping[str, str]]:
        """How PostgreSQL's own programs reach it: what they are told, and the password for their environment."""
        named = self.parameters()
        password = named.pop("password", None)
        named.pop("sslpassword", None)
        return conninfo.make_conninfo("", **named), {} if password is None else {"PGPASSWORD": str(password)}

    def ear(self, own: Callable[[], Connection] | None = None) -> Ear:
        """LISTEN on a connection of its own; where that cannot be, an ear that hears something every second."""
        return _Listener(self, own)

    # ------------------------------------------------------------ for the ear

    def listening(self) -> psycopg.Connection[Any] | None:
        """A connection on which notifications arrive; `None` behind a pooler, which said once that nothing will. Raises `psycopg.Error`."""
        driver = psycopg.connect(autocommit=True, prepare_threshold=None, **self.parameters())
        try:
            row = driver.execute("SELECT pg_backend_pid()").fetchone()
            if row is not None and row[0] == driver.info.backend_pid:
                driver.execute(f"LISTEN {CHANNEL}")
                return driver
        except BaseException:
            driver.close()
            raise
        driver.close()
        if not self._told.is_set():
            self._told.set()
            _log.warning(
                "%s is behind a connection pooler, on which LISTEN does not work: what others recorded is looked for every second", self.place
            )
        return None

    def parameters(self) -> dict[str, Any]:
        """How libpq reaches the database, its password too: never to be shown."""
        _, named = self._url.get_dialect()().create_connect_args(self._url)
        return {**self._given(), **named, **self._secrets}


class _WithoutNul(StrDumperUnknown):
    """PostgreSQL has no text with a NUL in it, so none is equal to one: another character stands for it, which is in none that we wrote."""

    def dump(self, obj: str) -> bytes | bytearray | memoryview | None:
        return super().dump(obj.replace("\0", "\ufffd") if "\0" in obj else obj)


class _Listener:
    """`records.backends.Ear` by notifications. While it has no connection it looks for one every second, and hears something each time."""

    def __init__(self, backend: Postgresql, own: Callable[[], Connection] | None) -> None:
        self._backend, self._own = backend, own
        self._driver: psycopg.Connection[Any] | None = None
        self._pooled = False
        self._next = 0.0

    def heard(self) -> bool:
        """Whether a notification came that another connection sent."""
        if self._driver is None:
            return self._looked()
        try:
            self._driver.pgconn.consume_input()
        except psycopg.Error:
            self.close()
            return self._looked()
        ours, heard = self._ours(), False
        while (notice := self._driver.pgconn.notifies()) is not None:
            heard = heard or notice.be_pid != ours
        return heard

    def _looked(self) -> bool:
        now = time.monotonic()
        if now < self._next:
            return False
        self._next = now + POLL_SECONDS
        if not self._pooled:
            try:
                self._driver = self._backend.listening()
            except psycopg.Error:
                return True  # what is asked next says what is wrong
            self._pooled = self._driver is None
        return True

    def _ours(self) -> int:
        """The process of the server behind the connection whose writing is not to be heard."""
        db = self._own() if self._own is not None else None
        if db is None or db.closed or db.invalidated:
            return 0
        driver = db.connection.driver_connection
        return driver.info.backend_pid if isinstance(driver, psycopg.Connection) and not driver.closed else 0

    def close(self) -> None:
        """Let go of the connection. Twice is once."""
        driver, self._driver = self._driver, None
        if driver is not None:
            driver.close()


# ---------------------------------------------------------------- addresses


def parsed(url: str) -> URL:
    """The URL of a PostgreSQL database. Raises `BadDatabase`, without the URL in it: it may hold a password."""
    try:
        found = make_url(url)
    except (ArgumentError, ValueError):
        raise BadDatabase(why="it is no URL") from None
    if found.drivername not in _SCHEMES:
        raise BadDatabase(why=f"its scheme is {found.drivername!r}")
    return found.set(drivername="postgresql+psycopg")


def shown(url: URL) -> str:
    """An address without a password, wherever that may stand."""
    host = url.host or url.query.get("host", "")
    socket = isinstance(host, tuple) or str(host).startswith("/")
    bare = URL.create("postgresql", username=url.username, host=None if socket else str(host) or None, port=url.port, database=url.database)
    return bare.render_as_string(hide_password=True)
