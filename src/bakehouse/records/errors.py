"""What can be wrong with a home, its database, and what is asked of them.

HomeUnusable      the home cannot be read or written, or belongs to somebody else
BadDatabase       BAKEHOUSE_DATABASE does not name a database that can hold records
DriverMissing     the records lie in PostgreSQL, and its driver is not installed
DatabaseUnusable  the database cannot be used now: locked for too long, away, its disk is full
DatabaseDamaged   the file is no database of Bakehouse, or is broken
TooNew            the database was made by a newer Bakehouse
BackupUnusable    a backup cannot be written or read
RecordsInUse      records are not replaced while engines are at work on them
ToolMissing       a program of PostgreSQL's is not installed
InUse             the database must be migrated, but engines are at work
Unfit             a change does not fit what is recorded
NoSuchRun         no run has that id or prefix
AmbiguousRun      several runs have that prefix
NoSuchKey         no cache entry has that key or prefix
AmbiguousKey      several cache entries have keys that begin so
RunIsOver         the run has ended already
RunIsNotOver      the run has not ended yet
RunPinned         the run was pinned: it is not deleted
NotRetryable      the run succeeded or has not ended yet: there is nothing to retry
NotMarkable       the step cannot be marked as succeeded
NoSuchPipeline    no pipeline has that id or name
NoSuchVersion     no version has that id, or the pipeline has none
NameTaken         a pipeline or version of that name exists
HasVersions       a pipeline with versions is not deleted but with all of them
NoSuchExperiment  no experiment has that id or name
ExperimentTaken   an experiment of that name exists
ExperimentArchived  an experiment in the archive takes no runs, and its runs stay there
KeptExperiment    the default experiment cannot be deleted
UnknownField      nothing can be filtered or sorted by that field
BadPredicate      a field cannot be compared in that way
"""

from __future__ import annotations

import errno
from collections.abc import Sequence

from bakehouse.errors import BadInput, BakehouseError, Conflict, NotFound, Unavailable, short

OTHER_HOME = "Set BAKEHOUSE_HOME to a folder of your own on a local disk."
FREE_SPACE = "Free some space on its disk, or raise your quota there; then try again."


def way_out(error: OSError) -> str:
    """What to do when the system refuses to write into a home."""
    return FREE_SPACE if error.errno in {errno.ENOSPC, errno.EDQUOT} else OTHER_HOME


class HomeUnusable(Unavailable):
    """The home cannot be read or written, or belongs to somebody else."""

    code = "home_unusable"

    def __init__(self, *, path: str, why: str, remedy: str = OTHER_HOME) -> None:
        self.path, self.why = path, why
        super().__init__(f"the Bakehouse home {path} cannot be used: {why}", place=path, remedy=remedy)


class BadDatabase(BadInput):
    """BAKEHOUSE_DATABASE does not name a database that can hold records."""

    code = "bad_database"

    def __init__(self, *, why: str) -> None:
        self.why = why
        super().__init__(
            f"BAKEHOUSE_DATABASE does not name a PostgreSQL database: {why}",
            place="environment variable BAKEHOUSE_DATABASE",
            remedy="Set it to postgresql://USER@HOST:5432/DATABASE, or unset it: then the records lie in the home, in a file.",
        )


class DriverMissing(BakehouseError):
    """The records lie in PostgreSQL, and its driver is not installed."""

    code = "driver_missing"

    def __init__(self, *, why: str) -> None:
        self.why = why
        super().__init__(
            f"BAKEHOUSE_DATABASE names a PostgreSQL database, and its driver cannot be loaded: {why}",
            place="environment variable BAKEHOUSE_DATABASE",
            remedy="`pip install 'bakehouse[postgres]'`, or unset BAKEHOUSE_DATABASE: then the records lie in the home, in a file.",
        )


class DatabaseUnusable(Unavailable):
    """The database cannot be used now: locked for too long, away, its disk is full."""

    code = "database_unusable"

    def __init__(self, *, path: str, why: str, remedy: str) -> None:
        self.path, self.why = path, why
        super().__init__(f"the database {path} cannot be used: {why}", place=path, remedy=remedy)


