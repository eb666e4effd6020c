"""`dsl.ExitHandler`, and what is asked of tasks that run after others have failed."""

from __future__ import annotations

from collections.abc import Iterator

from bakehouse.dsl import arguments
from bakehouse.dsl.blocks import Block
from bakehouse.dsl.errors import AuthoringError, InvalidPipeline, WrongType
from bakehouse.dsl.groups import TasksGroup
from bakehouse.dsl.recording import Recording
from bakehouse.dsl.task import PipelineTask
from bakehouse.dsl.values import typed
from bakehouse.ir.spec import ParameterType


class ExitHandler(Block):
    """Run a task when the tasks of the block are done, whatever became of them: `with dsl.ExitHandler(clean_up()):`.

    `exit_task` is made before the block, and takes nothing of other tasks; a `PipelineTaskFinalStatus` among its inputs tells it what became
    of the block. It can be a pipeline. Other tasks can run `.after()` the handler. `name` is what people see.

    ```python
    from bakehouse import dsl


    @dsl.component
    def tell(status: dsl.PipelineTaskFinalStatus, channel: str):
        print(f"to {channel}: {status.pipeline_task_name} {status.state}: {status.error_message}")


    @dsl.component
    def load(table: str) -> int:
        return len(table)


    @dsl.pipeline
    def nightly(table: str = "orders"):
        with dsl.ExitHandler(exit_task=tell(channel="#data"), name="load"):
            load(table=table)
    ```
    """

    construct = "dsl.ExitHandler"
    prefix = "exit-handler"
    has_exit = True

    def __init__(self, exit_task: PipelineTask, name: str | None = None) -> None:
        super().__init__(name)
        self.exit_task = exit_task
        given: object = exit_task
        error = _unfit(given, self.recording)
        if error is not None:
            self.report(error)
        if isinstance(given, PipelineTask):
            given.exit_of = self

    def _take_place(self, outside: TasksGroup) -> None:
        if outside.parent is not None:
            self.report(
                InvalidPipeline(
                    f"a dsl.ExitHandler stands inside of the {outside.construct} at {outside.place}",
                    remedy="Put it around the other block, or both into a pipeline of their own, called here as a component.",
                )
            )
        super()._take_place(outside)


def _unfit(given: object, building: Recording) -> AuthoringError | None:
    if not isinstance(given, PipelineTask):
        return WrongType(f"the exit task is {typed(given)}", remedy="Pass a task: what the call of a component returns.")
    if given.recording is not building:
        return arguments.foreign(f"the exit task {given.name} is taken")
    if given.exit_of is not None:
        return InvalidPipeline(f"the task {given.name} is the exit task of two blocks", remedy="Call its component once for each.")
    if given.group.parent is not None:
        return InvalidPipeline(
            f"the exit task {given.name} is made inside of the {given.group.construct} at {given.group.place}",
            remedy="Call its component before the block, outside of any other.",
        )
    before = [*given.upstream, *(one.full_name for one in given.channel_inputs if one.task is not None or one.group.parent is not None)]
    if before:
        return InvalidPipeline(
            f"the exit task {given.name} depends on {', '.join(before)}, which may not be there when it runs",
            remedy="Give it constants, inputs of the pipeline and a PipelineTaskFinalStatus, which tells what became of the block.",
        )
    return None


# ---------------------------------------------------------------- when the pipeline is complete


def problems(building: Recording) -> Iterator[AuthoringError]:
    """What is wrong with how tasks that run after failures are used, in a pipeline that is complete."""
    ends = {name for name, task in building.tasks.items() if task.exit_of is not None}
    wrong = {error.place for error in building.errors}
    for task in building.tasks.values():
        for name in status_inputs(task) if task.place not in wrong else ():
            error = _status(task, name)
            if error is not None:
                yield error
        if ends:
            yield from _after_the_end(task, ends)


def status_inputs(task: PipelineTask) -> Iterator[str]:
    """The inputs of a task that are told what became of others, and that are not given otherwise."""
    for name, kind in task.component.interface.kinds.items():
        if kind is ParameterType.TASK_FINAL_STATUS and name not in task.inputs:
            yield name


def awaited(task: PipelineTask) -> PipelineTask | TasksGroup | None:
    """Of what a task is told the final status: the block that it ends, or the only task before it; `None` if that is not clear."""
    if task.exit_of is not None:
        return task.exit_of
    before = {**task.upstream, **{one.task.name: one.task for one in task.fed_channels() if one.task is not None}}
    found = next(iter(before.values())) if len(before) == 1 else None
    if not task.runs_after_failure or not isinstance(found, PipelineTask) or found.group is not task.group:
        return None
    return found


def _status(task: PipelineTask, name: str) -> AuthoringError | None:
    if awaited(task) is not None:
        return None
    return InvalidPipeline(
        f"the input {name} of the task {task.name} is a PipelineTaskFinalStatus, but of nothing: {task.name} is no exit task",
        place=task.place,
        remedy="Pass the task to a dsl.ExitHandler, or let it run after one other task of the same block, with .ignore_upstream_failure().",
    )


def _after_the_end(task: PipelineTask, ends: set[str]) -> Iterator[AuthoringError]:
    before = {*task.upstream, *(one.task.name for one in task.channel_inputs if one.task is not None)}
    for name in sorted(ends & before):
        yield InvalidPipeline(
            f"the task {task.name} waits for the exit task {name}, for which nothing can wait",
            place=task.place,
            remedy="Let it run after the block: `.after(handler)`, with `as handler` at the dsl.ExitHandler.",
        )
