"""Names of KFP 1 that nothing took the place of: they can be imported, and whoever uses one is told what to write today."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import Any

from bakehouse.dsl import older, recording
from bakehouse.dsl.channels import UnknownChannel
from bakehouse.dsl.places import here
from bakehouse.legacy.errors import OldStyle


class PipelineExecutionMode(Enum):
    """What KFP 1 could compile for; `Compiler(mode=…)` takes it, and nothing follows."""

    V1_LEGACY = 1
    V2_COMPATIBLE = 2
    V2_ENGINE = 3


class Gone:
    """Stands for such a name. Its use is reported to the pipeline that is being built; where none is, it raises `OldStyle`."""

    def __init__(self, name: str, remedy: str) -> None:
        self.name, self.remedy = name, remedy

    def __repr__(self) -> str:
        return self.name

    def _error(self) -> OldStyle:
        return OldStyle(f"{self.name} belongs to KFP 1, and nothing took its place", place=here(), remedy=self.remedy)

    def _refuse(self) -> Any:
        error, building = self._error(), recording.current()
        if building is None:
            raise error
        building.report(error)
        return UnknownChannel(building)

    def __call__(self, *_arguments: object, **_named: object) -> Any:
        """What stands for anything."""
        return self._refuse()

    def __mro_entries__(self, _bases: tuple[object, ...]) -> tuple[type, ...]:
        """Asked where a class is derived from it. Raises `OldStyle`: nothing can stand for what the class would inherit."""
        raise self._error()

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        return self._refuse()


def _gone(module: str, remedies: Mapping[str, str]) -> Mapping[str, Gone]:
    return {name: Gone(f"{module}.{name}", remedy) for name, remedy in remedies.items()}


_MANIFEST = "Let a component make it: @dsl.component(packages_to_install=['kubernetes']), with the Python client of Kubernetes in its function."
_PATHS = "Take a path, and open it in the function: `InputPath('Dataset')`, `OutputPath('Dataset')`."
_RUN = "Write `kfp.Client().create_run_from_pipeline_func(pipeline, arguments={…})`, or run the file: `bakehouse run FILE.py`."
OF_DSL = _gone(
    "dsl",
    {
        "BaseOp": "Write a component: @dsl.component or @dsl.container_component.",
        "OpsGroup": "Use dsl.If, dsl.ParallelFor or dsl.ExitHandler.",
        "Pipeline": "Write a function with @dsl.pipeline.",
        "PipelineConf": older.CONFIG,
        "PipelineParam": "Write it as a parameter of the pipeline's function: `def pipeline(name: str = 'x')`.",
        "ResourceOp": _MANIFEST,
        "SubGraph": "Write a function with @dsl.pipeline, and call it in the pipeline.",
        "VolumeSnapshotOp": _MANIFEST,
        "get_pipeline_conf": older.CONFIG,
        "graph_component": "Write @dsl.pipeline instead, and call the function in the pipeline; today it cannot call itself.",
        "python_component": "Write @dsl.component(base_image=…).",
    },
)
OF_COMPONENTS = _gone(
    "components",
    {
        "ComponentStore": "Load each by its URL: components.load_component_from_url('https://…/component.yaml').",
        "InputBinaryFile": _PATHS,
        "InputTextFile": _PATHS,
        "OutputBinaryFile": _PATHS,
        "OutputTextFile": _PATHS,
        "create_component_from_airflow_op": "Write a component that calls the operator: @dsl.component(packages_to_install=['apache-airflow']).",
        "create_graph_component_from_pipeline_func": "Call the function with @dsl.pipeline in another pipeline.",
        "func_to_component_text": "Compile the component: compiler.Compiler().compile(component, 'component.yaml').",
    },
)
OF_COMPILER = _gone(
    "compiler",
    {
        "VersionedDependency": "Name packages in @dsl.component(packages_to_install=['pandas==2.2.0']).",
        "build_docker_image": "Build the image by `docker build`, and name it: @dsl.component(base_image=…).",
        "build_python_component": "Write @dsl.component(base_image=…, packages_to_install=[…]): no image needs to be built for a function.",
    },
)
#: Names of `kfp` itself.
LocalClient = Gone("kfp.LocalClient", _RUN)
run_pipeline_func_locally = Gone("kfp.run_pipeline_func_locally", _RUN)
run_pipeline_func_on_cluster = Gone("kfp.run_pipeline_func_on_cluster", _RUN)
