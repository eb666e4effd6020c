"""What a user does with runs: create, look at, terminate, delete. Their logs are in `actions.logs`."""

from __future__ import annotations

import time
import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from graphlib import TopologicalSorter
from pathlib import Path

from bakehouse.actions import access
from bakehouse.actions.context import Context
from bakehouse.errors import Problems
from bakehouse.ir import executors, validation
from bakehouse.ir.execution import Origin, RunId, folder_name
from bakehouse.ir.spec import PipelineFile
from bakehouse.ir.values import JsonObject
from bakehouse.orchestrator.plan import plan
from bakehouse.orchestrator.ports import RunOptions
from bakehouse.orchestrator.states import RunState
from bakehouse.records.database import NewRun, NewTask
from bakehouse.records.views import EventView, RunSummary, RunView

DEFAULT_EXPERIMENT = "Default"


@dataclass(frozen=True)
class Submission:
    """A pipeline and how to run it. `name` and `pipeline_root` are made up where they are empty.

    `origins` maps executor labels to where their source stands in the author's file.
    """

    pipeline: PipelineFile
    parameters: JsonObject = field(default_factory=dict)
    name: str = ""
    experiment: str = DEFAULT_EXPERIMENT
    options: RunOptions = field(default_factory=RunOptions)
    origins: Mapping[str, Origin] = field(default_factory=dict)
    pipeline_root: str = ""


def accepted(submission: Submission) -> JsonObject:
    """The parameters of a submission as they will be recorded. Raises `Problems` with all that stands against running it.

    Records nothing: a caller may ask before there are any records.
    """
    spec = submission.pipeline.spec
    refused = executors.refusals(spec)
    if refused:
        raise Problems(refused)
    return validation.check_parameters(spec.root.inputs, submission.parameters)


def create(context: Context, submission: Submission) -> RunId:
    """Record a run that any engine may take. Raises `Problems` for what cannot run, with nothing recorded."""
    access.check(context, namespace=context.caller.namespace)
    parameters = accepted(submission)
    spec = submission.pipeline.spec
    nodes = plan(spec).nodes
    run_id = RunId(str(uuid.uuid4()))
    name = submission.name or f"{spec.info.name} {time.strftime('%Y-%m-%d %H-%M-%S')}"
    context.records.create_run(
        NewRun(
            id=run_id,
            name=name,
            namespace=context.caller.namespace,
            experiment=submission.experiment,
            pipeline=submission.pipeline,
            parameters=parameters,
            options=submission.options,
            pipeline_root=submission.pipeline_root or str(context.home / "artifacts" / folder_name(spec.info.name)),
            origins=submission.origins,
            tasks=tuple(NewTask(id=node.id, display_name=node.display_name, upstream=node.upstream) for node in nodes.values()),
        )
    )
    return run_id


def get(context: Context, run: str) -> RunView:
    """A run whole, by id, unique prefix of an id, or `latest`. Raises `NotFound`."""
    view = context.records.run(context.records.find(run, namespace=context.caller.namespace))
    access.check(context, namespace=view.summary.namespace)
    return _upstream_first(view)


def list_runs(context: Context, *, limit: int = 50, experiment: str | None = None, states: Collection[RunState] = ()) -> Sequence[RunSummary]:
    """The newest runs of the caller's namespace, at most `limit`."""
    access.check(context, namespace=context.caller.namespace)
    return context.records.list_runs(limit=limit, experiment=experiment, states=states, namespace=context.caller.namespace)


def events(context: Context, run: str, *, after: int = 0) -> Sequence[EventView]:
    """What happened to a run since event number `after`, in order."""
    return context.records.events(get(context, run).summary.id, after=after)


def terminate(context: Context, run: str) -> RunId:
    """Ask whoever drives the run to end it. Raises `Conflict` if it is over."""
    run_id = get(context, run).summary.id
    context.records.request(run_id, "terminate", context.caller.name)
    return run_id


def delete(context: Context, run: str) -> RunId:
    """Delete a run that is over: its rows, logs, and those of its artifacts that neither cache nor lineage still name."""
    run_id = get(context, run).summary.id
    unnamed = context.records.delete_run(run_id)
    for uri in unnamed:
        context.store.remove(uri, below=str(context.home))
    context.store.remove(str(context.home / "runs" / folder_name(run_id)), below=str(context.home))
    return run_id


def attempt_folder(context: Context, path: str) -> Path:
    """The folder of an attempt (`AttemptId.path`)."""
    return context.home / "runs" / path


def _upstream_first(view: RunView) -> RunView:
    tasks = {task.id: task for task in view.tasks}
    order = TopologicalSorter({name: sorted(tasks[name].depends_on) for name in sorted(tasks)}).static_order()
    return replace(view, tasks=tuple(tasks[name] for name in order))
