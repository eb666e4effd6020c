"""A pipeline that does not hold together is refused, with every place and what was probably meant."""

from __future__ import annotations

from pathlib import Path

import pytest

from bakehouse.ir import text, validation
from bakehouse.ir.errors import InvalidPipeline
from bakehouse.ir.wiring import first_cycle
from tests.unit.ir.samples import PIPELINE, changed, problems

NUMBER = "number: {taskOutputParameter: {producerTask: make, outputParameterKey: number}}"
DATA = "data: {taskOutputArtifact: {producerTask: make, outputArtifactKey: data}}"
OUTPUT = "root:\n  dag:\n    outputs: {parameters: {x: {valueFromParameter: {producerSubtask: %s, outputParameterKey: %s}}}}"

CASES = [
    (("{name: comp-make}", "{name: comp-mak}"), "p.yaml:32", "no component comp-mak", "comp-make"),
    (("executorLabel: exec-make", "executorLabel: exec-mak"), "p.yaml:3", "no executor exec-mak", "exec-make"),
    (("    executorLabel: exec-make\n", ""), "p.yaml:2", "neither a dag nor an executorLabel", ""),
    (("executorLabel: exec-make", "executorLabel: exec-make\n    dag: {}"), "p.yaml:2", "both", ""),
    (("producerTask: make, outputParameterKey", "producerTask: maker, outputParameterKey"), "p.yaml:42", "no task maker", "make"),
    (("outputParameterKey: number", "outputParameterKey: numbr"), "p.yaml:42", "no output numbr", "number"),
    (("outputParameterKey: number", "outputParameterKey: data"), "p.yaml:42", "of the other kind", ""),
    (("outputArtifactKey: data", "outputArtifactKey: number"), "p.yaml:40", "of the other kind", ""),
    (("dependentTasks: [make]", "dependentTasks: [made]"), "p.yaml:37", "no task of the same DAG", "make"),
    ((f"          parameters:\n            {NUMBER}\n", ""), "p.yaml:38", "not given its input number", ""),
    ((NUMBER, f"{NUMBER}\n            other: {{runtimeValue: {{constant: 1}}}}"), "p.yaml:43", "no input other", "There is"),
    ((NUMBER, f"{NUMBER}\n            data: {{runtimeValue: {{constant: 1}}}}"), "p.yaml:43", "is an artifact", ""),
    ((DATA, DATA.replace("data:", "number:", 1)), "p.yaml:40", "number is a parameter", ""),
    ((NUMBER, "number: {runtimeValue: {constant: text}}"), "p.yaml:42", "'text' is no NUMBER_INTEGER", ""),
    ((NUMBER, "number: {componentInputParameter: n}"), "p.yaml:42", "no input parameter n", ""),
    (("number: {parameterType: NUMBER_INTEGER}\n  comp-use", "number: {parameterType: STRING}\n  comp-use"), "p.yaml:42", "is a STRING", ""),
    (("schemaTitle: system.Dataset", "schemaTitle: system.Model"), "p.yaml:40", "what it is given is a system.Model", ""),
    (("0.0.1}}\n      parameters:\n        number", "1.0.0}}\n      parameters:\n        number"), "p.yaml:40", "is a system.Dataset", ""),
    (
        ("0.0.1}}\n      parameters:\n        number", "0.0.1}, isArtifactList: true}\n      parameters:\n        number"),
        "p.yaml:40",
        "a list of",
        "",
    ),
    (("defaultValue: 2.0", "defaultValue: two"), "p.yaml:15", "default of factor is 'two'", ""),
    (("['number']", "['numbr']"), "p.yaml:23", "names an input parameter", "number"),
    (("command: [use]", "command: ['{{$.outputs.artifacts[\"x\"].uri}}']"), "p.yaml:24", "names an output artifact", ""),
    (("command: [use]", 'command: [\'{"IfPresent": {"InputName": "x", "Then": "y"}}\']'), "p.yaml:24", '"InputName": "x"', ""),
    (("{name: sample}", "{name: Sample}"), "p.yaml:26", "'Sample' is no name", ""),
    (("2.1.0", "3.0.0"), "p.yaml:44", "schema version 3.0.0", ""),
    (("root:\n  dag:", OUTPUT % ("make", "nothing")), "p.yaml:29", "no output nothing", "number"),
    (("root:\n  dag:", OUTPUT % ("nobody", "number")), "p.yaml:29", "no task nobody", ""),
    (("cachingOptions: {enableCache: true}", "dependentTasks: [use]"), "p.yaml:30", "cycle: make → use → make", ""),
    (("dependentTasks: [make]", "dependentTasks: [use]"), "p.yaml:34", "cycle: use → use", ""),
    (("taskInfo: {name: use}", "parameterIterator: {itemInput: i, items: {inputParameter: xs}}"), "p.yaml:43", "goes over an input xs", ""),
]


