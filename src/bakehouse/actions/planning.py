"""What a run would do, before anything starts or is recorded: the machine that drives runs decides, and only looks.

Steps that would be reused give what they gave, and what follows is decided as in a run: conditions, loops, skipped steps. A step that would
run gives nothing, so what depends on it is unknown.
"""

from __future__ import annotations

import math
import time
import uuid
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum

from bakehouse.actions import access, cache, roots, runs
from bakehouse.actions.context import Context
from bakehouse.ir.execution import LaunchSpec, Place, RunId, StepError, TaskId
from bakehouse.orchestrator import lookups, machine
from bakehouse.orchestrator.commands import Action, Command, LookUp, Prepare, TaskMoved
from bakehouse.orchestrator.differences import Difference
from bakehouse.orchestrator.events import Event, Looked, LookedUp, NotPrepared, Prepared, RunTaken, Unusable
from bakehouse.orchestrator.plan import ROOT, TaskKind, child_id, plan
from bakehouse.orchestrator.ports import RunRecord, TaskRecord
from bakehouse.orchestrator.rebuilding import recorded
from bakehouse.orchestrator.run import Task
from bakehouse.orchestrator.states import RunState, TaskState
from bakehouse.records.cache import EntryView

#: Where an attempt would run, if that is known without making anything; or why it cannot run.
Places = Callable[[LaunchSpec], Place | StepError | None]


class Fate(str, Enum):
    """What would become of a step."""

    REUSED = "reused"
    RUNS = "runs"
    UNKNOWN = "unknown"
    SKIPPED = "skipped"
    FAILS = "fails"


@dataclass(frozen=True)
class Foreseen:
    """What would become of one step, or of a group of which nothing more is known. `run_id`: whose result is reused, `at`: when it was made."""

    task_id: TaskId
    kind: TaskKind
    fate: Fate
    text: str
    key: str = ""
    run_id: str = ""
    at: float | None = None
    entry: EntryView | None = None
    differences: Sequence[Difference] = ()


def foresee(context: Context, submission: runs.Submission, places: Places, *, cache_ttl: float = math.inf) -> list[Foreseen]:
    """What a run of this would do, step by step, where results are reused for `cache_ttl` seconds. Raises `Problems` as `runs.create` does.

    Nothing is recorded, no step is started.
    """
    access.own(context)
    foresight = _Foresight(context, submission, places, cache_ttl)
    foresight.go()
    return list(foresight.said())


