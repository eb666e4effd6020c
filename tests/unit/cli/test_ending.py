"""What is said when a run is over."""

from __future__ import annotations

from bakehouse.app.display.texts import Line
from bakehouse.cli.display import attempts, ending, page
from bakehouse.ir.execution import Outputs, StepError
from bakehouse.orchestrator.states import RunState
from tests.unit.app import samples

_ERROR = StepError("could not convert 'x'", "ValueError", "/p/pipeline.py", 42, "train", '    y = float(row["x"])')


def _text(lines: list[Line]) -> str:
    return "\n".join(line.text for line in lines)


def test_metrics_stand_in_one_table() -> None:
    """One row a step, one column a number; curves are counted, not printed."""
    scores = Outputs(artifacts={"metrics": (samples.artifact("Metrics", "/m", accuracy=0.97222, f1=1),)})
    curve = samples.artifact("ClassificationMetrics", "/c", confusionMatrix={"rows": [{}, {}]}, confidenceMetrics=[{}, {}, {}])
    text = _text(ending.ending(samples.run(samples.task("a", outputs=scores), samples.task("b", outputs=Outputs(artifacts={"c": (curve,)}))), {}))
    assert "     accuracy  f1\n  a    0.9722   1\n" in text
    assert "b: classificationmetrics (confusion matrix of 2 categories, ROC curve of 3 points)" in text


def test_outputs_and_the_model_are_named_with_their_paths() -> None:
    """What the pipeline gives, and where the model lies."""
    model = samples.artifact("Model", "/models/best")
    view = samples.run(
        samples.task("choose", outputs=Outputs(artifacts={"best": (model,)})), outputs=Outputs({"accuracy": 0.98}, {"model": (model,)})
    )
    text = _text(ending.ending(view, {}))
    assert "Outputs\n  accuracy  0.98\n  model     /models/best" in text
    assert "Artifacts\n  choose  Model  /models/best" in text


def test_a_success_says_how_long_and_how_much_was_reused() -> None:
    """And what to do next."""
    text = _text(ending.ending(samples.run(samples.task("a"), samples.reused("b")), {}))
    assert "digits 2026-11-24 10-20-30 succeeded in 12 s · 2 steps, 1 reused" in text
    assert "bakehouse runs show 1a2b3c4d" in text
    assert "bakehouse runs logs 1a2b3c4d a" in text


def test_what_a_step_never_wrote_is_a_warning() -> None:
    """At the end of a run and wherever the step is shown; many are counted, and nothing in them is obeyed by a terminal."""
    unwritten = {f"o{number:02}": "was never written\x1b[31m" for number in range(12)}
    view = samples.run(samples.task("train", outputs=Outputs(unwritten=unwritten)))
    lines = [rf"  train: o{number:02} was never written\x1b[31m" for number in range(10)]
    said = "\n".join(["Warnings", *lines, "  … 2 more: bakehouse runs show 1a2b3c4d --task STEP"])
    assert said in _text(ending.ending(view, {}))
    assert said in _text(list(page.page(view, {}, 30.0)))
    assert r"  warning: o11 was never written\x1b[31m" in [line.text for line in attempts.step_page(view.tasks[0], (), 30.0)]


def test_a_failure_shows_the_authors_line_and_the_log() -> None:
    """FILE:LINE, the source, the exception, the end of the log, the command for the rest."""
    view = samples.run(samples.task("train", error=_ERROR), state=RunState.FAILED, error=_ERROR)
    text = _text(ending.ending(view, {"train": ["about to fail", "failing"]}))
    assert text.startswith("\ntrain failed: ValueError: could not convert 'x'\n  /p/pipeline.py:42 in train\n    y = float(row[\"x\"])\n")
    assert "  its log ends with (bakehouse runs logs 1a2b3c4d train shows all of it):\n  | about to fail\n  | failing\n" in text


def test_a_failure_of_the_run_itself_is_not_lost() -> None:
    """No step has failed, but the run has."""
    text = _text(ending.ending(samples.run(samples.task("a"), state=RunState.FAILED, error=StepError("an output is missing")), {}))
    assert "an output is missing" in text


def test_many_failures_are_counted() -> None:
    """Three are shown, the others named by number."""
    text = _text(ending.ending(samples.run(*[samples.task(f"t{n}", error=_ERROR) for n in range(5)], state=RunState.FAILED), {}))
    assert "t2 failed" in text
    assert "t3 failed" not in text
    assert "2 more steps failed" in text


def test_the_page_of_a_run_tells_everything() -> None:
    """Attempts with code, CPU and memory; inputs and outputs with values and paths."""
    view = samples.run(samples.task("a", outputs=Outputs({"Output": [1, 2]}, {"m": (samples.artifact("Model", "/m"),)})), samples.reused("b"))
    text = _text(list(page.page(view, {}, 7200.0)))
    assert samples.RUN in text
    assert "seed  7" in text
    assert "attempt 1          succeeded, exit code 0, 500 ms, CPU 400 ms, peak memory 81.2 MB" in text
    assert "output     Output  [1, 2]" in text
    assert "b: reused from run feedbeef, 2 h old" in text
