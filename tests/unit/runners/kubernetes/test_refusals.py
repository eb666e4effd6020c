"""What it means that the cluster does not make a pod: the sentences are those of its admission plugins."""

from __future__ import annotations

import pytest

from bakehouse.ir.execution import Cause
from bakehouse.runners.kubernetes import refusals
from bakehouse.runners.kubernetes.refusals import Answer
from tests.unit.runners.kubernetes.fake import refused


@pytest.mark.parametrize(
    ("status", "reason", "message", "answer"),
    [
        (409, "AlreadyExists", 'pods "x" already exists', Answer.EXISTS),
        (409, "Conflict", "Operation cannot be fulfilled on resourcequotas", Answer.AGAIN),
        (403, "Forbidden", 'pods "x" is forbidden: exceeded quota: q, requested: pods=1', Answer.WAIT),
        (403, "Forbidden", 'pods "x" is forbidden: maximum cpu usage per Container is 1, but limit is 2', Answer.WAIT),
        (403, "Forbidden", 'pods "x" is forbidden: failed quota: q: must specify limits.cpu', Answer.NEVER),
        (403, "Forbidden", 'pods is forbidden: User "u" cannot create resource "pods"', Answer.NEVER),
        (422, "Invalid", "Pod is invalid: spec.volumes[0].name: Invalid value", Answer.NEVER),
        (404, "NotFound", 'namespaces "team" not found', Answer.NEVER),
        (429, "TooManyRequests", "too many requests", Answer.AGAIN),
        (500, "InternalError", "etcdserver: leader changed", Answer.AGAIN),
        (501, "NotImplemented", "no", Answer.NEVER),
    ],
)
def test_what_is_to_be_done(status: int, reason: str, message: str, answer: Answer) -> None:
    """A quota is waited for, an illness of the cluster is asked through, and what can never be is told."""
    assert refusals.answer(refused(status, reason, message)) is answer


@pytest.mark.parametrize(
    ("status", "message", "cause", "remedy"),
    [
        (403, 'pods is forbidden: User "u" cannot create resource "pods"', Cause.ENGINE, "has this right"),
        (403, "no PriorityClass with name urgent was found", Cause.ENVIRONMENT, "Make that priority class"),
        (403, 'error looking up service account team/mine: serviceaccount "mine" not found', Cause.ENVIRONMENT, "Make that service account"),
        (403, "failed quota: q: must specify limits.cpu", Cause.ENVIRONMENT, "LimitRange"),
        (422, "spec.volumes[0].name: Invalid value", Cause.ENVIRONMENT, "does not take"),
    ],
)
def test_why_there_will_never_be_a_pod(status: int, message: str, cause: Cause, remedy: str) -> None:
    """A right that Bakehouse lacks is no fault of the step; all else is told with what to do."""
    fault = refusals.fault(refused(status, "Forbidden", message))
    assert fault.cause is cause
    assert message in fault.error.message
    assert remedy in fault.error.remedy
