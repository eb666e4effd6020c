"""What a call outside a pipeline gives."""

from __future__ import annotations

import copy
import pickle
from typing import Any, NamedTuple

import pytest

from bakehouse import dsl
from bakehouse.dsl.errors import NoSuchOutput
from bakehouse.ir.execution import Outputs
from bakehouse.ir.values import Json
from bakehouse.local.errors import TooLate
from bakehouse.local.finished import FinishedTask
from bakehouse.orchestrator.states import RunState
from tests.unit.app import samples


class Forest(dsl.Model):
    """An author's own class of artifacts."""

    schema_title = "system.Forest"


class Both(NamedTuple):
    """Two values."""

    total: int
    names: list[str]


@dsl.component
def both() -> Both:
    return (1, [])  # type: ignore[return-value]  # as users write


@dsl.component
def one() -> int:
    return 1


@dsl.component
def plant(forest: dsl.Output[Forest], anything: dsl.Output[dsl.Artifact]) -> None:
    pass


def _task(component: object, parameters: dict[str, Json], state: RunState = RunState.SUCCEEDED) -> FinishedTask:
    return FinishedTask(component, samples.run(state=state, outputs=Outputs(parameters)))  # type: ignore[arg-type]  # components are made by decorators


def test_values_are_what_python_has() -> None:
    """`output` where there is one, else by name, in the order of the component."""
    assert (_task(one, {"Output": 3}).output, _task(one, {"Output": 3}).state) == (3, "SUCCEEDED")
    task = _task(both, {"names": ["a"], "total": 2})
    assert list(task.outputs.items()) == [("total", 2), ("names", ["a"])]
    assert (task.name, task.run_id, task.inputs, task.dependent_tasks) == ("both", samples.RUN, {"seed": 7}, [])


def test_artifacts_are_objects_of_the_authors_class() -> None:
    """What was asked for as any artifact is of the class that it really is; its path is where it lies."""
    outputs = Outputs(
        artifacts={"forest": (samples.artifact("Forest", "/home/forest", trees=3),), "anything": (samples.artifact("HTML", "/home/page"),)}
    )
    task = FinishedTask(plant, samples.run(outputs=outputs))
    assert type(task.outputs["forest"]) is Forest
    assert (task.outputs["forest"].path, task.outputs["forest"].metadata) == ("/home/forest", {"trees": 3})
    assert type(task.outputs["anything"]) is dsl.HTML


@pytest.mark.parametrize(
    ("state", "ask", "words"),
    [
        (RunState.SUCCEEDED, "totla", "Did you mean `total`"),
        (RunState.SUCCEEDED, "", "ambiguous"),
        (RunState.FAILED, "", "has given nothing"),
    ],
)
def test_what_is_not_there_is_told(state: RunState, ask: str, words: str) -> None:
    """With the nearest name, or all of them; a run that failed gave nothing."""
    task = _task(both, {"total": 1, "names": []}, state)
    with pytest.raises(NoSuchOutput, match=words):
        assert task.outputs[ask] if ask else task.output


def test_a_task_that_has_run_cannot_be_set_up() -> None:
    """The message says where it can; to `hasattr` it has no such thing."""
    task: Any = _task(one, {"Output": 3})
    with pytest.raises(TooLate, match=r"\.set_retry comes too late") as caught:
        task.set_retry(3)
    assert (caught.value.place or "").startswith(__file__)
    assert not hasattr(task, "after")
    assert not hasattr(task, "nothing")


def test_it_can_be_kept() -> None:
    """Copied, or pickled by what a notebook keeps its results with."""
    task = _task(both, {"total": 1, "names": ["a"]})
    for kept in (copy.copy(task), pickle.loads(pickle.dumps(task))):  # noqa: S301  # our own
        assert (kept.name, kept.state, dict(kept.outputs)) == ("both", RunState.SUCCEEDED, {"total": 1, "names": ["a"]})


def test_it_shows_what_it_is() -> None:
    """As a line, and as a table in notebooks, in which nothing is obeyed."""
    task = _task(both, {"total": 1, "names": ["<b>", "x" * 500]})
    assert repr(task).startswith("<both: SUCCEEDED, run 1a2b3c4d, total=1, names=['<b>', 'xxx")
    assert len(repr(task)) < 300
    assert "&lt;b&gt;" in task._repr_html_()
    assert "<b>'" not in task._repr_html_()
    assert "table" not in _task(both, {}, RunState.FAILED)._repr_html_()
