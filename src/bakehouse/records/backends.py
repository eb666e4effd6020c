"""What the records need of a kind of database: `sqlite` is the one of every home, `postgresql` the one that homes share."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import Enum
from typing import Protocol

from sqlalchemy import Connection, Engine, TextClause

from bakehouse.errors import BakehouseError


class Access(Enum):
    """What a transaction is for."""

    READING = "reading"  # sees one state of the database
    DRIVING = "driving"  # an engine writes: guards in its statements, and the row of the run, keep others away
    BEATING = "beating"  # the same, and nobody need be woken
    ALONE = "alone"  # one of these at a time: what it has read stays so until it ends, but for what engines write


class Ear(Protocol):
    """Hears that another connection recorded something. For one thread at a time."""

    def heard(self) -> bool:
        """Whether something may have been recorded since the last call; the first call says so. Cheap: asked every 100 ms."""

    def close(self) -> None:
        """Let go. Twice is once."""


class Backend(Protocol):
    """One database of some kind."""

    place: str  # as readers know it: a path, or an address without a password
    shared: bool  # between homes
    tables: TextClause  # the names of all tables
    clock: TextClause  # the time by the database's clock, which all engines on it share
    up_since: TextClause  # since when it has been there, by that clock

    def connect(self) -> Engine:
        """A pool of connections, whose transactions begin as the option `access` of the connection says."""

    def meant(self, error: BaseException) -> BakehouseError | None:
        """What the driver's error says of the database; `None` if it is not about the database, but about what was asked."""

    def for_tools(self) -> tuple[str, Mapping[str, str]]:
        """How PostgreSQL's own programs reach it: what they are told, and what stands in their environment. Empty for a file."""

    def ear(self, own: Callable[[], Connection] | None = None) -> Ear:
        """An ear that is deaf to what the connection `own` writes."""