class DatabaseDamaged(BakehouseError):
    """The file is no database of Bakehouse, or is broken. Waiting does not help."""

    code = "database_damaged"

    def __init__(self, *, path: str, why: str, remedy: str = "") -> None:
        self.path, self.why = path, why
        super().__init__(
            f"the database {path} is damaged: {why}",
            place=path,
            remedy=remedy
            or f"Move it aside together with its -wal and -shm files, and put a copy of yours or a {path}.before-* in its place; "
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


class BackupUnusable(BadInput):
    """A backup cannot be written or read."""

    code = "backup_unusable"

    def __init__(self, *, path: str, why: str, remedy: str) -> None:
        self.path, self.why = path, why
        super().__init__(f"the backup {path} cannot be used: {why}", place=path, remedy=remedy)


class RecordsInUse(Conflict):
    """Records are not replaced while engines are at work on them."""

    code = "records_in_use"

    def __init__(self, *, path: str) -> None:
        self.path = path
        super().__init__(
            f"the records in {path} are in use: engines are at work on them",
            place=path,
            remedy="End every server and engine that uses them, here and on other machines, wait 10 s, and try again.",
        )


class ToolMissing(BakehouseError):
    """A program of PostgreSQL's is not installed."""

    code = "tool_missing"

    def __init__(self, *, tool: str) -> None:
        self.tool = tool
        remedy = "Install PostgreSQL's client programs, on Debian and Ubuntu: `apt-get install postgresql-client`."
        super().__init__(f"records in PostgreSQL are backed up and restored by its program {tool}, which is not installed", remedy=remedy)


class Unfit(Conflict):
    """A change does not fit what is recorded: nothing of its transaction was written."""

    code = "unfit"

    def __init__(self, *, run: str, change: str) -> None:
        self.run, self.change = run, change
        remedy = "Please report this together with the events of the run. Whoever takes the run next goes on from what is recorded."
        super().__init__(f"run {run}: this does not fit what is recorded: {change}", remedy=remedy)


class NoSuchRun(NotFound):
    """No run has that id or prefix."""

    code = "no_such_run"

    def __init__(self, *, run: str, none_yet: bool = False, prefix: bool = False) -> None:
        self.run = run
        if none_yet:
            super().__init__("there is no run yet", remedy="Start one: `bakehouse run FILE.py`, or `bakehouse demo`.")
            return
        if prefix:
            super().__init__(
                f"no run has an id that is or begins with {short(run)!r}",
                remedy="`bakehouse runs list` shows all runs. Give the first four characters of an id where they tell runs apart, or `latest`.",
            )
            return
        remedy = "It was deleted, or never was. The page Runs and /apis/bakehouse/v1/runs list those that there are, with their whole ids."
        super().__init__(f"there is no run {short(run)}", remedy=remedy)


class AmbiguousRun(NotFound):
    """Several runs have that prefix."""

    code = "ambiguous_run"

    def __init__(self, *, run: str, candidates: Sequence[str]) -> None:
        self.run, self.candidates = run, tuple(candidates)
        super().__init__(f"several runs have an id that begins with {run!r}: {', '.join(candidates)}", remedy="Give more of the id, or all of it.")


class NoSuchKey(NotFound):
    """No cache entry has that key or prefix."""

    code = "no_such_key"

    def __init__(self, *, key: str) -> None:
        self.key = key
        remedy = "`bakehouse cache list` shows them; 4 characters or more will do if only one key has them."
        super().__init__(f"no cache entry has a key that is or begins with {key!r}", remedy=remedy)


class AmbiguousKey(NotFound):
    """Several cache entries have keys that begin so."""

    code = "ambiguous_key"

    def __init__(self, *, key: str, candidates: Sequence[str]) -> None:
        self.key, self.candidates = key, tuple(candidates)
        super().__init__(f"several keys begin with {key!r}: {', '.join(candidates)}", remedy="Give more of the key, or all of it.")


class RunIsOver(Conflict):
    """The run has ended already."""

    code = "run_is_over"

    def __init__(self, *, run: str, state: str) -> None:
        self.run, self.state = run, state
        remedy = f"There is nothing left to end: `bakehouse runs show {run}` tells what became of it."
        super().__init__(f"run {run} has ended already: it is {state}", remedy=remedy)


class RunIsNotOver(Conflict):
    """The run has not ended yet."""

    code = "run_is_not_over"

    def __init__(self, *, run: str, state: str) -> None:
        self.run, self.state = run, state
        super().__init__(f"run {run} is {state}", remedy=f"End it first: `bakehouse runs terminate {run}`.")


class RunPinned(Conflict):
    """The run was pinned: it is not deleted."""

    code = "run_pinned"

    def __init__(self, *, run: str, reason: str) -> None:
        self.run, self.reason = run, reason
        super().__init__(f"run {run} is pinned{f': {reason}' if reason else ''}", remedy=f"Unpin it first: `bakehouse runs unpin {run}`.")


class NotRetryable(Conflict):
    """The run succeeded or has not ended yet: there is nothing to retry."""

    code = "not_retryable"

    def __init__(self, *, run: str, state: str) -> None:
        self.run, self.state = run, state
        remedy = "Start a new run of its pipeline." if state == "SUCCEEDED" else f"Wait for its end, or end it: `bakehouse runs terminate {run}`."
        super().__init__(f"run {run} is {state}: only a run that failed or was canceled can be retried", remedy=remedy)


class NotMarkable(Conflict):
    """The step cannot be marked as succeeded: it did not fail, or its run goes on."""

    code = "not_markable"

    def __init__(self, *, run: str, task: str, why: str) -> None:
        self.run, self.task, self.why = run, task, why
        remedy = f"A step that failed or was canceled can be, once its run is over: `bakehouse runs show {run}` tells how it stands."
        super().__init__(f"step {task} of run {run} cannot be marked as succeeded: {why}", remedy=remedy)


class NoSuchPipeline(NotFound):
    """No pipeline has that id or name."""

    code = "no_such_pipeline"

    def __init__(self, *, pipeline: str) -> None:
        self.pipeline = pipeline
        remedy = "The page Pipelines and /apis/v2beta1/pipelines list those that there are; one is made by an upload."
        super().__init__(f"there is no pipeline {short(pipeline)}", remedy=remedy)


class NoSuchVersion(NotFound):
    """No version has that id, or the pipeline has none."""

    code = "no_such_version"

    def __init__(self, *, version: str) -> None:
        self.version = version
        remedy = "The page of a pipeline and /apis/v2beta1/pipelines/PIPELINE/versions list those that there are; one is made by an upload."
        super().__init__(f"there is no pipeline version {short(version)}", remedy=remedy)


class NameTaken(Conflict):
    """A pipeline or version of that name exists."""

    code = "name_taken"

    def __init__(self, *, kind: str, name: str) -> None:
        self.kind, self.name = kind, name
        super().__init__(f"a {kind} named {name} exists already", remedy="Choose another name, or upload it as a version of the one that exists.")


class HasVersions(BadInput):
    """A pipeline with versions is not deleted but with all of them."""

    code = "has_versions"

    def __init__(self, *, pipeline: str, example: str) -> None:
        self.pipeline, self.example = pipeline, example
        super().__init__(
            f"pipeline {pipeline} has existing pipeline versions (e.g. {example})", remedy="Set cascade=true to delete it with all its versions."
        )


class NoSuchExperiment(NotFound):
    """No experiment has that id or name."""

    code = "no_such_experiment"

    def __init__(self, *, experiment: str) -> None:
        self.experiment = experiment
        remedy = "/apis/v2beta1/experiments lists those that there are; `bakehouse run --experiment NAME` makes one, as does a POST there."
        super().__init__(f"there is no experiment {short(experiment)}", remedy=remedy)


class ExperimentTaken(Conflict):
    """An experiment of that name exists."""

    code = "name_taken"

    def __init__(self, *, name: str) -> None:
        self.name = name
        remedy = "Choose another name, or use the one that exists, which may be in the archive."
        super().__init__(f"an experiment named {name} exists already", remedy=remedy)


class ExperimentArchived(BadInput):
    """An experiment in the archive takes no runs, and its runs stay there."""

    code = "experiment_archived"

    def __init__(self, *, experiment: str) -> None:
        self.experiment = experiment
        super().__init__(f"experiment {experiment} is in the archive", remedy="Restore it first, or choose another experiment.")


class KeptExperiment(Conflict):
    """The default experiment cannot be deleted."""

    code = "kept_experiment"

    def __init__(self, *, name: str) -> None:
        self.name = name
        remedy = "Delete its runs where they are too many: `bakehouse runs delete RUN`."
        super().__init__(f"experiment {name} takes the runs that name none, and cannot be deleted", remedy=remedy)


class UnknownField(BadInput):
    """Nothing can be filtered or sorted by that field."""

    code = "unknown_field"

    def __init__(self, *, field: str, fields: Sequence[str]) -> None:
        self.field = field
        super().__init__(f"no support for filtering or sorting by unrecognized field {field!r}", remedy=f"Fields: {', '.join(sorted(fields))}.")


class BadPredicate(BadInput):
    """A field cannot be compared in that way."""

    code = "bad_predicate"

    def __init__(self, *, field: str, why: str, remedy: str) -> None:
        self.field = field
        super().__init__(f"the filter on {field} cannot be used: {why}", remedy=remedy)
