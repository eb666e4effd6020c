"""Calls outside a pipeline as users of kfp write them. Arguments: a folder, and `--ours` if `kfp` is to be Bakehouse. Prints what they gave as JSON."""

import json
import os
import sys

if "--ours" in sys.argv:
    from bakehouse.app import aliases

    aliases.install()

from typing import Dict, List, NamedTuple

from kfp import dsl, local


@dsl.component(install_kfp_package=False)
def add(a: int, b: int = 1) -> int:
    return a + b


@dsl.component(install_kfp_package=False)
def half(a: float) -> float:
    return a / 2


@dsl.component(install_kfp_package=False)
def several(text: str = "it's") -> NamedTuple("Outputs", [("text", str), ("flag", bool), ("numbers", List[int]), ("table", Dict[str, int])]):
    return (text, True, [1, 2], {"a": 1})


@dsl.component(install_kfp_package=False)
def write(data: dsl.Output[dsl.Dataset], rows: int = 3):
    with open(data.path, "w") as file:
        file.write("x" * rows)
    data.metadata["rows"] = str(rows)


@dsl.component(install_kfp_package=False)
def read(data: dsl.Input[dsl.Dataset]) -> int:
    with open(data.path) as file:
        return len(file.read())


@dsl.component(install_kfp_package=False)
def fail(text: str) -> int:
    raise ValueError(text)


@dsl.pipeline
def sums(a: int = 2) -> int:
    return add(a=add(a=a).output, b=3).output


def shown(value):
    """A value and its type; of an artifact its class, its content and its metadata."""
    if isinstance(value, dsl.Artifact):
        with open(value.path) as file:
            return [type(value).__name__, file.read(), value.metadata]
    return [type(value).__name__, value]


def outcome(call):
    """What a call gave, or which error it raised."""
    try:
        task = call()
    except Exception as error:
        return [base.__name__ for base in type(error).__mro__]
    return {name: shown(value) for name, value in task.outputs.items()}


local.init(local.SubprocessRunner(use_venv=False), pipeline_root=os.path.join(sys.argv[1], "outputs"))
found = {
    "value": outcome(lambda: add(a=1)),
    "output": shown(add(a=1).output),
    "float": outcome(lambda: half(a=3)),
    "several": outcome(several),
    "artifact": outcome(lambda: write(rows=2)),
    "pipeline": outcome(lambda: sums(a=10)),
    "failed": outcome(lambda: fail(text="no")),
    "artifact given": outcome(lambda: read(data=write(rows=4).outputs["data"])),
}
local.init(local.SubprocessRunner(use_venv=False), pipeline_root=os.path.join(sys.argv[1], "outputs"), raise_on_error=False)
found["told"] = outcome(lambda: fail(text="no"))
print("\n" + json.dumps(found))
