"""The table of runs where there is no pandas."""

from __future__ import annotations

import importlib.util
from dataclasses import replace
from datetime import datetime, timezone
from pathlib import Path

import pytest

from bakehouse.ir.execution import Outputs
from bakehouse.local import listing
from bakehouse.orchestrator.states import RunState
from tests.unit.app import samples

_METRICS = Outputs(artifacts={"metrics": (samples.artifact("Metrics", "/m", loss=0.5),)})


def test_a_run_is_a_row() -> None:
    """What was asked for and what came of it, each under its name."""
    row = listing._record(samples.run(samples.task("train", outputs=_METRICS)), now=99.0)
    assert row == {
        "id": samples.RUN,
        "name": "digits 2026-11-24 10-20-30",
        "pipeline": "digits",
        "experiment": "Default",
        "state": "SUCCEEDED",
        "created": datetime.fromtimestamp(9.0, timezone.utc),
        "duration": 12.0,
        "parameters.seed": 7,
        "metrics.loss": 0.5,
    }


def test_a_run_that_goes_on_has_lasted_so_far() -> None:
    """By the time that it is asked."""
    view = samples.run(samples.task("train"), state=RunState.RUNNING)
    going = replace(view, summary=replace(view.summary, started_at=10.0, finished_at=None))
    assert listing._record(going, now=14.5)["duration"] == 4.5


def test_rows_are_shown_as_a_table() -> None:
    """Columns of all runs, empty where one has no such value; in HTML nothing is obeyed."""
    runs = listing.Runs([{"id": samples.RUN, "duration": 12.0}, {"id": samples.RUN, "parameters.text": "<b>"}])
    assert repr(runs) == "id        duration  parameters.text\n1a2b3c4d  12 s\n1a2b3c4d            <b>"
    assert "<td>1a2b3c4d</td><td></td><td>&lt;b&gt;</td>" in runs._repr_html_()
    assert repr(listing.Runs()) == "no runs"


def test_without_pandas_it_is_a_list(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a home without runs it is empty; with pandas it is a frame with the columns that every run has."""
    monkeypatch.setenv("BAKEHOUSE_HOME", str(tmp_path / "home"))
    assert list(listing.runs(5, None, ()).columns) == ["id", "name", "pipeline", "experiment", "state", "created", "duration"]
    monkeypatch.setattr(importlib.util, "find_spec", lambda _name: None)
    assert isinstance(listing.runs(5, None, ()), listing.Runs)
