"""Artifact classes: where bytes lie for a URI, and what metrics keep in the metadata. Paths and metadata are those of kfp 2.17.0."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from bakehouse.task import artifacts, metrics
from tests.unit.task.attempts import Attempt


@pytest.fixture(autouse=True)
def _outside_of_a_step() -> Iterator[None]:
    """No test leaves places behind."""
    yield
    artifacts.located({}, None)


@pytest.mark.parametrize(
    ("uri", "path", "model_path"),
    [
        ("gs://b/x", "/gcs/b/x", "/gcs/b/x"),
        ("s3://q", "/s3/q", "/s3/q"),
        ("minio://x/y", "/minio/x/y", "/minio/x/y"),
        ("oci://reg/a/b:tag", "/oci/reg_a_b:tag", "/oci/reg_a_b:tag/models"),
        ("http://a/b", "http://a/b", "http://a/b"),
        ("/tmp/k", "/tmp/k", "/tmp/k"),
        ("file:///tmp/k", "/tmp/k", "/tmp/k"),
        ("", "", ""),
    ],
)
def test_paths_of_uris(uri: str, path: str, model_path: str) -> None:
    """Each scheme has its mount; a local path is itself."""
    assert artifacts.Artifact(uri=uri).path == path
    assert artifacts.Model(uri=uri).path == model_path


@pytest.mark.parametrize(
    ("path", "uri"),
    [("/gcs/b/x", "gs://b/x"), ("/s3/b", "s3://b"), ("/minio/b", "minio://b"), ("/oci/r_a/models", "oci://r/a"), ("/tmp/z", "/tmp/z")],
)
def test_assigning_a_path_sets_the_uri(path: str, uri: str) -> None:
    """The mounts work in both directions."""
    one = artifacts.Artifact(uri="gs://else/where")
    one.path = path
    assert (one.uri, one.custom_path) == (uri, "")


def test_custom_paths_win() -> None:
    """`custom_path` and `set_path` choose where the bytes are collected; the URI stays."""
    one = artifacts.Dataset(name="n", uri="gs://b/x")
    one.custom_path = "/data"
    assert (one.path, one.uri) == ("/data", "gs://b/x")
    one.set_path("/other")
    assert one.custom_path == "/other"


def test_artifacts_in_the_workspace() -> None:
    """Those marked so lie in the run's workspace."""
    one = artifacts.Dataset(uri="minio://b/k", metadata={"_kfp_workspace": True})
    assert one.path == "/kfp-workspace/.artifacts/minio/b/k"


def test_the_launch_document_says_where_they_lie() -> None:
    """Before every other rule, also for what lies below such a URI."""
    artifacts.located({"gs://b/x": "/here", "gs://b/x/deep": "/there/"}, "/made/")
    assert artifacts.Artifact(uri="gs://b/x").path == "/here"
    assert artifacts.Artifact(uri="gs://b/x/y/z").path == "/here/y/z"
    assert artifacts.Artifact(uri="gs://b/x/deep/z").path == "/there/z"
    assert artifacts.Artifact(uri="gs://b/xy").path == "/gcs/b/xy"
    assert artifacts.get_uri("rows") == "/made/rows"
    assert artifacts.get_uri() == "/made/Output"


def test_get_uri_outside_of_a_step() -> None:
    """It says that it belongs inside."""
    with pytest.raises(RuntimeError, match="inside a component only"):
        artifacts.get_uri()


def test_attributes_and_defaults() -> None:
    """Nothing given is nothing said; each artifact has metadata of its own."""
    one, other = artifacts.Model(), artifacts.Model()
    one.framework = "sklearn"
    assert (one.name, one.uri, one.metadata, one.framework) == ("", "", {"framework": "sklearn"}, "sklearn")
    assert (other.metadata, other.framework) == ({}, "")
    assert repr(one) == "Model(name='', uri='', metadata={'framework': 'sklearn'})"


@pytest.mark.parametrize("name", ["Artifact", "Dataset", "Model", "Metrics", "HTML", "Markdown"])
def test_schemas(name: str) -> None:
    """The titles are KFP's."""
    made = getattr(artifacts, name)
    assert (made.schema_title, made.schema_version) == (f"system.{name}", "0.0.1")