class _Foresight:
    """A run that is decided, and neither recorded nor carried out."""

    def __init__(self, context: Context, submission: runs.Submission, places: Places, ttl: float) -> None:
        self._context, self._places, self._ttl, self._archives = context, places, ttl, submission.archives
        self._run = recorded(_record(context, submission))
        self._events: deque[Event] = deque([RunTaken(time.time())])
        self._looked: dict[TaskId, Looked] = {}
        self._why: dict[TaskId, str] = {}

    def go(self) -> None:
        """Decide all that can be decided now."""
        while self._events:
            self._run, commands = machine.step(self._run, self._events.popleft())
            for command in commands:
                self._heed(command)

    def _heed(self, command: Command | Action) -> None:
        now = time.time()
        if isinstance(command, Prepare):
            task_id, place = command.launch.attempt.task_id, self._places(command.launch)
            if isinstance(place, StepError):
                self._events.append(NotPrepared(task_id, place, now))
            elif place is not None:
                self._events.append(Prepared(task_id, place, now))
        elif isinstance(command, LookUp):
            found = self._looked[command.task_id] = self._look_up(self._run.tasks[command.task_id], command.key)
            self._events.append(LookedUp(command.task_id, found.result, now))
        elif isinstance(command, TaskMoved):
            self._why[command.task_id] = command.why

    def _look_up(self, task: Task, key: str) -> Looked:
        facts, cached = self._run.facts, self._context.records.cache
        if facts.options.selection.source:
            found = cached.look_up_in(facts.options.selection.source, facts.namespace, key)
        else:
            of_step = facts.policies.of(task.node.executor).result_ttl
            found = cached.look_up(facts.namespace, key, of_step=of_step, of_settings=self._ttl)
        problem = lookups.damage(found.result, self._context.store) if found.result is not None else ""
        return Looked(because=Unusable.DAMAGED, note=problem) if problem else found

    # ------------------------------------------------------------ what came of it

    def said(self) -> Iterator[Foreseen]:
        """Every step that is known to be one, and groups of which nothing more is known; upstream first, a group where it stands."""
        holding = {task.parent for task in self._run.tasks.values()}
        inside: dict[TaskId, list[Task]] = {}
        for task in self._run.tasks.values():
            inside.setdefault(TaskId(task.id.split("/")[0]), []).append(task)
        for name in self._run.facts.plan.root.nodes:
            for task in sorted(inside[child_id(ROOT, name)], key=lambda one: one.id):
                if task.id not in holding:
                    yield self._foreseen(task)

    def _foreseen(self, task: Task) -> Foreseen:
        looked = self._looked.get(task.id, Looked())
        if task.state is TaskState.QUEUED:
            return self._running(task, looked)
        if task.state is TaskState.SUCCEEDED and looked.result is not None:
            result = looked.result
            name = f" ({result.run_name})" if result.run_name else ""
            text = f"reused from run {result.run_id}{name}"
            return Foreseen(task.id, task.kind, Fate.REUSED, text, result.key, result.run_id, result.created_at)
        fate, text = self._without_result(task)
        return Foreseen(task.id, task.kind, fate, text.rstrip(": "))

    def _without_result(self, task: Task) -> tuple[Fate, str]:
        """What becomes of a step that neither runs nor is reused, and of a group that holds nothing."""
        match task.state:
            case TaskState.PREPARING:
                return Fate.UNKNOWN, "unknown: its environment has still to be built"
            case TaskState.SKIPPED | TaskState.CANCELED:
                return Fate.SKIPPED, f"skipped: {self._why.get(task.id, '')}"
            case TaskState.FAILED:
                return Fate.FAILS, f"fails: {task.error.message if task.error else ''}"
            case TaskState.SUCCEEDED:
                return Fate.SKIPPED, "holds nothing that runs"
            case _:
                unmet = [name for name in task.node.upstream if not self._is_over(task, name)]
                return Fate.UNKNOWN, f"unknown: depends on {', '.join(unmet)}"

    def _is_over(self, task: Task, upstream: str) -> bool:
        known = self._run.tasks.get(child_id(task.parent, upstream))
        return known is not None and known.is_over

    def _running(self, task: Task, looked: Looked) -> Foreseen:
        """A step that would run, and why it is not reused."""
        key = task.entry.key if task.entry is not None else ""
        if not task.node.cacheable:
            return Foreseen(task.id, task.kind, Fate.RUNS, "runs: the pipeline switches the cache off for it", key)
        if not self._run.facts.options.use_cache:
            return Foreseen(task.id, task.kind, Fate.RUNS, "runs: --no-cache", key)
        if looked.note:
            return Foreseen(task.id, task.kind, Fate.RUNS, f"runs: {looked.note}", key)
        component = task.node.task.component
        entries = self._context.records.cache.comparable(self._run.facts.namespace, component, task.id, before=time.time())
        found = cache.compared(self._context, entries, task.entry.parts if task.entry is not None else None, archives=self._archives)
        return Foreseen(task.id, task.kind, Fate.RUNS, f"runs: {found.text}", key, entry=found.entry, differences=found.differences)


def _record(context: Context, submission: runs.Submission) -> RunRecord:
    """The run as it would be recorded."""
    spec = submission.pipeline.spec
    parameters = runs.accepted(context, submission)
    tasks = [TaskRecord(child_id(ROOT, node.name), TaskState.WAITING, kind=node.kind) for node in plan(spec).root.nodes.values()]
    return RunRecord(
        id=RunId(str(uuid.uuid4())),
        name=submission.name or spec.info.name,
        namespace=access.own(context),
        pipeline=submission.pipeline,
        parameters=parameters,
        pipeline_root=roots.root(roots.usual(context), spec, submission.pipeline_root).path,
        options=submission.options,
        state=RunState.PENDING,
        created_at=time.time(),
        tasks={task.id: task for task in tasks},
        origins=submission.origins,
        workspace=str(context.home / "runs" / "planned" / "workspace"),
    )
