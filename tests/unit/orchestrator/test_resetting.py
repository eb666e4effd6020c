"""A run that is retried: what begins again, what is kept, and that nothing of the first life stays behind."""

from __future__ import annotations

import random
from dataclasses import dataclass, replace

from bakehouse.ir.execution import Cause, Ending, StepError, TaskId
from bakehouse.ir.spec import PipelineFile
from bakehouse.orchestrator.ports import RunOptions
from bakehouse.orchestrator.resetting import Row, begun_again
from bakehouse.orchestrator.states import RunState, TaskState
from tests.unit.orchestrator.groups import group, loop, pipeline, step
from tests.unit.orchestrator.outcomes import Death
from tests.unit.orchestrator.pipelines import record
from tests.unit.orchestrator.world import World

_S, _F, _SKIPPED = TaskState.SUCCEEDED, TaskState.FAILED, TaskState.SKIPPED


def _rows(states: dict[str, TaskState], **upstream: list[str]) -> dict[TaskId, Row]:
    """Rows by id: `states` in the order of the tasks, `upstream` with two underscores for a slash."""
    waits = {name.replace("__", "/"): [TaskId(one) for one in names] for name, names in upstream.items()}
    return {TaskId(name): Row(TaskId(name), state, waits.get(name, []), TaskId(name.rpartition("/")[0])) for name, state in states.items()}


def test_what_did_not_succeed_begins_again_and_says_what_it_waits_for() -> None:
    """What succeeded is kept."""
    rows = _rows({"a": _S, "b": _F, "c": _SKIPPED}, b=["a"], c=["b"])
    assert begun_again(rows) == {"b": "", "c": "waiting for b"}


def test_a_group_that_failed_keeps_what_succeeded_in_it() -> None:
    """What is in it waits for it."""
    rows = _rows({"g": _F, "g/x": _S, "g/y": _F, "h": _S, "h/x": _S})
    assert begun_again(rows) == {"g": "", "g/y": "waiting for g to come to it"}


def test_an_exit_task_begins_again_with_all_it_holds_when_what_it_follows_does() -> None:
    """Also if it failed itself: what it was given may be another now, so that nothing in it is kept."""
    for state in (_S, _F):
        rows = _rows({"exit-handler-1": _F, "exit-handler-1/x": _F, "z": state, "z/x": _S, "z/y": state}, z=["exit-handler-1"])
        assert begun_again(rows).keys() == rows.keys()


def test_what_saw_a_step_fail_that_is_marked_by_now_begins_again() -> None:
    """Exit tasks, and what was skipped for it; the step itself is kept."""
    rows = _rows({"a": _S, "b": _SKIPPED, "c": _S, "d": _S}, b=["a"], c=["b"])
    assert begun_again({**rows, TaskId("a"): replace(rows[TaskId("a")], marked=True)}) == {"b": "", "c": "waiting for b"}
    assert begun_again(rows) == {"b": ""}


def test_who_did_without_what_was_not_wanted_is_kept() -> None:
    """A condition that was false, in a group without a failure, is no reason to run its followers again; a failure beside it is."""
    inside = {"g/no": _SKIPPED, "g/x": _S}
    assert "g/x" not in begun_again(_rows({"a": _F, "g": _S, **inside}, g__x=["g/no"]))
    assert "g/x" in begun_again(_rows({"g": _F, **inside, "g/y": _F}, g__x=["g/no"]))


# ---------------------------------------------------------------- the second life


@dataclass(frozen=True)
class _Failing:
    """These tasks fail, all others succeed."""

    names: frozenset[str] = frozenset()

    def is_prepared(self, _: TaskId) -> bool:
        return True

    def is_reused(self, _: TaskId) -> bool:
        return False

    def failure(self, task_id: TaskId, _: int) -> Ending | None:
        return Ending(cause=Cause.EXIT_CODE, exit_code=1, error=StepError("exit code 1")) if task_id in self.names else None


def _failed(file: PipelineFile, *names: str) -> World:
    world = World(record(file, RunOptions(keep_going=True)), random.Random(1), outcomes=_Failing(frozenset(names)))
    assert world.finish().state is RunState.FAILED
    return world


def _states(world: World) -> dict[str, str]:
    return {str(task.id): task.state.value for task in world.tasks.values()}


def test_a_retried_run_runs_what_failed_and_nothing_else() -> None:
    """Attempts are numbered on."""
    world = _failed(pipeline({"g": group({"x": step(), "y": step("x")}), "z": step("g")}), "g/y")
    world.retry(_Failing())
    assert world.finish().state is RunState.SUCCEEDED
    assert set(world.starts) == {("g/x", 1), ("g/y", 1), ("g/y", 2), ("z", 1)}


def test_what_a_group_holds_is_over_when_the_group_is_not_come_to_again() -> None:
    """Its tasks have rows of the first life, and would wait for ever."""
    world = _failed(pipeline({"a": step(), "z": group({"x": step(), "y": step("x")}, "a", always=True)}), "a", "z/x")
    assert _states(world) == {"a": "FAILED", "z": "FAILED", "z/x": "FAILED", "z/y": "SKIPPED"}
    world.retry(_Failing())
    world.terminate()
    while world.record.state is RunState.PENDING:
        world.tick()
    world.finish()
    assert all(task.state in {TaskState.SUCCEEDED, TaskState.CANCELED} for task in world.tasks.values())


def test_rounds_that_wait_for_their_turn_again_survive_an_engine_that_dies() -> None:
    """A round has a row before its turn comes; whoever takes the run over leaves it to its loop."""
    file = pipeline({"l": loop({"x": step()}, over=[1, 2, 3], limit=1)})
    for at in range(12):
        world = _failed(file, "l/0/x", "l/1/x")  # the last one is kept
        world.deaths = {world.steps + at: Death.AFTER_ACTING}
        world.retry(_Failing())
        assert world.finish().state is RunState.SUCCEEDED
        assert set(_states(world).values()) == {"SUCCEEDED"}


def test_rounds_that_wait_for_their_turn_again_end_with_a_termination() -> None:
    """They never began, and are not counted as if they ran."""
    world = _failed(pipeline({"l": loop({"x": step()}, over=[1, 2, 3], limit=1)}), "l/0/x", "l/1/x", "l/2/x")
    world.retry(_Failing())
    while not world.running:
        world.tick()
    world.terminate()
    assert world.finish().state is RunState.CANCELED
    assert {_states(world)[name] for name in ("l", "l/1", "l/2", "l/1/x", "l/2/x")} == {"CANCELED"}
