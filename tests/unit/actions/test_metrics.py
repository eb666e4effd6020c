"""Metrics out of metadata, which steps may fill with anything."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from bakehouse.actions import metrics
from bakehouse.actions.metrics import Classification, Metrics, Point, Scalar, Source
from bakehouse.ir.execution import Artifact, Outputs, RunId, TaskId
from bakehouse.ir.spec import ArtifactType
from bakehouse.orchestrator.ports import RunOptions
from bakehouse.orchestrator.states import RunState, TaskState
from bakehouse.records.views import RunSummary, RunView, TaskView
from bakehouse.task.artifacts import Artifact as StepArtifact
from bakehouse.task.artifacts import Metrics as StepMetrics
from bakehouse.task.metrics import ClassificationMetrics, SlicedClassificationMetrics

HERE = Source("evaluate", "metrics", "id")


def run(kind: str, metadata: Mapping[str, Any]) -> RunView:
    """A run whose one step gave an artifact of that kind with that metadata."""
    artifact = Artifact("metrics", ArtifactType(kind), "/metrics", metadata, id="id")
    outputs = Outputs({"n": 1}, {"metrics": (artifact,)})
    task = TaskView(TaskId("evaluate"), "evaluate", TaskState.SUCCEEDED, "", (), None, None, None, outputs=outputs)
    summary = RunSummary(RunId("run"), "run", "default", "Default", "p", RunState.SUCCEEDED, 0.0, None, None)
    waiting = TaskView(TaskId("later"), "later", TaskState.WAITING, "", (), None, None, None)
    return RunView(summary, {}, RunOptions(), "/", None, None, (task, waiting), "")


def of_step(artifact: StepArtifact) -> Metrics:
    """What is read of an artifact that a step has filled by the SDK's own methods."""
    return metrics.of(run(artifact.schema_title, artifact.metadata))


def the_one(found: Metrics) -> Classification:
    (one,) = found.classifications
    return one


# ---------------------------------------------------------------- as the SDK writes it


def test_scalars_are_what_a_step_logged() -> None:
    """Numbers, texts and truth values, in the order in which they were logged."""
    given = StepMetrics()
    given.log_metric("loss", 0.25)
    given.log_metric("accuracy", 1)
    given.metadata |= {"model": "tree", "converged": True}
    assert of_step(given) == Metrics(
        [Scalar(HERE, "loss", 0.25), Scalar(HERE, "accuracy", 1), Scalar(HERE, "model", "tree"), Scalar(HERE, "converged", True)], []
    )


def test_a_roc_curve_and_a_confusion_matrix_of_one_artifact() -> None:
    """Both are one classification; a threshold above all scores is none."""
    given = ClassificationMetrics()
    given.log_roc_curve([0.0, 0.5, 1.0], [0.0, 0.9, 1.0], [float("inf"), 0.5, 0.0])
    given.log_confusion_matrix(["cat", "dog"], [[9, 1], [2, 8]])
    assert the_one(of_step(given)) == Classification(
        HERE, "", [Point(None, 0.0, 0.0), Point(0.5, 0.5, 0.9), Point(0.0, 1.0, 1.0)], ["cat", "dog"], [[9.0, 1.0], [2.0, 8.0]]
    )


def test_each_slice_is_a_classification_of_its_own() -> None:
    """Named after the slice."""
    given = SlicedClassificationMetrics()
    given.log_roc_reading("young", 0.5, 0.9, 0.1)
    given.load_confusion_matrix("old", ["a", "b"], [[1, 0], [0, 1]])
    found = of_step(given).classifications
    assert [(one.title, list(one.roc), list(one.labels)) for one in found] == [("young", [Point(0.5, 0.1, 0.9)], []), ("old", [], ["a", "b"])]


