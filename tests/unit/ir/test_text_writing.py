"""What is written is what was read, in one canonical form, which is the one that KFP's compiler writes."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any

import pytest
import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bakehouse.ir import scalars, text, writing
from bakehouse.ir.dumping import dumped
from bakehouse.ir.spec import (
    ArtifactInput,
    ArtifactOutput,
    ArtifactType,
    CachingOptions,
    Component,
    ComponentInputParameter,
    ComponentInputs,
    ComponentOutputs,
    Constant,
    Container,
    Dag,
    DagOutputs,
    OutputSelector,
    ParameterInput,
    ParameterOutput,
    ParameterType,
    PipelineFile,
    PipelineInfo,
    PipelineSpec,
    Resources,
    RetryPolicy,
    Task,
    TaskInputs,
    TaskOutputArtifact,
    TaskOutputParameter,
)
from tests.unit.ir.samples import PIPELINE, changed

# Texts that YAML can hold: no surrogates, and no controls that its reader refuses even when escaped.
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=100) | st.sampled_from(
    [
        "yes",
        "1e-3",
        "2024-01-01",
        "null",
        "~",
        "a: b",
        "- x",
        "#",
        "\n",
        "x\n\n y ",
        "é\u2028",
        "=",
        "<<",
        "'",
        '"',
        "{{$}}",
        "long " * 40,
        "0x1F",
        "1_000",
    ]
)
names = st.text(st.sampled_from("abcxyz-_09"), min_size=1, max_size=12)
numbers = st.integers(-(2**60), 2**60) | st.floats(allow_nan=False)
values = st.recursive(
    st.none() | st.booleans() | numbers | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=12,
)
DEFAULTS: dict[ParameterType, st.SearchStrategy[Any]] = {
    ParameterType.STRING: texts,
    ParameterType.NUMBER_INTEGER: st.integers(-(2**70), 2**70),
    ParameterType.NUMBER_DOUBLE: st.floats(allow_nan=False),
    ParameterType.BOOLEAN: st.booleans(),
    ParameterType.LIST: st.lists(values, max_size=3),
    ParameterType.STRUCT: st.dictionaries(texts, values, max_size=3),
}


@st.composite
def parameter_inputs(draw: st.DrawFn) -> ParameterInput:
    kind = draw(st.sampled_from(sorted(DEFAULTS)))
    return ParameterInput(kind, draw(DEFAULTS[kind] | st.none()), is_optional=True, description=draw(texts))


artifact_types = st.builds(ArtifactType, st.just("system.Dataset"), st.just("0.0.1"))


@st.composite
def files(draw: st.DrawFn) -> PipelineFile:
    """A chain of tasks: each takes what the one before gives, and parameters and constants besides."""
    root = draw(st.dictionaries(names, parameter_inputs(), max_size=3))
    tasks: dict[str, Task] = {}
    components: dict[str, Component] = {}
    for number in range(draw(st.integers(1, 3))):
        own = draw(st.dictionaries(names.map("own-".__add__), parameter_inputs(), max_size=3))
        sources: dict[str, Any] = {name: Constant(draw(DEFAULTS[one.type])) for name, one in own.items() if draw(st.booleans())}
        inputs = {**own, **{f"pipelinechannel--{name}": one for name, one in root.items()}}
        sources |= {f"pipelinechannel--{name}": ComponentInputParameter(name) for name in root}
        before = f"task-{number - 1}"
        artifacts = {}
        if number:
            inputs["before"] = ParameterInput(ParameterType.NUMBER_INTEGER)
            sources["before"] = TaskOutputParameter(before, "Output")
            artifacts["data"] = TaskOutputArtifact(before, "data")
        components[f"comp-{number}"] = Component(
            inputs=ComponentInputs(inputs, {"data": ArtifactInput(draw(artifact_types), description=draw(texts))} if number else {}),
            outputs=ComponentOutputs(
                {"Output": ParameterOutput(ParameterType.NUMBER_INTEGER, draw(texts))},
                {"data": ArtifactOutput(draw(artifact_types), metadata=draw(st.dictionaries(texts, values, max_size=2)))},
            ),
            executor_label=f"exec-{number}",
        )
        tasks[f"task-{number}"] = Task(
            component=f"comp-{number}",
            display_name=draw(texts),
            inputs=TaskInputs(sources, artifacts),
            dependent_tasks=(before,) if number else (),
            caching=draw(st.none() | st.builds(CachingOptions, st.booleans(), texts)),
            retry=draw(st.none() | st.builds(RetryPolicy, st.integers(0, 9), st.just(1.5) | st.none(), st.just(2.0) | st.none(), st.just(3600.0))),
        )
    container = st.builds(
        Container,
        st.just("python"),
        st.lists(texts, max_size=3).map(tuple),
        st.lists(texts, max_size=3).map(tuple),
        st.lists(st.tuples(names, texts), max_size=2).map(tuple),
        st.none() | st.builds(Resources, cpu_limit=st.just(0.5), resource_cpu_limit=texts),
    )
    spec = PipelineSpec(
        info=PipelineInfo("name", draw(texts), draw(texts)),
        root=Component(
            inputs=ComponentInputs(root),
            outputs=ComponentOutputs({"Output": ParameterOutput(ParameterType.NUMBER_INTEGER)}),
            dag=Dag(tasks, DagOutputs({"Output": (OutputSelector("task-0", "Output"),)})),
        ),
        components=components,
        executors={f"exec-{number}": draw(container) for number in range(len(tasks))},
        default_pipeline_root=draw(texts),
        sdk_version=draw(st.sampled_from(["kfp-2.17.0", "bakehouse-0.1.0", ""])),
    )
    return PipelineFile(spec, draw(st.just({}) | st.dictionaries(names, st.dictionaries(texts, values, max_size=2), min_size=1, max_size=2)))


@given(files())
@settings(max_examples=60)
def test_what_is_written_is_read_again(file: PipelineFile) -> None:
    """Whatever the texts and values are; and writing that again gives the same bytes."""
    written = text.write(file)
    read = text.read(written)
    assert read == file
    assert text.write(read) == written


@given(st.dictionaries(texts, values, max_size=4))
@example({"a": "x " * 60, "b": ["x\n y" * 30, {}, [], [[1, [2]], {"k": "v"}]], "": {"\n": 1}, "k" * 200: 1})
def test_yaml_is_what_pyyaml_dumps(document: dict[str, Any]) -> None:
    """Byte for byte, but for texts such as `1e-3`, which PyYAML leaves for others to take for numbers."""
    expected = yaml.dump(document, Dumper=_NoAliases, sort_keys=True)
    if not _has_scientific(document):
        assert dumped([document]) == expected
    assert yaml.safe_load(dumped([document])) == document or document != document  # noqa: PLR0124  # NaN


class _NoAliases(yaml.SafeDumper):
    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002  # PyYAML's signature
        return True


def _has_scientific(value: Any) -> bool:
    if isinstance(value, dict):
        return any(_has_scientific(key) or _has_scientific(one) for key, one in value.items())
    if isinstance(value, list):
        return any(_has_scientific(one) for one in value)
    return isinstance(value, str) and scalars.is_scientific(value)


def test_texts_that_look_like_numbers_are_quoted() -> None:
    """For readers that are not PyYAML, KFP's server among them."""
    assert dumped([{"a": "1e-3"}]) == "a: '1e-3'\n"


