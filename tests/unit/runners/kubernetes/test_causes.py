"""What a pod's status and events say: the texts are Kubernetes' own, as a cluster gave them."""

from __future__ import annotations

from typing import Any

import pytest

from bakehouse.ir.execution import Cause, Ending, StepError
from bakehouse.ir.values import JsonObject
from bakehouse.runners.kubernetes import causes
from tests.unit.runners.kubernetes.pods import state, status

_RUNNING = state("keeper", running={"startedAt": "now"})
_STARTED: dict[str, Any] = {"containerStatuses": [_RUNNING, state("main", running={"startedAt": "now"})]}
_KILLED = Ending(cause=Cause.EXIT_CODE, exit_code=137, error=StepError(message="exit code 137"))


def _ended(code: int, reason: str = "Error", **more: Any) -> JsonObject:
    return state("main", terminated={"exitCode": code, "reason": reason, **more})


def _keeper_ended(code: int = 0) -> JsonObject:
    return state("keeper", terminated={"exitCode": code, "reason": "Completed" if code == 0 else "Error"})


def _waits(reason: str, message: str = "", *, name: str = "main") -> dict[str, Any]:
    return {"containerStatuses": [state(name, waiting={"reason": reason, "message": message})]}


_UNSCHEDULABLE = {"type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": "0/1 nodes are available: 1 Insufficient cpu."}


@pytest.mark.parametrize(
    ("said", "why", "limited"),
    [
        ({"conditions": [_UNSCHEDULABLE]}, "waits for a node: 0/1 nodes are available: 1 Insufficient cpu.", False),
        (
            _waits("ImagePullBackOff", 'Back-off pulling image "nope"'),
            'its image cannot be pulled (container main: Back-off pulling image "nope")',
            True,
        ),
        (_waits("ErrImageNeverPull", "not present with pull policy of Never"), "its image is not on the node, and may not be pulled", True),
        (_waits("CreateContainerConfigError", 'secret "nope" not found'), 'configured (container main: secret "nope" not found)', True),
        (_waits("ImagePullBackOff", name="keeper"), "container keeper: ImagePullBackOff", True),
        ({"initContainerStatuses": [state("fetch", waiting={"reason": "ErrImagePull", "message": "no"})]}, "container fetch: no", True),
    ],
)
def test_what_a_pod_waits_for(said: dict[str, Any], why: str, limited: bool) -> None:  # noqa: FBT001  # a case's expectation
    """With the words of the scheduler or kubelet. Trouble that may never pass is waited for only so long, a node for ever."""
    wait = causes.waiting(status(**said))
    assert wait is not None
    assert why in wait.why
    assert (wait.limited, wait.usual) == (limited, False)


def test_gates_are_named() -> None:
    """Kueue holds pods back by one, until it is their turn."""
    gated = status(conditions=[{"type": "PodScheduled", "status": "False", "reason": "SchedulingGated", "message": "Scheduling is blocked"}])
    gated = {**gated, "spec": {"schedulingGates": [{"name": "kueue.x-k8s.io/admission"}]}}
    assert causes.waiting(gated) == causes.Wait("is held back by kueue.x-k8s.io/admission")


def test_what_every_pod_waits_for_is_usual() -> None:
    """It is worth a word only when it takes long; a warning of the cluster says more."""
    made = status(containerStatuses=[state("main", waiting={"reason": "ContainerCreating"})])
    assert causes.waiting(made) == causes.Wait("its containers are being made on n1", usual=True)
    assert causes.waiting({**status(), "spec": {}}) == causes.Wait("waits for a node", usual=True)
    assert causes.waiting(status(containerStatuses=[_RUNNING])) == causes.Wait("its inputs are being brought", usual=True)
    warned = causes.waiting(made, ["old", 'MountVolume.SetUp failed for volume "s": secret "s" not found'])
    assert warned == causes.Wait('waits for its node: MountVolume.SetUp failed for volume "s": secret "s" not found')


def test_an_image_that_never_comes_is_the_environment_s_fault() -> None:
    """Nobody waits where waiting is of no use; the remedy goes with it."""
    wait = causes.waiting(status(**_waits("InvalidImageName", "could not parse reference")))
    assert wait is not None
    assert wait.never
    fault = causes.refused(wait)
    assert fault.cause is Cause.ENVIRONMENT
    assert "could not parse reference" in fault.error.message
    assert "set_image_pull_secrets" in fault.error.remedy


