"""What can be set on a task in the style of KFP 1, in today's words; what has none is refused with what to write instead."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from bakehouse import kubernetes
from bakehouse.dsl import older
from bakehouse.dsl.channels import UnknownChannel
from bakehouse.dsl.component import BaseComponent
from bakehouse.dsl.errors import WrongValue
from bakehouse.dsl.recording import Recording
from bakehouse.dsl.task import PipelineTask, Setting
from bakehouse.legacy import containers, models
from bakehouse.legacy.errors import OldStyle
from bakehouse.legacy.volumes import PipelineVolume, Volumes

#: Which failures Argo tried again, by the names of its policies; `None`: all that `set_retry` counts.
_POLICIES: Mapping[str, tuple[str, ...] | None] = {
    "Always": None,
    "OnFailure": ("exit code", "user error", "bad output"),
    "OnError": ("lost", "environment", "store", "engine"),
    "OnTransientError": ("lost", "store", "engine"),
}
#: What sets the settings that have a request and a limit, by the names of the settings.
RESOURCES: Mapping[str, Callable[[PipelineTask, Setting], PipelineTask]] = {
    "cpu_limit": PipelineTask.set_cpu_limit,
    "cpu_request": PipelineTask.set_cpu_request,
    "memory_limit": PipelineTask.set_memory_limit,
    "memory_request": PipelineTask.set_memory_request,
}
#: How old a result may be, as ISO 8601 writes it: days, or hours, minutes or seconds.
_AGE = re.compile(r"P(?:(\d+)D|T(\d+)([HMS]))")


class ExecutionOptions:
    """`task.execution_options.caching_strategy.max_cache_staleness = "P0D"`: how old a result may be that is reused."""

    def __init__(self, task: PipelineTask) -> None:
        self._task = task

    @property
    def caching_strategy(self) -> ExecutionOptions:
        """The same: it has one option."""
        return self

    @property
    def max_cache_staleness(self) -> str | None:
        """What was said last is known to the task alone."""
        return None

    @max_cache_staleness.setter
    def max_cache_staleness(self, age: str) -> None:
        found = _AGE.fullmatch(str(age))
        with self._task.recording.reporting():
            if found is None:
                raise WrongValue(f"{age!r} is no age of results", remedy="Write task.set_caching_options(False), or task.set_cache_ttl('7d').")
            number, unit = int(found[1] or found[2]), (found[3] or "D").lower()
            if number:
                self._task.set_cache_ttl(f"{number}{unit}")
            else:
                self._task.set_caching_options(enable_caching=False)


class Op(PipelineTask):
    """A task with the setters of KFP 1 beside today's. `pvolumes` are the volumes that were mounted by their paths, for tasks that come after."""

    def __init__(self, component: BaseComponent, inputs: Mapping[str, Any], building: Recording) -> None:
        super().__init__(component, inputs, building)
        self.volumes = Volumes(self)
        self.pvolumes: dict[str, PipelineVolume] = {}

    @property
    def pvolume(self) -> Any:
        """The only one of the volumes."""
        if len(self.pvolumes) == 1:
            return next(iter(self.pvolumes.values()))
        self._report(OldStyle(f"the task {self.name} has {len(self.pvolumes)} volumes in its pvolumes", remedy="Write .pvolumes['/path']."))
        return UnknownChannel(self.recording, self)

    @property
    def execution_options(self) -> ExecutionOptions:
        """What says how old a result may be that is reused."""
        return ExecutionOptions(self)

    @property
    def container(self) -> Op:
        """What is set on the container of a task is set on the task."""
        return self

    parent = container

    def apply(self, mod_func: Callable[[Op], Any]) -> Any:
        """Let a function set something on the task."""
        given = mod_func(self)
        return self if given is None else given

    def __getattr__(self, name: str) -> Any:
        remedy = older.GONE.get(name)
        if remedy is None:
            return super().__getattr__(name)

        def refuse(*_arguments: object, **_named: object) -> Op:
            self._report(OldStyle(f".{name}(…) of the task {self.name} belongs to KFP 1, and nothing took its place", remedy=remedy))
            return self

        return refuse

    # ------------------------------------------------------------ resources

    def set_gpu_limit(self, gpu: Any, vendor: str = "nvidia") -> Op:
        """How many accelerators, of `nvidia` or `amd`."""
        return self.add_resource_limit(f"{vendor}.com/gpu", gpu)

    def add_resource_limit(self, resource_name: str, value: Any) -> Op:
        """How much of a resource the step may use: cpu, memory, ephemeral-storage, or accelerators by their name."""
        return self._resource("limit", resource_name, value)

    def add_resource_request(self, resource_name: str, value: Any) -> Op:
        """How much of a resource the step is given at least."""
        return self._resource("request", resource_name, value)

    def _resource(self, side: str, name: str, value: Any) -> Op:
        setter = RESOURCES.get(f"{name}_{side}")
        if setter is not None:
            setter(self, value)
        elif name == "ephemeral-storage":
            kubernetes.set_ephemeral_storage(self, **{side: value})
        elif re.fullmatch(r"[\w.-]+/[\w.-]+", str(name)):
            # Kubernetes takes no other request of an accelerator than its limit.
            self.set_accelerator_type(name).set_accelerator_limit(value)
        else:
            self._report(OldStyle(f"a {side} of {name!r} is set on the task {self.name}", remedy="Set cpu, memory, ephemeral-storage or a GPU."))
        return self

    def get_resource_limit(self, resource_name: str) -> Setting | None:
        """The limit of cpu or memory, if there is one."""
        return self.settings.get(f"{resource_name}_limit")

    def get_resource_request(self, resource_name: str) -> Setting | None:
        """The request of cpu or memory, if there is one."""
        return self.settings.get(f"{resource_name}_request")

    def set_ephemeral_storage_request(self, size: str) -> Op:
        """How much of the node's disk the step is given at least."""
        return self.add_resource_request("ephemeral-storage", size)

    def set_ephemeral_storage_limit(self, size: str) -> Op:
        """How much of the node's disk the step may fill."""
        return self.add_resource_limit("ephemeral-storage", size)

    # ------------------------------------------------------------ environment

    def add_env_variable(self, env_variable: Any) -> Op:
        """An environment variable, as a `V1EnvVar`: a text, or a value of a secret, of a config map or of the pod."""
        with self.recording.reporting():
            given = models.read("an environment variable", env_variable)
            source = given.get("valueFrom", {})
            name = given.get("name", "")
            kind = next(iter(source), "")
            chosen = source.get(kind, {})
            if kind == "secretKeyRef":
                kubernetes.use_secret_as_env(self, chosen.get("name", ""), {chosen.get("key", ""): name}, bool(chosen.get("optional", False)))
            elif kind == "configMapKeyRef":
                kubernetes.use_config_map_as_env(self, chosen.get("name", ""), {chosen.get("key", ""): name}, bool(chosen.get("optional", False)))
            elif kind == "fieldRef":
                kubernetes.use_field_path_as_env(self, name, chosen.get("fieldPath", ""))
            elif kind:
                raise OldStyle(f"the variable {name} comes from {kind}", remedy="Take it from a secret, a config map, or a field of the pod.")
            else:
                self.set_env_variable(name, given.get("value", ""))
        return self

    # ------------------------------------------------------------ the pod

    def add_pod_label(self, name: str, value: str) -> Op:
        """A label of the pod."""
        kubernetes.add_pod_label(self, name, value)
        return self

    def add_pod_annotation(self, name: str, value: str) -> Op:
        """An annotation of the pod."""
        kubernetes.add_pod_annotation(self, name, value)
        return self

    def add_node_selector_constraint(self, label_name: str, value: str | None = None) -> Op:
        """Run only on nodes with this label; one argument alone is the accelerator, as KFP 2 has it."""
        if value is None:
            self.set_accelerator_type(label_name)
        else:
            kubernetes.add_node_selector(self, label_name, value)
        return self

    def add_toleration(self, tolerations: Any) -> Op:
        """Run also on nodes with a taint: a `V1Toleration`."""
        with self.recording.reporting():
            kubernetes.add_toleration_json(self, models.read("a toleration", tolerations))
        return self

    def add_affinity(self, affinity: Any) -> Op:
        """Run on nodes that match: the node affinity of a `V1Affinity`."""
        with self.recording.reporting():
            given = models.read("an affinity", affinity)
            if given.keys() - {"nodeAffinity"}:
                raise OldStyle(f"{', '.join(sorted(given))} is set on the task {self.name}", remedy="Write kubernetes.add_pod_affinity(task, …).")
            kubernetes.add_node_affinity_json(self, given.get("nodeAffinity", {}))
        return self

    def set_image_pull_policy(self, image_pull_policy: str) -> Op:
        """When the image is pulled."""
        kubernetes.set_image_pull_policy(self, image_pull_policy)
        return self

    def set_security_context(self, security_context: Any) -> Op:
        """Whose the step's process is: a `V1SecurityContext`."""
        with self.recording.reporting():
            given = models.read("a security context", security_context)
            known = {"runAsUser": "run_as_user", "runAsGroup": "run_as_group", "runAsNonRoot": "run_as_non_root"}
            unknown = sorted(given.keys() - known.keys())
            if unknown:
                message = f"the security context of the task {self.name} says {', '.join(unknown)}, which has no place today"
                raise OldStyle(message, remedy="Keep run_as_user, run_as_group and run_as_non_root of it.")
            kubernetes.set_security_context(self, **{known[name]: one for name, one in given.items()})
        return self

    def add_init_container(self, init_container: Any) -> Op:
        """A container that runs before the step."""
        containers.add(self, init_container, beside=False)
        return self

    def add_sidecar(self, sidecar: Any) -> Op:
        """A container that runs beside the step."""
        containers.add(self, sidecar, beside=True)
        return self

    # ------------------------------------------------------------ volumes

    def add_volume(self, volume: Any) -> Op:
        """A volume, as a `V1Volume`; where it is to be, `add_volume_mount` says."""
        with self.recording.reporting():
            self.volumes.add(volume)
        return self

    def add_volume_mount(self, volume_mount: Any) -> Op:
        """Where a volume is to be: a `V1VolumeMount`."""
        with self.recording.reporting():
            self.volumes.place(volume_mount)
        return self

    def add_pvolumes(self, pvolumes: Mapping[str, Any] | None = None) -> Op:
        """Volumes by the paths where they are to be."""
        for path, volume in (pvolumes or {}).items():
            with self.recording.reporting():
                self.volumes.put(path, volume)
                known = volume if isinstance(volume, PipelineVolume) else PipelineVolume(volume=volume)
                self.pvolumes[path] = known.after(self)
        return self

    # ------------------------------------------------------------ failure and time

    def set_retry(  # type: ignore[override]  # of KFP 1
        self,
        num_retries: int,
        policy: str | None = None,
        backoff_duration: str | None = None,
        backoff_factor: float | None = None,
        backoff_max_duration: str | None = None,
    ) -> Op:
        """Try again after a failure, as Argo's policy says: Always, OnFailure, OnError, OnTransientError."""
        super().set_retry(num_retries, backoff_duration, backoff_factor, backoff_max_duration)
        if policy is not None and policy not in _POLICIES:
            self._report(WrongValue(f"{policy!r} is no policy of retries", remedy=f"Write one of {', '.join(_POLICIES)}."))
        elif policy is not None and _POLICIES[policy] is not None:
            self.set_retry_policy(on=_POLICIES[policy])
        return self

    def set_timeout(self, running: Any = None, *, starting: str | None = None, queueing: str | None = None) -> PipelineTask:
        """How long the step may run: a number of seconds, or what today's `set_timeout` takes."""
        if isinstance(running, int) and not isinstance(running, bool):
            return kubernetes.set_timeout(self, running)
        return super().set_timeout(running, starting=starting, queueing=queueing)
