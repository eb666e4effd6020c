"""A PostgreSQL server of a test session's own: in a folder that goes with it, run by a user without privileges, reached by a socket there."""

from __future__ import annotations

import itertools
import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import psycopg
from typing_extensions import Self

#: The user without privileges, as whom servers run where the tests are root's: PostgreSQL refuses that.
NOBODY = 65534
USER = "bakehouse"
MISSING = "PostgreSQL is not installed, and the records are tested on it: `make system` as root, or on Debian and Ubuntu `apt-get install {package}`."
#: A server that is killed comes up with all that was committed; without `fsync` a machine might not.
_SETTINGS = {"fsync": "off", "listen_addresses": "''", "max_connections": "200", "shared_buffers": "32MB"}
#: A shell that ends the server when the test's process is gone, however that ended: its standard input is closed then. Its name is the signal.
_GUARD = '"$@" & child=$!; trap "" INT TERM; read -r _; kill -s "$0" $child 2>/dev/null; wait $child'


def program(name: str, package: str = "postgresql") -> str:
    """The path of a program of PostgreSQL's. Raises `RuntimeError`, which says what to install."""
    places = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name), reverse=True)
    found = shutil.which(name, path=os.pathsep.join([*map(str, places), os.environ.get("PATH", ""), "/usr/sbin"]))
    if found is None:
        raise RuntimeError(MISSING.format(package=package))
    return found


def _as_nobody() -> dict[str, Any]:
    return {"user": NOBODY, "group": NOBODY, "extra_groups": []} if os.geteuid() == 0 else {}


class Server:
    """A server with its data in `folder`; each of its databases has an address."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._numbers = itertools.count(1)
        self._guard: subprocess.Popen[bytes] | None = None
        self._call(
            "initdb", "--pgdata", str(self.data), "--auth", "trust", "--username", USER, "--no-sync", "--encoding", "UTF8", "--locale", "C.UTF-8"
        )

    @property
    def data(self) -> Path:
        """Where its data lie."""
        return self.folder / "data"

    def start(self) -> None:
        """Start it, and wait until it answers."""
        settings = [part for name, value in _SETTINGS.items() for part in ("-c", f"{name}={value.strip(chr(39))}")]
        command = [program("postgres"), "-D", str(self.data), "-k", str(self.folder), *settings]
        with (self.folder / "log").open("ab") as log:
            self._guard = subprocess.Popen(
                ["/bin/sh", "-c", _GUARD, "QUIT", *command], stdin=subprocess.PIPE, stdout=log, stderr=log, cwd=self.folder, **_as_nobody()
            )
        deadline = time.monotonic() + 30
        while not self._answers():
            if time.monotonic() > deadline or self._guard.poll() is not None:
                raise RuntimeError(f"PostgreSQL does not start: {(self.folder / 'log').read_text()[-2000:]}")
            time.sleep(0.02)

    def _answers(self) -> bool:
        try:
            psycopg.connect(self.url("postgres")).close()
        except psycopg.OperationalError:
            return False
        return True

    def stop(self) -> None:
        """End it at once, as a crash would (`pg_ctl stop -m immediate`)."""
        guard, self._guard = self._guard, None
        if guard is not None and guard.stdin is not None:
            guard.stdin.close()
            guard.wait(30)

    def url(self, database: str) -> str:
        """The address of a database."""
        return f"postgresql://{USER}@/{database}?host={self.folder}"

    def make(self, *, template: str = "template0") -> str:
        """A new database, a copy of another one; its name."""
        name = f"records_{os.getpid()}_{next(self._numbers)}"
        self.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
        return name

    def drop(self, name: str) -> None:
        """Delete a database, whoever is still connected to it."""
        self.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")

    def execute(self, statement: str) -> None:
        """A statement of the administrator's."""
        ask(self.url("postgres"), statement)

    def _call(self, name: str, *arguments: str) -> None:
        command = [program(name), *arguments]
        done = subprocess.run(command, cwd=self.folder, capture_output=True, text=True, check=False, **_as_nobody())
        if done.returncode:
            raise RuntimeError(f"{name} failed: {done.stdout}{done.stderr}")


def ask(url: str, statement: str, values: Sequence[object] = ()) -> list[tuple[Any, ...]]:
    """What a database answers to one statement; nothing where there is no answer."""
    with closing(psycopg.connect(url, autocommit=True)) as db:
        found = db.execute(statement.encode(), values or None)
        return found.fetchall() if found.description else []


@contextmanager
def server() -> Iterator[Server]:
    """A server that runs until the block ends."""
    folder = Path(tempfile.mkdtemp(prefix="bakehouse-pg-"))
    try:
        if os.geteuid() == 0:
            os.chown(folder, NOBODY, NOBODY)
        made = Server(folder)
        made.start()
        try:
            yield made
        finally:
            made.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


class Pooler:
    """PgBouncer before a server, in transaction mode: on a port of this machine, for as long as the block lasts."""

    def __init__(self, server: Server) -> None:
        self._server = server
        with closing(socket.create_server(("127.0.0.1", 0))) as free:
            self.port: int = free.getsockname()[1]

    def __enter__(self) -> Self:
        folder = self._server.folder
        settings = folder / f"pgbouncer-{self.port}.ini"
        settings.write_text(
            f"[databases]\n* = host={folder} user={USER}\n[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {self.port}\n"
            "auth_type = any\npool_mode = transaction\ndefault_pool_size = 3\nunix_socket_dir =\n"
        )
        command = ["/bin/sh", "-c", _GUARD, "TERM", program("pgbouncer", "pgbouncer"), str(settings)]
        with (folder / "log").open("ab") as log:
            self._guard = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=log, stderr=log, cwd=folder, **_as_nobody())
        deadline = time.monotonic() + 10
        while not self._answers():
            assert time.monotonic() < deadline, (folder / "log").read_text()[-2000:]
            time.sleep(0.02)
        return self

    def _answers(self) -> bool:
        with closing(socket.socket()) as asking:
            return asking.connect_ex(("127.0.0.1", self.port)) == 0

    def __exit__(self, *_: object) -> None:
        assert self._guard.stdin is not None
        self._guard.stdin.close()
        self._guard.wait(10)
