"""What a user does with runs: create, look at, terminate, delete. Their logs are in `actions.logs`."""

from __future__ import annotations

import time
import uuid
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from bakehouse.actions import access, fitting, means, modules, names, objects, roots
from bakehouse.actions import tags as tag_rules
from bakehouse.actions.context import Context
from bakehouse.actions.errors import NoSuchTask, NotRemoved
from bakehouse.errors import Problems, Unavailable
from bakehouse.ir import platforms, validation
from bakehouse.ir.execution import Origin, RunId, folder_name
from bakehouse.ir.git import GitState
from bakehouse.ir.spec import PipelineFile
from bakehouse.ir.values import JsonObject
from bakehouse.orchestrator import selecting
from bakehouse.orchestrator.commands import new_task
from bakehouse.orchestrator.errors import Unreadable
from bakehouse.orchestrator.plan import ROOT, plan
from bakehouse.orchestrator.ports import RequestKind, RunnerKind, RunOptions
from bakehouse.orchestrator.selecting import EVERYTHING
from bakehouse.orchestrator.states import RunState, TaskState
from bakehouse.records import damage
from bakehouse.records.database import DEFAULT_EXPERIMENT, NewRun
from bakehouse.records.errors import NoSuchRun
from bakehouse.records.queries import Page, Predicate, Query
from bakehouse.records.views import EventView, RunChange, RunSummary, RunView, TaskView
from bakehouse.records.watching import Watch
from bakehouse.storage.files import local_path

_MOST_NAMED = 50  # tasks that a message lists
_EVENTS = 1_000  # of a run, read at a time


@dataclass(frozen=True)
class Submission:
    """A pipeline and how to run it. `name` and `pipeline_root` are made up where they are empty.

    `pipeline_id` and `version_id` name the uploaded version that `pipeline` was read from, if it was.
    `origins` maps executor labels to where their source stands in the author's file, `git` says in which state of its repository that was.
    `archives` holds what steps need of the author's own modules, by digest, where it is not kept already.
    """

    pipeline: PipelineFile
    parameters: JsonObject = field(default_factory=dict)
    name: str = ""
    experiment: str = DEFAULT_EXPERIMENT
    options: RunOptions = field(default_factory=RunOptions)
    origins: Mapping[str, Origin] = field(default_factory=dict)
    pipeline_root: str = ""
    description: str = ""
    service_account: str = ""
    pipeline_id: str = ""
    version_id: str = ""
    git: GitState | None = None
    tags: Mapping[str, str] = field(default_factory=dict)
    archives: Mapping[str, bytes] = field(default_factory=dict, repr=False)


def accepted(context: Context, submission: Submission) -> JsonObject:
    """The parameters of a submission as they will be recorded. Raises `Problems` with all that stands against running it.

    Records nothing.
    """
    spec, options = submission.pipeline.spec, submission.options
    refused = means.refusals(context, spec, options.runner)
    if not refused and options.selection != EVERYTHING:
        refused = selecting.problems(plan(spec), options.selection, use_cache=options.use_cache)
    if refused:
        raise Problems(refused)
    return validation.check_parameters(spec.root.inputs, submission.parameters)


def notes(context: Context, submission: Submission) -> Sequence[str]:
    """What the user should know before the run starts. Raises `BadInput` as `create` does."""
    access.own(context)
    of_root = roots.root(roots.usual(context), submission.pipeline.spec, submission.pipeline_root).note
    runner = means.chosen(context, submission.options.runner)
    if runner is RunnerKind.KUBERNETES:  # it has what this machine lacks
        return [of_root] if of_root else []
    does = "--strict-resources: it will fail" if submission.options.strict_resources else "it gets all there is"
    too_large = [f"{step}; {does}" for step in fitting.too_large(context, submission.pipeline.spec)]
    left_out = platforms.left_out(submission.pipeline, means.honoured(runner))
    return [note for note in (of_root, left_out, *too_large) if note]


def create(context: Context, submission: Submission, *, engine: str = "") -> RunId:
    """Record a run that any engine may take, or, while it lives, only `engine`.

    Raises `Problems` for what cannot run, `BadName`, `BadTags`, `NoSuchRun` for a run to take results from that is not there.
    """
    namespace = access.own(context)
    if submission.options.selection.source:
        summary(context, submission.options.selection.source)
    parameters = accepted(context, submission)
    if missing := list(modules.problems(submission.pipeline, submission.archives)):
        raise Problems(missing)
    modules.keep(context.home, submission.archives)
    spec = submission.pipeline.spec
    nodes = plan(spec).root.nodes
    run_id = RunId(str(uuid.uuid4()))
    name = names.check("run", submission.name) if submission.name else f"{spec.info.name} {time.strftime('%Y-%m-%d %H-%M-%S')}"
    context.records.create_run(
        NewRun(
            id=run_id,
            name=name,
            namespace=namespace,
            experiment=names.check("experiment", submission.experiment),
            pipeline=submission.pipeline,
            parameters=parameters,
            options=replace(submission.options, runner=means.recorded(spec, means.chosen(context, submission.options.runner))),
            pipeline_root=roots.root(roots.usual(context), spec, submission.pipeline_root).path,
            origins=submission.origins,
            tasks=tuple(new_task(ROOT, node) for node in nodes.values()),
            description=submission.description,
            service_account=submission.service_account,
            pipeline_id=submission.pipeline_id,
            version_id=submission.version_id,
            engine=engine,
            git=submission.git,
            tags=tag_rules.of_run(submission.tags),
        )
    )
    context.wake(run_id)
    return run_id


