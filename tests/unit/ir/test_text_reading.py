"""Every form in which a pipeline travels is read, and values mean what the SDK that wrote them meant."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest
import yaml

from bakehouse.ir import text
from bakehouse.ir.spec import Constant, Container, PipelineFile
from tests.unit.ir.samples import PIPELINE, changed, problems

SPEC = yaml.safe_load(PIPELINE)
SETTINGS: dict[str, Any] = {"platforms": {"kubernetes": {"deploymentSpec": {"executors": {"exec-make": {"imagePullPolicy": "Always"}}}}}}


def dumped(*documents: object) -> str:
    return yaml.dump_all(documents, Dumper=yaml.SafeDumper)


def default_of(written: str, kind: str = "STRING", sdk: str = "kfp-2.17.0") -> object:
    """The default of a parameter as it is read."""
    content = changed(("parameterType: NUMBER_DOUBLE, defaultValue: 2.0", f"parameterType: {kind}, defaultValue: {written}"), ("kfp-2.17.0", sdk))
    return text.read(content).spec.components["comp-use"].inputs.parameters["factor"].default


def snake(value: Any) -> Any:
    """A document with the names that the proto has, as far as they are fields."""
    names = {"executorLabel": "executor_label", "pipelineInfo": "pipeline_info", "componentRef": "component_ref", "parameterType": "parameter_type"}
    if isinstance(value, dict):
        return {names.get(key, key): snake(one) for key, one in value.items()}
    return [snake(one) for one in value] if isinstance(value, list) else value


@pytest.mark.parametrize(
    "content",
    [
        PIPELINE,
        PIPELINE.encode(),
        "\ufeff" + PIPELINE,
        b"\xef\xbb\xbf" + PIPELINE.encode(),
        "---\n" + PIPELINE + "---\n",
        json.dumps(SPEC),
        json.dumps(SPEC, indent="\t"),
        dumped({"pipeline_spec": SPEC}),
        json.dumps({"pipelineSpec": SPEC, "runtimeConfig": {}}),
        dumped(snake(SPEC)),
        dumped({"apiVersion": "pipelines.kubeflow.org/v2beta1", "kind": "PipelineVersion", "spec": {"pipelineSpec": SPEC}}),
        "unknown: &x {deep: [1]}\nother: *x\n" + PIPELINE,
    ],
)
def test_every_form_of_the_same_pipeline_is_the_same_pipeline(content: str | bytes) -> None:
    """YAML and JSON, wrapped or bare, with either kind of field names; unknown fields are left alone."""
    assert text.read(content) == text.read(PIPELINE)


@pytest.mark.parametrize(
    "content",
    [
        dumped(SPEC, SETTINGS),
        dumped(SETTINGS, SPEC),
        dumped({"pipeline_spec": SPEC, "platform_spec": SETTINGS}),
        dumped({"pipelineSpec": SPEC, "platformSpec": SETTINGS}),
        dumped(
            {"apiVersion": "pipelines.kubeflow.org/v2beta1", "kind": "Pipeline", "metadata": {"name": "p"}},
            {
                "apiVersion": "pipelines.kubeflow.org/v2beta1",
                "kind": "PipelineVersion",
                "spec": {"pipelineSpec": SPEC, "platformSpec": SETTINGS},
            },
        ),
    ],
)
def test_platform_settings_come_along(content: str) -> None:
    """In any order and wrapping."""
    assert text.read(content) == PipelineFile(text.read(PIPELINE).spec, SETTINGS["platforms"])


@pytest.mark.parametrize(
    ("kind", "written", "value"),
    [
        ("NUMBER_INTEGER", "3.0", 3),
        ("NUMBER_INTEGER", "3", 3),
        ("NUMBER_INTEGER", "0", 0),
        ("NUMBER_INTEGER", "1.0e+16", 10**16),
        ("NUMBER_DOUBLE", "3", 3.0),
        ("NUMBER_DOUBLE", "1e-3", 0.001),
        ("NUMBER_DOUBLE", "1.0e-10", 1e-10),
        ("NUMBER_DOUBLE", ".inf", math.inf),
        ("STRING", "2024-01-01", "2024-01-01"),
        ("STRING", "2024-01-01 10:00:00", "2024-01-01 10:00:00"),
        ("STRING", "1e-3", "1e-3"),
        ("STRING", "''", ""),
        ("STRING", "'yes'", "yes"),
        ("STRING", "!!str 3", "3"),
        ("BOOLEAN", "yes", True),
        ("BOOLEAN", "off", False),
        ("LIST", "[1.0, 2.5, [3.0], true, x, null]", [1, 2.5, [3], True, "x", None]),
        ("LIST", "[]", []),
        ("STRUCT", "{a: 1.0, b: {c: 2}}", {"a": 1, "b": {"c": 2}}),
        ("STRUCT", "{}", {}),
    ],
)
def test_a_value_is_read_as_its_type(kind: str, written: str, value: object) -> None:
    """Whole numbers in integers, lists and mappings are integers again, although KFP's files write them as floats."""
    read = default_of(written, kind)
    assert read == value
    assert type(read) is type(value)


