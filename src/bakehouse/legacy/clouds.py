"""`kfp.onprem`, `kfp.aws`, `kfp.azure` and `kfp.gcp` of KFP 1: functions for `task.apply(…)`. Today they are called with the task."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from bakehouse import kubernetes
from bakehouse.dsl.task import PipelineTask
from bakehouse.legacy import models
from bakehouse.legacy.gone import Gone
from bakehouse.legacy.setters import RESOURCES

Applied = Callable[[PipelineTask], PipelineTask]
_AZURE = ("AZ_SUBSCRIPTION_ID", "AZ_TENANT_ID", "AZ_CLIENT_ID", "AZ_CLIENT_SECRET")
_PREEMPTIBLE = {"key": "cloud.google.com/gke-preemptible", "operator": "In", "values": ["true"]}


def mount_pvc(pvc_name: str = "pipeline-claim", volume_name: str = "pipeline", volume_mount_path: str = "/mnt/pipeline") -> Applied:
    """Mount a claim."""
    del volume_name
    return lambda task: kubernetes.mount_pvc(task, pvc_name, volume_mount_path)


def use_k8s_secret(secret_name: str = "k8s-secret", k8s_secret_key_to_env: Mapping[str, str] | None = None) -> Applied:  # noqa: S107  # a name
    """Give the step values of a secret in environment variables."""
    return lambda task: kubernetes.use_secret_as_env(task, secret_name, k8s_secret_key_to_env or {})


def add_default_resource_spec(
    memory_limit: str | None = None, cpu_limit: str | None = None, memory_request: str | None = None, cpu_request: str | None = None
) -> Applied:
    """Set what of these the step has not set itself; a request is what the limit is where nothing else is said."""
    wanted = {
        "memory_limit": memory_limit,
        "cpu_limit": cpu_limit,
        "memory_request": memory_request or memory_limit,
        "cpu_request": cpu_request or cpu_limit,
    }

    def applied(task: PipelineTask) -> PipelineTask:
        limited = {name.partition("_")[0] for name in task.settings if name.endswith("_limit")}
        for name, value in wanted.items():
            if value is not None and name not in task.settings and name.partition("_")[0] not in limited:
                RESOURCES[name](task, value)
        return task

    return applied


def use_aws_secret(
    secret_name: str = "aws-secret",  # noqa: S107  # a name
    aws_access_key_id_name: str = "AWS_ACCESS_KEY_ID",
    aws_secret_access_key_name: str = "AWS_SECRET_ACCESS_KEY",  # noqa: S107  # a name
    aws_region: str | None = None,
) -> Applied:
    """Give the step the credentials of AWS that a secret holds."""

    def applied(task: PipelineTask) -> PipelineTask:
        if aws_region is not None:
            task.set_env_variable("AWS_REGION", aws_region)
        keys = {aws_access_key_id_name: "AWS_ACCESS_KEY_ID", aws_secret_access_key_name: "AWS_SECRET_ACCESS_KEY"}
        return kubernetes.use_secret_as_env(task, secret_name, keys)

    return applied


def use_azure_secret(secret_name: str = "azcreds") -> Applied:  # noqa: S107  # a name
    """Give the step the credentials of Azure that a secret holds."""
    return lambda task: kubernetes.use_secret_as_env(task, secret_name, {name: name for name in _AZURE})


def use_gcp_secret(
    secret_name: str = "user-gcp-sa",  # noqa: S107  # a name
    secret_file_path_in_volume: str | None = None,
    volume_name: str | None = None,
    secret_volume_mount_path: str = "/secret/gcp-credentials",  # noqa: S107  # a path
) -> Applied:
    """Give the step the key of a service account of Google's that a secret holds."""
    del volume_name
    key = secret_volume_mount_path + (secret_file_path_in_volume or f"/{secret_name}.json")

    def applied(task: PipelineTask) -> PipelineTask:
        task.set_env_variable("GOOGLE_APPLICATION_CREDENTIALS", key).set_env_variable("CLOUDSDK_AUTH_CREDENTIAL_FILE_OVERRIDE", key)
        return kubernetes.use_secret_as_volume(task, secret_name, secret_volume_mount_path)

    return applied


def add_gpu_toleration(toleration: Any = None) -> Applied:
    """Let the step run on nodes that are tainted for GPUs."""
    told = {"key": "nvidia.com/gpu", "operator": "Equal", "value": "true", "effect": "NoSchedule"}
    return lambda task: kubernetes.add_toleration_json(task, told if toleration is None else models.read("the toleration", toleration))


def use_preemptible_nodepool(toleration: Any = None, hard_constraint: bool = False) -> Applied:  # noqa: FBT001, FBT002  # kfp's signature
    """Let the step run on preemptible nodes of Google's, rather than on others or nowhere else."""
    told = {"key": "preemptible", "operator": "Equal", "value": "true", "effect": "NoSchedule"}

    def applied(task: PipelineTask) -> PipelineTask:
        kubernetes.add_toleration_json(task, told if toleration is None else models.read("the toleration", toleration))
        return kubernetes.add_node_affinity(task, [_PREEMPTIBLE], weight=None if hard_constraint else 50)

    return applied


use_tpu = Gone("kfp.gcp.use_tpu", "Write `task.set_accelerator_type('cloud-tpus.google.com/v3').set_accelerator_limit(8)`.")
