"""What a step asks of Kubernetes, with the values of its run."""

from __future__ import annotations

from typing import Any

import pytest

from bakehouse.ir.spec import ComponentInputParameter, Constant, ParameterSource, TaskOutputParameter
from bakehouse.ir.values import Json
from bakehouse.orchestrator import pod_settings

_FROM_INPUT = {"componentInputParameter": "pipelinechannel--name"}
_FROM_TASK = {"taskOutputParameter": {"producerTask": "make", "outputParameterKey": "name"}}


def _value(source: ParameterSource) -> Json:
    match source:
        case Constant(value=value):
            return value
        case ComponentInputParameter(name=name):
            return f"input {name}"
        case TaskOutputParameter(producer_task=task, output_key=key):
            return f"{task}.{key}"
        case _:
            return None


@pytest.mark.parametrize(
    ("said", "becomes"),
    [
        (
            {"secretAsEnv": [{"secretName": "", "secretNameParameter": _FROM_INPUT, "keyToEnv": [{"secretKey": "a", "envVar": "A"}]}]},
            {
                "secretAsEnv": [
                    {"secretName": "", "secretNameParameter": "input pipelinechannel--name", "keyToEnv": [{"secretKey": "a", "envVar": "A"}]}
                ]
            },
        ),
        (
            {"pvcMount": [{"mountPath": "/d", "pvcNameParameter": _FROM_TASK, **_FROM_TASK}]},
            {"pvcMount": [{"mountPath": "/d", "pvcNameParameter": "make.name"}]},
        ),
        ({"pvcMount": [{"mountPath": "/d", **_FROM_TASK}]}, {"pvcMount": [{"mountPath": "/d", "constant": "make.name"}]}),
        ({"pvcMount": [{"mountPath": "/d", "constant": "mine"}]}, {"pvcMount": [{"mountPath": "/d", "constant": "mine"}]}),
        ({"nodeSelector": {"nodeSelectorJson": {"runtimeValue": {"constant": {"a": "b"}}}}}, {"nodeSelector": {"nodeSelectorJson": {"a": "b"}}}),
        ({"tolerations": [{"tolerationJson": {"taskFinalStatus": {}}}]}, {"tolerations": [{"tolerationJson": None}]}),
        ({"podMetadata": {"labels": {"a": "b"}}, "imagePullPolicy": "Never"}, {"podMetadata": {"labels": {"a": "b"}}, "imagePullPolicy": "Never"}),
    ],
)
def test_values_of_the_run_are_put_in(said: dict[str, Any], becomes: dict[str, Any]) -> None:
    """Wherever KFP lets a value of the run stand, old files included; all else stays as it is."""
    assert pod_settings.settled(said, _value) == becomes
