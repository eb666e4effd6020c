"""Tests on a real cluster: `make test-kubernetes`. They take whatever cluster KUBECONFIG names, and its current namespace."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import needs
from tests.kubernetes import bed as beds
from tests.kubernetes.bed import Bed


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip all of them, with the reason, where one of their needs is missing."""
    ours = [item for item in items if Path(__file__).parent in item.path.parents]
    why = beds.missing() if ours else ""
    if why and needs.NEEDED:
        raise pytest.UsageError(why)
    for item in ours:
        item.add_marker(pytest.mark.kubernetes)
        if why:
            item.add_marker(pytest.mark.skip(reason=why))


@pytest.fixture(autouse=True)
def _nothing_goes_on(request: pytest.FixtureRequest) -> Iterator[None]:
    """What a test that failed has left running takes no room of the next one."""
    yield
    if "bed" in request.fixturenames:
        request.getfixturevalue("bed").clear()


@pytest.fixture(scope="session")
def bed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bed]:
    """A home, a server of it that pods reach, and the cluster."""
    with beds.opened(tmp_path_factory.mktemp("kubernetes")) as made:
        yield made
