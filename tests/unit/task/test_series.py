"""Metrics with a step: a line for each point in the file beside the log, whoever logs it, and nothing that fails the step for it."""

from __future__ import annotations

import json
import math
import os
import time
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from bakehouse.task import artifacts, series
from tests.unit.task.attempts import PYTHONS, RUNTIME, Attempt

METRICS = {"m": {"type": {"schemaTitle": "system.Metrics", "schemaVersion": "0.0.1"}, "metadata": {}}}
PARAMETER = "def step(m: Output[Metrics]):\n"


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file of a step that is this process."""
    path = tmp_path / "series"
    monkeypatch.setenv(series.VARIABLE, str(path))
    for name in ("cut", "trouble", "torn"):
        monkeypatch.setattr(series._Told, name, False)
    return path


@pytest.fixture
def logging(attempt: Attempt) -> Attempt:
    """An attempt with an output `m` for metrics, whose points are kept."""
    attempt.outputs = METRICS
    attempt.environment = {series.VARIABLE: str(attempt.folder / "series")}
    return attempt


def points(path: Path) -> list[Any]:
    """The lines of the file, without the times."""
    return [line[:4] for line in map(json.loads, path.read_text().splitlines())]


# ---------------------------------------------------------------- what is kept


@pytest.mark.parametrize("python", PYTHONS)
def test_a_step_logs_points_and_keeps_the_last_value(logging: Attempt, python: str) -> None:
    """The file has all of them, with the time of each; the metadata has what was logged last."""
    logging.python = python
    logging.body = PARAMETER + "    for step in range(3):\n        m.log_metric('loss', 1 / (step + 1), step=step)\n    m.log_metric('n', 3)\n"
    begun = time.time()
    assert logging.run().values == {}
    assert points(logging.folder / "series") == [["m", "loss", 0, 1.0], ["m", "loss", 1, 0.5], ["m", "loss", 2, 1 / 3]]
    assert all(begun - 1 < json.loads(line)[4] < time.time() + 1 for line in (logging.folder / "series").read_text().splitlines())
    assert logging.output["artifacts"]["m"]["artifacts"][0]["metadata"] == {"loss": 1 / 3, "n": 3}


def test_a_metric_without_a_step_is_no_point(kept: Path) -> None:
    """It is the one value that it always was, and may be anything that metadata can hold."""
    metrics = artifacts.Metrics(name="m")
    metrics.log_metric("name", "resnet")  # type: ignore[arg-type]  # nothing checks it, as in kfp
    assert metrics.metadata == {"name": "resnet"}
    assert not kept.exists()


def test_the_artifact_that_a_function_returns(logging: Attempt) -> None:
    """It goes by its name, and without one by that of the one return value."""
    logging.outputs = {"Output": METRICS["m"]}
    logging.body = """
        def step() -> Metrics:
            made = Metrics(uri=dsl.get_uri())
            made.log_metric("loss", 1, step=1)
            Metrics(name="other").log_metric("loss", 2, 1)
            return made
        """
    logging.run()
    assert points(logging.folder / "series") == [["Output", "loss", 1, 1], ["other", "loss", 1, 2]]
    assert logging.output["artifacts"]["Output"]["artifacts"][0]["metadata"] == {"loss": 1}


def test_nan_and_infinities_are_values(kept: Path) -> None:
    """A loss that explodes is what one looks at a curve for."""
    for step, value in enumerate((math.nan, math.inf, -math.inf)):
        artifacts.Metrics(name="m").log_metric("loss", value, step)
    assert kept.read_text().count("NaN") == 1
    assert [value for _, _, _, value in points(kept)[1:]] == [math.inf, -math.inf]


class _Tensor:
    """A number of another library: not Python's own, but it can be made one."""

    def __float__(self) -> float:
        return 0.25

    def __index__(self) -> int:
        return 7


def test_numbers_of_other_libraries_become_pythons_own(kept: Path) -> None:
    """In the points and in the metadata: a tensor with one value is a number."""
    metrics = artifacts.Metrics(name="m")
    metrics.log_metric("loss", _Tensor(), step=_Tensor())  # type: ignore[arg-type]  # that is what it is about
    metrics.log_metric("price", Decimal("1.5"), step=8)  # type: ignore[arg-type]
    assert points(kept) == [["m", "loss", 7, 0.25], ["m", "price", 8, 1.5]]
    assert metrics.metadata == {"loss": 0.25, "price": 1.5}


