"""A step that saved its output under another name: it is told at that step, and by the failure of the step that needed it."""

from __future__ import annotations

from pathlib import Path

from tests.home import Home, tasks

_FILE = """
from kfp import dsl


@dsl.component
def train(model: dsl.Output[dsl.Model]):
    with open(model.path + ".pkl", "w") as file:
        file.write("weights")


@dsl.component
def judge(weights: dsl.Input[dsl.Model]):
    open(weights.path).close()


@dsl.pipeline
def training():
    judge(weights=train().outputs["model"])
"""
_SAID = "never written; beside its path lies model.pkl: write to the very path that the step is given"


def test_an_output_under_another_name_is_told(tmp_path: Path) -> None:
    """Where the run is watched, where it is looked at, and of a step that reuses the result; the step that needed it names its maker."""
    home = Home(tmp_path)
    file = home.write(_FILE)
    ended = home.call("run", str(file))
    assert ended.returncode == 1
    assert f"Warnings\n  train: model was {_SAID}" in ended.stdout
    assert f"  Its input weights is model of train, which was {_SAID}" in ended.stdout
    again = tasks(home.run(file))
    assert again["train"]["cached_from"]
    assert again["train"]["warnings"][0].startswith(f"model was {_SAID}")
    assert again["judge"]["error"]["remedy"].startswith(f"Its input weights is model of train, which was {_SAID}")
    assert again["judge"]["warnings"] == []
