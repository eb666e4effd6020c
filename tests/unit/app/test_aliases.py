"""`import kfp` in the author's file is ours, in every spelling."""

from __future__ import annotations

import subprocess
import sys
from types import ModuleType

import pytest

from bakehouse.app import aliases, submodules
from bakehouse.app.errors import KfpIsImported

_SERVED = [
    "import kfp; assert kfp.dsl is bakehouse.dsl",
    "import kfp.dsl; assert kfp.dsl is bakehouse.dsl",
    "import kfp.dsl as d; assert d is bakehouse.dsl",
    "from kfp import dsl; assert dsl is bakehouse.dsl",
    "from kfp import dsl, compiler; assert compiler is bakehouse.compiler",
    "import kfp.components; from kfp import components; assert kfp.components is components is bakehouse.components",
    "from kfp import kubernetes; import kfp.kubernetes as k; assert k is kubernetes is bakehouse.kubernetes",
    "import kfp; assert kfp.__version__ == '2.17.0'",
    "import kfp.client; assert sys.modules['kfp.client'] is bakehouse.client",
    "from kfp import local; import kfp.local; assert kfp.local is local is bakehouse.local",
    "from kfp.dsl.types.artifact_types import Dataset; assert Dataset is bakehouse.dsl.Dataset",
    "from kfp.dsl.types import type_annotations; assert type_annotations.InputPath is bakehouse.dsl.InputPath",
    "import kfp.dsl.types.artifact_types as t; import kfp; assert kfp.dsl.types.artifact_types is t",
    "from kfp import dsl; assert dsl.pipeline_task.PipelineTask is bakehouse.dsl.PipelineTask",
    "from kfp import dsl; from kfp.dsl import base_component; import kfp.dsl.base_component as b; assert b is base_component is dsl.base_component",
    "from kfp.dsl.pipeline_channel import *; assert issubclass(PipelineParameterChannel, PipelineChannel)",
    "from kfp.dsl import placeholders; import kfp.dsl.placeholders as p; import bakehouse.dsl.placeholders as ours; assert p is placeholders is ours",
    "from kfp.kubernetes.secret import use_secret_as_env; from kfp import kubernetes; assert kubernetes.use_secret_as_env is use_secret_as_env",
    "from kfp.kubernetes import volume; assert volume.mount_pvc is bakehouse.kubernetes.mount_pvc",
    "from kfp.compiler.compiler import Compiler; import kfp; assert kfp.compiler.Compiler is Compiler",
    "from kfp.client.client import Client, RunPipelineResult; import kfp; assert kfp.Client is Client is bakehouse.Client",
    "from kfp.v2 import dsl; from kfp.v2.dsl import component; import kfp.v2.compiler as c; assert dsl is bakehouse.dsl and c is bakehouse.compiler",
    "from kfp import aws, gcp; import kfp.gcp; from kfp.azure import use_azure_secret; assert kfp.gcp is gcp and not hasattr(aws, 'use_gcp_secret')",
    "from kfp.onprem import mount_pvc; from kfp import gcp; import kfp; assert kfp.gcp.use_gcp_secret and kfp.onprem.mount_pvc is mount_pvc",
    "from kfp.dsl.types import Integer; from kfp import dsl; assert dsl.types.Integer is Integer and Integer() is int",
    "from kfp.components import func_to_container_op, InputPath; from kfp.dsl import VolumeOp; import kfp; assert kfp.run_pipeline_func_locally",
    "from kfp import dsl; assert repr(dsl.graph_component) == 'dsl.graph_component'; assert 'bakehouse.legacy.op' in sys.modules",
    "import kfp.dsl.graph_component as g; from kfp import dsl; assert g.GraphComponent and dsl.graph_component is g",
    "from kfp import dsl, components, compiler; assert 'bakehouse.legacy' not in sys.modules",
    "before = set(globals()); exec('from kfp.dsl import *'); assert set(globals()) - before - {'before'} == set(bakehouse.dsl.__all__)",
    "import kfp.dsl, bakehouse.dsl; assert bakehouse.dsl.__spec__.name == 'bakehouse.dsl'",
]
_NOT_SERVED = [
    ("import kfp.registry", "kfp.registry is not served yet"),
    ("import kfp.kubeflow_client", "kfp.kubeflow_client is not served yet"),
    ("from kfp.dsl.base_component import nothing", "kfp.dsl.base_component.nothing is not served yet"),
    ("import kfp.dsl.nowhere", "kfp.dsl.nowhere is not served yet"),
]


def test_every_name_of_a_submodule_is_there() -> None:
    """The table names only what our modules have."""
    for module in submodules.NAMES:
        served = submodules.Submodule(module)
        if module != "kfp.v2":
            assert all(hasattr(served, name) for name in served.__all__), module


def _run(program: str) -> subprocess.CompletedProcess[str]:
    prelude = "import sys; from bakehouse.app import aliases; aliases.install(); import bakehouse.dsl, bakehouse.local, bakehouse.compiler; "
    return subprocess.run([sys.executable, "-c", prelude + program], check=False, capture_output=True, text=True)


@pytest.mark.parametrize("program", _SERVED)
def test_names_of_kfp_are_ours(program: str) -> None:
    """The modules are the very same, so that classes are too."""
    done = _run(program)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(("program", "message"), _NOT_SERVED)
def test_what_is_not_served_is_named(program: str, message: str) -> None:
    """The message says which module; it can be caught as an ImportError."""
    done = _run(program)
    assert message in done.stderr
    assert _run(f"\ntry:\n    {program}\nexcept ImportError:\n    pass").returncode == 0


def test_an_unknown_attribute_is_an_attribute_error() -> None:
    """`hasattr` and `getattr` with a default work."""
    assert _run("import kfp; assert not hasattr(kfp, 'nowhere')").returncode == 0


def test_a_program_can_let_bakehouse_answer_to_kfp() -> None:
    """By a call before the first import; twice is once."""
    program = """
import bakehouse
bakehouse.install_as_kfp()
bakehouse.install_as_kfp()
from kfp import dsl, compiler, Client
assert dsl is bakehouse.dsl and compiler is bakehouse.compiler and Client is bakehouse.Client
"""
    done = subprocess.run([sys.executable, "-c", program], check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_a_kfp_that_is_imported_already_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    """Half of a program would have one, half the other."""
    monkeypatch.setitem(sys.modules, "kfp", ModuleType("kfp"))
    with pytest.raises(KfpIsImported, match="imported already"):
        aliases.install()
    assert not any(isinstance(finder, aliases.KfpFinder) for finder in sys.meta_path)
