"""Steps that make or delete a volume claim: the cluster is asked, and no pod is needed. Doing it twice is doing it once."""

from __future__ import annotations

from bakehouse.clock import Clock
from bakehouse.ir.execution import Cause, Ending, LaunchSpec, Outputs, StepError
from bakehouse.ir.pods import CREATES_CLAIM
from bakehouse.ir.values import JsonObject
from bakehouse.runners.kubernetes import manifests, names, refusals
from bakehouse.runners.kubernetes.cluster import Cluster, Kind
from bakehouse.runners.kubernetes.errors import BadPod, Refused
from bakehouse.runners.kubernetes.manifests import Installation
from bakehouse.runners.kubernetes.refusals import Answer


def ending(launch: LaunchSpec, cluster: Cluster, installation: Installation, clock: Clock) -> Ending:
    """How a step of `CreatePVC` or `DeletePVC` ended. Raises `NoCluster`."""
    begun = clock()
    try:
        given = _created(launch, cluster, installation) if launch.image == CREATES_CLAIM else _deleted(launch, cluster)
    except BadPod as error:
        return Ending(cause=Cause.USER_ERROR, error=StepError(message=error.message, type="BadPod", remedy=error.remedy or ""))
    except Refused as error:
        cause = Cause.ENGINE if refusals.answer(error) in {Answer.AGAIN, Answer.WAIT} else Cause.USER_ERROR
        return Ending(cause=cause, error=StepError(message=error.message, type="Refused", remedy=error.remedy or ""))
    return Ending(exit_code=0, outputs=given, times={"started": begun, "ended": clock()})


def _created(launch: LaunchSpec, cluster: Cluster, installation: Installation) -> Outputs:
    claim = manifests.claim(launch, installation)
    name = claim["metadata"]["name"]
    try:
        cluster.create(Kind.CLAIM, claim)
    except Refused as error:
        if refusals.answer(error) is not Answer.EXISTS:
            raise
        there = cluster.read(Kind.CLAIM, name)
        if there is None or _maker(there) != _maker(claim):
            raise BadPod(
                f"there is a claim {name} already, which this step did not make",
                place="CreatePVC",
                remedy="Mount it by its name without making it, or choose another name.",
            ) from error
    return Outputs(dict.fromkeys(launch.output_parameters, name))


def _maker(claim: JsonObject) -> tuple[object, ...]:
    marks = claim["metadata"].get("annotations") or {}
    return marks.get(names.RUN), marks.get(names.TASK)


def _deleted(launch: LaunchSpec, cluster: Cluster) -> Outputs:
    name = launch.parameters.get("pvc_name")
    if not isinstance(name, str) or not name:
        raise BadPod("DeletePVC is given no pvc_name", place="DeletePVC", remedy="Give it the output of CreatePVC, or a name.")
    cluster.delete(Kind.CLAIM, name)
    return Outputs()