def get(context: Context, run: str) -> RunView:
    """A run whole, by id, unique prefix of an id, or `latest`. Raises `NotFound`."""
    view = context.records.run(named(context, run))
    access.check(context, namespace=view.summary.namespace)
    return view


def named(context: Context, run: str) -> RunId:
    """The id of the run of that id, unique prefix of an id, or `latest`. Raises `NotFound`."""
    return context.records.find(run, namespace=access.own(context))


def head(context: Context, run: str) -> RunView:
    """A run without its tasks, by its whole id. Raises `NoSuchRun`."""
    view = context.records.head(RunId(run))
    access.check(context, namespace=view.summary.namespace)
    return view


def list_runs(
    context: Context, *, limit: int = 50, experiment: str | None = None, states: Collection[RunState] = (), tags: Sequence[str] = ()
) -> Sequence[RunSummary]:
    """The newest runs of the caller's namespace, at most `limit`, that have all these tags: `key=value`, or `key` for any value of it."""
    where = [tag_rules.condition(tag) for tag in tags]
    return context.records.list_runs(limit=limit, experiment=experiment, states=states, where=where, namespace=access.own(context))


def results(context: Context, found: Sequence[RunSummary]) -> Sequence[RunView]:
    """The runs of a list with what their steps gave; without attempts, input artifacts and drivers. Raises `NotAllowed`."""
    access.own(context)
    return context.records.results([one.id for one in found])


def find(context: Context, query: Query) -> Page[RunSummary]:
    """One page of the runs of the caller's namespace. Raises `UnknownField`, `BadPredicate`."""
    return context.records.find_runs(query, namespace=access.own(context))


def count(context: Context, where: Sequence[Predicate]) -> int | None:
    """How many of them there are; `None` for more than 1,000."""
    return context.records.count_runs(where, namespace=access.own(context))


def summary(context: Context, run: str) -> RunSummary:
    """A run as a list shows it, by its whole id. Raises `NoSuchRun`."""
    found = context.records.summaries([RunId(run)])
    if not found:
        raise NoSuchRun(run=run)
    access.check(context, namespace=found[0].namespace)
    return found[0]


def summaries(context: Context, ids: Sequence[RunId]) -> list[RunSummary]:
    """Those of these runs that there are and that the caller may see, in the order of the ids."""
    namespace = access.own(context)
    return [one for one in context.records.summaries(ids) if one.namespace == namespace]


def latest_events(context: Context, ids: Sequence[RunId]) -> Mapping[RunId, int]:
    """The number of the latest event of each of these runs that there are."""
    access.own(context)
    return context.records.sequences(ids)


def newest(context: Context) -> RunId | None:
    """The run of the caller's namespace that was created last."""
    return context.records.newest(namespace=access.own(context))


def tasks(context: Context, run: str, *, after: str = "", limit: int = 1_000) -> tuple[Sequence[TaskView], int]:
    """Tasks of a run by id, those after `after`, without attempts; and the number of its latest event. Raises `NoSuchRun`."""
    return context.records.tasks(summary(context, run).id, after=after, limit=limit)


def task(context: Context, run: str, task_id: str) -> TaskView:
    """One task whole, with the launch of each attempt. Raises `NoSuchRun`, `NoSuchTask`."""
    run_id = summary(context, run).id
    found = context.records.task(run_id, task_id)
    if found is None:
        some, _ = context.records.tasks(run_id, limit=_MOST_NAMED)
        raise NoSuchTask(run=run_id, task=task_id, tasks=", ".join(one.id for one in some))
    return found


def step(view: RunView, name: str) -> TaskView:
    """The step of that id, or of that display name where only one has it. Raises `NoSuchTask`."""
    found = [one for one in view.steps if one.id == name] or [one for one in view.steps if one.display_name == name]
    if len(found) == 1:
        return found[0]
    some = [one.id for one in (found or view.steps)[:_MOST_NAMED]]
    raise NoSuchTask(run=view.summary.id, task=name, tasks=", ".join(some))