@pytest.mark.parametrize(("change", "place", "said", "meant"), CASES, ids=[case[2] for case in CASES])
def test_what_does_not_fit_is_named_with_its_line(change: tuple[str, str], place: str, said: str, meant: str) -> None:
    """The line is that of the name which is wrong; the remedy names what was probably meant."""
    problem = next(one for one in problems(changed(change)) if said in one.message)
    assert (problem.place or "").startswith(f"{place} ("), str(problem)
    assert meant in (problem.remedy or "")


def test_all_come_at_once() -> None:
    """Of one file, three of them, in the order of their lines."""
    found = problems(changed(("{name: comp-make}", "{name: x}"), ("{name: sample}", "{name: S}"), ("executorLabel: exec-use", "executorLabel: y")))
    assert [(one.place or "").split()[0] for one in found] == ["p.yaml:10", "p.yaml:26", "p.yaml:32"]


@pytest.mark.parametrize(
    "change",
    [
        ("schemaTitle: system.Dataset", "schemaTitle: system.Artifact"),
        ("number: {parameterType: NUMBER_INTEGER}\ndeploy", "number: {parameterType: NUMBER_DOUBLE}\ndeploy"),
        (NUMBER, "number: {runtimeValue: {constant: \"{{$.inputs.parameters['pipelinechannel--x']}}\"}}"),
        (NUMBER, f"{NUMBER}\n            pipelinechannel--x: {{runtimeValue: {{constant: 1}}}}"),
        (NUMBER, f"{NUMBER}\n            cpu_limit: {{runtimeValue: {{constant: 500m}}}}"),
        ("defaultValue: 2.0", "defaultValue: '{{$.pipeline_job_name}}'"),
        ("2.1.0", "2.0.0"),
    ],
)
def test_what_kfp_allows_is_allowed(change: tuple[str, str]) -> None:
    """Generic artifacts, whole numbers for numbers, values computed later, inputs that a compiler adds."""
    assert validation.problems(text.read(changed(change))) == []


def test_problems_outside_a_file_have_paths() -> None:
    """A spec that comes from a compiler has no lines."""
    file = text.read(PIPELINE)
    broken = type(file)(type(file.spec)(**{**vars(file.spec), "components": {}}))
    assert [problem.place for problem in validation.problems(broken)] == [
        "root.dag.tasks.make.componentRef.name",
        "root.dag.tasks.use.componentRef.name",
    ]


def test_cycles_are_found_in_deep_and_wide_graphs() -> None:
    """No recursion, no second visit."""
    chain = {str(number): [str(number + 1)] for number in range(50_000)}
    assert first_cycle({**chain, "50000": []}) == []
    assert len(first_cycle({**chain, "50000": ["0"]})) == 50_001
    wide = {f"{level}-{one}": [f"{level + 1}-{other}" for other in range(30) if level < 29] for level in range(30) for one in range(30)}
    assert first_cycle(wide) == []
    assert first_cycle({"a": ["b", "c"], "b": [], "c": ["d"], "d": ["c"]}) == ["c", "d"]


def test_a_parameter_that_the_compiler_lost_is_no_slip_of_the_author() -> None:
    """A parameter of the pipeline is carried into a branch inside a loop, but the branch has no input for it: it is said whose fault that is."""
    compiled = (Path(__file__).parents[2] / "fixtures" / "lost_parameter.yaml").read_text(encoding="utf-8")
    with pytest.raises(InvalidPipeline) as told:
        text.read(compiled, origin="lost.yaml")
    (problem,) = told.value.problems
    assert problem.message == "kfp-2.17.0 left the parameter s of the pipeline out when it compiled: the DAG has no input pipelinechannel--s"
    assert problem.place is not None
    assert problem.place.startswith("lost.yaml:17 ")
    assert "Did you mean" not in (problem.remedy or "")
    assert "Give s to a step before the loop that returns it" in (problem.remedy or "")
    other = compiled.replace("pipelinechannel--s\n", "pipelinechannel--t\n")
    with pytest.raises(InvalidPipeline, match="Did you mean"):
        text.read(other)


def test_an_item_of_which_nothing_is_known_goes_with_every_type() -> None:
    """Compilers declare it as a text; any other text that is given for a number is refused."""
    source = """
        pipelineInfo: {name: items}
        schemaVersion: 2.1.0
        components:
          comp-loop:
            inputDefinitions: {parameters: {NAME: {parameterType: STRING}}}
            dag: {tasks: {double: {componentRef: {name: comp-double}, inputs: {parameters: {n: {componentInputParameter: NAME}}}}}}
          comp-double: {executorLabel: exec-double, inputDefinitions: {parameters: {n: {parameterType: NUMBER_INTEGER}}}}
        deploymentSpec: {executors: {exec-double: {container: {image: x}}}}
        root:
          dag:
            tasks:
              loop: {componentRef: {name: comp-loop}, parameterIterator: {itemInput: NAME, items: {raw: "[1]"}}}
    """
    text.read(source.replace("NAME", "pipelinechannel--rows-loop-item"))
    with pytest.raises(InvalidPipeline, match="n is a NUMBER_INTEGER, but what it is given is a STRING"):
        text.read(source.replace("NAME", "pipelinechannel--word"))
