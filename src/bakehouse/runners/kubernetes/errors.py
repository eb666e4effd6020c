"""What can go wrong between an attempt and its pod.

BadPod        what a step asks of Kubernetes makes no pod
NoCluster     the cluster's API cannot be reached, or does not answer
Refused       the cluster's API answers that it will not
"""

from __future__ import annotations

from bakehouse.errors import BakehouseError, Unavailable

_NO_RIGHT = "See that the service account of Bakehouse has this right in that namespace (a Role and a RoleBinding), and that no quota forbids it."


class BadPod(BakehouseError):
    """What a step asks of Kubernetes makes no pod: a name is missing, or a value is none that Kubernetes takes."""

    code = "bad_pod"


class NoCluster(Unavailable):
    """The cluster's API cannot be reached, or does not answer."""

    code = "no_cluster"


class Refused(BakehouseError):
    """The cluster's API answers that it will not do what it was asked for."""

    code = "refused_by_cluster"

    def __init__(self, *, status: int, reason: str, message: str, asked: str) -> None:
        self.status, self.reason, self.text = status, reason, message
        remedy = _NO_RIGHT if status in {401, 403} else "The cluster's own words say what it does not take."  # HTTP
        super().__init__(f"the cluster refuses to {asked}: {message}", place=f"HTTP {status} {reason}".rstrip(), remedy=remedy)
