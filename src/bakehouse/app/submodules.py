"""The modules of kfp that none of ours is alone, most of them below `kfp.dsl`, `kfp.kubernetes` and the like: which names, and where ours have them.

What is not here is not served: there the installed kfp is taken, if there is one (`app/missing.py`).
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Mapping
from types import ModuleType

#: Module of kfp to the names in it, by the module that has them here.
NAMES: Mapping[str, Mapping[str, str]] = {
    "kfp.aws": {"bakehouse.legacy.clouds": "use_aws_secret"},
    "kfp.azure": {"bakehouse.legacy.clouds": "use_azure_secret"},
    "kfp.client.client": {"bakehouse.client": "Client RunPipelineResult"},
    "kfp.compiler.compiler": {"bakehouse.compiler": "Compiler"},
    "kfp.compiler.compiler_utils": {"bakehouse.compiler": "KubernetesManifestOptions"},
    "kfp.components.load_yaml_utilities": {"bakehouse.components": "load_component_from_file load_component_from_text load_component_from_url"},
    "kfp.dsl.base_component": {"bakehouse.dsl.component": "BaseComponent"},
    "kfp.dsl.component_decorator": {"bakehouse.dsl": "component"},
    "kfp.dsl.constants": {"bakehouse.task.names": "WORKSPACE_MOUNT_PATH"},
    "kfp.dsl.container_component_class": {"bakehouse.components": "ContainerComponent"},
    "kfp.dsl.container_component_decorator": {"bakehouse.dsl": "container_component"},
    "kfp.dsl.for_loop": {"bakehouse.dsl": "Collected"},
    "kfp.dsl.graph_component": {"bakehouse.dsl.graph": "GraphComponent"},
    "kfp.dsl.importer_component": {"bakehouse.dsl.importing": "ImporterComponent"},
    "kfp.dsl.importer_node": {"bakehouse.dsl": "importer"},
    "kfp.dsl.notebook_component_decorator": {"bakehouse.dsl": "notebook_component"},
    "kfp.dsl.pipeline_channel": {
        "bakehouse.dsl": "OneOf",
        "bakehouse.dsl.channels": "PipelineArtifactChannel PipelineChannel PipelineParameterChannel",
        "bakehouse.dsl.comparisons": "ConditionOperation",
    },
    "kfp.dsl.pipeline_config": {"bakehouse.dsl": "KubernetesWorkspaceConfig PipelineConfig WorkspaceConfig"},
    "kfp.dsl.pipeline_context": {"bakehouse.dsl": "pipeline"},
    "kfp.dsl.pipeline_task": {"bakehouse.dsl": "PipelineTask"},
    "kfp.dsl.python_component": {"bakehouse.components": "PythonComponent"},
    "kfp.dsl.task_config": {"bakehouse.dsl": "TaskConfig"},
    "kfp.dsl.task_final_status": {"bakehouse.dsl": "PipelineTaskFinalStatus"},
    "kfp.dsl.tasks_group": {"bakehouse.dsl": "Condition Elif Else ExitHandler If ParallelFor", "bakehouse.dsl.groups": "TasksGroup"},
    "kfp.dsl.types": {"bakehouse.legacy.types": "Bool Dict Float GCPProjectID GCPRegion GCRPath GCSPath Integer List LocalPath String"},
    "kfp.dsl.types.artifact_types": {
        "bakehouse.dsl": "Artifact ClassificationMetrics Dataset HTML Markdown Metrics Model SlicedClassificationMetrics get_uri"
    },
    "kfp.dsl.types.type_annotations": {"bakehouse.dsl": "EmbeddedAnnotation InputAnnotation InputPath OutputAnnotation OutputPath"},
    "kfp.dsl.yaml_component": {"bakehouse.components": "YamlComponent"},
    "kfp.gcp": {"bakehouse.legacy.clouds": "add_gpu_toleration use_gcp_secret use_preemptible_nodepool use_tpu"},
    "kfp.kubernetes.config_map": {"bakehouse.kubernetes": "use_config_map_as_env use_config_map_as_volume"},
    "kfp.kubernetes.empty_dir": {"bakehouse.kubernetes": "empty_dir_mount"},
    "kfp.kubernetes.field": {"bakehouse.kubernetes": "use_field_path_as_env"},
    "kfp.kubernetes.image": {"bakehouse.kubernetes": "set_image_pull_policy set_image_pull_secrets"},
    "kfp.kubernetes.node_affinity": {"bakehouse.kubernetes": "add_node_affinity add_node_affinity_json"},
    "kfp.kubernetes.node_selector": {"bakehouse.kubernetes": "add_node_selector add_node_selector_json"},
    "kfp.kubernetes.pod_metadata": {"bakehouse.kubernetes": "add_pod_annotation add_pod_label"},
    "kfp.kubernetes.secret": {"bakehouse.kubernetes": "use_secret_as_env use_secret_as_volume"},
    "kfp.kubernetes.security_context": {"bakehouse.kubernetes": "set_security_context"},
    "kfp.kubernetes.timeout": {"bakehouse.kubernetes": "set_timeout"},
    "kfp.kubernetes.toleration": {"bakehouse.kubernetes": "add_toleration add_toleration_json"},
    "kfp.kubernetes.volume": {"bakehouse.kubernetes": "CreatePVC DeletePVC add_ephemeral_volume mount_pvc"},
    "kfp.onprem": {"bakehouse.legacy.clouds": "add_default_resource_spec mount_pvc use_k8s_secret"},
    "kfp.v2": {"kfp": "compiler components dsl"},
}


#: What a name meant in KFP 1 goes before the module that is called so today: `@dsl.graph_component`.
_OLDER = frozenset(("graph_component",))


class Submodule(ModuleType):
    """A module of kfp that has names of ours: each is looked up where it is when it is asked for."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.__all__ = [one for names in NAMES[name].values() for one in names.split()] + [*below(name)]
        self.__path__: list[str] = []

    def __getattr__(self, name: str) -> object:
        for home, names in NAMES[self.__name__].items():
            if name in names.split():
                return getattr(importlib.import_module(home), name)
        if name in below(self.__name__):
            return of(f"{self.__name__}.{name}")
        raise AttributeError(f"module {self.__name__!r} has no attribute {name!r}", name=name, obj=self)


def below(module: str) -> Mapping[str, str]:
    """The modules directly below one of kfp, by their last names."""
    return {name.rpartition(".")[2]: name for name in NAMES if name.rpartition(".")[0] == module}


def of(name: str) -> ModuleType:
    """The module of this name: one for all that ask."""
    return sys.modules.get(name) or sys.modules.setdefault(name, Submodule(name))


def attach(parent: str, ours: ModuleType) -> None:
    """Let a module of ours that answers to `parent` have the modules below it as attributes, as kfp's has; its own names come first."""
    for last, name in below(parent).items():
        # Names that are looked up when they are asked for are not: they would be loaded here.
        if last not in vars(ours) and last not in _OLDER:
            setattr(ours, last, of(name))
