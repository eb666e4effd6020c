"""Small pipelines in YAML, and a valid one to start from."""

from __future__ import annotations

import pytest

from bakehouse.errors import Problem
from bakehouse.ir import text
from bakehouse.ir.errors import InvalidPipeline

#: Two tasks: `make` gives a number and a data set, `use` takes both. Line numbers in tests count from its first line.
PIPELINE = """\
components:
  comp-make:
    executorLabel: exec-make
    outputDefinitions:
      artifacts:
        data: {artifactType: {schemaTitle: system.Dataset, schemaVersion: 0.0.1}}
      parameters:
        number: {parameterType: NUMBER_INTEGER}
  comp-use:
    executorLabel: exec-use
    inputDefinitions:
      artifacts:
        data: {artifactType: {schemaTitle: system.Dataset, schemaVersion: 0.0.1}}
      parameters:
        factor: {parameterType: NUMBER_DOUBLE, defaultValue: 2.0, isOptional: true}
        number: {parameterType: NUMBER_INTEGER}
deploymentSpec:
  executors:
    exec-make:
      container: {image: python, command: [make]}
    exec-use:
      container:
        args: ["{{$.inputs.parameters['number']}}"]
        command: [use]
        image: python
pipelineInfo: {name: sample}
root:
  dag:
    tasks:
      make:
        cachingOptions: {enableCache: true}
        componentRef: {name: comp-make}
        taskInfo: {name: make}
      use:
        cachingOptions: {}
        componentRef: {name: comp-use}
        dependentTasks: [make]
        inputs:
          artifacts:
            data: {taskOutputArtifact: {producerTask: make, outputArtifactKey: data}}
          parameters:
            number: {taskOutputParameter: {producerTask: make, outputParameterKey: number}}
        taskInfo: {name: use}
schemaVersion: 2.1.0
sdkVersion: kfp-2.17.0
"""


def changed(*changes: tuple[str, str]) -> str:
    """The sample with texts replaced, each of which it must hold."""
    result = PIPELINE
    for old, new in changes:
        assert old in result, old
        result = result.replace(old, new, 1)
    return result


def problems(content: str | bytes) -> list[Problem]:
    """What is wrong with a text, which must be refused."""
    with pytest.raises(InvalidPipeline) as refused:
        text.read(content, "p.yaml")
    return list(refused.value.problems)
