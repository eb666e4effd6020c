"""Every public name of the real `kfp` is here, and is called as it is there."""

from __future__ import annotations

import inspect
import json
import os
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from bakehouse.app.submodules import NAMES
from bakehouse.client.client import LATER
from tests.compat.test_differential import REAL

pytestmark = [
    pytest.mark.kfp,
    pytest.mark.skipif(not REAL.exists(), reason="the real kfp is not installed: `make test` makes its environment"),
]
MODULES = ["kfp.client", "kfp.compiler", "kfp.components", "kfp.dsl", "kfp.kubernetes", "kfp.local"]
#: What is not as it is there, `MODULE.NAME` or `MODULE.CLASS.METHOD`, and why.
DIFFERENT = {
    **{f"kfp.client.Client.{method}": "comes later, and says so" for method in LATER},
    **{
        f"kfp.{made}.__init__": "nobody makes one: decorators, loaders and calls do"
        for made in (
            "components.BaseComponent",
            "components.ContainerComponent",
            "components.PythonComponent",
            "components.YamlComponent",
            "dsl.PipelineTask",
        )
    },
    **{
        f"kfp.components.{kind}.execute": "takes what it is given, by other names"
        for kind in ("BaseComponent", "ContainerComponent", "PythonComponent", "YamlComponent")
    },
    **{
        f"kfp.dsl.{block}.remove_task_recursive": "what kfp's own compiler does to a block"
        for block in ("Condition", "Elif", "Else", "ExitHandler", "If", "ParallelFor")
    },
    "kfp.compiler.KubernetesManifestOptions.set_pipeline_spec": "what kfp's own compiler tells it",
    "kfp.dsl.Collected": "a function: what it gives is a value of the pipeline",
    "kfp.dsl.Input": "a class here, to be subscripted either way",
    "kfp.dsl.OneOf": "a function: what it gives is a value of the pipeline",
    "kfp.dsl.Output": "a class here, to be subscripted either way",
    "kfp.dsl.TaskConfigPassthrough.to_proto": "there is no protobuf here",
    "kfp.dsl.run_notebook": "its parameters by any name, as there",
}


@cache
def _names(*command: str) -> dict[str, Any]:
    environ = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    script = str(Path(__file__).with_name("public_names.py"))
    first, *rest = command
    done = subprocess.run([first, script, *rest, *MODULES], capture_output=True, text=True, env=environ, check=True)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def _flat(module: str, names: dict[str, Any]) -> dict[str, Any]:
    """Functions and methods with their parameters, by their whole names."""
    found = {}
    for name, said in names.items():
        inner = said if isinstance(said, dict) else {}
        found[f"{module}.{name}"] = "a class" if isinstance(said, dict) else said
        found.update({f"{module}.{name}.{method}": parameters for method, parameters in inner.items()})
    return found


def _is_called_as(ours: Any, theirs: Any) -> bool:
    """Whether what calls the one can call the other."""
    if not isinstance(ours, list) or not isinstance(theirs, list):
        return bool(ours == theirs)
    more = ours[len(theirs) :]
    return ours[: len(theirs)] == theirs and all(default != repr(inspect.Parameter.empty) for _, _, default in more)


@pytest.mark.parametrize("module", MODULES)
def test_every_name_has_the_same_signature(module: str) -> None:
    """Names, order, kinds and defaults of parameters, of methods too; what differs is in the table, with a reason.

    Bakehouse may have more names, and more parameters that need not be given, after kfp's.
    """
    ours, theirs = (_flat(module, _names(*command)[module]) for command in ((sys.executable, "--ours"), (str(REAL),)))
    assert theirs
    # Of a class that is a function here, the methods are not asked for.
    other = {name for name, said in theirs.items() if said == "a class" and ours.get(name) != "a class"}
    asked = {name: said for name, said in theirs.items() if not any(name.startswith(f"{one}.") for one in other)}
    differ = {name for name, said in asked.items() if not _is_called_as(ours.get(name), said)}
    assert differ == {name for name in DIFFERENT if name.startswith(f"{module}.")}


_MISSING = """
import importlib, json, sys
names = json.loads(sys.argv[1])
print(json.dumps([f"{module}.{name}" for module, own in names.items() for name in own if not hasattr(importlib.import_module(module), name)]))
"""


def test_what_submodules_serve_is_kfps() -> None:
    """Each name in the table of modules below `kfp.dsl` and the like is in that module of the real kfp, but for those of KFP 1."""
    today = {module: [own for home, own in homes.items() if not home.startswith("bakehouse.legacy.")] for module, homes in NAMES.items()}
    names = {module: [one for own in parts for one in own.split()] for module, parts in today.items()}
    environ = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    command = [str(REAL), "-W", "ignore", "-c", _MISSING, json.dumps(names)]
    done = subprocess.run(command, capture_output=True, text=True, env=environ, check=True)
    assert json.loads(done.stdout) == []
