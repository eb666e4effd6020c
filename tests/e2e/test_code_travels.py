"""Modules of the author's own travel to the steps of real runs, and are kept as long as a run needs them."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any

import pytest

from tests.home import Home, tasks

_FILE = """
from kfp import dsl


@dsl.component
def count() -> int:
    from helpers import number

    return number()


@dsl.component(code="own")
def call() -> str:
    import helpers

    return helpers.NAME


@dsl.pipeline
def inner() -> int:
    return count().output


@dsl.pipeline
def counting():
    inner()
    call()
"""
_HELPERS = "from pathlib import Path\n\n\ndef number():\n    return int((Path(__file__).parent / 'n.txt').read_text())\n"


@pytest.fixture
def home(tmp_path: Path) -> Home:
    home = Home(tmp_path)
    (tmp_path / "src" / "helpers").mkdir(parents=True)
    (tmp_path / "own").mkdir()
    home.write(_FILE)
    home.write(_HELPERS, "src/helpers/__init__.py")
    home.write("1", "src/helpers/n.txt")
    home.write("NAME = 'own'\n", "own/helpers.py")
    return home


def outputs(said: dict[str, Any]) -> tuple[Any, Any, bool]:
    """What the two steps gave, and whether the first was reused."""
    found = tasks(said)
    assert said["exit_code"] == 0, said
    return found["inner/count"]["outputs"]["Output"], found["call"]["outputs"]["Output"], found["inner/count"]["cached_from"] is not None


def test_a_run_has_the_modules_of_its_time(home: Home) -> None:
    """An untouched folder is a hit, a changed one is not and is named as the reason; a clone and a replay of the old run have the old ones."""
    file, src = home.folder / "pipeline.py", str(home.folder / "src")
    assert outputs(home.run(file, "--code", src)) == (1, "own", False)
    assert outputs(home.run(file, "--code", src)) == (1, "own", True)
    home.write("2", "src/helpers/n.txt")
    assert "runs: module file helpers/n.txt changed;" in home.call("plan", str(file), "--code", src).stdout
    assert outputs(home.run(file, "--code", src)) == (2, "own", False)
    assert "miss: module file helpers/n.txt changed;" in home.call("cache", "explain", "latest", "inner/count").stdout
    first = home.runs()[-1]["run_id"]
    assert home.call("runs", "clone", first).returncode == 0
    assert tasks(home.show())["inner/count"]["outputs"]["Output"] == 1
    assert home.call("replay", first, "inner/count").returncode == 0
    assert str(home.folder / "src") not in home.call("runs", "show", first, "--output", "json").stdout


def test_modules_go_with_the_last_run_that_names_them(home: Home) -> None:
    """Not while a run names them, and not while they are young."""
    home.run(home.folder / "pipeline.py", "--code", str(home.folder / "src"))
    before = time.time() - 7200

    def archives() -> int:
        for path in (home.path / "code").iterdir():
            os.utime(path, (before, before))
        return len(list((home.path / "code").iterdir()))

    assert archives() == 2
    home.call("gc", "--orphans")
    assert archives() == 2
    assert home.call("runs", "delete", "latest").returncode == 0
    home.call("gc", "--orphans")
    assert archives() == 0
