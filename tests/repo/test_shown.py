"""What the tests on a real cluster have to show, whether there is one or not."""

from __future__ import annotations

from bakehouse import kubernetes
from tests.kubernetes.test_asking import SHOWN


def test_the_effect_of_every_function_of_kubernetes_is_shown() -> None:
    """Inside a running pod, or in the pod as the cluster has it; each once."""
    assert sorted(set(kubernetes.__all__) - set(SHOWN)) == []
    assert len(set(SHOWN)) == len(SHOWN)
