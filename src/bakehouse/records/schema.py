"""The tables. One schema for SQLite and PostgreSQL: JSON is kept as canonical text, times as seconds since the epoch (UTC).

Texts are compared by their bytes on both, as Python does: pages are merged here, and prefixes are ranges.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Float, ForeignKey, Index, Integer, MetaData, PrimaryKeyConstraint, String, Table, Text

from bakehouse.records.collating import by_bytes

metadata = MetaData()

#: All migrations, oldest first. A fresh database is made from `metadata` and stamped with the newest.
REVISIONS = ("0001", "0002", "0003", "0004", "0005", "0006", "0007", "0008", "0009", "0010")

_ID, _NAME = String(64), Text()


def _namespace() -> Column[str]:
    return Column("namespace", _NAME, nullable=False)


def _run() -> Column[str]:
    return Column("run_id", _ID, ForeignKey("runs.id"), primary_key=True)


#: Alembic's own table: the revision at which the database is.
version = Table(
    "alembic_version",
    metadata,
    Column("version_num", String(32), nullable=False),
    PrimaryKeyConstraint("version_num", name="alembic_version_pkc"),
)

#: Which release brought which revision, so that an older program can say what it lacks.
releases = Table(
    "releases",
    metadata,
    Column("revision", String(32), primary_key=True),
    _namespace(),
    Column("release", String(32), nullable=False),
    Column("at", Float, nullable=False),
)

engines = Table(
    "engines",
    metadata,
    Column("id", _ID, primary_key=True),
    _namespace(),
    Column("home", _ID, nullable=False),
    Column("heartbeat_at", Float, nullable=False),  # by the database's clock
)

experiments = Table(
    "experiments",
    metadata,
    Column("namespace", _NAME, primary_key=True),
    Column("name", _NAME, primary_key=True),
    Column("created_at", Float, nullable=False),
    Column("id", _ID, nullable=False, server_default=""),
    Column("description", Text, nullable=False, server_default=""),
    Column("storage_state", String(16), nullable=False, server_default="AVAILABLE"),
    Column("last_run_at", Float),
    Index("experiments_by_id", "id", unique=True),
)

pipelines = Table(
    "pipelines",
    metadata,
    Column("id", _ID, primary_key=True),
    _namespace(),
    Column("name", _NAME, nullable=False),
    Column("display_name", Text, nullable=False),
    Column("description", Text, nullable=False),
    Column("tags", Text, nullable=False),
    Column("created_at", Float, nullable=False),
    Index("pipelines_by_name", "namespace", "name", unique=True),
    Index("pipelines_newest", "namespace", "created_at", "id"),
)

versions = Table(
    "pipeline_versions",
    metadata,
    Column("id", _ID, primary_key=True),
    _namespace(),
    Column("pipeline_id", _ID, ForeignKey("pipelines.id"), nullable=False),
    Column("name", _NAME, nullable=False),
    Column("display_name", Text, nullable=False),
    Column("description", Text, nullable=False),
    Column("tags", Text, nullable=False),
    Column("spec", _ID, nullable=False),  # digest
    Column("package_url", Text, nullable=False),
    Column("code_source_url", Text, nullable=False),
    Column("created_at", Float, nullable=False),
    Index("versions_by_name", "pipeline_id", "name", unique=True),
    Index("versions_newest", "pipeline_id", "created_at", "id"),
    Index("versions_of_spec", "namespace", "spec"),
)

#: Pipeline files by digest, once for all runs of the same.
specs = Table(
    "specs",
    metadata,
    Column("namespace", _NAME, primary_key=True),
    Column("digest", _ID, primary_key=True),
    Column("text", Text, nullable=False),
)

#: Lists of installed distributions by digest.
locks = Table(
    "environment_locks",
    metadata,
    Column("namespace", _NAME, primary_key=True),
    Column("digest", _ID, primary_key=True),
    Column("text", Text, nullable=False),
)

runs = Table(
    "runs",
    metadata,
    Column("id", _ID, primary_key=True),
    _namespace(),
    Column("experiment", _NAME, nullable=False),  # its name, which stays when it is deleted
    Column("name", Text, nullable=False),
    Column("pipeline_name", _NAME, nullable=False),
    Column("spec", _ID, nullable=False),  # digest
    Column("parameters", Text, nullable=False),
    Column("options", Text, nullable=False),
    Column("origins", Text, nullable=False),
    Column("pipeline_root", Text, nullable=False),  # as JSON: a path need not be Unicode
    Column("state", String(16), nullable=False),
    Column("error", Text),
    Column("outputs", Text),
    Column("created_at", Float, nullable=False),
    Column("started_at", Float),
    Column("finished_at", Float),
    Column("epoch", Integer, nullable=False),  # how often it was taken
    Column("engine", _ID),  # who drives it
    Column("seq", Integer, nullable=False),  # of its latest event
    Column("description", Text, nullable=False, server_default=""),
    Column("storage_state", String(16), nullable=False, server_default="AVAILABLE"),
    Column("archived_at", Float),
    Column("service_account", Text, nullable=False, server_default=""),
    Column("pipeline_id", _ID, nullable=False, server_default=""),  # empty: started from a file
    Column("version_id", _ID, nullable=False, server_default=""),
    Column("experiment_id", _ID, nullable=False, server_default=""),
    Column("pinned_at", Float),
    Column("pin_reason", Text),
    Column("git", Text),  # of the author's file, where it was started from one
    Column("tags", Text, nullable=False, server_default="{}"),  # as they are shown; `run_tags` finds runs by them
    Index("runs_newest", "namespace", "created_at", "id"),
    Index("runs_stored", "namespace", "storage_state", "created_at", "id"),
    Index("runs_by_name", "namespace", "storage_state", "name", "id"),
    Index("runs_of_experiment", "namespace", "storage_state", "experiment", "created_at", "id"),
    Index("runs_of_pipeline", "namespace", "storage_state", "pipeline_id", "created_at", "id"),
    Index("runs_by_state", "namespace", "storage_state", "state", "created_at", "id"),
    Index("runs_by_driver", "state", "engine", "created_at"),
    Index("runs_of_spec", "namespace", "spec"),
    Index("runs_in_experiment", "namespace", "storage_state", "experiment_id", "created_at", "id"),
    Index("runs_pinned", "pinned_at"),
    Index("runs_by_end", "namespace", "storage_state", "finished_at", "id"),
    Index("runs_by_pipeline_name", "namespace", "storage_state", "pipeline_name", "created_at", "id"),
)

#: One row for each tag of a run. `created_at` is the run's: lists are in that order. An older Bakehouse that deletes a run knows nothing of them.
run_tags = Table(
    "run_tags",
    metadata,
    Column("run_id", _ID, ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True),
    Column("key", _NAME, primary_key=True),
    _namespace(),
    Column("value", Text, nullable=False),
    Column("created_at", Float, nullable=False),
    Index("runs_by_tag", "namespace", "key", "value", "created_at", "run_id"),
    Index("runs_by_tag_key", "namespace", "key", "created_at", "run_id"),
)

tasks = Table(
    "tasks",
    metadata,
    _run(),
    Column("id", Text, primary_key=True),
    _namespace(),
    Column("display_name", Text, nullable=False),
    Column("upstream", Text, nullable=False),
    Column("state", String(16), nullable=False),
    Column("why", Text, nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("retry_at", Float),
    Column("user_failures", Integer, nullable=False),
    Column("infrastructure_failures", Integer, nullable=False),
    Column("error", Text),
    Column("inputs", Text),
    Column("outputs", Text),
    Column("cached_run", _ID),
    Column("cached_task", Text),
    Column("cached_attempt", Integer),
    Column("cached_at", Float),
    Column("started_at", Float),
    Column("finished_at", Float),
    Column("parent", Text, nullable=False, server_default=""),  # the group it belongs to; empty at the top
    Column("kind", String(16), nullable=False, server_default="step"),
    Column("position", Integer),  # of a round of a loop
    Column("added_seq", Integer, nullable=False, server_default="1"),  # the event since which it is there
    Column("since", Float),  # when it came into its state
    Index("tasks_reusing", "cached_run"),
    Index("tasks_of_group", "run_id", "parent", "position", "id"),
    Index("tasks_added", "run_id", "added_seq"),
)

attempts = Table(
    "attempts",
    metadata,
    _run(),
    Column("task_id", Text, primary_key=True),
    Column("number", Integer, primary_key=True),
    _namespace(),
    Column("state", String(16), nullable=False),
    Column("launch", Text, nullable=False),
    Column("environment_lock", _ID),  # digest
    Column("opened_at", Float, nullable=False),
    Column("started_at", Float),
    Column("closed_at", Float),
    Column("cause", String(32)),
    Column("exit_code", Integer),
    Column("ending", Text),  # the rest of how it ended, without outputs
    Column("component", Text),  # its name in the pipeline
    Column("code", _ID),  # digest
    Column("cpu_request", Float),  # cores; 0: it said nothing
    Column("memory_request", BigInteger),  # bytes; 0: it said nothing
    Column("preparing_at", Float),
    Column("queued_at", Float),
    Column("cpu_seconds", Float),
    Column("peak_memory", BigInteger),  # bytes
    Column("ran", Float),  # seconds from the start of its own process to the end
)

events = Table(
    "events",
    metadata,
    _run(),
    Column("seq", Integer, primary_key=True),
    _namespace(),
    Column("at", Float, nullable=False),
    Column("kind", String(64), nullable=False),
    Column("task_id", Text),
    Column("attempt", Integer),
    Column("detail", Text, nullable=False),
)

#: `run_id` and the like name the producer, which may have been deleted since.
artifacts = Table(
    "artifacts",
    metadata,
    Column("id", _ID, primary_key=True),
    _namespace(),
    Column("run_id", _ID, nullable=False),
    Column("task_id", Text, nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("output", Text, nullable=False),
    Column("position", Integer, nullable=False),
    Column("uri", Text, nullable=False),
    Column("digest", Text, nullable=False),
    Column("created_at", Float, nullable=False),
    Column("document", Text, nullable=False),
    Index("artifacts_of_run", "run_id", "task_id", "attempt"),
    Index("artifacts_by_uri", "uri"),
)

#: Which task took which artifact as its input: the edges of lineage.
uses = Table(
    "artifact_uses",
    metadata,
    _run(),
    Column("task_id", Text, primary_key=True),
    Column("input", Text, primary_key=True),
    Column("position", Integer, primary_key=True),
    _namespace(),
    Column("artifact_id", _ID, nullable=False),
    Index("uses_of_artifact", "artifact_id"),
)

#: The newest entry under a key counts, unless it was invalidated; older ones are history. They outlive their runs.
cache_entries = Table(
    "cache_entries",
    metadata,
    Column("namespace", _NAME, primary_key=True),
    Column("key", _ID, primary_key=True),
    Column("run_id", _ID, primary_key=True),
    Column("task_id", Text, primary_key=True),
    Column("run_name", Text, nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("created_at", Float, nullable=False),
    Column("outputs", Text, nullable=False),
    Column("parts", Text, nullable=False),
    Column("pipeline_name", _NAME),
    Column("component", Text),  # its name in the pipeline; missing of results that an older Bakehouse recorded
    Column("invalidated_at", Float),  # since when it is not offered any more
    Index("cache_newest", "namespace", "key", "created_at"),
    Index("cache_of_run", "run_id", "task_id"),
    Index("cache_of_component", "namespace", "component", "created_at"),
    Index("cache_of_pipeline", "namespace", "pipeline_name", "created_at"),
    Index("cache_latest", "namespace", "created_at"),
)

#: Which attempt computes what stands under a key: equal steps wait for it. A row lives as long as its attempt.
claims = Table(
    "claims",
    metadata,
    Column("namespace", _NAME, primary_key=True),
    Column("key", _ID, primary_key=True),
    Column("run_id", _ID, nullable=False),
    Column("task_id", Text, nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("claimed_at", Float, nullable=False),
    Index("claims_of_run", "run_id", "task_id"),
)

#: What users want of a run; its driver reads them.
requests = Table(
    "requests",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    _namespace(),
    Column("run_id", _ID, ForeignKey("runs.id"), nullable=False),
    Column("kind", String(32), nullable=False),
    Column("by", Text, nullable=False),
    Column("at", Float, nullable=False),
    Column("handled", Integer, nullable=False),
    Index("requests_of_run", "run_id"),
)

#: Runs that were deleted: only their folders may go when no row names them. What a lost or another database knows of is not touched.
deleted = Table(
    "deleted_runs",
    metadata,
    Column("run_id", _ID, primary_key=True),
    _namespace(),
    Column("deleted_at", Float, nullable=False),
)

#: Which runs go by themselves. An empty name of an experiment or a pipeline stands for any.
policies = Table(
    "retention_policies",
    metadata,
    Column("namespace", _NAME, primary_key=True),
    Column("experiment", _NAME, primary_key=True),
    Column("pipeline", _NAME, primary_key=True),
    Column("older_than", Float),  # seconds
    Column("keep_last", Integer),
    Column("drop_cache", Integer, nullable=False),
    Column("set_at", Float, nullable=False),
    Column("set_by", Text, nullable=False),
)

#: The same for runs with a tag, `key` or `key=value`. A table of its own: an older Bakehouse at work on the other one knows of no tags.
tag_policies = Table(
    "tag_policies",
    metadata,
    Column("namespace", _NAME, primary_key=True),
    Column("tag", _NAME, primary_key=True),
    Column("experiment", _NAME, primary_key=True),
    Column("pipeline", _NAME, primary_key=True),
    Column("older_than", Float),  # seconds
    Column("keep_last", Integer),
    Column("drop_cache", Integer, nullable=False),
    Column("set_at", Float, nullable=False),
    Column("set_by", Text, nullable=False),
)

for _table in metadata.tables.values():
    if _table is not version:
        by_bytes(_table.columns)
