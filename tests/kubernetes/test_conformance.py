"""Files that released versions of KFP's SDK compiled, as pods: the same states, outputs and reused steps as locally."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace

import pytest

from bakehouse.app import clusters, wiring
from bakehouse.app.settings import Settings
from bakehouse.orchestrator.ports import RunnerKind
from tests.conformance import matrix
from tests.conformance.bench import Bench, Served, needs_files
from tests.conformance.expected import ExpectedFile
from tests.conformance.matrix import Twice
from tests.kubernetes.bed import Bed

pytestmark = needs_files

FILES = matrix.files("kubernetes")
_AT_ONCE = 4  # files that are run at the same time


@dataclass(frozen=True)
class _Both:
    """The cluster, where all files are under way from the start, and a home of this machine."""

    cluster: Served
    local: Bench
    under_way: dict[str, Future[Twice]]


@pytest.fixture(scope="module")
def _objects(bed: Bed) -> Iterator[None]:
    """What the files expect of their cluster: secrets, a claim, and the class of volumes that they name."""
    space = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "5Mi"}}}
    with ExitStack() as held:
        for name, values in matrix.SECRETS.items():
            held.enter_context(bed.made("secrets", {"metadata": {"name": name}, "stringData": values}))
        held.enter_context(bed.made("persistentvolumeclaims", {"metadata": {"name": "test-claim"}, "spec": space}))
        held.enter_context(_standard(bed))
        yield


@contextmanager
def _standard(bed: Bed) -> Iterator[None]:
    """The class `standard`, where the cluster has none of this name: as the default one makes volumes."""
    path = "/apis/storage.k8s.io/v1/storageclasses"
    classes = {one["metadata"]["name"]: one for one in bed.asked("GET", path)["items"]}
    if "standard" in classes or not classes:
        yield
        return
    like = next(iter(classes.values()))
    bed.asked("POST", path, {"metadata": {"name": "standard"}, "provisioner": like["provisioner"]})
    try:
        yield
    finally:
        bed.asked("DELETE", f"{path}/standard")


@pytest.fixture(scope="module")
def both(bed: Bed, _objects: None, tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Iterator[_Both]:
    """Everything that is asked for in this session runs, some at a time, while the first result is waited for."""
    wanted: list[ExpectedFile] = [item.callspec.params["file"] for item in request.session.items if item.path == request.path]  # type: ignore[attr-defined]
    local = Settings(home=tmp_path_factory.mktemp("local") / "home", slots=2)
    served = Settings(home=bed.home, slots=2)
    with ExitStack() as held:
        context = replace(held.enter_context(wiring.opened(served)), cluster=lambda: clusters.missing(bed.environ))
        cluster = Served(served, context, RunnerKind.KUBERNETES)
        here = Bench(local, held.enter_context(wiring.opened(local)), RunnerKind.LOCAL)
        pool = held.enter_context(ThreadPoolExecutor(_AT_ONCE))
        yield _Both(cluster, here, {file.path: pool.submit(matrix.twice, file, cluster, file.runs_on("kubernetes")[0]) for file in wanted})


@pytest.mark.parametrize("file", FILES, ids=[one.path for one in FILES])
def test_a_file_ends_as_locally(file: ExpectedFile, both: _Both) -> None:
    """Every step in a pod: states, outputs, and what a second run reuses."""
    found = both.under_way[file.path].result()
    matrix.check(file, file.runs_on("kubernetes")[0], found, both.cluster)
    matrix.compare_with_local(file, found, both.local)
