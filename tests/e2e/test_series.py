"""Metrics with a step as a user meets them: real runs, read while they run, tried again, reused and deleted."""

from __future__ import annotations

import csv
import json
import time
from pathlib import Path
from typing import Any

import pytest

from tests.home import Home

#: A step that logs, says so by a file, and goes on when another file is there.
_FILE = """
from bakehouse import dsl


@dsl.component
def train(folder: str, metrics: dsl.Output[dsl.Metrics]):
    import os
    import time

    for step in range(3):
        metrics.log_metric("loss", 1 / (step + 1), step=step)
    metrics.log_metric("loss", float("nan"), step=3)
    open(os.path.join(folder, "logged"), "w").close()
    while not os.path.exists(os.path.join(folder, "gate")):
        time.sleep(0.01)
    metrics.log_metric("loss", 0.125, step=4)
    metrics.log_metric("accuracy", 0.5)


@dsl.component
def resume(metrics: dsl.Output[dsl.Metrics]):
    import os

    checkpoint = os.path.join(os.environ["BAKEHOUSE_CHECKPOINT"], "epoch")
    begin = int(open(checkpoint).read()) if os.path.exists(checkpoint) else 0
    for epoch in range(begin, 10):
        metrics.log_metric("attempt", int(os.environ["BAKEHOUSE_ATTEMPT"]), step=epoch)
        if epoch == 4 and not begin:
            raise RuntimeError("the machine is gone")
        if epoch == 2:
            with open(checkpoint, "w") as file:
                file.write("3")


@dsl.pipeline
def training(folder: str):
    train(folder=folder)


@dsl.pipeline
def resuming():
    resume().set_retry(1, backoff_duration="0s")
"""
_PATIENCE = 60  # seconds


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


@pytest.fixture
def file(home: Home) -> Path:
    return home.write(_FILE)


def said(home: Home, *arguments: str) -> Any:  # the document
    """What `runs metrics` says as JSON."""
    done = home.call("runs", "metrics", *arguments, "--output", "json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def values(series: Any) -> list[Any]:
    """The values of a series."""
    return [point["value"] for point in series["points"]]


def test_a_series_is_read_while_its_step_runs(home: Home, file: Path) -> None:
    """Then whole, as a table, JSON and CSV; the same of a run that reuses the step; all is gone with the run that made it."""
    running = home.start("run", str(file), "--pipeline", "training", "-p", f"folder={home.folder}")
    deadline = time.monotonic() + _PATIENCE
    while not (home.folder / "logged").exists():
        assert time.monotonic() < deadline, (home.folder / "words").read_text()
        time.sleep(0.05)
    (loss,) = said(home, "latest")["series"]
    assert (loss["task"], loss["output"], loss["metric"], values(loss)) == ("train", "metrics", "loss", [1.0, 0.5, 1 / 3, "NaN"])
    assert "train  loss  █▃▁×  nan at step 3, 0.3333 to 1, 4 points, 1 not finite" in home.call("runs", "show", "latest").stdout
    (home.folder / "gate").touch()
    assert running.wait(_PATIENCE) == 0
    assert "0.125 at step 4, 0.125 to 1, 5 points, 1 not finite" in (home.folder / "words").read_text()
    first = home.runs()[0]["run_id"]
    assert values(said(home, first, "train", "--metric", "loss")["series"][0])[-1] == 0.125
    table = home.call("runs", "metrics", first).stdout.splitlines()
    assert [line.split()[:3] for line in table[1:]] == [["train", "metrics", "accuracy"], ["train", "metrics", "loss"]]
    rows = list(csv.reader(home.call("runs", "metrics", first, "--output", "csv").stdout.splitlines()))
    assert [row[:6] for row in rows[:3]] == [
        ["task", "output", "metric", "attempt", "step", "value"],
        ["train", "metrics", "accuracy", "", "", "0.5"],
        ["train", "metrics", "loss", "1", "0", "1.0"],
    ]
    assert rows[5][5] == "NaN"

    file_of_points = home.path / "runs" / first / "train" / "1" / "series"
    kept = file_of_points.read_bytes()
    assert home.call("replay", first, "train").returncode == 0
    assert file_of_points.read_bytes() == kept

    again = home.run(file, "--pipeline", "training", "-p", f"folder={home.folder}")["run_id"]
    reused = home.call("runs", "metrics", again, "--output", "json")
    (loss,) = json.loads(reused.stdout)["series"]
    assert (loss["cached_from"], loss["count"]) == (first, 5)
    assert f"note: train: its result was reused from train of run {first[:8]}" in reused.stderr
    assert home.call("runs", "delete", first).returncode == 0
    after = home.call("runs", "metrics", again, "--output", "json")
    assert json.loads(after.stdout)["series"] == []
    assert {"task": "train", "output": "metrics", "metric": "loss", "value": 0.125} in json.loads(after.stdout)["metrics"]


def test_a_step_that_resumes_has_one_series(home: Home, file: Path) -> None:
    """It goes on from its checkpoint; each attempt can be seen alone."""
    run = home.run(file, "--pipeline", "resuming")
    assert run["state"] == "SUCCEEDED"
    (series,) = said(home, run["run_id"])["series"]
    assert [(point["step"], point["value"], point["attempt"]) for point in series["points"]] == [
        *((step, 1, 1) for step in range(3)),
        *((step, 2, 2) for step in range(3, 10)),
    ]
    (alone,) = said(home, run["run_id"], "resume", "--attempt", "1")["series"]
    assert [point["step"] for point in alone["points"]] == list(range(5))
    wrong = home.call("runs", "metrics", run["run_id"], "resume", "--attempt", "3")
    assert (wrong.returncode, "Its attempts are: 1, 2." in wrong.stderr) == (2, True)
    assert home.call("runs", "metrics", run["run_id"], "--attempt", "1").returncode == 2
