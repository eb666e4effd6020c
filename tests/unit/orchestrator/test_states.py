"""The tables of states and moves."""

from __future__ import annotations

import pytest

from bakehouse.ir.execution import TaskId
from bakehouse.orchestrator.errors import IllegalMove
from bakehouse.orchestrator.plan import plan
from bakehouse.orchestrator.run import Task
from bakehouse.orchestrator.states import FINAL_RUN_STATES, FINAL_TASK_STATES, RUN_MOVES, TASK_MOVES, RunMove, RunState, TaskMove, TaskState
from tests.unit.orchestrator.pipelines import pipeline


@pytest.mark.parametrize("state", TaskState)
@pytest.mark.parametrize("move", TaskMove)
def test_every_pair_moves_or_refuses(state: TaskState, move: TaskMove) -> None:
    """No pair of state and move is left undecided."""
    node = plan(pipeline({"t": []}).spec).root.nodes["t"]
    task = Task(id=TaskId("t"), node=node, state=state, unmet=0)
    if (state, move) in TASK_MOVES:
        assert task.moved(move).state is TASK_MOVES[state, move]
    else:
        with pytest.raises(IllegalMove, match=f"task t is {state.value}"):
            task.moved(move)


def test_final_states_are_final_and_all_others_can_be_left() -> None:
    """Exactly the final states have no way out, but that of a run that is retried, and a user's word."""
    left = {before for before, move in TASK_MOVES if move not in {TaskMove.RESET, TaskMove.MARKED}}
    assert set(TaskState) - left == FINAL_TASK_STATES
    assert {before for before, move in RUN_MOVES if move is not RunMove.RETRIED}.isdisjoint(FINAL_RUN_STATES)


def test_what_is_over_can_be_retried() -> None:
    """Tasks in any final state can begin again, an exit task that succeeded too; a run that succeeded cannot."""
    assert {before for before, move in TASK_MOVES if move is TaskMove.RESET} == FINAL_TASK_STATES
    assert {before for before, move in RUN_MOVES if move is RunMove.RETRIED} == FINAL_RUN_STATES - {RunState.SUCCEEDED}


def test_a_user_can_mark_what_did_not_go_well() -> None:
    """As succeeded, and nothing else."""
    marked = {before: after for (before, move), after in TASK_MOVES.items() if move is TaskMove.MARKED}
    assert marked == dict.fromkeys([TaskState.FAILED, TaskState.CANCELED], TaskState.SUCCEEDED)


def test_every_unfinished_task_can_be_canceled() -> None:
    """A run can always be ended, whatever its tasks are doing."""
    assert all((state, TaskMove.CANCELED) in TASK_MOVES for state in TaskState if state not in FINAL_TASK_STATES)
