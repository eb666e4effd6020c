"""Settings from the environment."""

from __future__ import annotations

import pytest

from bakehouse.app import settings
from bakehouse.errors import BadInput
from bakehouse.orchestrator.ports import RunnerKind
from bakehouse.orchestrator.scheduling import Limits


def test_what_a_machine_has_can_be_said() -> None:
    """Quantities as Kubernetes writes them."""
    chosen = settings.from_environment(
        {
            "BAKEHOUSE_SLOTS": "3",
            "BAKEHOUSE_CPUS": "3500m",
            "BAKEHOUSE_MEMORY": "16Gi",
            "BAKEHOUSE_ACCELERATORS": "nvidia.com/gpu=2, google.com/tpu = 8",
            "BAKEHOUSE_PIPELINE_LIMIT": "5",
            "BAKEHOUSE_NAMESPACE_LIMIT": "9",
        }
    )
    assert (chosen.capacity.slots, chosen.capacity.cpu, chosen.capacity.memory) == (3, 3.5, 16 << 30)
    assert chosen.capacity.accelerators == {"nvidia.com/gpu": 2, "google.com/tpu": 8}
    assert chosen.limits == Limits(pipeline=5, namespace=9)


def test_what_is_not_said_is_found_out() -> None:
    """Some cores, some memory, at least four slots, no limits."""
    chosen = settings.from_environment({})
    assert chosen.slots >= 4
    assert chosen.cpu > 0
    assert chosen.memory > 1 << 20
    assert chosen.limits == Limits()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("BAKEHOUSE_SLOTS", "0"),
        ("BAKEHOUSE_SLOTS", "many"),
        ("BAKEHOUSE_CPUS", "0"),
        ("BAKEHOUSE_CPUS", "-1"),
        ("BAKEHOUSE_MEMORY", "16 gigabytes"),
        ("BAKEHOUSE_ACCELERATORS", "nvidia.com/gpu"),
        ("BAKEHOUSE_ACCELERATORS", "=2"),
        ("BAKEHOUSE_ACCELERATORS", "nvidia.com/gpu=two"),
        ("BAKEHOUSE_PIPELINE_LIMIT", "-1"),
        ("BAKEHOUSE_NAMESPACE_LIMIT", "1.5"),
        ("BAKEHOUSE_TOKEN_REVIEW", "yes"),
        ("BAKEHOUSE_SERVICE_ACCOUNTS", "ml, *"),
        ("BAKEHOUSE_SERVICE_ACCOUNTS", "system:serviceaccount:ml:runner"),
        ("BAKEHOUSE_SERVICE_ACCOUNTS", "ml/"),
    ],
)
def test_what_cannot_be_meant_is_refused(name: str, value: str) -> None:
    """With the name of the variable, and what to write."""
    with pytest.raises(BadInput) as refused:
        settings.from_environment({name: value})
    (problem,) = refused.value.problems
    assert problem.place == f"environment variable {name}"
    assert problem.remedy


def test_the_address_of_the_records_is_not_shown() -> None:
    """It may hold a password."""
    chosen = settings.from_environment({"HOME": "/h", "BAKEHOUSE_DATABASE": " postgresql://ann:secret@db/bake "})
    assert chosen.database == "postgresql://ann:secret@db/bake"
    assert "secret" not in repr(chosen)
    assert settings.from_environment({"HOME": "/h"}).database == ""


def test_the_runner_of_runs_that_name_none_can_be_said() -> None:
    """By one of its names, and no other."""
    assert settings.from_environment({}).runner is RunnerKind.AUTO
    assert settings.from_environment({"BAKEHOUSE_RUNNER": "kubernetes"}).runner is RunnerKind.KUBERNETES
    with pytest.raises(BadInput, match="not a runner"):
        settings.from_environment({"BAKEHOUSE_RUNNER": "k8s"})


def test_service_accounts_come_in_only_where_that_is_said() -> None:
    """All of a namespace, or one of it."""
    assert not settings.from_environment({}).token_review
    chosen = settings.from_environment({"BAKEHOUSE_TOKEN_REVIEW": "1", "BAKEHOUSE_SERVICE_ACCOUNTS": "ml, team-a/runner.v2"})
    assert (chosen.token_review, chosen.service_accounts) == (True, ("ml", "team-a/runner.v2"))
