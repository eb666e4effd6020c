"""`@dsl.notebook_component`: the notebook travels in the source, and what is needed to run it is installed."""

from __future__ import annotations

import ast
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from bakehouse import dsl
from bakehouse.dsl import errors, notebooks
from bakehouse.dsl.notebooks import NotebookComponent
from tests.unit.dsl import notebook_stand_ins

_NOTEBOOK = json.dumps({"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5})


def _written(place: Path) -> Path:
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text(_NOTEBOOK, encoding="utf-8")
    return place


def _made(path: Path, packages: Sequence[str] | None = None) -> NotebookComponent:
    @dsl.notebook_component(notebook_path=str(path), packages_to_install=packages)
    def train(text: str, rows: int = 3) -> None:
        dsl.run_notebook(text=text, rows=rows)

    return train


def _source(made: NotebookComponent) -> str:
    return made.executor.command[-1]


@pytest.mark.parametrize("as_folder", [True, False])
def test_the_notebook_travels(tmp_path: Path, *, as_folder: bool) -> None:
    """Alone, or in its folder, whose checkpoints do not count; the source is Python that binds `dsl.run_notebook`."""
    notebook = _written(tmp_path / "work" / "deep" / "train.ipynb")
    _written(tmp_path / "work" / ".ipynb_checkpoints" / "train.ipynb")
    source = _source(_made(tmp_path / "work" if as_folder else notebook))
    assert f"__KFP_NOTEBOOK_REL_PATH = '{'deep/train.ipynb' if as_folder else 'train.ipynb'}'" in source
    assert "dsl.run_notebook = __kfp_run_notebook" in source
    assert source.index("__KFP_EMBEDDED_ARCHIVE_B64") < source.index("def train(")
    ast.parse(source)


def test_what_runs_notebooks_is_installed(tmp_path: Path) -> None:
    """Unless the author says what is."""
    notebook = _written(tmp_path / "train.ipynb")
    assert all(one in _made(notebook).executor.command[2] for one in notebooks.PACKAGES)
    own = _made(notebook, ["nbclient==0.10.0"]).executor.command[2]
    assert "nbclient==0.10.0" in own
    assert "ipykernel" not in own


def test_it_is_a_component_like_others(tmp_path: Path) -> None:
    """Its inputs are the function's."""
    train = _made(_written(tmp_path / "train.ipynb"))

    @dsl.pipeline
    def training(text: str = "a") -> None:
        train(text=text)

    assert training.recording.tasks["train"].component is train
    assert train.required_inputs == ["text"]


@pytest.mark.parametrize(("files", "words"), [([], "holds none"), (["a.ipynb", "b.ipynb"], "holds a.ipynb, b.ipynb")])
def test_a_folder_holds_one_notebook(files: list[str], words: str, tmp_path: Path) -> None:
    """None, or several, is told with its place."""
    for name in files:
        _written(tmp_path / name)
    with pytest.raises(errors.WrongValue, match=words) as caught:
        _made(tmp_path)
    assert (caught.value.place or "").startswith(f"{__file__}:")


def test_a_notebook_that_is_not_there(tmp_path: Path) -> None:
    """Is told when the component is defined."""
    with pytest.raises(errors.WrongValue, match="no notebook at"):
        _made(tmp_path / "nowhere.ipynb")


def test_what_runs_it_puts_values_behind_the_tagged_cell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """The source, run with stand-ins for what is installed in the step: values are JSON, what was injected before is gone, output is printed."""
    cells = [("parameters", "text = 'd'"), ("injected-parameters", "text = 'old'"), ("", "print(text)")]
    place = tmp_path / "train.ipynb"
    place.write_text(json.dumps({"cells": [{"tags": [tag], "source": source} for tag, source in cells]}), encoding="utf-8")
    ran = notebook_stand_ins.install(monkeypatch)
    space: dict[str, Any] = {"dsl": SimpleNamespace()}
    exec(_source(_made(place)).split("from typing import *", 1)[1], space)  # noqa: S102  # as the step does
    monkeypatch.setattr("sys.path", [one for one in sys.path if one != space["__KFP_EMBEDDED_ASSET_DIR"]])
    space["dsl"].run_notebook(text="it's", rows=[1, {"a": None}])
    space["__kfp_folder"].cleanup()
    assert [cell.source for cell in ran[0].cells] == [
        "text = 'd'",
        "import json\ntext = json.loads('\"it\\'s\"')\nrows = json.loads('[1, {\"a\": null}]')",
        "print(text)",
    ]
    assert capsys.readouterr().out == "told\n"
