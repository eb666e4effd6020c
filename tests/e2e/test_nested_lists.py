"""What loops in loops give: one list, or a list of lists where the user wants it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.home import Home

_RUN = 'program_path=$(mktemp -d)\nprintf "%s" "$0" > "$program_path/ephemeral_component.py"\npython3 -m kfp.dsl.executor_main "$@"\n'
_ADD = "from kfp import dsl\nfrom kfp.dsl import *\nfrom typing import *\n\n\ndef add(a: int, b: int) -> int:\n    return a + b\n"


def _number(*names: str) -> dict[str, Any]:
    return {"parameters": {name: {"parameterType": "NUMBER_INTEGER"} for name in names}}


def _given(**inputs: str) -> dict[str, Any]:
    return {"parameters": {name: {"componentInputParameter": source} for name, source in inputs.items()}}


def _dag(tasks: dict[str, Any], producer: str, key: str) -> dict[str, Any]:
    return {
        "dag": {"tasks": tasks, "outputs": {"parameters": {"sums": {"valueFromParameter": {"producerSubtask": producer, "outputParameterKey": key}}}}}
    }


def _loop(name: str, item: str, items: str, **inputs: str) -> dict[str, Any]:
    return {
        "componentRef": {"name": f"comp-{name}"},
        "inputs": _given(**inputs),
        "parameterIterator": {"itemInput": item, "items": {"raw": items}},
        "taskInfo": {"name": name},
    }


_SUMS = {"parameters": {"sums": {"parameterType": "LIST"}}}
#: for a in [1, 2]: for b in [10, 20]: add(a, b)
_PIPELINE = {
    "schemaVersion": "2.1.0",
    "sdkVersion": "kfp-2.14.3",
    "pipelineInfo": {"name": "sums"},
    "root": {"outputDefinitions": _SUMS, **_dag({"outer": _loop("outer", "a", "[1, 2]")}, "outer", "sums")},
    "components": {
        "comp-outer": {
            "inputDefinitions": _number("a"),
            "outputDefinitions": _SUMS,
            **_dag({"inner": _loop("inner", "b", "[10, 20]", a="a")}, "inner", "sums"),
        },
        "comp-inner": {
            "inputDefinitions": _number("a", "b"),
            "outputDefinitions": _SUMS,
            **_dag({"add": {"componentRef": {"name": "comp-add"}, "inputs": _given(a="a", b="b"), "taskInfo": {"name": "add"}}}, "add", "Output"),
        },
        "comp-add": {"executorLabel": "exec-add", "inputDefinitions": _number("a", "b"), "outputDefinitions": _number("Output")},
    },
    "deploymentSpec": {
        "executors": {
            "exec-add": {
                "container": {
                    "image": "python:3.11",
                    "command": ["sh", "-ec", _RUN, _ADD],
                    "args": ["--executor_input", "{{$}}", "--function_to_execute", "add"],
                }
            }
        }
    },
}


@pytest.mark.parametrize(
    ("options", "sums"), [([], [11, 21, 12, 22]), (["--nested-lists"], [[11, 21], [12, 22]])], ids=["one list", "a list of lists"]
)
def test_loops_in_loops_give_what_was_asked_for(options: list[str], sums: list[Any], tmp_path: Path) -> None:
    """In the order of the rounds."""
    home = Home(tmp_path)
    said = home.run(home.write(json.dumps(_PIPELINE), "sums.json"), *options)
    assert (said["state"], said["outputs"]) == ("SUCCEEDED", {"sums": sums}), said