def test_outside_of_a_step_only_the_last_value_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A function can be called in a test as it is; what is wrong is wrong there too."""
    monkeypatch.delenv(series.VARIABLE, raising=False)
    monkeypatch.chdir(tmp_path)
    metrics = artifacts.Metrics(name="m")
    for step in range(3):
        metrics.log_metric("loss", step / 2, step=step)
    assert metrics.metadata == {"loss": 1.0}
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(TypeError, match="whole number"):
        metrics.log_metric("loss", 1, step="two")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("metric", "value", "step", "error", "words"),
    [
        ("loss", 1.0, 2.5, TypeError, r"log_metric\('loss', …\): a step is a whole number, such as that of an epoch, not float 2.5"),
        ("loss", 1.0, True, TypeError, "not bool True"),
        ("loss", 1.0, "3", TypeError, "not str '3'"),
        ("loss", 1.0, 1 << 53, ValueError, "9007199254740992 does not"),
        ("loss", "0.5", 1, TypeError, "a value with a step is one number, not str '0.5'"),
        ("loss", None, 1, TypeError, "not NoneType None"),
        ("loss", False, 1, TypeError, "not bool False"),
        ("loss", [1.0], 1, TypeError, r"not list \[1.0\]"),
        ("loss", 10**400, 1, ValueError, "too large for a float"),
        (3, 1.0, 1, TypeError, "a name is a text, not int 3"),
        ("x" * 251, 1.0, 1, ValueError, "at most 250 characters, not 251"),
    ],
)
def test_what_is_no_point_is_refused(kept: Path, metric: Any, value: Any, step: Any, error: type[Exception], words: str) -> None:  # noqa: PLR0913, PLR0917
    """In words of the one who wrote the step; nothing is recorded."""
    metrics = artifacts.Metrics(name="m")
    with pytest.raises(error, match=words):
        metrics.log_metric(metric, value, step=step)
    assert metrics.metadata == {}
    assert not kept.exists()


# ---------------------------------------------------------------- who writes


@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_eight_processes_log_at_once(logging: Attempt, method: str) -> None:
    """No line is lost, torn or mixed with another, however the processes were started."""
    logging.body = f"""
        def work(m, worker):
            for step in range(500):
                m.log_metric("loss of worker %d" % worker, step / 7, step=step)

        def step(m: Output[Metrics]):
            import multiprocessing

            context = multiprocessing.get_context({method!r})
            processes = [context.Process(target=work, args=(m, worker)) for worker in range(8)]
            for each in processes:
                each.start()
            for each in processes:
                each.join()
            assert [each.exitcode for each in processes] == [0] * 8
        """
    logging.run()
    assert logging.exit["code"] == 0, logging.log
    found = points(logging.folder / "series")
    for worker in range(8):
        assert [line[2:] for line in found if line[1] == f"loss of worker {worker}"] == [[step, step / 7] for step in range(500)]
    assert len(found) == 4000


def test_a_program_that_the_step_starts_logs_too(logging: Attempt) -> None:
    """One that has Bakehouse: the variable that names the file is in its environment, whatever its own name for the artifact is."""
    logging.environment = {**logging.environment, "PYTHONPATH": str(RUNTIME.parents[2])}
    logging.body = PARAMETER + (
        "    import subprocess, sys\n"
        "    code = \"from bakehouse.task.artifacts import Metrics; Metrics(name='m').log_metric('loss', 2, step=2)\"\n"
        "    subprocess.run([sys.executable, '-c', code], check=True)\n    m.log_metric('loss', 3, step=3)\n"
    )
    logging.run()
    assert logging.exit["code"] == 0, logging.log
    assert points(logging.folder / "series") == [["m", "loss", 2, 2], ["m", "loss", 3, 3]]


def test_a_step_may_close_every_descriptor(logging: Attempt) -> None:
    """What it opens then is its own: no point ever lands in it."""
    logging.body = PARAMETER + (
        "    import os\n    m.log_metric('loss', 1, 1)\n    os.closerange(3, 100)\n"
        "    with open('mine', 'w') as file:\n        m.log_metric('loss', 2, 2)\n    assert open('mine').read() == ''\n"
    )
    logging.run()
    assert logging.exit["code"] == 0, logging.log
    assert points(logging.folder / "series") == [["m", "loss", 1, 1], ["m", "loss", 2, 2]]


# ---------------------------------------------------------------- limits


def test_a_file_that_is_full_is_cut_and_says_so(kept: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
    """The mark stands once, the log has a line about it, and the last value is known all the same."""
    monkeypatch.setattr(series, "LIMIT", 200)
    metrics = artifacts.Metrics(name="m")
    for step in range(100):
        metrics.log_metric("loss", step, step=step)
    lines = kept.read_text().splitlines()
    assert lines[-1] == '{"cut": true}'
    assert [json.loads(line)[2] for line in lines[:-1]] == list(range(len(lines) - 1))
    assert 200 <= kept.stat().st_size < 300
    assert metrics.metadata == {"loss": 99}
    assert capfd.readouterr().err.count("points of metrics are kept, and no more") == 1


@pytest.mark.skipif(not os.access("/dev/full", os.W_OK), reason="there is no device that is always full")
def test_a_full_disk_does_not_fail_the_step(logging: Attempt) -> None:
    """It is said once in the log; the metadata has the last value."""
    (logging.folder).mkdir(parents=True)
    (logging.folder / "series").symlink_to("/dev/full")
    logging.body = PARAMETER + "    for step in range(1000):\n        m.log_metric('loss', step, step=step)\n"
    logging.run()
    assert logging.exit["code"] == 0
    assert logging.log == f"bakehouse: points of metrics cannot be kept: No space left on device: {logging.folder / 'series'}\n"
    assert logging.output["artifacts"]["m"]["artifacts"][0]["metadata"] == {"loss": 999}


def test_half_a_line_does_not_spoil_the_next(kept: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A disk may take half of one, and have room again later."""
    metrics, write = artifacts.Metrics(name="m"), os.write
    metrics.log_metric("loss", 1, 1)
    with monkeypatch.context() as full:
        full.setattr(os, "write", lambda descriptor, data: write(descriptor, data[:10]))
        metrics.log_metric("loss", 2, 2)
    metrics.log_metric("loss", 3, 3)
    first, half, last = kept.read_text().splitlines()
    assert (json.loads(first)[2], half, json.loads(last)[2]) == (1, '["m", "los', 3)


def test_a_step_that_deletes_its_folder_goes_on(kept: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """Points are not worth a failure."""
    kept.parent.rmdir()
    artifacts.Metrics(name="m").log_metric("loss", 1, 1)
    assert "points of metrics cannot be kept: No such file or directory" in capfd.readouterr().err


def test_the_runtime_loads_nothing_for_it_before_it_is_used(attempt: Attempt) -> None:
    """A step that logs no series pays nothing."""
    attempt.body = "def step() -> list:\n    import sys\n    return sorted(name for name in sys.modules if name.endswith('.series'))\n"
    assert attempt.run().values == {"Output": []}
