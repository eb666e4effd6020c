"""Enums, Literals, dataclasses and models as inputs and outputs: what the IR says of them, what travels, and which values are refused."""

from __future__ import annotations

import ast
import importlib
import inspect
import linecache
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

import pytest

from bakehouse import dsl
from bakehouse.compiler.pipelines import Overrides, compile_pipeline
from bakehouse.dsl import errors, shaping
from bakehouse.errors import BakehouseError
from bakehouse.ir.spec import ParameterInput, ParameterType
from bakehouse.task import shapes
from bakehouse.task.programs import WRAPPER
from tests.unit.dsl import shaped
from tests.unit.dsl.shaped import Color, Functional, Layer, Limited, Network, Rules, Size


def test_what_is_allowed_stands_in_the_ir() -> None:
    """Literals and Enums as `literals`, all else as mappings and lists; defaults as JSON has them."""
    inputs = shaped.build.interface.inputs.parameters
    assert inputs == {
        "network": ParameterInput(ParameterType.STRUCT),
        "color": ParameterInput(ParameterType.STRING, default="blue", is_optional=True, literals=("red", "blue")),
        "mode": ParameterInput(ParameterType.STRING, default="fast", is_optional=True, literals=("fast", "slow")),
        "size": ParameterInput(ParameterType.NUMBER_INTEGER, is_optional=True, literals=(1, 2)),
        "layers": ParameterInput(ParameterType.LIST, is_optional=True),
        "row": ParameterInput(ParameterType.STRUCT, default={"name": "a", "count": 1}, is_optional=True),
    }
    outputs = shaped.build.interface.outputs.parameters
    assert {name: one.type for name, one in outputs.items()} == {
        "network": ParameterType.STRUCT,
        "color": ParameterType.STRING,
        "total": ParameterType.NUMBER_INTEGER,
    }
    root = compile_pipeline(shaped.all_shapes).file.spec.root.inputs.parameters
    assert root["size"].literals == (1, 2)
    assert root["network"].default == {"rate": 0.5, "layers": [{"width": 3, "color": "red"}], "tags": [], "size": 2, "extra": {}}


def test_constants_are_written_as_json() -> None:
    """Members and instances in arguments, in comparisons and in lists that are looped over."""

    @dsl.pipeline
    def pipeline(color: Color = Color.RED) -> None:
        with dsl.ParallelFor([Color.RED, Color.BLUE]) as one:
            shaped.build(Network(1, [Layer(2)]), one)
        with dsl.ParallelFor([Layer(1), Layer(2)]) as layer, dsl.If(color != Color.RED):
            shaped.build({"rate": 1, "layers": []}, color, layers=[layer])

    first, second = pipeline.recording.tasks.values()
    assert first.inputs["network"] == {"rate": 1, "layers": [{"width": 2, "color": "red"}], "tags": [], "size": None, "extra": {}}
    assert second.inputs["network"] == {"rate": 1, "layers": []}
    assert "!= 'red'" in str(compile_pipeline(pipeline).file) or '!= "red"' in str(compile_pipeline(pipeline).file)


def test_classes_travel_with_the_function() -> None:
    """Each once, behind what it needs: other classes, functions, imports, the name under which the author has it."""
    source = shaped.build.executor.command[-1]
    for text in (
        "class Color(Enum)",
        "Renamed = Color",
        "class Layer",
        "def no_tags()",
        "class Size(enum.IntEnum)",
        "class Network",
        "class Row",
        "class Given",
    ):
        assert source.count(f"\n{text}") == 1, text
    assert source.index("class Color") < source.index("class Layer") < source.index("class Network") < source.index("class Given")
    assert source.index("def no_tags()") < source.index("class Network")
    for line in ("from enum import Enum", "import enum", "from dataclasses import dataclass", "from dataclasses import field"):
        assert source.count(f"\n{line}\n") == 1
    assert source.endswith(f"\n\nbuild = {WRAPPER}(build)\n")
    assert "from pydantic import BaseModel" in shaped.checked.executor.command[-1]
    assert not shaped.build.all_errors()


def test_what_is_put_in_is_code_alone() -> None:
    """The same code as in the runtime: no docstring, no comment, and so no word for our own linter."""
    source = shaping.source()
    assert "noqa" not in source
    assert '"""' not in source
    (wrapper,) = ast.parse(source).body
    assert isinstance(wrapper, ast.FunctionDef)
    ours = ast.parse(inspect.getsource(shapes))
    for node in ast.walk(ours):
        if isinstance(node, ast.Module | ast.FunctionDef) and ast.get_docstring(node):
            del node.body[0]
    assert [ast.dump(statement) for statement in wrapper.body[:-1]] == [ast.dump(statement) for statement in ours.body]


