"""What somebody meets who has just cloned or installed Bakehouse. Slow: environments are made from nothing."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.repo.tree import ROOT, files

pytestmark = pytest.mark.slow
#: Of the caller's environment, what a new user does not have.
LEFT_OUT = ("VIRTUAL_ENV", "PYTHONPATH", "MAKEFLAGS", "MFLAGS", "MAKELEVEL")


def run(*command: str, folder: Path, home: Path) -> str:
    """Run a command as a new user would; its output. It must end well."""
    environment = {name: value for name, value in os.environ.items() if name not in LEFT_OUT}
    environment["BAKEHOUSE_HOME"] = str(home)
    done = subprocess.run(
        command, cwd=folder, env=environment, check=False, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    assert done.returncode == 0, done.stdout
    return done.stdout


def test_a_fresh_clone_runs_its_demo_with_one_command(tmp_path: Path) -> None:
    """`make demo` makes what it needs and runs the digits; the second time all comes from the cache, and it says from which run."""
    clone, home = tmp_path / "clone", tmp_path / "home"
    for path in files():
        (clone / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / path, clone / path)
    first = run("make", "demo", f"PYTHON={sys.executable}", folder=clone, home=home)
    assert "accuracy" in first
    second = run("make", "demo", f"PYTHON={sys.executable}", folder=clone, home=home)
    assert "reused from run" in second


def test_the_wheel_runs_its_demo_in_an_empty_environment(tmp_path: Path) -> None:
    """The wheel holds all that running needs, the example too, and brings its dependencies."""
    run(sys.executable, "-m", "build", "--wheel", "--outdir", str(tmp_path / "dist"), str(ROOT), folder=tmp_path, home=tmp_path)
    (wheel,) = (tmp_path / "dist").glob("*.whl")
    run(sys.executable, "-m", "venv", str(tmp_path / "venv"), folder=tmp_path, home=tmp_path)
    programs = tmp_path / "venv" / "bin"
    run(str(programs / "python"), "-m", "pip", "install", "--quiet", str(wheel), folder=tmp_path, home=tmp_path)
    assert "accuracy" in run(str(programs / "bakehouse"), "demo", folder=tmp_path, home=tmp_path / "home")


def test_the_wheel_holds_the_runtime_and_the_example(tmp_path: Path) -> None:
    """Files that are read, not imported, are in the wheel too."""
    run(sys.executable, "-m", "build", "--wheel", "--outdir", str(tmp_path), str(ROOT), folder=tmp_path, home=tmp_path)
    (wheel,) = tmp_path.glob("*.whl")
    held = set(zipfile.ZipFile(wheel).namelist())
    assert {"bakehouse/task/__main__.py", "bakehouse/_examples/digits/pipeline.py", "bakehouse/py.typed"} <= held
