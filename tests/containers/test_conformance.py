"""Files that released versions of KFP's SDK compiled, in containers alone: they end as locally, and a second run reuses all that may be reused."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from bakehouse.app import loaded, loading, wiring
from bakehouse.app.settings import Settings
from bakehouse.orchestrator.ports import RunnerKind
from bakehouse.orchestrator.states import RunState
from bakehouse.records.views import RunView
from tests.conformance import expected
from tests.conformance.expected import ExpectedFile, ExpectedRun, Findings
from tests.conformance.test_running import RUN, SHARED, Bench, judge, needs_files
from tests.containers.bed import PYTHON, Bed

pytestmark = [pytest.mark.containers, needs_files]

#: Files of container components whose programs the images of these tests have: a shell, or Python. Others call what nobody has.
OF_CONTAINERS = [
    "critical/container_component_with_no_inputs.yaml",
    "critical/pipeline_with_env.yaml",
]
#: What those are given that ask for something; every one that asks asks for the same.
PARAMETERS = {"text": "hi", "text1": "hi", "text2": "ho"}


@pytest.fixture(scope="module")
def bench(bed: Bed, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    """One home for all files, whose images are all the one that there is."""
    names = {image for file in expected.files() for image in _images(SHARED / file)}
    bed.tag(PYTHON, sorted(map(_whole, names)))
    home = tmp_path_factory.mktemp("conformance") / "home"
    settings = Settings(home=home, slots=4)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CONTAINER_HOST", bed.socket)
        patch.delenv("DOCKER_HOST", raising=False)
        with wiring.opened(settings) as context:
            yield Bench(settings, context, RunnerKind.CONTAINER)


def _images(path: Path) -> list[str]:
    """The images of a file's steps, without those that are no names."""
    return [one for one in re.findall(r"^ +image: ([\w./:-]+)$", path.read_text(encoding="utf-8"), re.MULTILINE) if "argostub" not in one]


def _whole(image: str) -> str:
    """The name under which Docker's API looks for an image."""
    first, slash, _ = image.partition("/")
    if not slash:
        return f"docker.io/library/{image}"
    return image if "." in first or ":" in first or first == "localhost" else f"docker.io/{image}"


#: Those that ask for a secret of a cluster: what it holds would have to be in the home.
_SECRETS = {"parallel_and_nested/nested_parallel_for_secret.yaml"}
FILES = [one for one in RUN if one.path not in _SECRETS]


@pytest.mark.parametrize("file", FILES, ids=[one.path for one in FILES])
def test_a_file_ends_as_locally(file: ExpectedFile, bench: Bench) -> None:
    """Every step in a container of its image: the same state, outputs and logs."""
    for how in file.runs:
        judge(file, how, bench.run(SHARED / file.path, how), bench)


@pytest.mark.parametrize("path", OF_CONTAINERS)
def test_container_components_run(path: str, bench: Bench) -> None:
    """To a good end, and once more with all steps reused that may be."""
    declared = loaded.finish(loading.start(SHARED / path)).file.spec.root.inputs.parameters
    given = {name: PARAMETERS[name] for name, one in declared.items() if not one.is_optional}
    how = ExpectedRun(given, use_cache=True, nested_lists=False, state=RunState.SUCCEEDED, findings=Findings(), cases=(), at_most={})
    first, second = (bench.run(SHARED / path, how) for _ in range(2))
    assert (first.summary.state, first.error) == (RunState.SUCCEEDED, None)
    assert _made(second) == _made(first)
    assert [task.id for task in second.steps if task.cached_from is None] == []


def _made(view: RunView) -> dict[str, object]:
    """What the steps gave, by their names."""
    return {str(task.id): dict(task.outputs.parameters) for task in view.steps if task.outputs is not None}