def test_a_component_without_them_is_as_ever() -> None:
    """Nothing is put into its source."""

    @dsl.component
    def plain(a: int, b: list[dict[str, int]]) -> list[int]:
        return [a]

    assert WRAPPER not in plain.executor.command[-1]


def test_what_a_class_needs_and_nothing_gives_is_told() -> None:
    """At its line in the class."""

    @dsl.component
    def limited(given: Limited) -> None: ...

    (error,) = limited.all_errors()
    assert isinstance(error, errors.OutsideName)
    assert error.place == f"{shaped.__file__}:{shaped.LINE}"
    assert "LARGEST" in error.message
    assert error.remedy


#: What is done in a pipeline, and words of the error.
MISTAKES: dict[str, tuple[Callable[[], object], list[str]]] = {
    "no member": (lambda: shaped.chosen(3), ["the input size is 3", "1 or 2", "a member of Size"]),
    "another Enum's member": (lambda: shaped.chosen(Color.RED), ["an int, but is given 'red'"]),
    "no literal": (lambda: shaped.build(Network(1, []), mode="slower"), ["the input mode is 'slower'", "'fast' or 'slow'", "Pass one of these"]),
    "a field too many": (lambda: shaped.build({"rate": 1, "layers": [], "depth": 3}), ["has the field 'depth'", "fields of Network are: rate,"]),
    "a field too few": (lambda: shaped.build({"rate": 1}), ["lacks the field 'layers' of Network"]),
    "a field of another type": (lambda: shaped.build({"rate": "x", "layers": []}), ["network.rate is a float, but is given 'x'"]),
    "a nested one": (lambda: shaped.build({"rate": 1, "layers": [{"width": 1.5}]}), ["network.layers[0].width is an int, but is given 1.5"]),
    "a nested member": (lambda: shaped.build(Network(1, [Layer(1, "green")])), ["network.layers[0].color is 'green'"]),  # type: ignore[arg-type]  # so it is
    "what the class itself refuses": (lambda: shaped.build({"rate": -1, "layers": []}), ["the rate is negative"]),
    "what it asserts": (lambda: shaped.build({"rate": 100, "layers": []}), ["AssertionError"]),
    "no mapping": (lambda: shaped.build(Network(1, []), layers=[3]), ["layers[0] is 3, and not the fields of Layer"]),
    "a key of a mapping": (lambda: shaped.build(Network(1, []), row={"name": "a"}), ["lacks the field 'count' of Row"]),
    "a model": (lambda: shaped.checked({"limit": 10, "color": "blue"}), ["rules.limit: ", "less than or equal to 9", "fields of Rules are:"]),
}  # fmt: skip


@pytest.mark.parametrize("name", MISTAKES)
def test_a_value_that_is_not_allowed(name: str) -> None:
    """Refused where it is written, with the field that is wrong."""
    mistake, words = MISTAKES[name]
    with pytest.raises(BakehouseError) as caught:
        dsl.pipeline(lambda: mistake())
    assert caught.value.place == f"{__file__}:{mistake.__code__.co_firstlineno}"  # type: ignore[attr-defined]  # a function
    for word in words:
        assert word in str(caught.value)


def test_what_is_known_only_when_the_pipeline_runs_is_left_alone() -> None:
    """A field, a whole value, a text with a value in it; what is known beside it is looked at."""

    def pipeline(rate: float, color: str) -> None:
        shaped.build({"rate": rate, "layers": [{"width": 1, "color": f"{color}"}]}, color, mode=f"{color}")
        shaped.checked({"limit": rate})
        shaped.build({"rate": rate, "layers": [{"width": "x"}]})

    with pytest.raises(errors.WrongValue, match=r"network.layers\[0\].width is an int") as caught:
        dsl.pipeline(pipeline)
    assert caught.value.place == f"{__file__}:{pipeline.__code__.co_firstlineno + 3}"


def test_another_default_is_checked_too() -> None:
    """Where the compiler is given parameters."""
    compiled = compile_pipeline(shaped.all_shapes, Overrides(parameters={"color": Color.RED}))
    assert compiled.file.spec.root.inputs.parameters["color"].default == "red"
    with pytest.raises(errors.WrongValue, match="cannot be 'green'"):
        compile_pipeline(shaped.all_shapes, Overrides(parameters={"color": "green"}))


@pytest.mark.parametrize(
    ("annotation", "default", "words"),
    [
        (Color, "green", "given is 'green'"),
        (Color, Size.LARGE, "its default is 2"),
        (Literal["a"], "b", "given is 'b'"),
        (Layer, {"width": "x"}, "given.width"),
        (Rules, {"limit": 10}, "given.limit"),
    ],
)
def test_a_default_that_is_not_allowed(annotation: Any, default: Any, words: str) -> None:
    """With the parameter's line."""

    def function(given: annotation = default) -> None: ...

    function.__annotations__["given"] = annotation
    with pytest.raises(errors.AuthoringError, match=words):
        dsl.component(function)


