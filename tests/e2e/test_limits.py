"""Limits as a user meets them: real runs from the command line."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.home import Home

_FILE = """
from kfp import dsl


@dsl.component
def sleep(seconds: float):
    import time

    time.sleep(seconds)


@dsl.pipeline
def sleeping(seconds: float = 60.0):
    LIMITED
"""


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


def test_a_step_that_runs_too_long_is_ended(home: Home) -> None:
    """The run fails, and says which limit it was; the process is gone."""
    file = home.write(_FILE.replace("LIMITED", 'sleep(seconds=seconds).set_timeout("1s")'))
    done = home.call("run", str(file))
    assert done.returncode == 1
    assert "the step ran longer than its limit of 1 s" in done.stdout
    assert 'set_timeout(running="…")' in done.stdout
    assert "failed (timeout)" in home.call("runs", "show", "latest").stdout
    assert home.step_processes() == []


def test_a_run_that_goes_on_too_long_is_ended(home: Home) -> None:
    """As failed, with the limit as its error."""
    file = home.write(_FILE.replace("LIMITED", "sleep(seconds=seconds)"))
    said = home.run(file, "--timeout", "1s")
    assert (said["exit_code"], said["state"]) == (1, "FAILED")
    assert said["error"]["message"] == "the run went on longer than its limit of 1 s"
    assert home.step_processes() == []


def test_a_span_that_is_none_is_refused(home: Home) -> None:
    """Before anything starts."""
    file = home.write(_FILE.replace("LIMITED", "sleep(seconds=seconds)"))
    done = home.call("run", str(file), "--timeout", "soon")
    assert done.returncode == 2
    assert "'soon' is no span of time" in done.stderr
