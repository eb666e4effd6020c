"""The failure of a step names its inputs that were never written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest

from bakehouse.ir.execution import Artifact, Cause, Ending, LaunchSpec, Outputs, StepError, TaskId
from bakehouse.ir.execution import AttemptId as Attempt
from bakehouse.ir.spec import ArtifactType
from bakehouse.orchestrator.rebuilding import recorded
from bakehouse.orchestrator.run import Run
from bakehouse.orchestrator.unwritten import told
from tests.unit.orchestrator.pipelines import pipeline, record

_KIND = ArtifactType("system.Model", "0.0.1")
_EMPTY = Artifact("weights", _KIND, "/artifacts/weights", size=0, id="1")
_WRITTEN = Artifact("log", _KIND, "/artifacts/log", size=7, id="2")
_BOOM = Ending(cause=Cause.USER_ERROR, error=StepError("no such file", remedy="Look."))


def _run(unwritten: Mapping[str, str]) -> Run:
    """A run whose first step has given two artifacts."""
    run = recorded(record(pipeline({"train": [], "test": ["train"]})))
    outputs = Outputs({}, {"weights": (_EMPTY,), "log": (_WRITTEN,)}, unwritten)
    return run.with_task(replace(run.tasks[TaskId("train")], outputs=outputs))


def _launch(run: Run, **inputs: tuple[Artifact, ...]) -> LaunchSpec:
    return LaunchSpec(Attempt(run.facts.id, TaskId("test"), 1), "p", "python", inputs=inputs)


def _remedy(ending: Ending) -> str:
    assert ending.error is not None
    return ending.error.remedy


def test_an_input_that_was_never_written_is_named_with_its_step() -> None:
    """And with what was said there; what helps otherwise stands after it."""
    run = _run({"weights": "was never written; beside its path lies weights.pkl"})
    ending = told(run, _BOOM, _launch(run, model=(_EMPTY,), log=(_WRITTEN,)))
    said = "Its input model is weights of train, which was never written; beside its path lies weights.pkl."
    assert _remedy(ending) == f"{said} Look."


def test_an_input_that_is_empty_by_intent_is_not_named() -> None:
    """The step that made it wrote an empty file."""
    run = _run({})
    assert told(run, _BOOM, _launch(run, model=(_EMPTY,))) == _BOOM


@pytest.mark.parametrize("cause", [None, Cause.LOST, Cause.OUT_OF_MEMORY, Cause.TERMINATED])
def test_other_endings_have_other_reasons(cause: Cause | None) -> None:
    """What the step's own code did not do is not explained by it."""
    run, ending = _run({"weights": "was never written"}), replace(_BOOM, cause=cause)
    assert told(run, ending, _launch(run, model=(_EMPTY,))) == ending
