"""Functions of KFP 1 are components of today: names, types, defaults and sources as they were meant then."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from bakehouse import compiler, components, dsl
from bakehouse.dsl.errors import AuthoringError, AuthoringProblems, InvalidFunction
from bakehouse.ir.spec import Constant, PipelineFile
from bakehouse.legacy import create_component_from_func, func_to_container_op, load_component
from bakehouse.legacy.errors import OldStyle
from bakehouse.legacy.functions import FunctionComponent
from tests.unit.legacy import written
from tests.unit.legacy.written import make, meeting, train


def add(a: float, b: float = 4) -> float:
    """Add."""
    return a + b


def _compiled(function: Callable[..., Any]) -> PipelineFile:
    return compiler.compile_pipeline(dsl.pipeline(function, name="p")).file  # as kfp has it


def _told(function: Callable[..., Any]) -> Iterator[str]:
    with pytest.raises((AuthoringError, AuthoringProblems)) as caught:
        _compiled(function)
    for problem in caught.value.problems:
        yield f"{problem.message} | {problem.remedy}"


def test_the_interface() -> None:
    """Untyped parameters and unknown types are texts; files of unknown types are artifacts; values of outputs are texts."""
    made = func_to_container_op(train)
    inputs, outputs = made.interface.inputs, made.interface.outputs
    assert {name: (one.type.value, one.default) for name, one in inputs.parameters.items()} == {
        "steps": ("STRING", None),
        "rate": ("STRING", "0.5"),
        "kind": ("STRING", "x"),
    }
    assert {name: one.type.schema_title for name, one in inputs.artifacts.items()} == {"rows_path": "system.Artifact"}
    assert {name: one.type.value for name, one in outputs.parameters.items()} == {
        "score_path": "NUMBER_DOUBLE",
        "count": "NUMBER_INTEGER",
        "mlpipeline_metrics": "STRING",
        "where": "STRING",
    }
    assert [*outputs.artifacts] == ["model_file_path"]


def test_the_source_names_what_a_step_knows() -> None:
    """Annotations are today's, on as many lines; the rest of the source is untouched."""
    made = func_to_container_op(train)
    source = made.parts[-1].text
    definition = ast.parse(source).body[0]
    assert isinstance(definition, ast.FunctionDef)
    assert {one.arg: ast.unparse(one.annotation) for one in definition.args.args if one.annotation} == {
        "rows_path": "InputPath('Artifact')",
        "steps": "str",
        "rate": "str",
        "model_file_path": "OutputPath('Artifact')",
        "score_path": "OutputPath(float)",
        "kind": "str",
    }
    assert definition.returns is not None
    assert ast.unparse(definition.returns) == "NamedTuple('Outputs', [('count', int), ('mlpipeline_metrics', str), ('where', str)])"
    lines = Path(written.__file__).read_text(encoding="utf-8").splitlines()
    line = made.parts[-1].line
    assert source.splitlines()[-2:] == lines[line - 1 + definition.body[0].lineno - 1 : line + definition.body[0].lineno]
    assert not [*made.outside_names()]


def test_calls_as_they_were() -> None:
    """By place and by name; names without `_path` and `_file`; constants in texts; `.output`, old names of outputs, the setters."""

    def pipeline(rate=3) -> None:  # type: ignore[no-untyped-def]  # noqa: ANN001  # as users write
        adding = create_component_from_func(add)
        first = adding(rate, "2")
        adding(first.output, b=first.outputs["Output"]).set_gpu_limit("1").add_pod_label("a", "b")

    spec = _compiled(pipeline).spec
    assert spec.root.dag is not None
    assert spec.root.dag.tasks["add"].inputs.parameters["b"] == Constant(2.0)
    assert spec.root.inputs.parameters["rate"].type.value == "NUMBER_DOUBLE"
    assert spec.root.dag.tasks["add-2"].dependent_tasks == ("add",)


def test_artifacts_by_their_old_names() -> None:
    """`rows` for `rows_path`, `model` for `model_file_path`."""

    def pipeline() -> None:
        training = func_to_container_op(train)
        made = training(rows=func_to_container_op(make)().output, steps=5)
        training(made.outputs["model"], "1", kind=made.outputs["where"])
        assert made.outputs["model"] is made.outputs["model_file_path"]

    spec = _compiled(pipeline).spec
    assert spec.root.dag is not None
    assert spec.root.dag.tasks["train"].inputs.parameters["steps"] == Constant("5")
    assert [*spec.root.dag.tasks["train-2"].inputs.artifacts] == ["rows_path"]


