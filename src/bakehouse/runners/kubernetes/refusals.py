"""What it means that the cluster does not make a pod: to wait, to ask again, that it is there already, or that there will never be one. Pure.

Kubernetes has few codes and many texts: its admission plugins answer 403 with a sentence of their own.
https://kubernetes.io/docs/reference/access-authn-authz/admission-controllers/
"""

from __future__ import annotations

import re
from enum import Enum

from bakehouse.ir.execution import Cause, StepError
from bakehouse.runners.kubernetes.causes import Fault
from bakehouse.runners.kubernetes.errors import Refused

_CONFLICT, _TOO_MANY, _FORBIDDEN, _BROKEN = 409, 429, 403, 500
_NOT_RETRIED = frozenset({501, 505})


class Answer(Enum):
    """What is to be done about it."""

    EXISTS = "exists"  # somebody has made it before, with the same name
    WAIT = "wait"  # until others have gone: the quota is used up, or the namespace's limits are raised
    AGAIN = "again"  # the cluster is busy or ill
    NEVER = "never"


#: Sentences of admission plugins that others' pods, or an administrator, can make untrue: ResourceQuota and LimitRanger.
_PASSING = re.compile(r"exceeded quota|(?:maximum|minimum) .* usage per |limit to request ratio per ")
#: The plugin's sentence, what is to be done.
_REMEDIES = (
    (re.compile(r"failed quota"), "The namespace's quota counts what this pod does not say: set it, or give the namespace a LimitRange."),
    (re.compile(r"violates PodSecurity"), "Let the step's container be as the namespace wants it: set_security_context, or patch_pod for all else."),
    (re.compile(r"PriorityClass"), "Make that priority class, or name one that there is."),
    (re.compile(r"service ?account"), "Make that service account in the namespace of the run, or start the run with one that is there."),
    (re.compile(r"being terminated"), "The namespace is being deleted: run it in another one."),
)  # fmt: skip


def answer(refused: Refused) -> Answer:
    """What is to be done about a pod that the cluster did not make."""
    if refused.status == _CONFLICT:
        return Answer.EXISTS if refused.reason == "AlreadyExists" else Answer.AGAIN
    if refused.status == _FORBIDDEN and _PASSING.search(refused.text):
        return Answer.WAIT
    if refused.status == _TOO_MANY or (refused.status >= _BROKEN and refused.status not in _NOT_RETRIED):
        return Answer.AGAIN
    return Answer.NEVER


def why(refused: Refused) -> str:
    """What is waited for, in the cluster's words without the name of the pod, which nobody knows."""
    return f"waits for room in the namespace: {re.sub(r'^pods .*? is forbidden: ', '', refused.text)}"


def fault(refused: Refused) -> Fault:
    """Why there will never be a pod. A right that Bakehouse lacks is no fault of the step."""
    remedy = next((said for pattern, said in _REMEDIES if pattern.search(refused.text)), "")
    cause = Cause.ENGINE if not remedy and refused.status in {401, _FORBIDDEN} else Cause.ENVIRONMENT
    return Fault(cause, StepError(message=f"the cluster makes no pod of the step: {refused.text}", remedy=remedy or refused.remedy or ""))