def task_counts(context: Context, run: str) -> Mapping[TaskState, int]:
    """How many tasks of a run are in which state. Raises `NoSuchRun`."""
    return context.records.task_counts(summary(context, run).id)


def changes(context: Context, run: str, *, after: int, limit: int = 1_000) -> RunChange:
    """What became of a run since event number `after`: at most `limit` events, and what they are about, in one look. Raises `NoSuchRun`."""
    change = context.records.changes(RunId(run), after=after, limit=limit)
    access.check(context, namespace=change.summary.namespace)
    return change


def watch(context: Context) -> Watch:
    """What hears that something was recorded, without telling what: whoever wants to know that asks for it."""
    access.own(context)
    return context.records.watch()


def all_events(context: Context, run: str) -> Iterator[EventView]:
    """Everything that has happened to a run, in order, read bit by bit. Raises `NoSuchRun`."""
    run_id, after = named(context, run), 0
    while page := context.records.events(run_id, after, limit=_EVENTS):
        yield from page
        after = page[-1].seq


def spec(context: Context, run: str) -> PipelineFile:
    """The pipeline of a run. Raises `NoSuchRun`, `Unreadable`."""
    return spec_of(context, summary(context, run))


def spec_of(context: Context, run: RunSummary) -> PipelineFile:
    """The pipeline of a run that was looked at already. Raises `NoSuchRun` if it is gone since, `Unreadable`."""
    access.check(context, namespace=run.namespace)

    def read(digest: str) -> PipelineFile:
        return context.files.get(digest, lambda: context.records.spec_text(run.id)).file

    return damage.read(run.id, "its pipeline", read, run.spec)


def readable_spec(context: Context, run: RunSummary) -> PipelineFile | None:
    """The same; `None` where it cannot be read, for whoever shows what else there is. Raises `NoSuchRun`."""
    try:
        return spec_of(context, run)
    except Unreadable:
        return None


def terminate(context: Context, run: str) -> RunId:
    """Ask whoever drives the run to end it; one that is being ended already ends without its exit tasks. Raises `Conflict` if it is over."""
    run_id = named(context, run)
    canceling = context.records.summaries([run_id])[0].state is RunState.CANCELING
    context.records.request(run_id, RequestKind.TERMINATE_NOW if canceling else RequestKind.TERMINATE, context.caller.name)
    context.wake(run_id)
    return run_id


def retry(context: Context, run: str) -> RunId:
    """Run again what did not succeed of a run that is over; what succeeded is kept. Raises `NotFound`, `NotRetryable`."""
    run_id = named(context, run)
    context.records.retry(run_id, context.caller.name)
    context.wake(run_id)
    return run_id


def archive(context: Context, run: str) -> None:
    """Put a run into the archive. Raises `NoSuchRun`."""
    context.records.archive(summary(context, run).id)


def unarchive(context: Context, run: str) -> None:
    """Take a run out of the archive. Raises `NoSuchRun`, `ExperimentArchived`."""
    context.records.unarchive(summary(context, run).id)


def tag(context: Context, run: str, given: Mapping[str, str], *, removed: Collection[str] = ()) -> Mapping[str, str]:
    """Give a run tags, in the place of those of the same keys, and remove some; what it has then. Raises `NotFound`, `BadTags`."""
    return context.records.tag(named(context, run), lambda tags: tag_rules.changed(tags, given, removed))


def delete(context: Context, run: str) -> RunId:
    """Delete a run that is over: its rows, logs, and those of its artifacts that neither cache nor lineage still name.

    Raises `NotRemoved` when the run is deleted, but some of its files could not be.
    """
    run_id = named(context, run)
    unnamed = context.records.delete_run(run_id)
    folder = folder_name(run_id)
    tried = {uri: _removed(context, uri, folder) for uri in [*unnamed, str(context.home / "runs" / folder)]}
    left = {uri: why for uri, why in tried.items() if why}
    if left:
        raise NotRemoved(run=run_id, left=left)
    return run_id


def _removed(context: Context, uri: str, folder: str) -> str:
    """Delete what lies there; why not, if the system refuses.

    Outside of the home that is the user's own, but for the folder that the run was given there, if its steps have left no file in it, and for
    what it has written into an object store.
    """
    try:
        hollow = uri.rpartition("/")[2] == folder and roots.is_hollow(uri)
        context.store.remove(uri, below=str(local_path(uri).parent) if hollow else objects.root_of_run(uri) or str(context.home))
    except OSError as error:
        return error.strerror or str(error)
    except Unavailable as error:
        return error.message
    return ""


def attempt_folder(context: Context, path: str) -> Path:
    """The folder of an attempt (`AttemptId.path`)."""
    access.own(context)
    return context.home / "runs" / path
