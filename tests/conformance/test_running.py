"""Files that released versions of KFP's SDK compiled end as their sources intend: `expected.yaml` says how."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from bakehouse.app import loaded, loading, wiring
from bakehouse.app.settings import Settings
from bakehouse.ir import executors, platforms
from bakehouse.ir.spec import PipelineFile
from bakehouse.orchestrator.plan import Node, plan
from tests.conformance import expected
from tests.conformance.bench import INDEX, Bench, needs_files
from tests.conformance.expected import SHARED, ExpectedFile
from tests.conformance.judging import judge

RUN = [one for one in expected.files().values() if one.is_run_on("local") and (INDEX or not one.needs)]
NOT_RUN = [one for one in expected.files().values() if not one.is_run_on("local")]


@pytest.fixture(scope="session")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    """One home, and its records open."""
    settings = Settings(home=tmp_path_factory.mktemp("conformance") / "home", slots=4)
    with wiring.opened(settings) as context:
        yield Bench(settings, context)


@needs_files
def test_every_file_is_judged() -> None:
    """Each file has its line in `expected.yaml`: it is run, or there is a reason."""
    assert {str(path.relative_to(SHARED)) for path in SHARED.rglob("*.yaml")} == set(expected.files())
    undecided = [one.path for one in expected.files().values() if bool(one.runs) == bool(one.not_run)]
    assert undecided == []


@needs_files
@pytest.mark.parametrize("file", NOT_RUN, ids=[one.path for one in NOT_RUN])
def test_a_file_that_is_not_run_needs_what_is_said(file: ExpectedFile) -> None:
    """What needs a container engine is refused before anything starts; what needs a cluster has settings for one."""
    found = loaded.finish(loading.start(file.source)).file
    reasons = {
        "a container engine": bool(executors.refusals(found.spec)),
        "Kubernetes": bool(platforms.kubernetes(found)),
        "the network": any(one.program and one.program.requirements for one in _steps(found)),
        "an artifact as input": bool(found.spec.root.inputs.artifacts),
    }
    assert [reason for reason, is_true in reasons.items() if is_true and (file.not_on.get("local") or file.not_run).startswith(reason)] != []


def _steps(file: PipelineFile) -> list[Node]:
    whole = plan(file.spec)
    return [node for dag in (whole.root, *whole.dags.values()) for node in dag.nodes.values()]


@needs_files
@pytest.mark.parametrize("file", RUN, ids=[one.path for one in RUN])
def test_a_file_ends_as_its_source_intends(file: ExpectedFile, bench: Bench) -> None:
    """Its state, what it gives, what its tasks take, give and print; and no task is left without an end or without a reason."""
    for how in file.runs_on("local"):
        judge(file, how, bench.run(file, how), bench.context)