def test_what_lies_in_an_image_cannot_be_converted() -> None:
    """Its source is not ours to write."""
    with pytest.raises(errors.InvalidFunction, match="target_image"):
        dsl.component(target_image="mine:1")(shaped.build.python_func)


def test_a_class_without_source_is_told_of() -> None:
    """One that a call made, and not a `class`."""

    def function(given: Functional) -> None: ...

    with pytest.raises(errors.InvalidFunction, match="source of the class Functional cannot be read") as caught:
        dsl.component(function)
    assert caught.value.place
    assert shaping.literals(Functional) == ("a",)


def test_classes_of_a_function_around_travel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """They are no names of the module."""
    (tmp_path / "in_a_function.py").write_text(
        "from enum import Enum\nfrom dataclasses import dataclass\nfrom bakehouse import dsl\n\n\ndef around():\n"
        "    class Shade(Enum):\n        DARK = 'dark'\n\n    @dataclass\n    class Lamp:\n        shade: Shade = Shade.DARK\n\n"
        "    @dsl.component\n    def light(lamp: Lamp, shade: Shade) -> Shade:\n        return lamp.shade\n\n    return light\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    light = importlib.import_module("in_a_function").around()
    assert not light.all_errors()
    text = light.executor.command[-1]
    assert text.index("class Shade(Enum)") < text.index("@dataclass\nclass Lamp") < text.index("def light")


def test_a_class_that_calls_itself_by_another_name_travels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The other name stands behind the class that it is of, at its place, and not behind whatever came before."""
    file = tmp_path / "by_two_names.py"
    file.write_text(
        "from dataclasses import dataclass\nfrom bakehouse import dsl\n\n\n@dataclass\nclass Lamp:\n    watts: int\n\n\n"
        "@dataclass\nclass Layer:\n    width: int\n    lamp: Lamp\n\n    def wider(self) -> 'L':\n        return L(self.width + 1, self.lamp)\n\n\n"
        "L = Layer\n\n\n@dsl.component\ndef widen(layer: L) -> L:\n    return layer.wider()\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    widen = importlib.import_module("by_two_names").widen
    assert not widen.all_errors()
    assert [(part.text.split("\n")[-2].strip(), part.line) for part in widen.parts] == [
        ("watts: int", 5),
        ("return L(self.width + 1, self.lamp)", 10),
        ("L = Layer", 10),
        ("return layer.wider()", 23),
    ]


def test_a_class_that_names_itself_is_shaped_all_the_way_down(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In an Optional, a list and a mapping; the class of a function is no name of its module."""
    (tmp_path / "names_itself.py").write_text(
        "from dataclasses import dataclass, field\nfrom typing import Optional\n\n\ndef around():\n    @dataclass\n    class Node:\n"
        "        width: float\n        left: Optional['Node'] = None\n        below: list['Node'] = field(default_factory=list)\n"
        "        named: 'dict[str, Node] | None' = None\n\n    return Node\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    node = importlib.import_module("names_itself").around()
    tree = node(1.0, left=node(2.0, below=[node(3.0)]), named={"a": node(4.0)})
    assert shaping.read(node, shaping.written(tree)) == tree
    for wrong in (node(1.0, left="x"), node(1.0, below=["x"]), node(1.0, named={"a": node("x")})):
        assert len(shaping.wrong(node, shaping.written(wrong), "tree", lambda _: True)) == 1


def test_classes_of_a_notebook_travel() -> None:
    """Of the latest cell that has one of this name; a cell is no file."""
    space: dict[str, Any] = {"__name__": "a_notebook"}
    module = sys.modules["a_notebook"] = type(sys)("a_notebook")
    try:
        module.__dict__.update(space)
        space = module.__dict__
        _typed_in("<cell 2>", "from enum import Enum\n\n\nclass Shade(Enum):\n    LIGHT = 'light'\n", space)
        _typed_in("<cell 3>", "print('other')\n\n\nclass Shade(Enum):\n    DARK = 'dark'\n", space)
        _typed_in("<cell 4>", "from bakehouse import dsl\n\n\n@dsl.component\ndef light(shade: Shade) -> Shade:\n    return shade\n", space)
    finally:
        del sys.modules["a_notebook"]
    assert "class Shade(Enum):\n    DARK = 'dark'\n" in space["light"].executor.command[-1]


def _typed_in(file: str, source: str, space: dict[str, Any]) -> None:
    """Run a cell as a notebook does."""
    linecache.cache[file] = (len(source), None, source.splitlines(keepends=True), file)
    exec(compile(source, file, "exec", dont_inherit=True), space)  # noqa: S102  # as a notebook does
