"""Retries as a user meets them: real runs from the command line."""

from __future__ import annotations

from pathlib import Path

import pytest

from bakehouse.ir.execution import RunId
from bakehouse.records.database import open_home
from tests.home import Home, tasks

_FILE = """
from kfp import dsl


@dsl.component
def fail(how: str):
    import os

    if how == "class":
        from kfp import dsl

        raise dsl.NonRetryableError("no such customer")
    if how == "code":
        raise SystemExit(75 if os.environ["BAKEHOUSE_ATTEMPT"] == "1" else 3)
    if os.environ["BAKEHOUSE_ATTEMPT"] == "1":
        raise ValueError("try again")


@dsl.pipeline
def failing(how: str = "once"):
    fail(how=how).set_retry(3).set_retry_policy(never_exit_codes=[3], jitter=0)
"""


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


@pytest.mark.parametrize(("how", "code", "attempts"), [("once", 0, 2), ("class", 1, 1), ("code", 1, 2)])
def test_what_is_tried_again(home: Home, how: str, code: int, attempts: int) -> None:
    """An error of the step is; not one that the step calls hopeless, nor an exit code that its policy leaves out."""
    file = home.write(_FILE, "failing.py")
    said = home.run(file, "-p", f"how={how}")
    assert said["exit_code"] == code
    assert tasks(home.show())["fail"]["attempts"] == attempts


def test_kfp_gets_a_file_without_what_it_does_not_know(home: Home) -> None:
    """`--strict-kfp` leaves it out, and says so."""
    file = home.write(_FILE, "failing.py")
    assert "retryPolicy:" in home.call("compile", str(file), "-o", "-").stdout.partition("platforms:")[2]
    strict = home.call("compile", str(file), "-o", "-", "--strict-kfp")
    assert "platforms:" not in strict.stdout
    assert "retryPolicy of fail" in strict.stderr


_COUNTING = """
from bakehouse import dsl


@dsl.component
def count(folder: str, wanted: int) -> int:
    import os

    assert folder == os.environ["BAKEHOUSE_CHECKPOINT"]
    with open(folder + "/count", "a+") as file:
        file.write("x")
        file.seek(0)
        count = len(file.read())
    if count < wanted:
        raise ValueError("not yet")
    return count


@dsl.pipeline
def counting(wanted: int = 3) -> int:
    return count(folder=dsl.CHECKPOINT_PATH_PLACEHOLDER, wanted=wanted).set_retry(1).output
"""


def test_a_checkpoint_survives_attempts_and_a_retried_run(home: Home) -> None:
    """Two attempts, then two more when the run is retried: the third finds what the first two left. Nothing is left of it then."""
    file = home.write(_COUNTING, "counting.py")
    said = home.run(file)
    assert said["exit_code"] == 1
    folder = next((home.path / "runs" / said["run_id"]).rglob("checkpoint"))
    assert (folder / "count").read_text() == "xx"
    records = open_home(home.path)
    records.retry(RunId(said["run_id"]), "ann")
    records.close()
    home.call("engine", "--idle-exit", "0")
    assert home.show(said["run_id"])["outputs"] == {"Output": 3}
    assert not folder.exists()


def test_the_checkpoint_is_no_part_of_the_cache_key(home: Home) -> None:
    """Its path is of each run, but a second run reuses the result of the first."""
    file = home.write(_COUNTING, "counting.py")
    assert home.run(file, "-p", "wanted=1")["exit_code"] == 0
    again = home.run(file, "-p", "wanted=1")
    assert tasks(again)["count"]["cached_from"]


def test_strict_kfp_tells_of_a_checkpoint(home: Home) -> None:
    """The placeholder stays, and would reach the step as it is."""
    strict = home.call("compile", str(home.write(_COUNTING, "counting.py")), "-o", "-", "--strict-kfp")
    assert "CHECKPOINT_PATH_PLACEHOLDER" in strict.stderr
