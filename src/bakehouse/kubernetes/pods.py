"""The pod itself: labels and annotations, images, whose process it is, how long it may live, what runs beside and before the step."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from bakehouse.dsl.channels import PipelineChannel
from bakehouse.dsl.errors import WrongValue
from bakehouse.dsl.task import PipelineTask
from bakehouse.ir.pods import POD_PATCH
from bakehouse.ir.policies import DEADLINE
from bakehouse.ir.policies import PLATFORM as BAKEHOUSE
from bakehouse.kubernetes import checks, settings

_PULLING = ("Always", "Never", "IfNotPresent")


def add_pod_label(task: PipelineTask, label_key: str, label_value: str) -> PipelineTask:
    """Put a label on the pod.

    https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/
    """
    return _mark(task, "label", label_key, label_value)


def add_pod_annotation(task: PipelineTask, annotation_key: str, annotation_value: str) -> PipelineTask:
    """Put an annotation on the pod.

    https://kubernetes.io/docs/concepts/overview/working-with-objects/annotations/
    """
    return _mark(task, "annotation", annotation_key, annotation_value)


def _mark(task: PipelineTask, kind: str, key: str, value: str) -> PipelineTask:
    with settings.of(task) as said:
        mark = {checks.text(f"{kind}_key", key): checks.maybe(f"{kind}_value", value)}
        kept = said.kept.get("podMetadata", {})
        said.put("podMetadata", {**kept, f"{kind}s": {**kept.get(f"{kind}s", {}), **mark}})
    return task


def set_image_pull_policy(task: PipelineTask, policy: str) -> PipelineTask:
    """When the image is pulled: Always, Never or IfNotPresent.

    https://kubernetes.io/docs/concepts/containers/images/#image-pull-policy
    """
    with settings.of(task) as said:
        said.put("imagePullPolicy", checks.choice("policy", policy, _PULLING))
    return task


def set_image_pull_secrets(task: PipelineTask, secret_names: Sequence[PipelineChannel | str]) -> PipelineTask:
    """The Secrets with which a private registry is asked for the image, and those of further calls. Names may be values of the run.

    https://kubernetes.io/docs/tasks/configure-pod-container/pull-image-private-registry/
    """
    with settings.of(task) as said:
        names = checks.items("secret_names", secret_names)
        for secret in [said.named("secretName", f"secret_names[{index}]", name) for index, name in enumerate(names)]:
            said.add("imagePullSecret", secret)
    return task


def set_timeout(task: PipelineTask, seconds: int) -> PipelineTask:
    """How long the pod may live, in seconds; 0 takes the limit away. Bakehouse keeps it wherever the step runs.

    https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#pod-termination
    """
    with settings.of(task) as said:
        limit = checks.whole("seconds", seconds)
        said.put(DEADLINE, str(limit) if limit else None)
    return task


def set_security_context(
    task: PipelineTask,
    run_as_user: int | None = None,
    run_as_group: int | None = None,
    run_as_non_root: bool | None = None,  # noqa: FBT001  # kfp's signature
) -> PipelineTask:
    """Whose the step's process is: ids of user and group, and whether it must not be root. What the cluster's administrator says counts more.

    https://kubernetes.io/docs/tasks/configure-pod-container/security-context/
    """
    with settings.of(task) as said:
        context: dict[str, str | bool] = {}
        if run_as_user is not None:
            context["runAsUser"] = str(checks.whole("run_as_user", run_as_user))
        if run_as_group is not None:
            context["runAsGroup"] = str(checks.whole("run_as_group", run_as_group))
        if run_as_non_root is not None:
            context["runAsNonRoot"] = checks.flag("run_as_non_root", run_as_non_root)
        if not context:
            raise WrongValue("set_security_context is told nothing", remedy="Give it run_as_user, run_as_group or run_as_non_root.")
        said.merge("securityContext", context)
    return task


def set_ephemeral_storage(task: PipelineTask, request: str | None = None, limit: str | None = None) -> PipelineTask:
    """How much of the node's own disk the step is given at least, and may fill at most: `"10Gi"`.

    Bakehouse's own function: KFP cannot say it, so it stands under `platforms.bakehouse`, which KFP skips.

    https://kubernetes.io/docs/concepts/configuration/manage-resources-containers/#local-ephemeral-storage
    """
    with settings.of(task, BAKEHOUSE) as said:
        amounts = {name: checks.quantity(name, value) for name, value in (("request", request), ("limit", limit)) if value is not None}
        if not amounts:
            raise WrongValue("set_ephemeral_storage is told nothing", remedy="Give it a request or a limit.")
        said.merge("ephemeralStorage", amounts)
    return task


def add_init_container(  # noqa: PLR0913, PLR0917  # kfp's signature, of the version after 2.17
    task: PipelineTask,
    name: str,
    image: str,
    command: Sequence[str] | None = None,
    args: Sequence[str] | None = None,
    env: Mapping[str, str] | None = None,
    volume_mounts: Mapping[str, str] | None = None,
    restart_policy: str | None = None,
    resource_requests: Mapping[str, str] | None = None,
    resource_limits: Mapping[str, str] | None = None,
) -> PipelineTask:
    """Run a container before the step, after those of earlier calls; with `restart_policy="Always"` beside it, as long as the step runs.

    `volume_mounts`: paths by names of volumes that other functions give the pod. KFP 2.17 cannot say it, so it stands under
    `platforms.bakehouse`, which KFP skips.

    https://kubernetes.io/docs/concepts/workloads/pods/init-containers/
    """
    with settings.of(task, BAKEHOUSE) as said:
        known = checks.label("name", name)
        if any(one["name"] == known for one in said.kept.get("initContainers", ())):
            raise WrongValue(f"the task {task.name} has an init container {known} already", remedy="Give one of them another name.")
        resources = {"requests": _quantities("resource_requests", resource_requests), "limits": _quantities("resource_limits", resource_limits)}
        container = {
            "name": known,
            "image": checks.text("image", image),
            "command": checks.texts("command", command or ()),
            "args": checks.texts("args", args or ()),
            "env": [{"name": checks.variable(key), "value": value} for key, value in checks.mapping("env", env or {}).items()],
            "volumeMounts": [
                {"volumeName": volume, "mountPath": checks.text(f"volume_mounts[{volume!r}]", path)}
                for volume, path in checks.mapping("volume_mounts", volume_mounts or {}).items()
            ],
            "restartPolicy": checks.choice("restart_policy", restart_policy, ("Always",)) if restart_policy is not None else "",
            "resources": settings.said(resources),
        }
        said.add("initContainers", container)
    return task


def patch_pod(task: PipelineTask, patch: Mapping[str, Any]) -> PipelineTask:
    """Change the pod of the step as `kubectl patch` would, after all that other functions say: `{"spec": {"priorityClassName": "urgent"}}`.

    Lists of containers, variables, volumes and mounts are merged by name; the step's own container is called `main`. A second call changes
    what the first one has made of it. What the cluster's administrator says counts more. Bakehouse's own function: KFP cannot say it, so it
    stands under `platforms.bakehouse`, which KFP skips.

    https://kubernetes.io/docs/tasks/manage-kubernetes-objects/update-api-object-kubectl-patch/
    """
    with settings.of(task, BAKEHOUSE) as said:
        given = settings.json_value("patch", patch, settings.MAPPING)
        if not given:
            raise WrongValue("patch_pod is told nothing", remedy='Give it what is to be changed: {"spec": {…}}.')
        said.add(POD_PATCH, given)
    return task


def _quantities(what: str, value: Mapping[str, str] | None) -> dict[str, str]:
    return {name: checks.quantity(f"{what}[{name!r}]", one) for name, one in checks.mapping(what, value or {}).items()}
