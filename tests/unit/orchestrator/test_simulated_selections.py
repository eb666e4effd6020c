"""Random pipelines of which only a part is wanted, in a simulated world: engines die, events come twice, steps fail.

What a step needs is worked out from the rows here, backwards from the step, not from the plan.
"""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from bakehouse.ir.execution import TaskId
from bakehouse.orchestrator.plan import TaskKind, plan
from bakehouse.orchestrator.selecting import Selection, names
from bakehouse.orchestrator.states import RunState, TaskMove, TaskState
from tests.unit.orchestrator import pipelines
from tests.unit.orchestrator.outcomes import Faults, Table
from tests.unit.orchestrator.simulating import Case
from tests.unit.orchestrator.world import World

_SEEDS = range(60)
_FAULTS = Faults(event_twice=0.15, event_late=0.1, engine_dies=0.03)


def _world(case: Case, selection: Selection, *, reused: float, fails: float = 0.0) -> World:
    options = replace(case.options, use_cache=True, keep_going=True, selection=selection)
    rng = random.Random(f"selected {case.seed}")
    return World(pipelines.record(case.file, options), rng, _FAULTS, Table(f"{case.seed}", Faults(reused=reused, step_fails=fails)))


def _target(case: Case) -> str:
    return random.Random(f"target {case.seed}").choice(names(plan(case.file.spec)))


def _named(world: World, name: str) -> set[TaskId]:
    """The tasks that a name without numbers stands for: itself in all rounds."""
    return {task.id for task in world.tasks.values() if task.kind is not TaskKind.ITERATION and _plain(world, task.id) == name}


def _plain(world: World, task_id: TaskId) -> str:
    """An id without the numbers of rounds."""
    whole = [*_above(task_id), task_id]
    return "/".join(one.rpartition("/")[2] for one in whole if world.tasks[TaskId(one)].kind is not TaskKind.ITERATION)


def _needed(world: World, name: str) -> tuple[set[TaskId], set[TaskId]]:
    """Groups around what this name stands for, as far as they were opened; and all that is needed, with everything in it."""
    around = {task_id for above in _above(TaskId(name)) for task_id in _named(world, above)}
    needed: set[TaskId] = set()
    waiting = [up for task_id in _named(world, name) | around for up in world.upstream.get(task_id, ())]
    while waiting:
        one = waiting.pop()
        if one not in needed:
            needed.add(one)
            waiting += world.upstream.get(one, ())
    return around, {task_id for task_id in world.tasks if _inside(task_id, needed)}


def _above(task_id: TaskId) -> list[str]:
    parts = task_id.split("/")
    return ["/".join(parts[:length]) for length in range(1, len(parts))]


def _inside(task_id: TaskId, named: set[TaskId]) -> bool:
    return task_id in named or any(above in named for above in _above(task_id))


@pytest.mark.parametrize("seed", _SEEDS)
def test_a_run_until_a_step_begins_nothing_else(seed: int) -> None:
    """What is not wanted is skipped with that reason and never begins; what is wanted is never left out for it; the run ends."""
    case = Case(seed)
    target = _target(case)
    world = _world(case, Selection(until=target), reused=0.3, fails=random.Random(f"fails {seed}").choice([0.0, 0.1]))
    world.finish()
    named = _named(world, target)
    around, needed = _needed(world, target)
    begun = {move.task_id for move in world.moves if move.move is not TaskMove.SKIPPED}
    for task in world.tasks.values():
        wanted = _inside(task.id, named) or task.id in around | needed or task.kind is TaskKind.ITERATION
        assert wanted or (task.state is TaskState.SKIPPED and task.why == f"not asked for: --until {target}"), task
        assert wanted or task.id not in begun, task
        assert not wanted or "not asked for" not in task.why, task


@pytest.mark.parametrize("reused", [1.0, 0.5, 0.0])
@pytest.mark.parametrize("seed", _SEEDS)
def test_only_a_step_starts_nothing_that_it_needs(seed: int, reused: float) -> None:
    """Whatever results there are. Where one is missing at the top, the run fails; where nothing else fails, it names it."""
    case = Case(seed)
    target = _target(case)
    world = _world(case, Selection(only=target, refresh=(target,)), reused=reused)
    world.finish()
    named = _named(world, target)
    _, needed = _needed(world, target)
    steps = {task_id for task_id, _ in world.starts if world.tasks[task_id].kind is TaskKind.STEP}
    assert all(_inside(task_id, named) for task_id in steps)
    said = f"--only {target} runs no other step"
    missing = {task.id for task in world.tasks.values() if task.kind is TaskKind.STEP and task.error is not None and said in task.error.message}
    assert missing <= needed
    if any("/" not in task_id for task_id in missing):
        assert world.record.state is RunState.FAILED
    failed = {task.id for task in world.tasks.values() if task.kind is TaskKind.STEP and task.state is TaskState.FAILED}
    if missing and failed == missing and world.record.state is RunState.FAILED:  # else the error of the run may be another one's
        assert world.record.error is not None
        assert "has no result of it that can be reused" in world.record.error.message


@pytest.mark.parametrize("seed", _SEEDS)
def test_what_is_refreshed_is_run_and_nothing_else(seed: int) -> None:
    """The cache has a result of every step: those that are named take none, all others do."""
    case = Case(seed)
    target = _target(case)
    world = _world(case, Selection(refresh=(target,)), reused=1.0)
    world.finish()
    named = _named(world, target)
    reused = {move.task_id for move in world.moves if move.move is TaskMove.REUSED}
    assert not any(_inside(task_id, named) for task_id in reused)
    launched = {task_id for task_id, _ in world.starts if world.run.tasks[task_id].node.cacheable}
    assert all(_inside(task_id, named) for task_id in launched)


def test_a_run_of_a_part_is_retried_as_such() -> None:
    """What was left out is left out again."""
    case = pipelines.pipeline({"a": [], "b": ["a"], "c": ["b"], "d": []})
    options = replace(Case(0).options, selection=Selection(until="b"), keep_going=False)
    world = World(pipelines.record(case, options), random.Random(0), Faults(), Table("fails", Faults(step_fails=1.0)))
    assert world.finish().state is RunState.FAILED
    world.retry(Table("goes well", Faults()))
    assert world.finish().state is RunState.SUCCEEDED
    assert {str(task.id): task.state.value for task in world.tasks.values()} == {"a": "SUCCEEDED", "b": "SUCCEEDED", "c": "SKIPPED", "d": "SKIPPED"}
    assert {task_id for task_id, _ in world.starts} == {"a", "b"}