def test_numbers_with_an_exponent_are_what_their_writer_meant() -> None:
    """PyYAML writes the text `1e-3` without quotes; everybody else means a number by it."""
    assert default_of("[1e-3]", "LIST", "kfp-2.17.0") == ["1e-3"]
    assert default_of("[1e-3]", "LIST", "my-tool-1") == [0.001]


def test_a_null_default_is_none() -> None:
    """A parameter with `defaultValue: null` has no default."""
    assert default_of("null") is None


def test_json_may_hold_what_is_no_number() -> None:
    """NaN and the infinities, as Python's json module writes them."""
    content = json.loads(json.dumps(SPEC))
    content["components"]["comp-use"]["inputDefinitions"]["parameters"]["factor"]["defaultValue"] = math.inf
    content["components"]["comp-make"]["outputDefinitions"]["artifacts"]["data"]["metadata"] = {"none": math.nan, "icon": "😀\\ud83d"}
    file = text.read(json.dumps(content))
    assert file.spec.components["comp-use"].inputs.parameters["factor"].default == math.inf
    metadata = file.spec.components["comp-make"].outputs.artifacts["data"].metadata
    assert math.isnan(metadata["none"])
    assert metadata["icon"] == "😀\\ud83d"


def test_merge_keys_are_honoured() -> None:
    """`<<: *name` brings in entries; the mapping's own win."""
    content = changed(
        ("{image: python, command: [make]}", "&base {image: python, command: [make]}"),
        ("container:\n        args", "container:\n        <<: *base\n        args"),
        ("        image: python\n", ""),
    )
    executor = text.read(content).spec.executors["exec-use"]
    assert isinstance(executor, Container)
    assert (executor.image, executor.command) == ("python", ("use",))


def test_a_constant_has_the_type_of_the_input_that_it_feeds() -> None:
    """`1.0` for an integer is 1."""
    content = changed(("{taskOutputParameter: {producerTask: make, outputParameterKey: number}}", "{runtimeValue: {constant: 1.0}}"))
    dag = text.read(content).spec.root.dag
    assert dag is not None
    source = dag.tasks["use"].inputs.parameters["number"]
    assert isinstance(source, Constant)
    assert isinstance(source.value, int)


@pytest.mark.parametrize(
    ("field", "near"), [("executorLable", "executorLabel"), ("executorlabel", "executorLabel"), ("executorLabe", "executorLabel")]
)
def test_a_field_with_one_wrong_letter_is_named(field: str, near: str) -> None:
    """With the one that was meant."""
    found = problems(changed(("executorLabel: exec-make", f"{field}: exec-make")))
    assert found[0].place == f"p.yaml:3 (components.comp-make.{field})"
    assert found[0].remedy == f"Did you mean {near}?"


def test_enumerations_and_old_fields_are_read_as_protobuf_does() -> None:
    """Numbers stand for names; the deprecated types and constants of the first 2.0 betas are still understood."""
    assert text.read(changed(("parameterType: NUMBER_INTEGER}\n  comp-use", "parameterType: 2}\n  comp-use"))) == text.read(PIPELINE)
    assert text.read(changed(("parameterType: NUMBER_INTEGER}\n  comp-use", "type: INT}\n  comp-use"))) == text.read(PIPELINE)
    content = changed(("{taskOutputParameter: {producerTask: make, outputParameterKey: number}}", "{runtimeValue: {constantValue: {intValue: '7'}}}"))
    dag = text.read(content).spec.root.dag
    assert dag is not None
    assert dag.tasks["use"].inputs.parameters["number"] == Constant(7)
