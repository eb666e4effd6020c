"""What a pod's status and events say: what it waits for, whether its step runs, and why it failed. Pure.

A pod's phase alone is never gone by: of what ended, the exit code counts, since an exit code 0 may have the reason OOMKilled (a child of
the step was killed), and a pod that is past its deadline is Failed while its containers still run.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from bakehouse.ir import values
from bakehouse.ir.execution import Cause, Ending, StepError
from bakehouse.ir.values import JsonObject
from bakehouse.runners.kubernetes.manifests import KEEPER, MAIN

_KILLED, _TERMINATED = 128 + 9, 128 + 15
#: Reasons of a container that waits, with what they mean; those that nothing but another pod can mend, and those that may pass.
_NEVER = {"InvalidImageName": "its image has no valid name", "ErrImageNeverPull": "its image is not on the node, and may not be pulled"}
_TROUBLE = {
    "ErrImagePull": "its image cannot be pulled",
    "ImagePullBackOff": "its image cannot be pulled",
    "ImageInspectError": "its image cannot be read",
    "RegistryUnavailable": "its image cannot be pulled",
    "CreateContainerConfigError": "its container cannot be configured",
    "CreateContainerError": "its container cannot be made",
    "RunContainerError": "its container cannot be started",
}
_IMAGE = "See that the image's name and tag are right, that the node reaches the registry, and that set_image_pull_secrets names its Secret."
_CONFIG = "Make the Secret or ConfigMap that is named, with its key, in the namespace of the run; or call the function with optional=True."
_REMEDIES = {"CreateContainerConfigError": _CONFIG, "CreateContainerError": "", "RunContainerError": ""}
#: Reasons of a pod that somebody other than the step ended, with what happened.
_TAKEN = {
    "Evicted": "its pod was evicted",
    "NodeLost": "its node was lost",
    "Preempting": "its pod gave way to one of a higher priority",
    "Preempted": "its pod gave way to one of a higher priority",
    "Shutdown": "its node was shut down",
    "NodeShutdown": "its node was shut down",
    "Terminated": "its node was shut down",
    "UnexpectedAdmissionError": "its node refused the pod",
    "NodeAffinity": "its node refused the pod",
    "PreemptionByScheduler": "its pod gave way to one of a higher priority",
    "DeletionByTaintManager": "its node was lost, or has a taint now",
    "EvictionByEvictionAPI": "its pod was evicted, as when a node is drained",
    "DeletionByPodGC": "its node is gone",
    "TerminationByKubelet": "its node ended the pod",
}
_DELETED = "its pod was deleted, and not by Bakehouse"
_OUT_OF = "OutOf"  # OutOfcpu, OutOfmemory, OutOfpods: the node had less than the scheduler believed
_CANNOT_START = frozenset({"StartError", "ContainerCannotRun"})
_UNSETTLED = 40.0  # seconds for which a keeper may go on after its pod was told to end
_SETTLED = 3.0  # seconds in which what the keeper has sent has arrived


@dataclass(frozen=True)
class Wait:
    """What a pod waits for. `usual`: every pod does for a moment. `limited`: it is trouble that is waited for only so long, `never`: not at all."""

    why: str
    usual: bool = False
    limited: bool = False
    never: bool = False
    remedy: str = ""


@dataclass(frozen=True)
class Fault:
    """Why there is no step any more. `patience`: for how many seconds the step's own word is still waited for, which says more."""

    cause: Cause
    error: StepError
    exit_code: int | None = None
    patience: float = 0.0


# ---------------------------------------------------------------- before the step runs


def waiting(pod: JsonObject, warnings: Sequence[str] = ()) -> Wait | None:
    """What it waits for before its step runs; `warnings` are the cluster's latest about it, the last one last. `None`: for nothing known."""
    scheduling = _condition(pod, "PodScheduled")
    if scheduling.get("status") == "False":
        return _unscheduled(pod, scheduling)
    for status in (*_statuses(pod, "initContainerStatuses"), *_statuses(pod, "containerStatuses")):
        found = _container(status)
        if found is not None:
            return found
    if warnings:
        return Wait(f"waits for its node: {warnings[-1]}")
    if _is_running(_status(pod, KEEPER)):
        return Wait("its inputs are being brought", usual=True)
    node = values.at(pod, "spec").get("nodeName")
    return Wait(f"its containers are being made on {node}", usual=True) if node else Wait("waits for a node", usual=True)