def test_classification_metrics() -> None:
    """The metadata is what KFP's UI reads."""
    one = metrics.ClassificationMetrics()
    one.log_roc_curve([0, 0.1], [0.2, 0.3], [0.9, 0.8])
    one.log_roc_data_point(fpr=1, tpr=1, threshold=0)
    one.log_confusion_matrix(["a", "b"], [[1, 2], [3, 4]])
    one.log_confusion_matrix_cell("a", "b", 9)
    one.log_confusion_matrix_row("b", [5, 6])
    assert one.metadata == {
        "confidenceMetrics": [
            {"confidenceThreshold": 0.9, "recall": 0.2, "falsePositiveRate": 0},
            {"confidenceThreshold": 0.8, "recall": 0.3, "falsePositiveRate": 0.1},
            {"confidenceThreshold": 0, "recall": 1, "falsePositiveRate": 1},
        ],
        "confusionMatrix": {"annotationSpecs": [{"displayName": "a"}, {"displayName": "b"}], "rows": [{"row": [1, 9]}, {"row": [5, 6]}]},
    }


@pytest.mark.parametrize(
    ("method", "arguments", "said"),
    [
        ("log_roc_curve", ([0], [1, 2], [3]), "1, 2 and 1 values"),
        ("log_confusion_matrix", (["a"], [[1], [2]]), "has 1 rows, but 2 were given"),
        ("log_confusion_matrix_row", ("z", [1, 2]), "'z' is not a category"),
        ("log_confusion_matrix_row", ("a", [1]), "has 2 values, one for each category, but 1 were given"),
        ("log_confusion_matrix_cell", ("a", "z", 1), "'z' is not a category"),
    ],
)
def test_metrics_that_do_not_fit(method: str, arguments: tuple[Any, ...], said: str) -> None:
    """Lengths and categories are checked."""
    one = metrics.ClassificationMetrics()
    one.set_confusion_matrix_categories(["a", "b"])
    with pytest.raises(ValueError, match=said):
        getattr(one, method)(*arguments)


def test_a_matrix_without_categories() -> None:
    """It says what to call first."""
    with pytest.raises(ValueError, match="set_confusion_matrix_categories"):
        metrics.ClassificationMetrics().log_confusion_matrix_row("a", [1])


def test_sliced_classification_metrics() -> None:
    """Each slice has metrics of its own, and an artifact made again of its metadata goes on with them."""
    one = metrics.SlicedClassificationMetrics()
    one.load_roc_readings("young", [[0.9, 0.2, 0.1]])
    one.log_roc_reading("young", threshold=0.5, tpr=0.6, fpr=0.3)
    one.load_confusion_matrix("old", ["a", "b"], [[1, 2], [3, 4]])
    again = metrics.SlicedClassificationMetrics(metadata=one.metadata)
    again.log_confusion_matrix_cell("old", "a", "a", 7)
    again.log_confusion_matrix_row("old", "b", [0, 0])
    again.set_confusion_matrix_categories("young", ["x"])
    young, old = one.metadata["evaluationSlices"]
    assert young["slice"] == "young"
    assert young["sliceClassificationMetrics"]["confidenceMetrics"] == [
        {"confidenceThreshold": 0.9, "recall": 0.2, "falsePositiveRate": 0.1},
        {"confidenceThreshold": 0.5, "recall": 0.6, "falsePositiveRate": 0.3},
    ]
    assert young["sliceClassificationMetrics"]["confusionMatrix"]["rows"] == [{"row": [0]}]
    assert old["sliceClassificationMetrics"]["confusionMatrix"]["rows"] == [{"row": [7, 2]}, {"row": [0, 0]}]


def test_slices_are_logged_in_a_step(attempt: Attempt) -> None:
    """Where kfp's own class stops with an AttributeError."""
    attempt.body = """
        def step(scores: Output[SlicedClassificationMetrics]):
            scores.set_confusion_matrix_categories("old", ["a", "b"])
            scores.log_confusion_matrix_row("old", "a", [1, 2])
            scores.log_roc_reading("young", 0.5, 0.6, 0.3)
        """
    attempt.outputs = {"scores": {"type": {"schemaTitle": "system.SlicedClassificationMetrics", "schemaVersion": "0.0.1"}}}
    attempt.run()
    assert attempt.exit["code"] == 0, attempt.log
    (scores,) = attempt.output["artifacts"]["scores"]["artifacts"]
    assert [each["slice"] for each in scores["metadata"]["evaluationSlices"]] == ["old", "young"]
