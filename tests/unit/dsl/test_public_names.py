"""The names of `bakehouse.dsl` are those of kfp 2.17, and importing them is cheap."""

from __future__ import annotations

import subprocess
import sys

import pytest

import bakehouse
from bakehouse import dsl
from bakehouse.task import artifacts, names

#: `kfp.dsl.__all__` of kfp 2.17.0.
_KFPS = """
Artifact ClassificationMetrics Collected ConcatPlaceholder Condition ContainerSpec Dataset Elif Else ExitHandler HTML If
IfPresentPlaceholder Input InputPath KubernetesWorkspaceConfig Markdown Metrics Model OneOf Output OutputPath
PIPELINE_JOB_CREATE_TIME_UTC_PLACEHOLDER PIPELINE_JOB_ID_PLACEHOLDER PIPELINE_JOB_NAME_PLACEHOLDER
PIPELINE_JOB_RESOURCE_NAME_PLACEHOLDER PIPELINE_JOB_SCHEDULE_TIME_UTC_PLACEHOLDER PIPELINE_ROOT_PLACEHOLDER
PIPELINE_TASK_EXECUTOR_INPUT_PLACEHOLDER PIPELINE_TASK_EXECUTOR_OUTPUT_PATH_PLACEHOLDER PIPELINE_TASK_ID_PLACEHOLDER
PIPELINE_TASK_NAME_PLACEHOLDER ParallelFor PipelineConfig PipelineTask PipelineTaskFinalStatus SlicedClassificationMetrics TaskConfig
TaskConfigField TaskConfigPassthrough WORKSPACE_PATH_PLACEHOLDER WorkspaceConfig component container_component get_uri importer
notebook_component pipeline run_notebook
"""
_BESIDE = ("EmbeddedAnnotation", "EmbeddedInput", "InputAnnotation", "OutputAnnotation")
#: What only Bakehouse has: not in `__all__`, so that `from kfp.dsl import *` brings what it brings with kfp.
_OURS = ("CHECKPOINT_PATH_PLACEHOLDER", "NonRetryableError")
#: What an author's file must not pay for.
_LIBRARIES = ("yaml", "sqlalchemy", "rich", "docstring_parser", "asyncio", "http", "email", "logging", "tempfile", "subprocess")
_HEAVY = (*_LIBRARIES, "bakehouse.components", "bakehouse.kubernetes", "bakehouse.compiler")


def test_every_public_name_of_kfp_is_there() -> None:
    """And those that are used without being in `__all__`."""
    assert sorted(dsl.__all__) == sorted(_KFPS.split())
    assert all(hasattr(dsl, name) for name in (*dsl.__all__, *_BESIDE, *_OURS))


def test_artifact_classes_are_the_steps_own() -> None:
    """What an author annotates is what the step gets."""
    assert dsl.Dataset is artifacts.Dataset
    assert dsl.TaskConfig is names.TaskConfig


def test_the_package_offers_its_parts_when_asked() -> None:
    """`from bakehouse import dsl, compiler, Client`; what is not there is an AttributeError."""
    assert bakehouse.dsl is dsl
    assert bakehouse.Client.__name__ == "Client"
    assert bakehouse.TYPE_CHECK
    assert bakehouse.compiler.Compiler.__name__ == "Compiler"
    assert callable(bakehouse.kubernetes.mount_pvc)
    assert callable(bakehouse.components.load_component_from_file)
    assert not hasattr(bakehouse, "nothing")


def test_importing_loads_nothing_heavy() -> None:
    """Not even what the compiler needs."""
    program = f"import sys, bakehouse.dsl; print([name for name in {_HEAVY!r} if name in sys.modules])"
    assert subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout == "[]\n"


def test_execute_calls_the_function_itself() -> None:
    """Here and in this process; what is no Python function says so, as kfp does by `NotImplementedError`."""

    @dsl.component
    def double(n: int) -> int:
        return 2 * n

    @dsl.container_component
    def shell() -> dsl.ContainerSpec:
        return dsl.ContainerSpec(image="alpine", command=["true"])

    assert double.execute(n=2) == 4
    with pytest.raises(NotImplementedError, match="no Python function"):
        shell.execute()
