"""Ids of tasks, and where a task stands in the spec."""

from __future__ import annotations

from pathlib import Path

import pytest

from bakehouse.ir import text
from bakehouse.ir.execution import TaskId
from bakehouse.orchestrator.plan import ROOT, child_id, located, needs

FLOW = text.read((Path(__file__).parents[2] / "fixtures" / "control_flow.yaml").read_text(encoding="utf-8")).spec


def test_an_id_is_the_path_of_a_task() -> None:
    """Below groups and rounds; a name with a slash or a per cent sign cannot be taken for a path."""
    assert child_id(ROOT, "train") == "train"
    assert child_id(child_id(TaskId("loop"), 3), "train") == "loop/3/train"
    assert child_id(TaskId("outer"), "a/b%") == "outer/a%2Fb%25"


@pytest.mark.parametrize(
    ("task_id", "component"),
    [
        ("cleanup", "comp-cleanup"),
        ("exit-handler-1/flip", "comp-flip"),
        ("exit-handler-1/for-loop-8", "comp-for-loop-8"),
        ("exit-handler-1/for-loop-8/2", "comp-for-loop-8"),
        ("exit-handler-1/for-loop-8/2/fail-op", "comp-fail-op"),
        ("exit-handler-1/for-loop-5/0/condition-6/say-4", "comp-say-4"),
    ],
)
def test_a_task_is_found_in_the_spec_by_its_id(task_id: str, component: str) -> None:
    """However deep, and in any round of a loop; a round stands for its loop."""
    found = located(FLOW, TaskId(task_id))
    assert found is not None
    assert found.task.component == component
    assert found.dag.tasks[found.name] is found.task


def test_its_siblings_are_found_with_it() -> None:
    """What waits for it is in the same DAG."""
    found = located(FLOW, TaskId("exit-handler-1/for-loop-5/0/say-3"))
    assert found is not None
    assert [name for name, task in found.dag.tasks.items() if found.name in needs(task)] == ["condition-6"]


def test_what_is_not_in_the_spec_is_nowhere() -> None:
    """A run of an older pipeline, say."""
    assert located(FLOW, TaskId("unknown")) is None
