"""In KFP 1 every output was a value and a file; whoever took it said which. Either way it still arrives."""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bakehouse import compiler, dsl
from bakehouse.dsl.commands import PRELUDE
from bakehouse.dsl.errors import AuthoringError, AuthoringProblems
from bakehouse.ir.spec import Constant, Container, PipelineSpec
from bakehouse.legacy import func_to_container_op
from bakehouse.task.annotations import InputPath, OutputPath
from tests.unit.legacy import written


def _compiled(function: Callable[..., Any]) -> PipelineSpec:
    return compiler.compile_pipeline(dsl.pipeline(function, name="p")).file.spec


def _in_the_step(spec: PipelineSpec, task: str, name: str) -> Callable[..., Any]:
    """The function as the runtime of a step finds it."""
    executor = spec.executors[f"exec-{task}"]
    assert isinstance(executor, Container)
    space: dict[str, Any] = {"InputPath": InputPath, "OutputPath": OutputPath}
    exec(compile(executor.command[-1].removeprefix(PRELUDE), "step.py", "exec", dont_inherit=True), space)  # noqa: S102  # what a step does
    found: Callable[..., Any] = space[name]
    return found


def test_values_where_a_path_is_taken() -> None:
    """An output, an input of the pipeline, a constant: the function gets the path of a file that holds it."""

    def pipeline(n: int) -> None:
        show = func_to_container_op(written.show)
        show(func_to_container_op(written.say)().output)
        show(text=n)
        show("a constant")
        show([1, "x"])
        show(func_to_container_op(written.make)().output)

    spec = _compiled(pipeline)
    kinds = {name: [one.type.value for one in spec.components[f"comp-{name}"].inputs.parameters.values()] for name in ("show", "show-2", "show-3")}
    assert kinds == {"show": ["STRING"], "show-2": ["NUMBER_INTEGER"], "show-3": ["STRING"]}
    assert [*spec.components["comp-show-5"].inputs.artifacts] == ["text_path"]
    assert spec.root.dag is not None
    assert spec.root.dag.tasks["show-4"].inputs.parameters["text_path"] == Constant('[1, "x"]')
    shown = _in_the_step(spec, "show", "show")
    assert shown(text_path="hello\n") == "hello\n"
    assert _in_the_step(spec, "show-2", "show")(text_path=5) == "5"
    assert str(inspect.signature(shown)) == "(text_path: str)"


@pytest.mark.parametrize(("text", "expected"), [("7", 7), (" 8\n", 8)])
def test_files_where_a_value_is_taken(text: str, expected: int, tmp_path: Path) -> None:
    """The function gets what the artifact holds, as the type that it declares."""

    def pipeline() -> None:
        func_to_container_op(written.double)(func_to_container_op(written.make)().output, 2)

    spec = _compiled(pipeline)
    assert [*spec.components["comp-double"].inputs.artifacts] == ["n"]
    file = tmp_path / "n"
    file.write_text(text, encoding="utf-8")
    assert _in_the_step(spec, "double", "double")(n=str(file), text="x") == [2 * expected, "x"]


def test_texts_and_lists_out_of_files(tmp_path: Path) -> None:
    """Texts to the letter, all else as JSON; truth values as Python writes them too."""

    def pipeline() -> None:
        made = func_to_container_op(written.make)().output
        func_to_container_op(written.gather)(made, made, made)

    gathered = _in_the_step(_compiled(pipeline), "gather", "gather")
    for name, content in (("text", "a\n"), ("items", "[1, 2]"), ("flag", "True\n")):
        (tmp_path / name).write_text(content, encoding="utf-8")
    given = {name: str(tmp_path / name) for name in ("text", "items", "flag")}
    assert json.loads(gathered(**given)) == ["a\n", [1, 2], True]


def test_mistakes_are_still_told() -> None:
    """A task instead of its output, nothing, a list of artifacts."""
    for given in (lambda: func_to_container_op(written.make)(), lambda: None):

        def pipeline() -> None:
            func_to_container_op(written.show)(given())  # noqa: B023  # called at once

        with pytest.raises((AuthoringError, AuthoringProblems), match="the input text_path of show is given"):
            _compiled(pipeline)
