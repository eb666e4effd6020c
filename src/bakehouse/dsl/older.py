"""Names of KFP 1: those that modules still hand out, loaded when a file asks for one, those of tasks, and keywords, with what is written today.

docs/decisions/0006-some-modules-are-loaded-by-name.md
"""

from __future__ import annotations

import sys
from collections.abc import Mapping

_LEGACY = "bakehouse.legacy"
_ANNOTATE = "Note it in an annotation, if somebody is to read it: kubernetes.add_pod_annotation(task, …)."
_NO_PLACE = "Leave it out: today's pipelines have no place for it."
#: What took the place of a `PipelineConf`.
CONFIG = (
    "Write what is meant on the tasks (`task.set_timeout(…)`, kubernetes.set_image_pull_secrets(task, […])), "
    "or in @dsl.pipeline(pipeline_config=dsl.PipelineConfig(…))."
)
#: What could be set on a task of KFP 1, and cannot any more, with what to do instead.
GONE: Mapping[str, str] = {
    "add_env_from": "Name the variables: kubernetes.use_secret_as_env(task, 'SECRET', {'key': 'VARIABLE'}), or use_config_map_as_env.",
    "add_port": _NO_PLACE,
    "add_volume_devices": "Mount a claim with a file system: kubernetes.mount_pvc(task, 'CLAIM', '/path').",
    "set_lifecycle": "Let the command itself do it, before and after its work.",
    "set_liveness_probe": "Limit how long the step may run: task.set_timeout('1h').",
    "set_readiness_probe": _NO_PLACE,
    "set_stdin": _NO_PLACE,
    "set_stdin_once": _NO_PLACE,
    "set_termination_message_path": _ANNOTATE,
    "set_termination_message_policy": _ANNOTATE,
    "set_tty": _NO_PLACE,
    "add_artifact_argument": "Pass the artifact to an `Input[…]` of a component.",
    "add_input": "Pass it to a parameter of a component.",
}
_VOLUMES = "Write kubernetes.mount_pvc(task, 'CLAIM', '/path'), use_secret_as_volume, use_config_map_as_volume or empty_dir_mount."
#: What is set otherwise on a task of today than on one of KFP 1.
MOVED: Mapping[str, str] = {
    "add_affinity": "Write kubernetes.add_node_affinity(task, …).",
    "add_env_variable": "Write task.set_env_variable('NAME', 'value'), or kubernetes.use_secret_as_env(task, 'SECRET', {'key': 'NAME'}).",
    "add_init_container": "Write kubernetes.add_init_container(task, 'NAME', 'IMAGE').",
    "add_pod_annotation": "Write kubernetes.add_pod_annotation(task, 'KEY', 'VALUE').",
    "add_pod_label": "Write kubernetes.add_pod_label(task, 'KEY', 'VALUE').",
    "add_pvolumes": _VOLUMES,
    "add_resource_limit": "Write task.set_cpu_limit, set_memory_limit or set_accelerator_type.",
    "add_resource_request": "Write task.set_cpu_request or set_memory_request.",
    "add_sidecar": "Write kubernetes.add_init_container(task, 'NAME', 'IMAGE', restart_policy='Always').",
    "add_toleration": "Write kubernetes.add_toleration(task, …).",
    "add_volume": _VOLUMES,
    "add_volume_mount": _VOLUMES,
    "apply": "Call the function with the task: `function(task)`.",
    "container": "Set it on the task itself: `task.set_memory_request('4G')`.",
    "execution_options": "Write task.set_caching_options(False), or task.set_cache_ttl('7d').",
    "pvolume": _VOLUMES,
    "pvolumes": _VOLUMES,
    "set_ephemeral_storage_limit": "Write kubernetes.set_ephemeral_storage(task, limit='10Gi').",
    "set_ephemeral_storage_request": "Write kubernetes.set_ephemeral_storage(task, request='10Gi').",
    "set_image_pull_policy": "Write kubernetes.set_image_pull_policy(task, 'Always').",
    "set_security_context": "Write kubernetes.set_security_context(task, run_as_user=…).",
}
#: What to write instead of keywords that functions of today lack, by `FUNCTION.KEYWORD`.
KEYWORDS: Mapping[str, str] = {
    "compile.pipeline_conf": CONFIG,
    "create_run_from_pipeline_func.pipeline_conf": CONFIG,
    "load_component_from_file.filename": "Write file_path instead: components.load_component_from_file(file_path='component.yaml').",
}


def name(module: str, wanted: str) -> object:
    """What a module of ours has under a name of KFP 1. Raises `AttributeError` for any other name."""
    if not wanted.startswith("_"):
        __import__(_LEGACY)
        names = sys.modules[_LEGACY].NAMES[module]
        if wanted in names:
            found: object = names[wanted]
            return found
    raise AttributeError(f"module {module!r} has no attribute {wanted!r}", name=wanted, obj=sys.modules[module])
