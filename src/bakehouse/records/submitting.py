"""A new run as rows: everything or nothing."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import Connection, text

from bakehouse.ir import text as ir_text
from bakehouse.ir.digests import digest_text
from bakehouse.ir.execution import Origin, RunId
from bakehouse.ir.git import GitState
from bakehouse.ir.spec import PipelineFile
from bakehouse.ir.values import JsonObject
from bakehouse.orchestrator.commands import NewTask
from bakehouse.orchestrator.ports import RunOptions
from bakehouse.orchestrator.states import RunState
from bakehouse.records import schema, tags
from bakehouse.records.documents import dumped, git_text, options_text, origins_text, plain
from bakehouse.records.errors import ExperimentArchived
from bakehouse.records.rows import INSERT_EVENT, INSERT_TASK, task_row
from bakehouse.records.views import StorageState

#: A pipeline file, once for all that use it.
INSERT_SPEC = text("INSERT INTO specs (namespace, digest, text) VALUES (:namespace, :digest, :text) ON CONFLICT DO NOTHING")
_EXPERIMENT = text(
    "INSERT INTO experiments (namespace, name, created_at, id, last_run_at) VALUES (:namespace, :name, :at, :id, :at) "
    "ON CONFLICT (namespace, name) DO UPDATE SET last_run_at = :at WHERE experiments.storage_state = 'AVAILABLE' RETURNING id"
)


@dataclass(frozen=True)
class NewRun:
    """A run that nobody has started: `parameters` are what the user gave, without defaults; `tasks` those at its top, as groups are opened later.

    `engine`: the id of the one that is to drive it, which lives already; empty for any. `git`: of the author's file, where it came from one.
    """

    id: RunId
    name: str
    namespace: str
    experiment: str
    pipeline: PipelineFile
    parameters: JsonObject
    options: RunOptions
    pipeline_root: str
    origins: Mapping[str, Origin] = field(default_factory=dict)
    tasks: Sequence[NewTask] = ()
    description: str = ""
    service_account: str = ""
    pipeline_id: str = ""
    version_id: str = ""
    engine: str = ""
    git: GitState | None = None
    tags: Mapping[str, str] = field(default_factory=dict)


def spec_of(new: NewRun) -> str:
    """The text of its pipeline file."""
    return plain(ir_text.write(new.pipeline))


def insert(db: Connection, new: NewRun, spec: str, *, at: float) -> None:
    """Write the rows of a new run, within the transaction of `db`. Raises `ExperimentArchived`."""
    namespace, experiment = plain(new.namespace), plain(new.experiment)
    digest = digest_text(spec)
    db.execute(INSERT_SPEC, {"namespace": namespace, "digest": digest, "text": spec})
    experiment_id = db.execute(_EXPERIMENT, {"namespace": namespace, "name": experiment, "at": at, "id": str(uuid.uuid4())}).scalar()
    if experiment_id is None:
        raise ExperimentArchived(experiment=experiment)
    row = {
        "namespace": namespace,
        "id": new.id,
        "experiment": experiment,
        "name": plain(new.name),
        "pipeline_name": new.pipeline.spec.info.name,
        "spec": digest,
        "parameters": dumped(new.parameters),
        "options": options_text(new.options),
        "origins": origins_text(new.origins),
        "pipeline_root": dumped(new.pipeline_root),
        "state": RunState.PENDING.value,
        "created_at": at,
        "epoch": 0,
        "engine": new.engine or None,
        "seq": 1,
        "description": plain(new.description),
        "storage_state": StorageState.AVAILABLE.value,
        "service_account": plain(new.service_account),
        "pipeline_id": new.pipeline_id,
        "version_id": new.version_id,
        "experiment_id": experiment_id,
        "git": git_text(new.git),
        "tags": dumped(tagged := tags.recorded(new.tags)),
    }
    db.execute(schema.runs.insert(), row)
    tags.insert(db, new.id, tagged, namespace=namespace, created_at=at)
    if new.tasks:
        db.execute(INSERT_TASK, [{"namespace": namespace, "run": new.id, **task_row(task, seq=1, at=at)} for task in new.tasks])
    created = {"kind": "run.CREATED", "task": None, "attempt": None, "detail": dumped({"name": new.name})}
    db.execute(INSERT_EVENT, {"namespace": namespace, "run": new.id, "seq": 1, "at": at, **created})
