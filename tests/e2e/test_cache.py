"""What is reused, and what never is."""

from __future__ import annotations

import base64
import hashlib
import zipfile
from pathlib import Path

import pytest

from tests.home import Home, tasks

_CHAIN = """
from kfp import dsl
from kfp.dsl import Dataset, Input, Metrics, Output


@dsl.component
def make(text: str, data: Output[Dataset]):
    with open(data.path, "w") as file:
        file.write(text)


@dsl.component
def measure(data: Input[Dataset], score: float, metrics: Output[Metrics]):
    metrics.log_metric("score", score)
    with open(metrics.path, "w") as file:
        file.write("same bytes")


@dsl.component
def read(metrics: Input[Metrics]) -> float:
    return metrics.metadata["score"]


@dsl.pipeline
def chain(text: str = "hello", score: float = 0.5) -> float:
    made = make(text=text)
    measured = measure(data=made.outputs["data"], score=score)
    return read(metrics=measured.outputs["metrics"]).output
"""


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


def _artifact(home: Home, task: str, output: str) -> Path:
    return Path(tasks(home.show())[task]["outputs"][output]["uri"])


def _reused(said: dict[str, object]) -> dict[str, bool]:
    return {name: bool(task["cached_from"]) for name, task in tasks(said).items()}


def test_a_second_run_reuses_everything_and_says_from_where(home: Home) -> None:
    """The same pipeline again costs no attempt; every task names the run it is reused from."""
    file = home.write(_CHAIN)
    first = home.run(file)
    second = home.run(file)
    assert first["outputs"] == second["outputs"] == {"Output": 0.5}
    assert _reused(first) == {"make": False, "measure": False, "read": False}
    assert [task["cached_from"] for task in second["tasks"]] == [first["run_id"]] * 3
    assert [task["attempts"] for task in second["tasks"]] == [0, 0, 0]


def test_no_cache_runs_everything_anew(home: Home) -> None:
    """`--no-cache` reuses nothing; its results can be reused afterwards."""
    file = home.write(_CHAIN)
    home.run(file)
    again = home.run(file, "--no-cache")
    assert _reused(again) == {"make": False, "measure": False, "read": False}
    third = home.run(file)
    assert {task["cached_from"] for task in third["tasks"]} == {again["run_id"]}


def test_equal_bytes_with_other_metadata_are_another_input(home: Home) -> None:
    """Two metrics artifacts whose files are equal but whose values differ are never taken for each other."""
    file = home.write(_CHAIN)
    home.run(file)
    other = home.run(file, "-p", "score=0.75")
    assert other["outputs"] == {"Output": 0.75}
    assert _reused(other) == {"make": True, "measure": False, "read": False}


@pytest.mark.parametrize("harm", ["changed", "deleted"])
def test_an_artifact_that_is_not_what_it_was_is_made_anew(home: Home, harm: str) -> None:
    """An upstream artifact that was changed or deleted on disk is never offered again, nor is anything made of the changed bytes."""
    file = home.write(_CHAIN)
    home.run(file)
    path = _artifact(home, "make", "data")
    path.parent.chmod(0o700)
    if harm == "changed":
        path.chmod(0o600)
        path.write_text("jello")  # as long as before
    else:
        path.unlink()
    again = home.run(file)
    assert again["outputs"] == {"Output": 0.5}
    assert _reused(again) == {"make": False, "measure": True, "read": True}
    assert _artifact(home, "make", "data").read_text() == "hello"


_LONG = """
from kfp import dsl
from kfp.dsl import Dataset, Input, Output


@dsl.component
def make(data: Output[Dataset]):
    with open(data.path, "w") as file:
        file.write("hello")


@dsl.component
def wait_and_read(seconds: float, data: Input[Dataset]) -> str:
    import time

    time.sleep(seconds)
    with open(data.path) as file:
        return file.read()


@dsl.pipeline
def long(seconds: float = 3.0) -> str:
    return wait_and_read(seconds=seconds, data=make().outputs["data"]).output
"""


def test_what_was_made_of_changed_bytes_is_not_offered_again(home: Home) -> None:
    """An input that is changed while the step runs: the result is not entered into the cache."""
    file = home.write(_LONG)
    driver = home.start("run", str(file))
    found: list[Path] = []
    while not found:
        assert driver.poll() is None
        found = [path for path in (home.path / "artifacts").glob("long/*/make/1/data") if path.read_text() == "hello"]
    path = found[0]
    while not list((home.path / "runs").glob("*/wait-and-read/1/log")):
        assert driver.poll() is None
    path.parent.chmod(0o700)
    path.chmod(0o600)
    path.write_text("jello")
    assert driver.wait(timeout=60) == 0
    again = home.run(file)
    assert again["outputs"] == {"Output": "hello"}
    assert _reused(again) == {"make": False, "wait-and-read": False}


def _wheel(folder: Path, value: int) -> Path:
    """A wheel of a package `oven` that holds one number; always under the same name."""
    path = folder / "oven-1.0-py3-none-any.whl"
    files = {
        "oven.py": f"VALUE = {value}\n",
        "oven-1.0.dist-info/METADATA": "Metadata-Version: 2.1\nName: oven\nVersion: 1.0\n",
        "oven-1.0.dist-info/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = ""
    for name, text in files.items():
        digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()
        record += f"{name},sha256={digest},{len(text.encode())}\n"
    files["oven-1.0.dist-info/RECORD"] = f"{record}oven-1.0.dist-info/RECORD,,\n"
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return path


def test_a_rebuilt_wheel_of_the_same_name_is_another_environment(home: Home) -> None:
    """The content of a local wheel counts, not its name: the step sees the new one and is not reused."""
    wheel = _wheel(home.folder, 1)
    file = home.write(
        f"""
from kfp import dsl


@dsl.component(packages_to_install=[{str(wheel)!r}])
def value() -> int:
    import oven

    return oven.VALUE


@dsl.pipeline
def wheels() -> int:
    return value().output
"""
    )
    assert home.run(file)["outputs"] == {"Output": 1}
    assert _reused(home.run(file)) == {"value": True}
    _wheel(home.folder, 2)
    rebuilt = home.run(file)
    assert rebuilt["outputs"] == {"Output": 2}
    assert _reused(rebuilt) == {"value": False}
