"""A declared output that a step did not write is said of the step, with what lies beside its path."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from bakehouse.ir.execution import Artifact
from bakehouse.ir.spec import ArtifactType
from tests.unit.runners.left import Attempt

_BESIDE = "was never written; beside its path lies"
_ITSELF = "write to the very path that the step is given"
_OR = ", or say where an Output[…] lies:"
#: What a step left below the folder of its outputs (`/` at the end: a folder), and what is said of its output `data`.
_LEFT = {
    "nothing": ([], "was never written: nothing lies at the path that the step is given"),
    "another ending": (["data.csv"], f'{_BESIDE} data.csv: {_ITSELF}{_OR} data.path += ".csv"'),
    "a folder of that kind": (["data_v1/"], f'{_BESIDE} data_v1: {_ITSELF}{_OR} data.path += "_v1"'),
    "two endings": (["data.csv", "data.idx", "x"], f"{_BESIDE} data.csv, data.idx: {_ITSELF}"),
    "other names": (["a", "b", "c", "d", ".e"], f"{_BESIDE} a, b, c and 1 more: {_ITSELF}"),
    "a name that is no Unicode": (["\udcff"], rf"{_BESIDE} \xff: {_ITSELF}"),
    "an empty file": (["data"], None),
    "an empty folder": (["data/"], None),
}


def _make(folder: Path, names: list[str]) -> None:
    for name in names:
        if name.endswith("/"):
            (folder / name).mkdir()
        else:
            (folder / name).touch()


@pytest.mark.parametrize("case", _LEFT)
def test_what_lies_beside_is_named(tmp_path: Path, case: str) -> None:
    """The step's other outputs, and its document, are no hint."""
    left, said = _LEFT[case]
    attempt = Attempt(tmp_path)
    _make(attempt.root, left)
    attempt.says(parameterValues={"n": 1})
    assert attempt.collect().outputs.unwritten == ({} if said is None else {"data": said})


def test_what_lies_in_the_working_directory_is_named(tmp_path: Path) -> None:
    """Where nothing lies beside the path: a relative path was meant for it, perhaps."""
    attempt = Attempt(tmp_path)
    _make(attempt.folder.work, ["model.pkl"])
    attempt.says(parameterValues={"n": 1})
    said = f"was never written; the working directory of the step holds model.pkl: {_ITSELF}"
    assert attempt.collect().outputs.unwritten == {"data": said}


def test_a_parameter_without_a_value_is_said(tmp_path: Path) -> None:
    """A value that was returned, or written to its file, is there."""
    attempt = Attempt(tmp_path)
    (attempt.root / "data").touch()
    assert attempt.collect().outputs.unwritten == {"n": "was given no value"}
    (attempt.folder.path / "outputs" / "n.txt").write_text("5")
    said = f'was given no value; beside its path lies n.txt: {_ITSELF}{_OR} n.path += ".txt"'
    assert attempt.collect().outputs.unwritten == {"n": said}
    (attempt.folder.path / "outputs" / "n").write_text("5")
    assert attempt.collect().outputs.unwritten == {}


@pytest.mark.parametrize(
    ("kind", "metadata", "is_said"),
    [
        ("system.Metrics", {"accuracy": 0.5}, False),
        ("system.ClassificationMetrics", {"confusionMatrix": {}}, False),
        ("system.Metrics", {}, True),
        ("system.HTML", {"title": "x"}, True),
        ("system.Model", {"framework": "x"}, True),
    ],
)
def test_metrics_need_no_file(tmp_path: Path, kind: str, metadata: dict[str, object], *, is_said: bool) -> None:
    """If something was logged; all other kinds do."""
    attempt = Attempt(tmp_path)
    data = Artifact("data", ArtifactType(kind, "0.0.1"), f"{attempt.launch.root}/data")
    attempt.says(parameterValues={"n": 1}, artifacts={"data": {"artifacts": [{"metadata": metadata}]}})
    found = attempt.collect(replace(attempt.launch, output_artifacts={"data": data})).outputs.unwritten
    assert list(found) == (["data"] if is_said else [])


@pytest.mark.parametrize("said", [{"uri": "data.csv"}, {"custom_path": "rows"}, {"uri": "gs://bucket/rows"}])
def test_what_the_step_says_to_lie_elsewhere_is_sought_there(tmp_path: Path, said: dict[str, str]) -> None:
    """By a path of its own choice, or by another URI; of what is no file of this machine nothing is known."""
    attempt = Attempt(tmp_path)
    _make(attempt.folder.work, ["rows", "data.csv"])
    attempt.says(parameterValues={"n": 1}, artifacts={"data": {"artifacts": [said]}})
    assert attempt.collect().outputs.unwritten == {}