def _unscheduled(pod: JsonObject, condition: JsonObject) -> Wait:
    gates = [str(one.get("name")) for one in values.at(pod, "spec").get("schedulingGates") or ()]
    if gates:
        return Wait(f"is held back by {', '.join(gates)}")
    return Wait(f"waits for a node: {condition.get('message') or condition.get('reason') or 'none fits'}")


def _container(status: JsonObject) -> Wait | None:
    state = values.at(status, "state", "waiting")
    reason, message = str(state.get("reason") or ""), str(state.get("message") or "")
    said = f"container {status.get('name')}: {message or reason}"
    if reason in _NEVER:
        return Wait(f"{_NEVER[reason]} ({said})", limited=True, never=True, remedy=_IMAGE)
    if reason in _TROUBLE:
        return Wait(f"{_TROUBLE[reason]} ({said})", limited=True, remedy=_REMEDIES.get(reason, _IMAGE))
    return None


def refused(wait: Wait) -> Fault:
    """The fault of a pod that has waited for too long for something that will not come."""
    return Fault(Cause.ENVIRONMENT, StepError(message=f"the step cannot start: {wait.why}", remedy=wait.remedy))


def began(pod: JsonObject) -> bool:
    """Whether the process of its step runs, or ran."""
    status = _status(pod, MAIN)
    ended = values.at(status, "state", "terminated")
    return _is_running(status) or (bool(ended) and ended.get("reason") not in _CANNOT_START)


def disturbance(pod: JsonObject) -> str:
    """What happens to a pod while its step may still run, and not by us; empty: nothing known."""
    if is_leaving(pod):
        return _taken(pod) or _DELETED
    ready = _condition(pod, "Ready")
    # A kubelet that finds a pod not ready gives a reason; without one it is said of a pod whose node is not heard of any more.
    if ready.get("status") == "False" and not ready.get("reason"):
        return f"its node {values.at(pod, 'spec').get('nodeName', '')} does not answer: whether the step still runs is not known"
    return ""


# ---------------------------------------------------------------- after its end


def fault(pod: JsonObject) -> Fault | None:
    """Why no word of its step will come, or none but what is on its way; `None` while its keeper goes on."""
    return _not_started(pod) or _ended(pod)


def _not_started(pod: JsonObject) -> Fault | None:
    for status in _statuses(pod, "initContainerStatuses"):
        ended = values.at(status, "state", "terminated")
        if ended.get("exitCode") and values.at(pod, "status").get("phase") == "Failed":
            return _init_failed(str(status.get("name")), ended)
    ended = values.at(_status(pod, MAIN), "state", "terminated")
    if ended.get("reason") in _CANNOT_START:
        message = f"the container of the step cannot be started: {ended.get('message') or ended.get('reason')}"
        return Fault(Cause.ENVIRONMENT, StepError(message=message, type="StartError", remedy="See that the image is for the machine of its node."))
    return None


def _init_failed(name: str, ended: JsonObject) -> Fault:
    code = int(ended["exitCode"])
    if ended.get("reason") == "OOMKilled":
        error = StepError(message=f"its init container {name} ran out of memory", remedy="Raise its resource_limits.")
        return Fault(Cause.OUT_OF_MEMORY, error, code)
    said = f": {ended['message']}" if ended.get("message") else ""
    error = StepError(message=f"its init container {name} ended with exit code {code}{said}", remedy="The log of that container says more.")
    return Fault(Cause.EXIT_CODE, error, code)


def _ended(pod: JsonObject) -> Fault | None:
    status = values.at(pod, "status")
    keeper = values.at(_status(pod, KEEPER), "state", "terminated")
    patience = _SETTLED if keeper else _UNSETTLED
    failed = status.get("phase") == "Failed"
    if failed and status.get("reason") == "DeadlineExceeded":
        error = StepError(message="the step took longer than its pod may live", type="Timeout", remedy="Raise the limit: set_timeout.")
        return Fault(Cause.TIMEOUT, error, patience=patience)
    if failed and (taken := _taken(pod)):
        return _lost(taken, patience)
    if keeper:
        how = f"exit code {keeper.get('exitCode')}" + (f", {keeper['reason']}" if keeper.get("reason") else "")
        return _lost(f"the container that sends on what the step leaves is gone before it has done so ({how})", patience)
    return _lost(f"its pod failed: {status.get('message') or status.get('reason') or 'without a reason'}", patience) if failed else None


def gone(pod: JsonObject) -> Fault:
    """Why there is no pod any more that nobody of us has deleted."""
    return _lost(_taken(pod) or _DELETED, _SETTLED)


