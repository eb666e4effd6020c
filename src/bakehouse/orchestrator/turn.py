"""One step of the machine in the making: the run as it is so far, and what has been decided."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from itertools import count
from typing import Any

from bakehouse.ir.execution import StepError, TaskId
from bakehouse.orchestrator import limits
from bakehouse.orchestrator.commands import Action, Change, Command, NewTask, Release, RunMoved, TaskMoved, TasksAdded, Wake
from bakehouse.orchestrator.plan import GROUPS, TaskKind, child_id
from bakehouse.orchestrator.run import Loop, Run, Scope, Task
from bakehouse.orchestrator.states import RunMove, TaskMove, TaskState
from bakehouse.orchestrator.values import replace

#: States from which nothing has to be stopped when the task is not to run any more.
NOT_STARTED = frozenset({TaskState.WAITING, TaskState.PREPARING, TaskState.QUEUED, TaskState.BACKING_OFF})


class Turn:
    """What one event makes of a run. `over` are tasks whose end has still to be settled, `ready` those that can be released.

    It lives for one `machine.step`: the run that goes in and the one that comes out are values.
    """

    def __init__(self, run: Run, at: float) -> None:
        self.run, self.at = run, at
        self._added: list[NewTask] = []
        self._commands: list[Command] = []
        self.over: deque[TaskId] = deque()
        self.ready: deque[TaskId] = deque()

    def tell(self, *commands: Change | Action) -> None:
        """Decide this too."""
        self._commands.extend(commands)

    @property
    def decided(self) -> list[Command]:
        """All that has been decided: new tasks first, since what follows is about them too."""
        added: list[Command] = [TasksAdded(self._added, self.at)] if self._added else []
        return [*added, *self._commands]

    def add(self, task: Task, new: NewTask) -> None:
        """A task comes to be."""
        self.run = self.run.with_task(task)
        self._added.append(new)

    def task(self, task_id: TaskId) -> Task:
        """A task as it is so far."""
        return self.run.tasks[task_id]

    def keep(self, task: Task) -> Task:
        """The task as it is from now on, without a move."""
        self.run = self.run.with_task(task)
        return task

    def keep_scope(self, scope: Scope) -> Scope:
        """The DAG as it is from now on."""
        self.run = replace(self.run, scopes=self.run.scopes.set(scope.id, scope))
        return scope

    def keep_loop(self, loop: Loop) -> Loop:
        """The loop as it is from now on."""
        self.run = replace(self.run, loops=self.run.loops.set(loop.id, loop))
        return loop

    def move(self, task: Task, move: TaskMove, **said: Any) -> Task:
        """The task moves; `said` goes into the record (`why`, `error`, `detail` of `TaskMoved`). What follows from its end is settled later."""
        moved = self._moved(task, move, **said)
        if moved.is_over:
            self.over.append(task.id)
            self._leave_behind(moved)
        return moved

    def _moved(self, task: Task, move: TaskMove, **said: Any) -> Task:
        moved = self.keep(task.moved(move, at=self.at))
        self.tell(TaskMoved(task.id, task.state, move, moved.state, self.at, attempt=moved.attempt, **said))
        self.watch(moved)
        return moved

    def watch(self, task: Task) -> None:
        """Look at the task again when a limit of its is reached."""
        limit = limits.of_task(self.run, task)
        if limit is not None:
            self.tell(Wake(task.id, limit.at))

    def _leave_behind(self, group: Task) -> None:
        """What a group holds of an earlier life of the run, and has not come to in this one, will not run any more."""
        move = TaskMove.CANCELED if group.state is TaskState.CANCELED else TaskMove.SKIPPED
        for task in self._held(group):
            if not task.is_over:
                self._leave_behind(self._moved(task, move, why=f"not started: {group.id} is over"))

    def _held(self, group: Task) -> Iterator[Task]:
        """The tasks that a group holds, as far as they have come to be."""
        if group.kind not in GROUPS:
            return
        names = count() if group.kind is TaskKind.LOOP else self.run.facts.plan.inside(group.node).nodes
        for name in names:
            task = self.run.tasks.get(child_id(group.id, name))
            if task is None:
                return
            yield task

    def fail(self, task: Task, error: StepError, **said: Any) -> Task:
        """The task has failed for good; `said` as with `move`."""
        return self.move(replace(task, error=error, launch=None), TaskMove.FAILED, error=error, **said)

    def leave_out(self, task: Task, why: str) -> None:
        """The task will not run: canceled with the run, or skipped, as an exit task also is while the run is terminated."""
        if self.run.is_being_stopped(task):
            self.cancel(task)
        else:
            again = bool(task.attempt) and task.state is not TaskState.WAITING
            self._take_out(task, TaskMove.SKIPPED, why.replace("not started:", "not started again:", 1) if again else why)

    def leave_out_unchosen(self, tasks: Iterable[Task]) -> None:
        """Of tasks that have not begun those will not run that are not among what the user wants of the run."""
        for task in tasks:
            why = self.run.facts.chosen.leaves_out(task.id) if task.state is TaskState.WAITING else ""
            if why:
                self.leave_out(task, why)

    def cancel(self, task: Task) -> None:
        """The task will not run: its run was terminated."""
        self._take_out(task, TaskMove.CANCELED, self.why_canceled)

    @property
    def why_canceled(self) -> str:
        """Why tasks of a run that is being terminated do not run."""
        return self.run.error.message if self.run.error is not None and self.run.has_expired else "the run was terminated"

    def _take_out(self, task: Task, move: TaskMove, why: str) -> None:
        self.move(task, move, why=why, error=task.error)
        if task.state is TaskState.QUEUED:
            self.tell(Release(task.id))

    def move_run(self, move: RunMove, **said: Any) -> None:
        """The run moves; `said` goes into the record (`error`, `outputs` of `RunMoved`)."""
        before, self.run = self.run.state, self.run.moved(move)
        self.tell(RunMoved(before, move, self.run.state, self.at, **said))
