"""One step of the machine in the making: the run as it is so far, and what has been decided."""

from __future__ import annotations

from collections import deque
from dataclasses import replace
from typing import Any

from bakehouse.ir.execution import StepError, TaskId
from bakehouse.orchestrator.commands import Action, Change, Command, NewTask, Release, RunMoved, TaskMoved, TasksAdded
from bakehouse.orchestrator.run import Loop, Run, Scope, Task
from bakehouse.orchestrator.states import RunMove, RunState, TaskMove, TaskState

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
        moved = self.keep(task.moved(move))
        self.tell(TaskMoved(task.id, task.state, move, moved.state, self.at, attempt=moved.attempt, **said))
        if moved.is_over:
            self.over.append(task.id)
        return moved

    def fail(self, task: Task, error: StepError) -> Task:
        """The task has failed for good."""
        return self.move(replace(task, error=error, launch=None), TaskMove.FAILED, error=error)

    def leave_out(self, task: Task, why: str) -> None:
        """The task will not run: canceled with the run, or skipped."""
        if self.run.state is RunState.CANCELING:
            self.move(task, TaskMove.CANCELED, why="the run was terminated")
        else:
            self.move(task, TaskMove.SKIPPED, why=why)
        if task.state is TaskState.QUEUED:
            self.tell(Release(task.id))

    def move_run(self, move: RunMove, **said: Any) -> None:
        """The run moves; `said` goes into the record (`error`, `outputs` of `RunMoved`)."""
        before, self.run = self.run.state, self.run.moved(move)
        self.tell(RunMoved(before, move, self.run.state, self.at, **said))
