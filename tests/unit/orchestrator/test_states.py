"""The tables of states and moves."""

from __future__ import annotations

import pytest

from bakehouse.ir.execution import TaskId
from bakehouse.orchestrator.errors import IllegalMove
from bakehouse.orchestrator.run import Task
from bakehouse.orchestrator.states import FINAL_RUN_STATES, FINAL_TASK_STATES, RUN_MOVES, TASK_MOVES, TaskMove, TaskState


@pytest.mark.parametrize("state", TaskState)
@pytest.mark.parametrize("move", TaskMove)
def test_every_pair_moves_or_refuses(state: TaskState, move: TaskMove) -> None:
    """No pair of state and move is left undecided."""
    task = Task(id=TaskId("t"), state=state, unmet=0)
    if (state, move) in TASK_MOVES:
        assert task.moved(move).state is TASK_MOVES[state, move]
    else:
        with pytest.raises(IllegalMove, match=f"task t is {state.value}"):
            task.moved(move)


def test_final_states_are_final_and_all_others_can_be_left() -> None:
    """Exactly the final states have no way out."""
    assert {state for state in TaskState if not any(before is state for before, _ in TASK_MOVES)} == FINAL_TASK_STATES
    assert {before for before, _ in RUN_MOVES}.isdisjoint(FINAL_RUN_STATES)


def test_every_unfinished_task_can_be_canceled() -> None:
    """A run can always be ended, whatever its tasks are doing."""
    assert all((state, TaskMove.CANCELED) in TASK_MOVES for state in TaskState if state not in FINAL_TASK_STATES)
