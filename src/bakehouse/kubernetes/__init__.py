"""AUTHOR: what a task asks of Kubernetes. Every name of kfp 2.17's `kfp.kubernetes` is here, with its signature, and some that it lacks.

Each function takes a task, notes what it is told in the task's settings for platforms, and returns the task.
"""

from bakehouse.kubernetes.environment import (
    use_config_map_as_env,
    use_config_map_as_volume,
    use_field_path_as_env,
    use_secret_as_env,
    use_secret_as_volume,
)
from bakehouse.kubernetes.pods import (
    add_init_container,
    add_pod_annotation,
    add_pod_label,
    patch_pod,
    set_ephemeral_storage,
    set_image_pull_policy,
    set_image_pull_secrets,
    set_security_context,
    set_timeout,
)
from bakehouse.kubernetes.scheduling import (
    add_node_affinity,
    add_node_affinity_json,
    add_node_selector,
    add_node_selector_json,
    add_pod_affinity,
    add_toleration,
    add_toleration_json,
)
from bakehouse.kubernetes.volumes import CreatePVC, DeletePVC, add_ephemeral_volume, empty_dir_mount, enable_shared_memory, mount_pvc

__all__ = [
    "CreatePVC",
    "DeletePVC",
    "add_ephemeral_volume",
    "add_init_container",
    "add_node_affinity",
    "add_node_affinity_json",
    "add_node_selector",
    "add_node_selector_json",
    "add_pod_affinity",
    "add_pod_annotation",
    "add_pod_label",
    "add_toleration",
    "add_toleration_json",
    "empty_dir_mount",
    "enable_shared_memory",
    "mount_pvc",
    "patch_pod",
    "set_ephemeral_storage",
    "set_image_pull_policy",
    "set_image_pull_secrets",
    "set_security_context",
    "set_timeout",
    "use_config_map_as_env",
    "use_config_map_as_volume",
    "use_field_path_as_env",
    "use_secret_as_env",
    "use_secret_as_volume",
]
