"""Component files of KFP 1: what they become, and what is told of those that cannot be components."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from bakehouse import components
from bakehouse.components.errors import InvalidComponent
from bakehouse.dsl import recording
from bakehouse.dsl.errors import AuthoringProblems
from bakehouse.ir.spec import ParameterType

FILE = """
name: One
inputs:
- {name: Some Text, type: String, optional: true}
- {name: rows, type: Dataset, optional: true}
outputs:
- {name: Out Put, type: Integer}
- {name: table, type: Dataset}
implementation:
  container:
    image: alpine
    args: [ARGUMENT]
"""


def _args(argument: str) -> tuple[str, ...]:
    return components.load_component_from_text(FILE.replace("ARGUMENT", argument)).executor.args


@pytest.mark.parametrize(
    ("argument", "args"),
    [
        ("a, 'b c', 5, 1.50, true", ("a", "b c", "5", "1.50", "true")),
        ("{inputValue: Some Text}", ("{{$.inputs.parameters['some_text']}}",)),
        ("{inputPath: rows}", ("{{$.inputs.artifacts['rows'].path}}",)),
        ("{inputUri: rows}", ("{{$.inputs.artifacts['rows'].uri}}",)),
        ("{outputPath: Out Put}", ("{{$.outputs.parameters['out_put'].output_file}}",)),
        ("{outputPath: table}", ("{{$.outputs.artifacts['table'].path}}",)),
        ("{outputUri: table}", ("{{$.outputs.artifacts['table'].uri}}",)),
        ("{executorInput: }", ("{{$}}",)),
        ("{concat: [a, {inputValue: Some Text}]}", ('{"Concat": ["a", "{{$.inputs.parameters[\'some_text\']}}"]}',)),
        ("{if: {cond: {isPresent: rows}, then: [a], else: [b, c]}}", ('{"IfPresent": {"InputName": "rows", "Then": ["a"], "Else": ["b", "c"]}}',)),
        # kfp keeps what is nested in an `else` that is no list as it stands in the file.
        (
            "{if: {cond: {isPresent: rows}, then: a, else: {inputValue: Some Text}}}",
            ('{"IfPresent": {"InputName": "rows", "Then": "a", "Else": "{{$.inputs.parameters[\'some_text\']}}"}}',),
        ),
    ],
)
def test_an_argument(argument: str, args: tuple[str, ...]) -> None:
    """Texts stay, placeholders become today's."""
    assert _args(argument) == args


@pytest.mark.parametrize(
    ("kind", "given", "default"),
    [
        ("Integer", "'5'", 5),
        ("Integer", "5.0", 5),
        ("Integer", str(2**63 + 1), 2**63 + 1),
        ("int", f"'{2**63 + 1}'", 2**63 + 1),
        ("Float", "'1e-3'", 0.001),
        ("String", "5", "5"),
        ("Text", "true", "True"),
        ("Boolean", "'off'", False),
        ("Bool", "true", True),
        ("JsonArray", "'[1, \"a\"]'", [1, "a"]),
        ("List", "[1, 2]", [1, 2]),
        ("'typing.Dict[str, int]'", "'{\"a\": {}}'", {"a": {}}),
        ("JsonObject", "{a: 1}", {"a": 1}),
    ],
)
def test_a_default_is_of_the_type_of_its_input(kind: str, given: str, default: Any) -> None:
    """In the file it may be a text."""
    text = f"inputs: [{{name: x, type: {kind}, default: {given}}}]\nimplementation: {{container: {{image: alpine}}}}"
    (declared,) = components.load_component_from_text(text).interface.inputs.parameters.values()
    assert (declared.default, declared.is_optional) == (default, True)
    assert type(declared.default) is type(default)


def test_no_default_at_all() -> None:
    """Null says nothing, and does not make the input optional; `optional` does."""
    text = "inputs: [{name: a, type: String, default: null}, {name: b, type: PipelineTaskFinalStatus}, {name: c, optional: true}]\n"
    loaded = components.load_component_from_text(text + "implementation: {container: {image: alpine}}")
    assert loaded.required_inputs == ["a"]
    assert loaded.interface.inputs.parameters["b"].type is ParameterType.TASK_FINAL_STATUS


