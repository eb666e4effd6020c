"""Whole runs of flat graphs in a simulated world: faults, duplicated and reordered events, engines that die."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from bakehouse.ir.execution import StepError, TaskId
from bakehouse.orchestrator.ports import RunOptions
from bakehouse.orchestrator.scheduling import Capacity
from bakehouse.orchestrator.states import RunState, TaskMove, TaskState
from tests.unit.orchestrator.outcomes import Faults
from tests.unit.orchestrator.pipelines import pipeline, record
from tests.unit.orchestrator.world import World

_SEEDS = range(100)


def _graph(rng: random.Random) -> dict[str, list[str]]:
    names = [f"t{number}" for number in range(rng.randint(1, 12))]
    return {name: rng.sample(names[:index], rng.randint(0, min(index, 3))) for index, name in enumerate(names)}


def _check_starts(world: World) -> None:
    for task in world.record.tasks.values():
        numbers = sorted(number for name, number in world.starts if name == task.id)
        assert numbers == list(range(1, len(numbers) + 1)), "attempt numbers have gaps"


@pytest.mark.parametrize("seed", _SEEDS)
def test_a_run_without_faults_succeeds(seed: int) -> None:
    """Every task runs exactly once, none before what it waits for, and never more at a time than there are slots or the run may have."""
    rng = random.Random(seed)
    graph = _graph(rng)
    options = RunOptions(max_parallel=seed % 3)
    world = World(record(pipeline(graph), options), rng, Faults(event_twice=0.3), capacity=Capacity(4, cpu=2, memory=1000))
    assert world.finish().state is RunState.SUCCEEDED
    assert dict(world.starts) == {(TaskId(name), 1): 1 for name in graph}
    assert world.widest <= (options.max_parallel or 4)
    launched = [move.task_id for move in world.moves if move.after is TaskState.RUNNING]
    assert all(launched.index(TaskId(up)) < launched.index(TaskId(name)) for name, ups in graph.items() for up in ups)


@pytest.mark.parametrize("seed", _SEEDS)
def test_engines_that_die_neither_lose_nor_repeat_anything(seed: int) -> None:
    """Whenever an engine dies, the next one goes on from the rows: the run ends, attempts are numbered without gaps, the first failure is named."""
    rng = random.Random(seed)
    faults = Faults(step_fails=0.1, attempt_lost=0.05, attempt_terminated=0.05, event_twice=0.2, event_late=0.1, engine_dies=0.05)
    world = World(record(pipeline(_graph(rng), retries=2)), rng, faults)
    state = world.finish().state
    _check_starts(world)
    failed = [task for task in world.record.tasks.values() if task.state is TaskState.FAILED]
    assert state is (RunState.FAILED if failed else RunState.SUCCEEDED)
    first = min(failed, key=lambda task: task.finished_at or 0.0, default=None)
    assert world.record.error == (replace(first.error, message=f"{first.id}: {first.error.message}") if first and first.error else None)


@pytest.mark.parametrize("keep_going", [True, False])
@pytest.mark.parametrize("seed", _SEEDS)
def test_what_depends_on_a_failed_task_never_starts(seed: int, keep_going: bool) -> None:  # noqa: FBT001  # a parametrized case
    """Its dependents are skipped; with `keep_going` everything else runs to its end."""
    rng = random.Random(seed)
    graph = _graph(rng)
    options = RunOptions(keep_going=keep_going)
    world = World(record(pipeline(graph), options), rng, Faults(step_fails=0.3, not_prepared=0.05, event_twice=0.2))
    states = {task.id: task.state for task in world.finish().tasks.values()}
    for name, upstream in graph.items():
        mine = states[TaskId(name)]
        if any(states[TaskId(one)] is not TaskState.SUCCEEDED for one in upstream):
            assert mine is TaskState.SKIPPED
            assert not any(started == name for started, _ in world.starts)
        elif keep_going:
            assert mine in {TaskState.SUCCEEDED, TaskState.FAILED}
    _check_starts(world)


@pytest.mark.parametrize("seed", _SEEDS)
def test_a_terminated_run_ends_as_canceled(seed: int) -> None:
    """Whenever termination is asked for, also across restarts of the engine, nothing starts any more and the run ends as it was told to."""
    rng = random.Random(seed)
    world = World(record(pipeline(_graph(rng), retries=1)), rng, Faults(step_fails=0.1, engine_dies=0.02))
    for _ in range(rng.randint(1, 30)):
        world.tick()
    if world.record.state in {RunState.PENDING, RunState.RUNNING}:
        world.terminate()
    ended = world.finish()
    if world.terminated_after is not None:
        assert (ended.state, ended.error) == (RunState.CANCELED, StepError("terminated by ann"))
        assert not any(move.move is TaskMove.LAUNCHED for move in world.moves[world.terminated_after :])
    _check_starts(world)


def test_most_of_the_terminated_runs_are_caught_alive() -> None:
    """The simulation above is about runs that had not ended by themselves."""
    canceled = 0
    for seed in _SEEDS:
        rng = random.Random(seed)
        world = World(record(pipeline(_graph(rng), retries=1)), rng, Faults(step_fails=0.1, engine_dies=0.02))
        for _ in range(rng.randint(1, 30)):
            world.tick()
        if world.record.state in {RunState.PENDING, RunState.RUNNING}:
            world.terminate()
        world.finish()
        canceled += world.terminated_after is not None
    assert canceled > len(_SEEDS) / 2
