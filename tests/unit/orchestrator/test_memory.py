"""A step that ran out of memory asks for more, as its author lets it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bakehouse.ir.execution import Cause, Ending, LaunchSpec, Place, Requests, StepError, TaskId
from bakehouse.ir.policies import MemoryGrowth
from bakehouse.ir.spec import Container, PipelineFile, Resources, RetryPolicy
from bakehouse.orchestrator import machine
from bakehouse.orchestrator.commands import AttemptClosed, AttemptOpened, Command, Prepare, TaskMoved
from bakehouse.orchestrator.events import Admitted, Due, Ended, Prepared, RunTaken
from bakehouse.orchestrator.memory import raised
from bakehouse.orchestrator.ports import TaskRecord
from bakehouse.orchestrator.rebuilding import recorded
from bakehouse.orchestrator.run import Run
from bakehouse.orchestrator.states import RunState, TaskState
from tests.unit.orchestrator import policies
from tests.unit.orchestrator.pipelines import pipeline, record

_A = TaskId("a")
_GI = 1 << 30
_PLACE = Place(interpreter="/usr/bin/python3", python="cpython-3.11", platform="linux-x86_64")
_SHORT = Ending(cause=Cause.OUT_OF_MEMORY, error=StepError("the step ran out of memory: the kernel ended it", type="OutOfMemory"))


def _file() -> PipelineFile:
    file = pipeline({"a": []})
    dag = file.spec.root.dag
    assert dag is not None
    retried = replace(dag, tasks={"a": replace(dag.tasks["a"], retry=RetryPolicy(5))})
    container = Container("busybox", ("echo",), resources=Resources(resource_memory_request="1Gi"))
    spec = replace(file.spec, root=replace(file.spec.root, dag=retried), executors={"exec-a": container})
    return PipelineFile(spec, policies.platforms({"exec-a": {"memoryGrowth": {"factor": 2, "upTo": "3Gi"}}}))


def _opened(commands: list[Command]) -> LaunchSpec:
    (launch,) = [one.launch for one in commands if isinstance(one, AttemptOpened)]
    return launch


@pytest.mark.parametrize(("times", "memory"), [(0, 100), (1, 150), (2, 225), (3, 300), (9, 300)])
def test_memory_grows_by_a_factor_up_to_a_limit(times: int, memory: int) -> None:
    """Each time; never beyond."""
    assert raised(Requests(memory=100), MemoryGrowth(1.5, 300), times).memory == memory


def test_memory_never_becomes_less() -> None:
    """A limit below what is asked for anyway changes nothing; nor does growth that nobody allowed."""
    assert raised(Requests(memory=100), MemoryGrowth(2.0, 50), 3).memory == 100
    assert raised(Requests(memory=100), MemoryGrowth(), 3).memory == 100


def test_each_attempt_is_recorded_with_what_it_asks_for() -> None:
    """And its error says how much that was; failures of another kind do not count."""
    run, _ = machine.step(recorded(record(_file())), RunTaken(1.0))
    run, _ = machine.step(run, Prepared(_A, _PLACE, 2.0))
    asked = []
    for number, ending in enumerate((_SHORT, Ending(cause=Cause.EXIT_CODE, error=StepError("no")), _SHORT, _SHORT), start=1):
        run, commands = machine.step(run, Admitted(_A, 10.0 * number))
        asked.append(_opened(commands).requests.memory)
        run, commands = machine.step(run, Ended(_A, number, ending, 10.0 * number))
        run, _ = machine.step(run, Due(_A, 10.0 * number + 9))
        if number == 1:
            (closed,) = [one for one in commands if isinstance(one, AttemptClosed)]
            (moved,) = [one for one in commands if isinstance(one, TaskMoved)]
    assert asked == [_GI, 2 * _GI, 2 * _GI, 3 * _GI]
    assert closed.ending.error is not None
    assert closed.ending.error.message.endswith("it had asked for 1 Gi")
    assert moved.why.endswith("starts at once, and asks for 2 Gi")


def test_an_engine_that_takes_over_asks_for_as_much() -> None:
    """How many attempts ran out of memory is counted in the records."""
    row = TaskRecord(_A, TaskState.BACKING_OFF, attempt=2, retry_at=5.0, user_failures=2, out_of_memory=1)
    run: Run = recorded(replace(record(_file()), state=RunState.RUNNING, tasks={_A: row}))
    run, _ = machine.step(run, RunTaken(100.0))
    run, commands = machine.step(run, Due(_A, 100.0))
    (prepare,) = [one for one in commands if isinstance(one, Prepare)]
    assert prepare.launch.requests.memory == 2 * _GI