def test_the_header_says_what_the_pipeline_takes_and_gives() -> None:
    """In the form of KFP's compiler; defaults with a line break do not leave the comment."""
    inputs = {
        "n": ParameterInput(ParameterType.NUMBER_INTEGER, 3, is_optional=True),
        "none": ParameterInput(ParameterType.BOOLEAN, is_optional=True),
        "text": ParameterInput(ParameterType.STRING, "a\nb", is_optional=True),
        "options": ParameterInput(ParameterType.STRUCT, {"b": 1, "a": [2]}, is_optional=True),
    }
    file = text.read(PIPELINE)
    spec = replace(
        file.spec,
        info=PipelineInfo("sample", description="One.\nTwo."),
        root=replace(
            file.spec.root,
            inputs=ComponentInputs(inputs, {"data": ArtifactInput(ArtifactType("system.Dataset", "0.0.1"))}),
            outputs=ComponentOutputs({"Output": ParameterOutput(ParameterType.LIST)}),
        ),
    )
    assert text.write(PipelineFile(spec)).partition("components:")[0] == (
        "# PIPELINE DEFINITION\n"
        "# Name: sample\n"
        "# Description: One.\n"
        "#              Two.\n"
        "# Inputs:\n"
        "#    data: system.Dataset\n"
        "#    n: int [Default: 3.0]\n"
        "#    none: bool\n"
        "#    options: dict [Default: {'a': [2.0], 'b': 1.0}]\n"
        "#    text: str [Default: 'a\\nb']\n"
        "# Outputs:\n"
        "#    Output: list\n"
    )


def test_falsy_defaults_are_written_and_a_switched_off_cache_is_empty() -> None:
    """As KFP's compiler does."""
    written = text.write(text.read(changed(("defaultValue: 2.0", "defaultValue: 0"))))
    assert "defaultValue: 0.0\n" in written
    assert "cachingOptions: {}\n" in written
    assert "enableCache: true\n" in written


@pytest.mark.parametrize(
    ("seconds", "written"), [(0, "0s"), (3600, "3600s"), (1.5, "1.500s"), (0.000001, "0.000001s"), (1e-9, "0.000000001s"), (-1.5, "-1.500s")]
)
def test_durations_are_written_as_protobuf_does(seconds: float, written: str) -> None:
    """Without decimals, or with 3, 6 or 9."""
    assert writing.duration(seconds) == written


def test_a_pipeline_of_2000_tasks_takes_less_than_seconds() -> None:
    """Reading and writing are linear and fast; the bound is one of this process, however busy the machine is."""
    file = text.read(PIPELINE)
    dag = file.spec.root.dag
    assert dag is not None
    count = range(2000)
    make, use = file.spec.components["comp-make"], file.spec.components["comp-use"]
    executor = file.spec.executors["exec-make"]
    assert isinstance(executor, Container)
    spec = replace(
        file.spec,
        root=replace(file.spec.root, dag=Dag({f"make-{one}": replace(dag.tasks["make"], component=f"comp-{one}") for one in count})),
        components={"comp-use": use, **{f"comp-{one}": replace(make, executor_label=f"exec-{one}") for one in count}},
        executors={**file.spec.executors, **{f"exec-{one}": replace(executor, args=(f"def f{one}():\n    return {one}\n",)) for one in count}},
    )
    started = time.process_time()
    assert text.read(text.write(PipelineFile(spec))).spec == spec
    assert time.process_time() - started < 4
