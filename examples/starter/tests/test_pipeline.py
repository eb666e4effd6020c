"""The steps as plain functions, each on files of its own, and the pipeline as it is compiled. Nothing is run by an engine here."""

import json

import pipeline
import pytest
import readings

from bakehouse import compiler, dsl


@pytest.fixture
def table(tmp_path):
    """Three days on a straight line."""
    path = tmp_path / "readings.csv"
    path.write_text("0,10\n1,12\n2,14\n")
    return dsl.Dataset(uri=str(path))


def test_readings_are_made(tmp_path):
    """As many as days, and the same for the same seed."""
    made = [dsl.Dataset(uri=str(tmp_path / name)) for name in ("one", "two")]
    for one in made:
        assert pipeline.make_readings.python_func(days=5, seed=3, readings=one) == 5
    first, second = [readings.rows_of(one.path) for one in made]
    assert first == second
    assert len(first) == 5


def test_a_line_is_fitted(table, tmp_path):
    """The slope is given back, and the line is kept."""
    line = dsl.Model(uri=str(tmp_path / "line.json"))
    assert pipeline.fit_line.python_func(readings=table, line=line) == pytest.approx(2)
    assert readings.line_at(line.path, day=10) == pytest.approx(30)


def test_the_error_is_measured(table, tmp_path):
    """A line that lies one degree too low is one degree off."""
    line = dsl.Model(uri=str(tmp_path / "line.json"))
    with open(line.path, "w") as file:
        json.dump({"slope": 2, "start": 9}, file)
    metrics = dsl.Metrics(uri=str(tmp_path / "metrics"))
    assert pipeline.measure_error.python_func(readings=table, line=line, metrics=metrics) == pytest.approx(1)
    assert metrics.metadata == {"mean_error": pytest.approx(1), "readings": 3}


def test_the_pipeline_compiles(tmp_path):
    """All mistakes in it are told here, each with its line; the file is what Kubeflow Pipelines takes."""
    compiler.Compiler().compile(pipeline.trend, str(tmp_path / "trend.yaml"))
    assert set(pipeline.trend.pipeline_spec.root.dag.tasks) == {"make-readings", "fit-line", "measure-error", "tell"}
