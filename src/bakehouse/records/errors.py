"""What can be wrong with a home, its database, and what is asked of them.

HomeUnusable      the home cannot be read or written, or belongs to somebody else
DatabaseUnusable  the database cannot be used now: locked for too long, its disk is full
DatabaseDamaged   the file is no database of Bakehouse, or is broken
TooNew            the database was made by a newer Bakehouse
InUse             the database must be migrated, but engines are at work
Unfit             a change does not fit what is recorded
NoSuchRun         no run has that id or prefix
AmbiguousRun      several runs have that prefix
RunIsOver         the run has ended already
RunIsNotOver      the run has not ended yet
"""

from __future__ import annotations

from collections.abc import Sequence

from bakehouse.errors import BakehouseError, Conflict, NotFound, Unavailable

OTHER_HOME = "Set BAKEHOUSE_HOME to a folder of your own on a local disk."


class HomeUnusable(Unavailable):
    """The home cannot be read or written, or belongs to somebody else."""

    code = "home_unusable"

    def __init__(self, *, path: str, why: str, remedy: str = OTHER_HOME) -> None:
        self.path, self.why = path, why
        super().__init__(f"the Bakehouse home {path} cannot be used: {why}", place=path, remedy=remedy)


class DatabaseUnusable(Unavailable):
    """The database cannot be used now: locked for too long, its disk is full."""

    code = "database_unusable"

    def __init__(self, *, path: str, why: str, remedy: str) -> None:
        self.path, self.why = path, why
        super().__init__(f"the database {path} cannot be used: {why}", place=path, remedy=remedy)


class DatabaseDamaged(BakehouseError):
    """The file is no database of Bakehouse, or is broken. Waiting does not help."""

    code = "database_damaged"

    def __init__(self, *, path: str, why: str) -> None:
        self.path, self.why = path, why
        super().__init__(
            f"the database {path} is damaged: {why}",
            place=path,
            remedy=f"Move it aside together with its -wal and -shm files, and put a copy of yours or a {path}.before-* in its place; "
            "without one, a new database is made at the next start.",
        )


class TooNew(BakehouseError):
    """The database was made by a newer Bakehouse."""

    code = "database_too_new"

    def __init__(self, *, path: str, revision: str, release: str) -> None:
        self.path, self.revision, self.release = path, revision, release
        wanted = f"Bakehouse {release} or newer" if release else "a newer Bakehouse"
        version = f"bakehouse>={release}" if release else "bakehouse"
        super().__init__(
            f"the database {path} needs {wanted}: it is at revision {revision}, which this one does not know",
            place=path,
            remedy=f"`pip install --upgrade '{version}'`, or set BAKEHOUSE_HOME to another folder.",
        )


class InUse(Conflict):
    """The database must be migrated, but engines are at work."""

    code = "database_in_use"

    def __init__(self, *, path: str) -> None:
        self.path = path
        super().__init__(
            f"the database {path} must be migrated, but engines of an older Bakehouse are at work on it",
            place=path,
            remedy="Wait until their runs are over, or end them, and try again.",
        )


class Unfit(Conflict):
    """A change does not fit what is recorded: nothing of its transaction was written."""

    code = "unfit"

    def __init__(self, *, run: str, change: str) -> None:
        self.run, self.change = run, change
        super().__init__(
            f"run {run}: this does not fit what is recorded: {change}",
            remedy="Please report this together with the events of the run. Whoever takes the run next goes on from what is recorded.",
        )


class NoSuchRun(NotFound):
    """No run has that id or prefix."""

    code = "no_such_run"

    def __init__(self, *, run: str) -> None:
        self.run = run
        what = "there is no run yet" if run == "latest" else f"no run has an id that is or begins with {run!r}"
        super().__init__(
            what,
            remedy="`bakehouse runs list` shows all runs. Four characters of an id are enough where they tell runs apart; `latest` is the newest.",
        )


class AmbiguousRun(NotFound):
    """Several runs have that prefix."""

    code = "ambiguous_run"

    def __init__(self, *, run: str, candidates: Sequence[str]) -> None:
        self.run, self.candidates = run, tuple(candidates)
        super().__init__(f"several runs have an id that begins with {run!r}: {', '.join(candidates)}", remedy="Give more of the id, or all of it.")


class RunIsOver(Conflict):
    """The run has ended already."""

    code = "run_is_over"

    def __init__(self, *, run: str, state: str) -> None:
        self.run, self.state = run, state
        super().__init__(f"run {run} has ended already: it is {state}")


class RunIsNotOver(Conflict):
    """The run has not ended yet."""

    code = "run_is_not_over"

    def __init__(self, *, run: str, state: str) -> None:
        self.run, self.state = run, state
        super().__init__(f"run {run} is {state}", remedy=f"End it first: `bakehouse runs terminate {run}`.")