def test_the_wrapping_of_the_metadata_store_is_taken_off() -> None:
    """KFP's store wraps lists and objects."""
    found = metrics.of(
        run(
            "system.ClassificationMetrics",
            {
                "confidenceMetrics": {"list": [{"confidenceThreshold": 0.5, "recall": 1, "falsePositiveRate": 0}]},
                "confusionMatrix": {"struct": {"annotationSpecs": [{"displayName": "a"}], "rows": [[3]]}},
            },
        )
    )
    assert (the_one(found).roc, the_one(found).labels, the_one(found).matrix) == ([Point(0.5, 0.0, 1.0)], ["a"], [[3.0]])


# ---------------------------------------------------------------- as it may be too


@pytest.mark.parametrize(
    "metadata",
    [
        {},
        {"confidenceMetrics": "none", "confusionMatrix": 3},
        {"confidenceMetrics": [None, 1, "x", [], {}, {"confidenceThreshold": 0.5}], "confusionMatrix": {"rows": None}},
        {"confidenceMetrics": [{"confidenceThreshold": "a", "recall": 1, "falsePositiveRate": 0}]},
        {"confidenceMetrics": [{"confidenceThreshold": True, "recall": True, "falsePositiveRate": False}]},
        {"confidenceMetrics": [{"confidenceThreshold": 0.1, "recall": float("nan"), "falsePositiveRate": 0}]},
        {"confidenceMetrics": [{"confidenceThreshold": 10**400, "recall": 1, "falsePositiveRate": 0}]},
        {"confusionMatrix": {"annotationSpecs": [{"displayName": "a"}, {"displayName": "b"}], "rows": [{"row": [1, 2]}]}},
        {"confusionMatrix": {"annotationSpecs": [{"displayName": "a"}], "rows": [{"row": [1, 2]}]}},
        {"confusionMatrix": {"annotationSpecs": [{"displayName": "a"}], "rows": [{"row": ["x"]}]}},
        {"confusionMatrix": {"annotationSpecs": [{"displayName": "a"}], "rows": [{"row": [float("inf")]}]}},
        {"confusionMatrix": {"annotationSpecs": "ab", "rows": [{}, 7]}},
        {"evaluationSlices": [{"slice": "x"}, 3, {"sliceClassificationMetrics": []}]},
    ],
)
@pytest.mark.parametrize("kind", ["system.ClassificationMetrics", "system.SlicedClassificationMetrics"])
def test_what_is_no_metric_is_passed_over(kind: str, metadata: Mapping[str, Any]) -> None:
    """Nothing of it is shown, and nothing breaks."""
    assert metrics.of(run(kind, metadata)) == Metrics([], [])


def test_lists_and_objects_are_told_as_json() -> None:
    """Nothing that a step logged is left out but null; other artifacts have no metrics."""
    expected = [Scalar(HERE, "a", "[1]"), Scalar(HERE, "b", '{"c":1}'), Scalar(HERE, "e", 1)]
    assert metrics.of(run("system.Metrics", {"a": [1], "b": {"c": 1}, "d": None, "e": 1})).scalars == expected
    assert metrics.of(run("system.Model", {"accuracy": 1})) == Metrics([], [])


def test_a_curve_of_very_many_points_is_thinned() -> None:
    """A thousand points draw the same curve; its ends stay."""
    points = [{"confidenceThreshold": 1 - at / 99_999, "falsePositiveRate": at / 99_999, "recall": 1} for at in range(100_000)]
    roc = the_one(metrics.of(run("system.ClassificationMetrics", {"confidenceMetrics": points}))).roc
    assert len(roc) == 1000
    assert (roc[0].fpr, roc[-1].fpr) == (0.0, 1.0)
    assert [one.fpr for one in roc] == sorted({one.fpr for one in roc})


def test_a_matrix_too_large_to_be_looked_at_is_left_out() -> None:
    """Two hundred classes are shown, more are not."""
    for count, shown in ((200, 200), (201, 0)):
        matrix = {"annotationSpecs": [{"displayName": str(at)} for at in range(count)], "rows": [{"row": [0] * count} for _ in range(count)]}
        found = metrics.of(run("system.ClassificationMetrics", {"confusionMatrix": matrix})).classifications
        assert sum(len(one.labels) for one in found) == shown
