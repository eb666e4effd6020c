"""Retries as a user meets them: real runs from the command line."""

from __future__ import annotations

from pathlib import Path

import pytest

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