@pytest.mark.parametrize(
    ("said", "began"),
    [
        ({}, False),
        (_STARTED, True),
        ({"containerStatuses": [_ended(3)]}, True),
        ({"containerStatuses": [_ended(128, "StartError")]}, False),
        (_waits("ContainerCreating"), False),
    ],
)
def test_whether_the_step_has_begun(said: dict[str, Any], began: bool) -> None:  # noqa: FBT001  # a case's expectation
    """Its process runs or ran; a container that could not be started never did."""
    assert causes.began(status(**said)) is began


_DEADLINE: dict[str, Any] = {
    "phase": "Failed",
    "reason": "DeadlineExceeded",
    "message": "Pod was active on the node longer than the specified deadline",
}
_INIT: dict[str, Any] = {"phase": "Failed", "initContainerStatuses": [state("fetch", terminated={"exitCode": 4, "reason": "Error"})]}
_INIT_OOM: dict[str, Any] = {"phase": "Failed", "initContainerStatuses": [state("fetch", terminated={"exitCode": 137, "reason": "OOMKilled"})]}


@pytest.mark.parametrize(
    ("said", "what"),
    [
        (_STARTED, ""),
        ({**_STARTED, "conditions": [{"type": "Ready", "status": "True"}]}, ""),
        ({**_STARTED, "conditions": [{"type": "Ready", "status": "False", "reason": "ContainersNotReady"}]}, ""),
        ({**_STARTED, "conditions": [{"type": "Ready", "status": "False"}]}, "its node n1 does not answer: whether the step still runs is not known"),
        ({"phase": "Failed", "reason": "Evicted", "message": "low on memory"}, "its pod was evicted: low on memory"),
        (
            {**_STARTED, "conditions": [{"type": "DisruptionTarget", "status": "True", "reason": "PreemptionByScheduler", "message": "by x"}]},
            "its pod gave way to one of a higher priority: by x",
        ),
    ],
)
def test_what_happens_to_a_pod_whose_step_runs(said: dict[str, Any], what: str) -> None:
    """A kubelet that finds a container not ready says so; of a silent node the cluster says it without a reason."""
    assert causes.disturbance(status(**said)) == what


@pytest.mark.parametrize(
    ("said", "cause", "message", "code"),
    [
        ({"phase": "Failed", "reason": "Evicted", "message": "low on memory"}, Cause.LOST, "its pod was evicted: low on memory", None),
        ({"phase": "Failed", "reason": "OutOfcpu", "message": "Node didn't have"}, Cause.LOST, "had no room for the pod: Node didn't have", None),
        ({"phase": "Failed", "reason": "Preempting"}, Cause.LOST, "its pod gave way to one of a higher priority", None),
        ({"phase": "Failed", "message": "odd"}, Cause.LOST, "its pod failed: odd", None),
        (_DEADLINE, Cause.TIMEOUT, "longer than its pod may live", None),
        (_INIT, Cause.EXIT_CODE, "its init container fetch ended with exit code 4", 4),
        (_INIT_OOM, Cause.OUT_OF_MEMORY, "its init container fetch ran out of memory", 137),
        (
            {"containerStatuses": [_RUNNING, _ended(128, "StartError", message="exec format error")]},
            Cause.ENVIRONMENT,
            "cannot be started: exec format error",
            None,
        ),
        ({"containerStatuses": [_keeper_ended(137), state("main", running={})]}, Cause.LOST, "before it has done so (exit code 137, Error)", None),
    ],
)
def test_why_a_step_is_no_more(said: dict[str, Any], cause: Cause, message: str, code: int | None) -> None:
    """Each with its cause, by which it is tried again or not."""
    fault = causes.fault(status(**said))
    assert fault is not None
    assert (fault.cause, fault.exit_code) == (cause, code)
    assert message in fault.error.message


@pytest.mark.parametrize("said", [_STARTED, {"containerStatuses": [_RUNNING, _ended(137)]}, {"phase": "Running"}, {}])
def test_as_long_as_its_keeper_goes_on_it_is_waited_for(said: dict[str, Any]) -> None:
    """The end of the step comes from there, whatever `main` has come to."""
    assert causes.fault(status(**said)) is None