MISTAKES = [
    ("{inputValue: Some Txt}", "there is no input 'Some Txt'", "Did you mean `Some Text`?", "args.0.inputValue"),
    ("{outputPath: nothing}", "there is no output 'nothing'", "There is: Out Put, table.", "args.0.outputPath"),
    ("{inputValue: rows}", "the input 'rows' is a Dataset, which has no value", "Write inputPath", "args.0.inputValue"),
    ("{inputPath: Some Text}", "the input 'Some Text' is a str, which is handed over as a value", "Write inputValue", "args.0.inputPath"),
    ("{outputUri: Out Put}", "the output 'Out Put' is an int, which has no URI", "Write outputPath.", "args.0.outputUri"),
    ("{inputVale: rows}", "inputVale is no placeholder", "Did you mean `inputValue`?", "args.0"),
    ("{inputValue: rows, inputPath: rows}", "a placeholder has one name", "braces of its own", "args.0"),
    ("{if: {cond: true, then: [a]}}", "`if` asks whether an input is given", "isPresent", "args.0.if"),
    ("{concat: [{if: {cond: {isPresent: rows}, then: [a, b]}}]}", "has a list as `then`", "Write one element there.", "args.0"),
    ("~", "an element of the command is empty", 'an empty one is "".', "args.0"),
    ("[a]", "0 must be a text, not a list", "", "args.0"),
]


@pytest.mark.parametrize(("argument", "message", "remedy", "path"), MISTAKES)
def test_a_mistake_in_a_command(argument: str, message: str, remedy: str, path: str) -> None:
    """With file, line and path in the file."""
    with pytest.raises(InvalidComponent) as caught:
        _args(argument)
    assert message in caught.value.message
    assert remedy in str(caught.value.remedy or "")
    assert str(caught.value.place).startswith(f"{__file__}:")
    assert str(caught.value.place).endswith(f", in its text:12 (implementation.container.{path})")


@pytest.mark.parametrize(
    ("text", "message", "remedy"),
    [
        ("implementation: {graph: {tasks: {}}}", "the implementation is no container", "@dsl.pipeline"),
        ("implementation: {}", "the implementation is no container", "Write `container"),
        ("implementation: {container: {command: [a]}}", "image is missing", "Name the image"),
        ("nme: x\nimplementation: {container: {image: a}}", "nme is not a field here", "Did you mean `name`?"),
        ("implementation: {container: {image: a, resources: {}}}", "resources is not a field here", "There is: image"),
        ("inputs: [{name: x, typ: String}]\nimplementation: {container: {image: a}}", "typ is not a field here", "Did you mean `type`?"),
        ("inputs: [{type: String}]\nimplementation: {container: {image: a}}", "an input or output has no name", "Write `name: …`"),
        (
            "inputs: [{name: A b}, {name: a_b}]\nimplementation: {container: {image: a}}",
            "'a_b' is called a_b in a pipeline, and so is 'A b'",
            "another",
        ),
        ("inputs: [{name: x, type: Integer, default: a}]\nimplementation: {container: {image: a}}", "the default 'a' is no int", "Correct"),
        ("inputs: [{name: x, type: Integer, default: 1.5}]\nimplementation: {container: {image: a}}", "the default 1.5 is no int", "Correct"),
        ("inputs: [{name: x, type: List, default: '{}'}]\nimplementation: {container: {image: a}}", "the default '{}' is no list", "Correct"),
        ("inputs: [{name: x, type: Float, default: .nan}]\nimplementation: {container: {image: a}}", "the default nan is no float", "Correct"),
        ("implementation: {container: {image: a, fileOutputs: {x: /x}}}", "there is no output 'x'", "There is none at all."),
    ],
)
def test_a_mistake_elsewhere(text: str, message: str, remedy: str) -> None:
    """With its remedy."""
    with pytest.raises(InvalidComponent) as caught:
        components.load_component_from_text(text)
    assert message in caught.value.message
    assert remedy in str(caught.value.remedy)


def test_all_mistakes_are_told_at_once() -> None:
    """In the order of the file."""
    with pytest.raises(AuthoringProblems) as caught:
        components.load_component_from_text("inputs: [{name: x, type: Bool, default: maybe}]\nimplementation: {container: {args: [{inputValue: y}]}}")
    assert [one.message for one in caught.value.problems] == ["the default 'maybe' is no bool", "image is missing", "there is no input 'y'"]


def test_while_a_file_is_loaded_they_wait() -> None:
    """They are told together with all that is wrong in the pipeline."""
    with recording.deferred():
        loaded = components.load_component_from_text("implementation: {}")
    assert [type(one) for one in loaded.errors] == [InvalidComponent]


def test_file_outputs_are_warned_of(tmp_path: Path) -> None:
    """At the author's line: KFP 2 ignores them in silence, and the step fails for it has written nothing."""
    content = "outputs: [{name: x}]\nimplementation: {container: {image: a, fileOutputs: {x: /x}}}"
    (tmp_path / "one.yaml").write_text(content)
    with pytest.warns(UserWarning, match=r"in its text:2: KFP 2 ignores fileOutputs: .* \{outputPath: x\}") as of_text:
        components.load_component_from_text(content)
    with pytest.warns(UserWarning, match=r"one\.yaml:2: KFP 2 ignores fileOutputs") as of_file:
        components.load_component_from_file(tmp_path / "one.yaml")
    assert [one.filename for one in (*of_text, *of_file)] == [__file__, __file__]