def lost(pod: JsonObject) -> Fault:
    """The fault of a pod that is to be gone, and whose node does not say that it is."""
    node = values.at(pod, "spec").get("nodeName", "")
    return _lost(f"its pod was to be gone long ago, but its node {node} does not answer", 0.0)


def _lost(message: str, patience: float) -> Fault:
    return Fault(Cause.LOST, StepError(message=message), patience=patience)


def _taken(pod: JsonObject) -> str:
    """What somebody else did to the pod, with the cluster's own words; empty if nobody did anything known."""
    for said in (values.at(pod, "status"), _condition(pod, "DisruptionTarget")):
        reason, message = str(said.get("reason") or ""), said.get("message")
        what = _TAKEN.get(reason) or ("its node had no room for the pod" if reason.startswith(_OUT_OF) else "")
        if what:
            return f"{what}: {message}" if message else what
    return ""


def is_leaving(pod: JsonObject) -> bool:
    """Whether it is being ended: deleted, evicted, past its deadline."""
    return bool(values.at(pod, "metadata").get("deletionTimestamp")) or bool(_taken(pod))


# ---------------------------------------------------------------- the step's own word, and what the pod says beside it


def was_signalled(ending: Ending) -> bool:
    """Whether TERM or KILL ended the step, by its own word."""
    return ending.cause is Cause.EXIT_CODE and _was_ended(ending)


def is_explained(ending: Ending, pod: JsonObject | None) -> bool:
    """Whether the pod's status can tell no more of how the step ended: only of one that a signal ended it can, once it says that it ended."""
    if not was_signalled(ending):
        return True
    return pod is None or bool(values.at(_status(pod, MAIN), "state", "terminated")) or is_leaving(pod)


def explained(ending: Ending, pod: JsonObject | None, *, ended_by_us: bool, is_gone: bool = False) -> Ending:
    """How the step ended, with what the pod knows of it: that it ran out of memory, or that its pod was taken away.

    `is_gone`: the pod is no more, of which it may have said nothing itself.
    """
    if pod is None or ending.cause not in {Cause.EXIT_CODE, Cause.LOST} or ended_by_us:
        return ending
    if values.at(pod, "status").get("reason") == "DeadlineExceeded":
        found = fault(pod)
        return ending if found is None else replace(ending, cause=found.cause, error=found.error)
    ended = values.at(_status(pod, MAIN), "state", "terminated")
    was_taken = is_leaving(pod) or (is_gone and not ended)
    if was_taken and (ending.cause is Cause.LOST or _was_ended(ending)):
        return replace(ending, cause=Cause.LOST, error=gone(pod).error)
    if ended.get("reason") == "OOMKilled" and ended.get("exitCode"):
        return replace(ending, cause=Cause.OUT_OF_MEMORY, error=_out_of_memory(pod), exit_code=int(ended["exitCode"]))
    if ending.cause is Cause.LOST and ended.get("exitCode"):
        code = int(ended["exitCode"])
        message = f"the container of the step was killed ({ended.get('reason') or 'without a reason'}, exit code {code})"
        return replace(ending, error=StepError(message=message), exit_code=code)
    return ending


def _out_of_memory(pod: JsonObject) -> StepError:
    main: JsonObject = next((one for one in values.at(pod, "spec").get("containers") or () if one.get("name") == MAIN), {})
    limit = values.at(main, "resources", "limits").get("memory")
    return StepError(
        message=f"the step ran out of memory: its container may take {limit}" if limit else "the step ran out of memory: its node has no more",
        type="OutOfMemory",
        remedy="Let it use less memory, or raise its limit (.set_memory_limit, .set_memory_growth).",
    )


def _was_killed(ending: Ending) -> bool:
    return ending.exit_code in {_KILLED, -9, None}


def _was_ended(ending: Ending) -> bool:
    return _was_killed(ending) or ending.exit_code in {_TERMINATED, -15}


# ---------------------------------------------------------------- reading a pod


def _status(pod: JsonObject, name: str) -> JsonObject:
    return next((one for one in _statuses(pod, "containerStatuses") if one.get("name") == name), {})


def _statuses(pod: JsonObject, kind: str) -> Iterator[JsonObject]:
    yield from values.at(pod, "status").get(kind) or ()


def _is_running(status: JsonObject) -> bool:
    return values.at(status, "state").get("running") is not None


def _condition(pod: JsonObject, kind: str) -> JsonObject:
    return next((one for one in values.at(pod, "status").get("conditions") or () if one.get("type") == kind), {})
