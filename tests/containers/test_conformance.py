"""Files that released versions of KFP's SDK compiled, in containers: the same states, outputs and reused steps as locally."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from bakehouse.app import wiring
from bakehouse.app.settings import Settings
from bakehouse.orchestrator.ports import RunnerKind
from tests.conformance import matrix
from tests.conformance.bench import Bench, needs_files
from tests.conformance.expected import ExpectedFile
from tests.containers.bed import BUSYBOX, PROGRAMS_OF_KFP, Bed

pytestmark = [pytest.mark.containers, needs_files]

FILES = matrix.files("container")


@pytest.fixture(scope="module")
def bench(bed: Bed, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    """One home for all files, with the secrets that they ask for. Their images are names of the two that there are."""
    names = {_whole(image) for file in FILES for image in _images(file.source)}
    small = {one for one in names if "busybox" in one or "alpine" in one}
    bed.tag(BUSYBOX, sorted(small))
    bed.tag(PROGRAMS_OF_KFP, sorted(names - small))
    settings = Settings(home=tmp_path_factory.mktemp("conformance") / "home", slots=4)
    with pytest.MonkeyPatch.context() as patch, ExitStack() as held:
        patch.setenv("CONTAINER_HOST", bed.socket)
        patch.delenv("DOCKER_HOST", raising=False)
        context = held.enter_context(wiring.opened(settings))
        for name, values in matrix.SECRETS.items():
            (settings.home / "secrets" / name).mkdir(parents=True)
            for key, value in values.items():
                (settings.home / "secrets" / name / key).write_text(value)
        yield Bench(settings, context, RunnerKind.CONTAINER)


@pytest.fixture(scope="module")
def local(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    """The same without containers."""
    settings = Settings(home=tmp_path_factory.mktemp("local") / "home", slots=4)
    with wiring.opened(settings) as context:
        yield Bench(settings, context, RunnerKind.LOCAL)


def _images(path: Path) -> list[str]:
    """The images of a file's steps, without those that are no names."""
    return [one for one in re.findall(r"^ +image: ([\w./:-]+)$", path.read_text(encoding="utf-8"), re.MULTILINE) if "argostub" not in one]


def _whole(image: str) -> str:
    """The name under which Docker's API looks for an image."""
    first, slash, _ = image.partition("/")
    if not slash:
        return f"docker.io/library/{image}"
    return image if "." in first or ":" in first or first == "localhost" else f"docker.io/{image}"


@pytest.mark.parametrize("file", FILES, ids=[one.path for one in FILES])
def test_a_file_ends_as_locally(file: ExpectedFile, bench: Bench, local: Bench) -> None:
    """Every step in a container of its image: states, outputs, and what a second run reuses."""
    how = file.runs_on("container")[0]
    found = matrix.twice(file, bench, how)
    matrix.check(file, how, found, bench)
    matrix.compare_with_local(file, found, local)
