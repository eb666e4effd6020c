"""A call outside a pipeline: what it may be given, and the pipeline that it becomes."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bakehouse import compiler, components, dsl
from bakehouse.dsl import calls, errors
from bakehouse.ir.spec import Constant, Importer


class Table:
    """An artifact class of another SDK: it says a schema, and nothing more."""

    schema_title, schema_version = "system.Dataset", "0.0.1"

    def __init__(self, uri: str) -> None:
        self.uri, self.name, self.metadata = uri, "", {"rows": 3}


@dsl.component
def train(data: dsl.Input[dsl.Dataset], metrics: dsl.Input[dsl.Metrics] | None = None, rate: float = 0.1, tags: list[str] = []) -> float:  # noqa: B006  # as users write
    return rate


@dsl.component
def tell(status: dsl.PipelineTaskFinalStatus, text: str = "") -> str:
    return status.state


@dsl.component
def gather(parts: dsl.Input[list[dsl.Dataset]]) -> int:
    return len(parts)


def test_artifacts_are_brought_in_and_parameters_stay_inputs() -> None:
    """An importer for each, with its metadata as JSON has them; what was not given is left out."""
    parameters, artifacts = calls.split(train, {"data": Table("/rows.csv"), "rate": 2, "metrics": dsl.Metrics(uri="/m", metadata={"loss": math.inf})})
    assert (parameters, sorted(artifacts)) == ({"rate": 2}, ["data", "metrics"])
    spec = compiler.compile_pipeline(calls.pipeline_of(train, artifacts)).file.spec
    assert (list(spec.root.inputs.parameters), list(spec.root.inputs.artifacts)) == (["rate", "tags"], [])
    imported = {one.artifact_uri: one for one in spec.executors.values() if isinstance(one, Importer)}
    assert imported[Constant("/rows.csv")].metadata == {"rows": 3}
    assert imported[Constant("/m")].metadata == {"loss": "Infinity"}
    dag = spec.root.dag
    assert dag is not None
    assert sorted(dag.tasks) == ["importer", "importer-2", "train"]
    assert dag.tasks["importer"].display_name == "import data"
    assert list(spec.root.outputs.parameters) == ["Output"]
    without = compiler.compile_pipeline(calls.pipeline_of(train, {"data": Table("/rows.csv")})).file.spec.root.dag
    assert without is not None
    assert sorted(without.tasks["train"].inputs.artifacts) == ["data"]


def test_a_pipeline_takes_artifacts_as_a_component_does() -> None:
    """It becomes a part of the one that brings them in."""

    @dsl.pipeline(name="whole")
    def steps(data: dsl.Input[dsl.Dataset], rate: float = 1.0) -> float:
        return train(data=data, rate=rate).output

    spec = compiler.compile_pipeline(calls.pipeline_of(steps, {"data": dsl.Dataset(uri="/rows.csv")})).file.spec
    assert (spec.info.name, list(spec.root.inputs.parameters)) == ("whole", ["rate"])
    dag = spec.root.dag
    assert dag is not None
    assert sorted(dag.tasks) == ["importer", "whole"]


def test_a_component_from_a_file_takes_them_too(tmp_path: Path) -> None:
    """Compiled before, by whatever SDK."""
    compiler.Compiler().compile(train, str(tmp_path / "train.yaml"))
    loaded = components.load_component_from_file(str(tmp_path / "train.yaml"))
    dag = compiler.compile_pipeline(calls.pipeline_of(loaded, {"data": Table("/rows.csv")})).file.spec.root.dag
    assert dag is not None
    assert sorted(dag.tasks) == ["importer", "train"]


def test_a_status_is_given_as_what_kfp_calls_it() -> None:
    """Outside a pipeline nothing has ended whose status could be filled in."""
    status = dsl.PipelineTaskFinalStatus("FAILED", "job", "train", 3, "no")
    parameters, _ = calls.split(tell, {"status": status, "text": "x"})
    told = {"state": "FAILED", "pipelineJobResourceName": "job", "pipelineTaskName": "train", "error": {"code": 3, "message": "no"}}
    assert parameters == {"status": told, "text": "x"}
    with pytest.raises(errors.MissingInput, match="outside a pipeline there is none"):
        calls.split(tell, {})


@pytest.mark.parametrize(
    ("component", "given", "words"),
    [
        (train, {"data": 3}, "is a Dataset, but is given 3"),
        (train, {"data": dsl.Model(uri="/m")}, "is a Dataset, but is given a Model"),
        (train, {"data": dsl.Dataset()}, "lies nowhere"),
        (train, {"data": Table("/t"), "rate": "fast"}, "is a float, but is given 'fast'"),
        (train, {"data": Table("/t"), "tags": (1,)}, "a tuple, which JSON does not have"),
        (gather, {"parts": [dsl.Dataset(uri="/a")]}, "only single ones"),
        (gather, {"parts": dsl.Dataset(uri="/a")}, "is a list of Dataset, but is given a Dataset"),
    ],
)
def test_what_does_not_fit_is_told_at_the_call(component: Any, given: dict[str, Any], words: str) -> None:
    """Before anything is recorded; each with a way out."""
    with pytest.raises(errors.AuthoringError, match=words) as caught:
        calls.split(component, given)
    assert caught.value.remedy


def test_all_that_does_not_fit_is_told_at_once() -> None:
    """As in a pipeline."""
    with pytest.raises(errors.AuthoringProblems) as caught:
        calls.split(train, {"data": 3, "rate": "fast"})
    assert len(caught.value.problems) == 2


def test_a_finished_task_is_no_value() -> None:
    """What it gave is; the message says so."""
    finished: Callable[..., Any] = type("Finished", (), {"name": "load", "outputs": {"data": 1}, "dependent_tasks": []})
    with pytest.raises(errors.WrongType, match="the task load, not what it gives"):
        calls.split(train, {"data": finished()})
