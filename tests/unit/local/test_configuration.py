"""What `local.init` takes, and what it makes of it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from bakehouse import local
from bakehouse.local import configuration
from bakehouse.local.configuration import Configuration
from bakehouse.local.errors import NotARunner, NotForContainer


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    yield
    local.reset()


def test_nothing_has_to_be_said() -> None:
    """Then runs are those of `bakehouse run`: isolated, cached, in the home; and a failure is raised."""
    assert configuration.current() == Configuration(isolated=True, pipeline_root="", raise_on_error=True, use_cache=True)


def test_a_file_that_only_mentions_it_loads_nothing_that_runs() -> None:
    """Neither records nor an engine; and who imports `dsl` alone does not load this either."""
    running = {"sqlalchemy", "rich", "subprocess", "bakehouse.actions", "bakehouse.app", "bakehouse.orchestrator", "bakehouse.records"}
    program = (
        "import sys\nimport bakehouse.dsl\nbefore = 'bakehouse.local' in sys.modules\n"
        f"from bakehouse import local\nlocal.init(local.SubprocessRunner())\nprint(before, {running} & set(sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout == "False set()\n"


def test_init_means_what_it_means_to_kfp(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its defaults are kfp's: artifacts beside the program, and no cache."""
    monkeypatch.chdir(tmp_path)
    local.init(local.SubprocessRunner())
    assert configuration.current() == Configuration(pipeline_root=str(tmp_path / "local_outputs"), use_cache=False)
    local.init(runner=local.SubprocessRunner(use_venv=False), pipeline_root="/there", raise_on_error=False, enable_caching=True)
    assert configuration.current() == Configuration(isolated=False, pipeline_root="/there", raise_on_error=False, use_cache=True)
    local.init(local.SubprocessRunner(), pipeline_root="gs://bucket")
    assert configuration.current().pipeline_root == "gs://bucket"


def test_what_was_said_can_be_taken_back() -> None:
    """Which `init` cannot: its defaults are kfp's."""
    local.init(local.SubprocessRunner(use_venv=False), raise_on_error=False)
    local.reset()
    assert configuration.current() == Configuration()


@pytest.mark.parametrize("name", ["workspace_root", "cache_root"])
def test_what_changes_nothing_is_said(name: str, tmp_path: Path) -> None:
    """At the line that says it."""
    given = {name: str(tmp_path)}
    with pytest.warns(UserWarning, match=f"{name} is not used") as caught:
        local.init(local.SubprocessRunner(), **given)  # type: ignore[arg-type]  # by name
    assert caught[0].filename == __file__


def test_containers_are_made_as_the_runner_says() -> None:
    """With the arguments of kfp's runner, all but those that Bakehouse gives itself."""
    local.init(local.DockerRunner(1, mem_limit="1g", environment={"A": "1"}))
    assert configuration.current().container == {"mem_limit": "1g", "environment": {"A": "1"}}
    local.init(local.SubprocessRunner())
    assert configuration.current().container is None


@pytest.mark.parametrize(("argument", "value"), [("image", "x"), ("volumes", []), ("mounts", [object()])])
def test_what_containers_cannot_be_made_with(argument: str, value: object) -> None:
    """It is named; nothing of what was said before changes."""
    with pytest.raises(NotForContainer, match=argument) as caught:
        local.init(local.DockerRunner(**{argument: value}))  # type: ignore[arg-type]  # by name
    assert (caught.value.place or "").startswith(__file__)
    assert configuration.current() == Configuration()


def test_what_is_no_runner_is_refused() -> None:
    """A class in the place of an object, say; as with kfp it is a ValueError."""
    with pytest.raises(NotARunner) as caught:
        local.init(local.SubprocessRunner)  # type: ignore[arg-type]  # the mistake
    assert isinstance(caught.value, ValueError)