def test_the_step_s_own_word_is_waited_for_while_it_may_come() -> None:
    """Longer while the keeper still runs, not at all where no step ever ran."""
    deadline = causes.fault(status(**_DEADLINE, containerStatuses=[_RUNNING, state("main", running={})]))
    ended = causes.fault(status(**_DEADLINE, containerStatuses=[_keeper_ended(), _ended(143)]))
    never = causes.fault(status(**_INIT))
    assert deadline is not None
    assert ended is not None
    assert never is not None
    assert deadline.patience > ended.patience > never.patience == 0


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ({}, "its pod was deleted, and not by Bakehouse"),
        (
            {
                "conditions": [
                    {"type": "DisruptionTarget", "status": "True", "reason": "PreemptionByScheduler", "message": "default-scheduler: preempting"}
                ]
            },
            "its pod gave way to one of a higher priority: default-scheduler: preempting",
        ),
        ({"conditions": [{"type": "DisruptionTarget", "reason": "DeletionByTaintManager"}]}, "its node was lost, or has a taint now"),
        ({"reason": "NodeLost", "message": "Node n1 is unresponsive"}, "its node was lost: Node n1 is unresponsive"),
    ],
)
def test_a_pod_that_somebody_else_deleted_is_lost(said: dict[str, Any], message: str) -> None:
    """The infrastructure's fault: another attempt follows, and not on the user's account."""
    fault = causes.gone(status(**said))
    assert (fault.cause, fault.error.message) == (Cause.LOST, message)


def test_out_of_memory_is_known_by_the_container() -> None:
    """The step's own exit code says only that it was killed."""
    pod = status(containerStatuses=[_keeper_ended(), _ended(137, "OOMKilled")])
    pod = {**pod, "spec": {"containers": [{"name": "main", "resources": {"limits": {"memory": "64Mi"}}}]}}
    ending = causes.explained(_KILLED, pod, ended_by_us=False)
    assert (ending.cause, ending.exit_code) == (Cause.OUT_OF_MEMORY, 137)
    assert ending.error is not None
    assert "64Mi" in ending.error.message


@pytest.mark.parametrize(
    "ending",
    [
        Ending(exit_code=0),
        Ending(cause=Cause.USER_ERROR, exit_code=1, error=StepError(message="ValueError")),
        Ending(cause=Cause.EXIT_CODE, exit_code=3, error=StepError(message="exit code 3")),
    ],
)
def test_the_exit_code_counts(ending: Ending) -> None:
    """A child that was killed for its memory does not make the step fail, and a pod that is being deleted does not change what a step said."""
    killed_child = status(containerStatuses=[_keeper_ended(), _ended(0, "OOMKilled")])
    leaving = {**status(**_STARTED), "metadata": {"deletionTimestamp": "now"}}
    assert causes.explained(ending, killed_child, ended_by_us=False) == ending
    assert causes.explained(ending, leaving, ended_by_us=False) == ending


def test_a_step_that_was_ended_with_its_pod_is_lost() -> None:
    """By TERM, which a step may not survive; when we ended it ourselves, its own ending stands."""
    leaving = {**status(**_STARTED), "metadata": {"deletionTimestamp": "now"}}
    ended = Ending(cause=Cause.EXIT_CODE, exit_code=143, error=StepError(message="exit code 143"))
    assert causes.explained(ended, leaving, ended_by_us=False).cause is Cause.LOST
    assert causes.explained(ended, leaving, ended_by_us=True) == ended
    assert causes.explained(ended, None, ended_by_us=False) == ended
    assert causes.explained(ended, status(**_STARTED), ended_by_us=False, is_gone=True).cause is Cause.LOST
    assert causes.explained(ended, status(containerStatuses=[_ended(143)]), ended_by_us=False, is_gone=True) == ended
    late = causes.explained(ended, status(**_DEADLINE, containerStatuses=[_keeper_ended(), _ended(143)]), ended_by_us=False)
    assert late.cause is Cause.TIMEOUT


def test_a_killed_step_is_explained_once_its_container_has_ended() -> None:
    """The result comes up to a second before the cluster knows why."""
    assert not causes.is_explained(_KILLED, status(**_STARTED))
    assert not causes.is_explained(Ending(cause=Cause.EXIT_CODE, exit_code=143), status(**_STARTED))
    assert causes.is_explained(_KILLED, status(containerStatuses=[_ended(137)]))
    assert causes.is_explained(_KILLED, None)
    assert causes.is_explained(Ending(exit_code=0), status(**_STARTED))
    killed = Ending(cause=Cause.LOST, error=StepError(message="killed"))
    said = causes.explained(killed, status(containerStatuses=[_keeper_ended(), _ended(137)]), ended_by_us=False).error
    assert said is not None
    assert said.message == "the container of the step was killed (Error, exit code 137)"


def test_a_pod_that_does_not_go_is_lost_with_its_node() -> None:
    """Its node would have to say that it is gone."""
    assert "its node n1 does not answer" in causes.lost(status()).error.message