def test_names_that_would_meet_stay_apart() -> None:
    """A parameter has its own name before another has it without `_path`; what two would have without it, neither has."""

    def pipeline() -> None:
        made = func_to_container_op(meeting)(data="a", data_path="b", text_path="c", text_file="d")
        assert [made.outputs["out"].name, made.outputs["out_path"].name] == ["out", "out_path"]
        func_to_container_op(meeting)("a", "b", text="c")

    with pytest.raises(AuthoringProblems) as told:
        _compiled(pipeline)
    assert [problem.message for problem in told.value.problems] == [
        "meeting has no input text",
        "meeting is called without its required inputs text_path, text_file",
    ]


@pytest.mark.parametrize(
    ("args", "kwargs", "message"),
    [
        ((1,), {"a": 2}, "add is given its input a twice: by its place and by its name"),
        ((1, 2, 3), {}, "add is called with 3 arguments without a name, and it takes 2: a, b"),
        ((1,), {"c": 2}, "add has no input c"),
        ((), {}, "add is called without its required input a"),
        (("many",), {}, "the input a of add is a float, but is given 'many' (a str)"),
    ],
)
def test_what_is_told_of_calls(args: tuple[Any, ...], kwargs: dict[str, Any], message: str) -> None:
    """An input twice, one too many, one that there is not, one that is missing, one of another type."""

    def pipeline() -> None:
        func_to_container_op(add)(*args, **kwargs)

    (said,) = _told(pipeline)
    assert message in said


def test_packages_images_and_files(tmp_path: Path) -> None:
    """They are today's; `extra_code` stands before the function, and the file is today's component."""
    path = tmp_path / "component.yaml"
    made = func_to_container_op(add, str(path), "python:3.12", "FACTOR = 2", ["pandas==2.0"], annotations={"author": "me"})
    assert made.executor.image == "python:3.12"
    assert "pandas==2.0" in made.executor.command[2]
    assert "FACTOR = 2\n\ndef add(" in made.executor.command[-1]
    assert components.load_component_from_file(path).interface.kinds == made.interface.kinds
    assert create_component_from_func(func=add, base_image="a").executor.image == "a"


def test_what_cannot_be_a_component() -> None:
    """Told at once, as of today's decorator."""
    with pytest.raises(InvalidFunction, match="a component is made of a function"):
        func_to_container_op(lambda a: a)
    with pytest.raises(AuthoringError, match=r"@dsl\.component is put on 5, which is no function"):
        create_component_from_func(5)  # type: ignore[arg-type]  # that is the mistake
    with pytest.raises(OldStyle, match="to pickle code"):
        func_to_container_op(add, use_code_pickling=True)


def test_the_modern_form() -> None:
    """Decorator and header, with the annotations of today."""
    made: FunctionComponent = func_to_container_op(add, base_image="python:3.12", packages_to_install=["pandas"])
    assert made.modern_form == (
        "@dsl.component(base_image='python:3.12', packages_to_install=['pandas'])\n"
        "def add(a: float, b: float=4) -> float:\n    ...  # what the function does stays as it is"
    )


def test_the_modern_form_of_paths() -> None:
    """By their names in `dsl`, which a file of today has."""
    assert "(rows_path: dsl.OutputPath('Artifact')):" in func_to_container_op(make).modern_form


def test_load_component(tmp_path: Path) -> None:
    """One of a file, a URL and a text."""
    text = "name: Say\nimplementation: {container: {image: alpine}}\n"
    path = tmp_path / "say.yaml"
    path.write_text(text, encoding="utf-8")
    assert load_component(text=text).name == load_component(str(path)).name == "say"
    for given in ({}, {"filename": "a", "text": "b"}):
        with pytest.raises(OldStyle, match="load_component is given"):
            load_component(**given)


def test_what_is_given_to_a_parameter_without_a_type() -> None:
    """Is a text, as KFP 1 handed over whatever it was given: lists and mappings as JSON, also those that are defaults."""

    def show(first, second=[1], third: str = "", fourth=2.5):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202, B006  # as users write
        pass

    op = func_to_container_op(show)
    defaults = {name: one.default for name, one in op.interface.inputs.parameters.items()}
    assert defaults == {"first": None, "second": "[1]", "third": "", "fourth": "2.5"}

    def pipeline() -> None:
        op([1, "a"], {"b": 1.5})
        op(1.5, 3)
        op(True, "x")

    root = _compiled(pipeline).spec.root.dag
    assert root is not None
    given = [[one.value for one in task.inputs.parameters.values() if isinstance(one, Constant)] for task in root.tasks.values()]
    assert given == [['[1, "a"]', '{"b": 1.5}'], ["1.5", "3"], ["True", "x"]]

    def typed() -> None:
        op("a", third=[1])

    assert list(_told(typed)) == ["the input third of show is a str, but is given [1] (a list) | Pass a str."]
