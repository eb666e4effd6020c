"""Secrets, config maps and facts of the pod: as environment variables, or as files."""

from __future__ import annotations

from collections.abc import Mapping

from bakehouse.dsl.channels import PipelineChannel
from bakehouse.dsl.task import PipelineTask
from bakehouse.kubernetes import checks, settings


def use_secret_as_env(
    task: PipelineTask,
    secret_name: PipelineChannel | str,
    secret_key_to_env: Mapping[str, str],
    optional: bool = False,  # noqa: FBT001, FBT002  # kfp's signature
) -> PipelineTask:
    """Give the step values of a Secret in environment variables: `secret_key_to_env={"password": "DB_PASSWORD"}`.

    The name may be a value of the run: an input of the pipeline, or the output of a task. With `optional` the step runs without
    the Secret too. What is wrong is told when the pipeline is built.

    https://kubernetes.io/docs/concepts/configuration/secret/#using-secrets-as-environment-variables
    """
    with settings.of(task) as said:
        keys = [{"secretKey": key, "envVar": name} for key, name in checks.variables("secret_key_to_env", secret_key_to_env).items()]
        is_optional = checks.flag("optional", optional)
        said.add("secretAsEnv", {**said.named("secretName", "secret_name", secret_name), "keyToEnv": keys, "optional": is_optional})
    return task


def use_secret_as_volume(
    task: PipelineTask,
    secret_name: PipelineChannel | str,
    mount_path: str,
    optional: bool = False,  # noqa: FBT001, FBT002  # kfp's signature
) -> PipelineTask:
    """Give the step a Secret as a folder with a file for each of its keys. The name may be a value of the run.

    https://kubernetes.io/docs/concepts/configuration/secret/#using-secrets-as-files-from-a-pod
    """
    with settings.of(task) as said:
        path, is_optional = checks.text("mount_path", mount_path), checks.flag("optional", optional)
        said.add("secretAsVolume", {**said.named("secretName", "secret_name", secret_name), "mountPath": path, "optional": is_optional})
    return task


def use_config_map_as_env(
    task: PipelineTask,
    config_map_name: PipelineChannel | str,
    config_map_key_to_env: Mapping[str, str],
    optional: bool = False,  # noqa: FBT001, FBT002  # kfp's signature
) -> PipelineTask:
    """Give the step values of a ConfigMap in environment variables. The name may be a value of the run.

    https://kubernetes.io/docs/concepts/configuration/configmap/#using-configmaps-as-environment-variables
    """
    with settings.of(task) as said:
        keys = [{"configMapKey": key, "envVar": name} for key, name in checks.variables("config_map_key_to_env", config_map_key_to_env).items()]
        is_optional = checks.flag("optional", optional)
        said.add("configMapAsEnv", {**said.named("configMapName", "config_map_name", config_map_name), "keyToEnv": keys, "optional": is_optional})
    return task


def use_config_map_as_volume(
    task: PipelineTask,
    config_map_name: PipelineChannel | str,
    mount_path: str,
    optional: bool = False,  # noqa: FBT001, FBT002  # kfp's signature
) -> PipelineTask:
    """Give the step a ConfigMap as a folder with a file for each of its keys. The name may be a value of the run.

    https://kubernetes.io/docs/concepts/configuration/configmap/#using-configmaps-as-files-from-a-pod
    """
    with settings.of(task) as said:
        path, is_optional = checks.text("mount_path", mount_path), checks.flag("optional", optional)
        said.add("configMapAsVolume", {**said.named("configMapName", "config_map_name", config_map_name), "mountPath": path, "optional": is_optional})
    return task


def use_field_path_as_env(task: PipelineTask, env_name: str, field_path: str) -> PipelineTask:
    """Give the step a fact of its pod in an environment variable: `field_path="metadata.annotations['team']"`, `"spec.nodeName"`.

    https://kubernetes.io/docs/tasks/inject-data-application/environment-variable-expose-pod-information
    """
    with settings.of(task) as said:
        said.add("fieldPathAsEnv", {"name": checks.variable(env_name), "fieldPath": checks.text("field_path", field_path)})
    return task
